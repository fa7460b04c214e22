/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/state_strip.h"

#include "words/words.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace qd {
namespace {
constexpr int thickness = 8;
} // namespace

QList<StateStrip::Segment> segmentsOf(TimeRange range, const Columns &columns,
                                      const std::function<Status(int state)> &statusOf)
{
    QList<StateStrip::Segment> segments;
    for (qsizetype i = 0; i < columns.size(); ++i) {
        const Column &c = columns.at(i);
        if (c.count == 0 || !std::isfinite(c.min) || !std::isfinite(c.max))
            continue;
        // States are ordered differently from trouble, so the worst is that of the numbers seen, by their status.
        const Status status = std::max({statusOf(static_cast<int>(c.first)), statusOf(static_cast<int>(c.min)),
                                        statusOf(static_cast<int>(c.max)), statusOf(static_cast<int>(c.last))});
        const Instant end = i + 1 < columns.size() ? columns.at(i + 1).at : range.to;
        if (!segments.isEmpty() && segments.last().status == status && segments.last().to == c.at)
            segments.last().to = end;
        else
            segments.append({c.at, end, status});
    }
    return segments;
}

QList<StateStrip::Segment> withTrials(const QList<StateStrip::Segment> &segments, const QList<Instant> &trials,
                                      std::chrono::milliseconds width)
{
    QList<StateStrip::Segment> split;
    for (StateStrip::Segment segment : segments) {
        for (const Instant trial : trials) {
            if (segment.status != Status::Down || trial - width <= segment.from || trial >= segment.to)
                continue;
            split.append({segment.from, trial - width, Status::Down});
            split.append({trial - width, trial, Status::Degraded});
            segment.from = trial;
        }
        split.append(segment);
    }
    return split;
}

Status statusOfStatus(int status)
{
    const bool known = status >= static_cast<int>(Status::Ok) && status <= static_cast<int>(Status::Down);
    return known ? static_cast<Status>(status) : Status::Unknown;
}

Status statusOfBreaker(int breakerState)
{
    switch (static_cast<BreakerState>(breakerState)) {
    case BreakerState::Closed:
        return Status::Ok;
    case BreakerState::HalfOpen:
        return Status::Degraded;
    case BreakerState::Open:
        return Status::Down;
    case BreakerState::Disabled:
        return Status::Muted;
    case BreakerState::Unknown:
        break;
    }
    return Status::Unknown;
}

Status statusOfLevel(int level)
{
    switch (static_cast<Level>(level)) {
    case Level::Ok:
        return Status::Ok;
    case Level::Degraded:
        return Status::Degraded;
    case Level::Down:
        return Status::Down;
    case Level::Unknown:
        break;
    }
    return Status::Unknown;
}

StateStrip::StateStrip(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void StateStrip::setSegments(TimeRange range, QList<Segment> segments)
{
    if (range == m_range && segments == m_segments)
        return;
    m_range = range;
    m_segments = std::move(segments);
    if (!m_segments.isEmpty()) {
        const Segment &last = m_segments.last();
        setAccessibleDescription(tr("%1 since %2").arg(words::say(last.status), words::shortTime(last.from)));
    }
    update();
}

void StateStrip::setColumns(TimeRange range, const Columns &columns, const std::function<Status(int)> &statusOf)
{
    setSegments(range, segmentsOf(range, columns, statusOf));
}

void StateStrip::setTimesShown(bool shown)
{
    m_times = shown;
    updateGeometry();
    update();
}

QSize StateStrip::sizeHint() const
{
    const int text = m_times ? QFontMetrics(m_theme.font(TextSize::Caption)).height() + 2 : 0;
    return {120, thickness + text};
}

QSize StateStrip::minimumSizeHint() const
{
    return {24, sizeHint().height()};
}

double StateStrip::xOf(Instant at) const
{
    const auto length = static_cast<double>(std::max<qint64>(m_range.length().count(), 1));
    return std::clamp(static_cast<double>((at - m_range.from).count()) / length, 0.0, 1.0) * width();
}

void StateStrip::paintEvent(QPaintEvent *)
{
    QPainter p(this);
    p.setRenderHint(QPainter::Antialiasing);
    const Colours &c = m_theme.colours();
    p.setPen(QPen(c.line, 1));
    p.setBrush(c.raised);
    p.drawRoundedRect(QRectF(.5, .5, width() - 1, thickness - 1), 1, 1);
    p.setPen(Qt::NoPen);
    for (const Segment &segment : m_segments) {
        // On whole pixels, with one left between neighbours; the shortest outage can still be seen.
        const double left = std::floor(xOf(segment.from));
        const double right = std::floor(xOf(segment.to));
        const bool last = right >= width() - 1;
        const QRectF box(left, 0, std::max(1.0, right - left - (last ? 0 : 1)), thickness);
        QColor colour = m_theme.colourOf(segment.status);
        if (segment.status == Status::Ok)
            colour.setAlphaF(0.55F); // calm, so that the rest is what one sees
        p.fillRect(box, c.surface);
        p.setBrush(colour);
        p.drawRoundedRect(box, 1, 1);
    }
    if (!m_times || m_range.to <= m_range.from)
        return;
    p.setPen(c.faint);
    p.setFont(m_theme.font(TextSize::Caption));
    const QRect row(0, thickness + 2, width(), height() - thickness - 2);
    p.drawText(row, Qt::AlignLeft | Qt::AlignVCenter, words::shortTime(m_range.from));
    p.drawText(row, Qt::AlignRight | Qt::AlignVCenter, words::shortTime(m_range.to));
}

bool StateStrip::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    QString text = tr("No data");
    for (const Segment &segment : m_segments) {
        if (help->pos().x() >= std::floor(xOf(segment.from)) && help->pos().x() <= xOf(segment.to)) {
            text = tr("%1, %2 to %3")
                       .arg(words::say(segment.status), words::clockTime(segment.from), words::clockTime(segment.to));
        }
    }
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

} // namespace qd
