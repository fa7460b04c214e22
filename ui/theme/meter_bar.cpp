/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "theme/meter_bar.h"

#include "words/words.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace qd {

void paintMeter(QPainter &painter, const QRectF &rect, std::optional<Share> fill, Status status, const Theme &theme)
{
    const Colours &c = theme.colours();
    const QRectF track = rect.adjusted(.5, .5, -.5, -.5);
    const double radius = track.height() / 2;
    const bool known = fill && std::isfinite(fill->of1);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(known ? QPen(c.line, 1) : QPen(c.stale, 1, Qt::DashLine));
    painter.setBrush(known ? QBrush(c.raised) : QBrush(Qt::NoBrush));
    painter.drawRoundedRect(track, radius, radius);
    if (known && fill->of1 > 0) {
        QPainterPath shape;
        shape.addRoundedRect(rect, rect.height() / 2, rect.height() / 2);
        painter.setClipPath(shape);
        QRectF used = rect;
        // A little used can be seen.
        used.setWidth(std::max(2.0, rect.width() * std::min(fill->of1, 1.0)));
        painter.fillRect(used, theme.colourOf(status));
    }
    painter.restore();
}

MeterBar::MeterBar(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] { update(); });
}

void MeterBar::setValue(std::optional<Share> fill, Status status)
{
    if (fill == m_fill && status == m_status)
        return;
    m_fill = fill;
    m_status = status;
    setAccessibleName(fill ? words::percent(*fill) : tr("not measured"));
    update();
}

QSize MeterBar::sizeHint() const
{
    return {120, 8};
}

QSize MeterBar::minimumSizeHint() const
{
    return {24, 8};
}

void MeterBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintMeter(painter, QRect(0, (height() - 8) / 2, width(), 8), m_fill, m_status, m_theme);
}

} // namespace qd
