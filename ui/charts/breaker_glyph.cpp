/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/breaker_glyph.h"

#include "words/words.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace qd {
namespace {
constexpr double dotRadius = 5;
constexpr double leastShare = 0.12;
constexpr qsizetype linePoints = 24;

/// `a` on the way to `b`.
QColor between(const QColor &a, const QColor &b, double share)
{
    QColor over = b;
    over.setAlphaF(static_cast<float>(share));
    return blended(over, a);
}

/// The mean of what was measured within `length` columns from `first`.
std::optional<double> meanOf(const Columns &columns, qsizetype first, qsizetype length)
{
    double sum = 0;
    qsizetype measured = 0;
    for (const Column &c : columns.mid(first, length)) {
        if (c.count > 0 && std::isfinite(c.last)) {
            sum += c.last;
            ++measured;
        }
    }
    return measured > 0 ? std::optional(sum / static_cast<double>(measured)) : std::nullopt;
}

/// A trend, not a measurement: means over a twelfth of the time each, half overlapping, joined without corners.
QPainterPath trend(const Columns &columns, const QRectF &rect)
{
    const qsizetype step = std::max<qsizetype>(1, columns.size() / linePoints);
    QList<std::pair<double, double>> means; // share of the time, value
    double top = 0;
    for (qsizetype i = 0; i < columns.size(); i += step) {
        if (const auto mean = meanOf(columns, std::max<qsizetype>(0, i - step / 2), 2 * step)) {
            means.append(
                {(static_cast<double>(i) + static_cast<double>(step) / 2) / static_cast<double>(columns.size()),
                 *mean});
            top = std::max(top, *mean);
        }
    }
    QPainterPath path;
    if (means.size() < 3 || top <= 0)
        return path;
    const auto at = [&](qsizetype i) {
        const auto [share, value] = means.at(i);
        return QPointF(rect.left() + share * rect.width(), rect.bottom() - value / top * rect.height());
    };
    path.moveTo(at(0));
    for (qsizetype i = 1; i + 1 < means.size(); ++i)
        path.quadTo(at(i), (at(i) + at(i + 1)) / 2);
    path.lineTo(at(means.size() - 1));
    return path;
}

QString described(const BreakerPicture &picture)
{
    if (!picture.known)
        return words::say(Status::Unknown);
    if (!picture.traffic || picture.traffic->rate <= 0)
        return BreakerGlyph::tr("No traffic");
    const QString traffic = words::rate(*picture.traffic);
    return picture.errorShare ? BreakerGlyph::tr("%1, %2 errors").arg(traffic, words::percent(*picture.errorShare))
                              : traffic;
}
} // namespace

double breakerRadius(PerSecond traffic, PerSecond full)
{
    if (!std::isfinite(traffic.rate) || traffic.rate <= 0)
        return 0;
    const double top = std::isfinite(full.rate) && full.rate > 0 ? full.rate : 1;
    return std::clamp(std::sqrt(traffic.rate / top), leastShare, 1.0);
}

QColor breakerFill(Share errorShare, const Colours &colours)
{
    const double share = errorShare.of1;
    if (share >= 0.50)
        return colours.down;
    if (share >= 0.40)
        return between(colours.warn, colours.down, 0.6);
    if (share >= 0.25)
        return colours.warn;
    if (share >= 0.10)
        return between(colours.ok, colours.warn, 0.6);
    return colours.ok;
}

void paintBreaker(QPainter &painter, const QRectF &rect, const BreakerPicture &picture, const Colours &colours)
{
    const double size = std::min(rect.width(), rect.height());
    const QPointF centre = rect.center();
    const double radius = size / 2 - 1.5;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    if (!picture.known) {
        QPen pen(colours.stale, 1.4);
        pen.setDashPattern({4, 3});
        painter.setPen(pen);
        painter.drawEllipse(centre, radius, radius);
        QFont font = painter.font();
        font.setPixelSize(static_cast<int>(size * 0.34));
        font.setWeight(QFont::DemiBold);
        painter.setFont(font);
        painter.drawText(rect, Qt::AlignCenter, QStringLiteral("?"));
        painter.restore();
        return;
    }
    painter.setPen(QPen(colours.line, 1));
    painter.drawEllipse(centre, radius, radius);
    if (picture.traffic && picture.traffic->rate > 0) {
        const double filled = radius * breakerRadius(*picture.traffic, picture.fullTraffic);
        QColor fill = picture.errorShare ? breakerFill(*picture.errorShare, colours) : colours.stale;
        const bool calm = picture.errorShare && picture.errorShare->of1 < 0.10;
        fill.setAlphaF(calm ? 0.35F : 0.8F);
        painter.setPen(Qt::NoPen);
        painter.setBrush(fill);
        painter.drawEllipse(centre, filled, filled);
    } else if (picture.traffic) {
        painter.setPen(QPen(colours.stale, 1.4));
        painter.drawEllipse(centre, dotRadius, dotRadius);
    }
    // Thin and in the text's colour, so that it reads on any fill; within the ring at any height.
    QColor line = colours.text;
    line.setAlphaF(0.6F);
    painter.setPen(QPen(line, 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    const double half = radius * 0.8;
    painter.drawPath(trend(picture.twoMinutes, QRectF(centre.x() - half, centre.y() - half / 2, 2 * half, half)));
    painter.restore();
}

BreakerGlyph::BreakerGlyph(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void BreakerGlyph::setPicture(BreakerPicture picture)
{
    if (picture == m_picture)
        return;
    m_picture = std::move(picture);
    setAccessibleName(described(m_picture));
    update();
}

QSize BreakerGlyph::sizeHint() const
{
    return {m_theme.px(76), m_theme.px(76)};
}

void BreakerGlyph::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(m_theme.font(TextSize::Mid, true));
    paintBreaker(painter, rect(), m_picture, m_theme.colours());
}

} // namespace qd
