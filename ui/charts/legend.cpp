/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/legend.h"

#include <QFontMetrics>
#include <QPainter>

#include <algorithm>

namespace qd {
namespace {
constexpr int sample = 14;
constexpr int gap = 5;
constexpr int between = 14;
} // namespace

Legend::Legend(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void Legend::setEntries(QList<Entry> entries)
{
    if (entries == m_entries)
        return;
    m_entries = std::move(entries);
    QStringList names;
    for (const Entry &entry : m_entries)
        names.append(entry.label);
    setAccessibleName(tr("Legend: %1").arg(names.join(QStringLiteral(", "))));
    updateGeometry();
    update();
}

void Legend::setWraps(bool wraps)
{
    if (wraps == m_wraps)
        return;
    m_wraps = wraps;
    QSizePolicy policy(QSizePolicy::Preferred, wraps ? QSizePolicy::Minimum : QSizePolicy::Fixed);
    policy.setHeightForWidth(wraps);
    setSizePolicy(policy);
    updateGeometry();
    update();
}

int Legend::widthOf(const Entry &entry) const
{
    return sample + gap + QFontMetrics(m_theme.font(TextSize::Caption)).horizontalAdvance(entry.label);
}

QList<QPoint> Legend::placesIn(int width) const
{
    const int line = QFontMetrics(m_theme.font(TextSize::Caption)).height();
    QList<QPoint> places;
    QPoint next;
    for (const Entry &entry : m_entries) {
        const int wanted = widthOf(entry);
        if (m_wraps && next.x() > 0 && next.x() + wanted > width)
            next = {0, next.y() + line};
        places.append(next);
        next.rx() += wanted + between;
    }
    return places;
}

QSize Legend::sizeHint() const
{
    int width = 0;
    for (const Entry &entry : m_entries)
        width += (width > 0 ? between : 0) + widthOf(entry);
    return {width + 1, QFontMetrics(m_theme.font(TextSize::Caption)).height()};
}

int Legend::heightForWidth(int width) const
{
    const QList<QPoint> places = placesIn(width);
    return (places.isEmpty() ? 0 : places.last().y()) + sizeHint().height();
}

void Legend::paintEvent(QPaintEvent *)
{
    QPainter p(this);
    p.setRenderHint(QPainter::Antialiasing);
    p.setFont(m_theme.font(TextSize::Caption));
    const QFontMetrics metrics = p.fontMetrics();
    const auto &series = m_theme.colours().series;
    const QList<QPoint> places = placesIn(width());
    for (qsizetype i = 0; i < places.size(); ++i) {
        const Entry &entry = m_entries.at(i);
        const QRect text(places.at(i).x() + sample + gap, places.at(i).y(), width() - places.at(i).x() - sample - gap,
                         metrics.height());
        if (text.width() < metrics.averageCharWidth() * 3)
            break;
        QPen pen(series.at(static_cast<size_t>(std::max(entry.colourIndex, 0)) % series.size()), 2);
        if (entry.dashed)
            pen.setDashPattern({2, 1});
        pen.setCapStyle(Qt::FlatCap);
        p.setPen(pen);
        const double y = text.top() + text.height() / 2.0;
        p.drawLine(QPointF(places.at(i).x(), y), QPointF(places.at(i).x() + sample, y));
        p.setPen(m_theme.colours().muted);
        p.drawText(text, Qt::AlignLeft | Qt::AlignVCenter,
                   metrics.elidedText(entry.label, Qt::ElideRight, text.width()));
    }
}

} // namespace qd
