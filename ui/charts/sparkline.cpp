/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/sparkline.h"

#include "charts/line_shape.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace qd {

void paintSparkline(QPainter &painter, const QRectF &rect, const Columns &columns, const QColor &colour, bool fromZero)
{
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const Column &c : columns) {
        if (c.count > 0 && std::isfinite(c.min) && std::isfinite(c.max)) {
            low = std::min(low, c.min);
            high = std::max(high, c.max);
        }
    }
    if (low > high)
        return;
    if (fromZero)
        low = std::min(low, 0.0);
    if (high - low < std::max(std::abs(high), 1e-9) * 1e-6) { // level: through the middle, or along the floor
        high = low + 1;
        low -= fromZero ? 0 : 1;
    }
    const LineShape shape = lineShape(columns, rect.adjusted(0, 1, 0, -1), low, high, false);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colour, 1.4, Qt::SolidLine, Qt::FlatCap, Qt::BevelJoin)); // cheap, as in charts
    for (const QPolygonF &curve : shape.curves)
        painter.drawPolyline(curve);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    for (const QPointF &dot : shape.dots)
        painter.drawEllipse(dot, 1.4, 1.4);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(QPen(colour, 1));
    painter.drawLines(shape.spans);
    painter.restore();
}

Sparkline::Sparkline(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] { update(); });
}

void Sparkline::setColumns(Columns columns)
{
    if (columns == m_columns)
        return;
    m_columns = std::move(columns);
    update();
}

void Sparkline::setColourIndex(int index)
{
    m_colourIndex = index;
    update();
}

void Sparkline::setFromZero(bool fromZero)
{
    m_fromZero = fromZero;
    update();
}

QSize Sparkline::sizeHint() const
{
    return {80, 18};
}

void Sparkline::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const auto &series = m_theme.colours().series;
    paintSparkline(painter, rect(), m_columns,
                   series.at(static_cast<size_t>(std::max(m_colourIndex, 0)) % series.size()), m_fromZero);
}

} // namespace qd
