/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/plot_item.h"

#include "words/words.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace qd {
namespace {
constexpr double lineWidth = 1.6;
constexpr double markerHeight = 6;
} // namespace

PlotItem::PlotItem(const Theme &theme, QGraphicsItem *parent)
    : QGraphicsItem(parent)
    , m_theme(theme)
{
    setZValue(10);
    setAcceptedMouseButtons(Qt::NoButton);
}

double PlotItem::xOf(Instant at) const
{
    const auto length = static_cast<double>(std::max<qint64>(range.length().count(), 1));
    return plot.left() + static_cast<double>((at - range.from).count()) / length * plot.width();
}

Instant PlotItem::instantAt(double x) const
{
    const double share = std::clamp((x - plot.left()) / std::max(plot.width(), 1.0), 0.0, 1.0);
    return range.from + std::chrono::milliseconds(std::llround(share * static_cast<double>(range.length().count())));
}

double PlotItem::yOf(double value) const
{
    return plot.bottom() - (value - from) / (to - from) * plot.height();
}

QRectF PlotItem::boundingRect() const
{
    return room();
}

QRectF PlotItem::room() const
{
    return parentItem() ? parentItem()->boundingRect() : plot;
}

void PlotItem::paint(QPainter *painter, const QStyleOptionGraphicsItem *, QWidget *)
{
    if (plot.isEmpty())
        return;
    painter->save();
    painter->setClipRect(plot.adjusted(-1, -1, 1, 1), Qt::IntersectClip);
    paintBand(*painter);
    bool drawn = false;
    for (const Line &line : lines) {
        paintLine(*painter, line);
        drawn = drawn || !(line.shape.curves.isEmpty() && line.shape.spans.isEmpty() && line.shape.dots.isEmpty());
    }
    painter->restore();
    paintMarks(*painter);
    if (!drawn)
        paintEmpty(*painter);
    else if (crosshair && inRange(*crosshair))
        paintCrosshair(*painter);
}

void PlotItem::paintBand(QPainter &p) const
{
    if (!bandFrom)
        return;
    const double threshold = std::clamp(yOf(*bandFrom), plot.top(), plot.bottom());
    const double top = std::clamp(bandTo ? yOf(*bandTo) : plot.top(), plot.top(), plot.bottom());
    p.fillRect(QRectF(plot.left(), std::min(top, threshold), plot.width(), std::abs(threshold - top)),
               m_theme.colours().band);
    QColor line = m_theme.colours().ok;
    line.setAlphaF(0.7F);
    QPen pen(line, 1);
    pen.setDashPattern({4, 3});
    p.setPen(pen);
    const double y = std::round(threshold) + 0.5;
    p.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
}

void PlotItem::paintLine(QPainter &p, const Line &line) const
{
    const auto &series = m_theme.colours().series;
    const QColor colour = series.at(static_cast<size_t>(std::max(line.colourIndex, 0)) % series.size());
    p.setRenderHint(QPainter::Antialiasing);
    QPen pen(colour, lineWidth, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
    if (line.dashed)
        pen.setDashPattern({5 / lineWidth, 3 / lineWidth});
    p.setPen(pen);
    p.setBrush(Qt::NoBrush);
    for (const QPolygonF &curve : line.shape.curves)
        p.drawPolyline(curve);
    p.setPen(Qt::NoPen);
    p.setBrush(colour);
    for (const QPointF &dot : line.shape.dots)
        p.drawEllipse(dot, 1.6, 1.6);
    if (!line.shape.spans.isEmpty()) {
        // One pixel wide and not antialiased: the only way in which noise is cheap.
        p.setRenderHint(QPainter::Antialiasing, false);
        p.setPen(QPen(colour, 1));
        p.drawLines(line.shape.spans);
        p.setRenderHint(QPainter::Antialiasing);
    }
}

QList<QRectF> PlotItem::labelRects() const
{
    constexpr double gap = 5;
    const QFontMetricsF metrics(m_theme.font(TextSize::Caption));
    QList<QRectF> rects;
    double free = plot.left(); // up to here nothing stands in the way
    for (qsizetype i = 0; i < marks.size(); ++i) {
        const Mark &mark = marks[i];
        const double x = xOf(mark.at);
        QRectF rect;
        if (inRange(mark.at) && !mark.label.isEmpty()) {
            const double next =
                i + 1 < marks.size() && inRange(marks[i + 1].at) ? xOf(marks[i + 1].at) - gap : plot.right();
            const QSizeF size(metrics.horizontalAdvance(mark.label), metrics.height());
            if (x + gap + size.width() <= next)
                rect = {{x + gap, plot.top()}, size};
            else if (x - gap - size.width() >= free)
                rect = {{x - gap - size.width(), plot.top()}, size};
        }
        rects.append(rect);
        free = std::max(x + gap, rect.right() + gap);
    }
    return rects;
}

void PlotItem::paintMarks(QPainter &p) const
{
    p.setRenderHint(QPainter::Antialiasing);
    p.setFont(m_theme.font(TextSize::Caption));
    const QList<QRectF> labels = labelRects();
    for (qsizetype i = 0; i < marks.size(); ++i) {
        const Mark &mark = marks[i];
        if (!inRange(mark.at))
            continue;
        const QColor colour = m_theme.colourOf(mark.status);
        const double x = std::round(xOf(mark.at)) + 0.5;
        QPen pen(colour, 1);
        pen.setDashPattern({2, 2});
        p.setPen(pen);
        p.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        p.setPen(Qt::NoPen);
        p.setBrush(colour);
        const double top = plot.top() - markerHeight + 2;
        p.drawPolygon(QPolygonF{{x - 4, top}, {x + 4, top}, {x, top + markerHeight}});
        if (labels[i].isEmpty())
            continue;
        QColor ground = m_theme.colours().surface;
        ground.setAlphaF(0.8F); // the lines go on below it
        p.setBrush(ground);
        p.drawRect(labels[i]);
        p.setPen(colour);
        p.drawText(labels[i], Qt::AlignCenter, mark.label);
    }
}

void PlotItem::paintEmpty(QPainter &p) const
{
    p.setFont(m_theme.font(TextSize::Body));
    const QRectF text = p.fontMetrics().boundingRect(plot.toRect(), Qt::AlignCenter | Qt::TextWordWrap, emptyText);
    p.fillRect(text.adjusted(-8, -4, 8, 4), m_theme.colours().surface);
    p.setPen(m_theme.colours().muted);
    p.drawText(plot, Qt::AlignCenter | Qt::TextWordWrap, emptyText);
}

void PlotItem::paintCrosshair(QPainter &p) const
{
    const Colours &c = m_theme.colours();
    const double x = std::round(xOf(*crosshair)) + 0.5;
    p.setPen(QPen(c.faint, 1));
    p.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));

    QStringList rows{words::clockTime(*crosshair)};
    QList<QColor> colours{c.muted};
    for (qsizetype i = 0; i < readOut.size() && i < lines.size(); ++i) {
        const Line &line = lines.at(i);
        rows.append(lines.size() == 1 ? readOut.at(i) : line.label + QStringLiteral("  ") + readOut.at(i));
        colours.append(c.series.at(static_cast<size_t>(std::max(line.colourIndex, 0)) % c.series.size()));
    }
    for (const Mark &mark : marks) {
        if (inRange(mark.at) && std::abs(xOf(mark.at) - x) <= 4 && !mark.text.isEmpty()) {
            for (const QString &line : mark.text.split(u'\n')) {
                rows.append(line);
                colours.append(m_theme.colourOf(mark.status));
            }
        }
    }
    p.setFont(m_theme.font(TextSize::Caption));
    const QFontMetricsF metrics(p.font());
    // It may lie over the axes, so that little of it is cut in a small chart.
    const QRectF inside = room().adjusted(2, 2, -2, -2);
    const auto fitting = std::max<qsizetype>(static_cast<qsizetype>((inside.height() - 8) / metrics.height()), 1);
    if (rows.size() > fitting)
        rows = rows.first(fitting - 1) + QStringList{QStringLiteral("…")};
    double widest = 0;
    for (QString &row : rows) {
        row = metrics.elidedText(row, Qt::ElideRight, inside.width() - 18);
        widest = std::max(widest, metrics.horizontalAdvance(row));
    }
    QRectF box(x + 8, plot.top() + 4, widest + 16, metrics.height() * static_cast<double>(rows.size()) + 8);
    if (box.right() > inside.right())
        box.moveRight(x - 8);
    box.moveLeft(std::clamp(box.left(), inside.left(), std::max(inside.left(), inside.right() - box.width())));
    box.moveTop(std::min(box.top(), std::max(inside.top(), inside.bottom() - box.height())));
    p.setPen(QPen(c.line, 1));
    p.setBrush(c.raised);
    p.drawRoundedRect(box.adjusted(.5, .5, -.5, -.5), 4, 4);
    double y = box.top() + 4;
    for (qsizetype i = 0; i < rows.size(); ++i, y += metrics.height()) {
        p.setPen(colours.at(i));
        p.drawText(QRectF(box.left() + 8, y, widest + 2, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                   rows.at(i));
    }
}

} // namespace qd
