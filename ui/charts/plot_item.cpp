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
constexpr double aboveAxis = 2; ///< from a marker's tip down to the plot
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
    paintRules(*painter);
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
    // Round joins look no better at this width, and cost five times as much.
    QPen pen(colour, lineWidth, Qt::SolidLine, Qt::FlatCap, Qt::BevelJoin);
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

QRectF PlotItem::markBand() const
{
    const double height = QFontMetricsF(m_theme.font(TextSize::Caption)).height();
    // A label may reach into the margin at the right; at the left is the axis.
    return {QPointF(plot.left(), plot.top() - aboveAxis - height), QPointF(room().right() - 2, plot.top() - aboveAxis)};
}

QList<MarkGroup> PlotItem::markGroups() const
{
    QList<Mark> shown;
    std::ranges::copy_if(marks, std::back_inserter(shown), [this](const Mark &mark) { return inRange(mark.at); });
    if (shown.isEmpty())
        return {};
    return groupedMarks(
        shown, markBand(), [this](Instant at) { return xOf(at); }, QFontMetricsF(m_theme.font(TextSize::Caption)));
}

/// Below the lines: what happened explains them and must not cut them.
void PlotItem::paintRules(QPainter &p) const
{
    for (const Mark &mark : marks) {
        if (!inRange(mark.at))
            continue;
        QPen pen(m_theme.colourOf(mark.status), 1);
        pen.setDashPattern({2, 2});
        p.setPen(pen);
        const double x = std::round(xOf(mark.at)) + 0.5;
        p.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    }
}

void PlotItem::paintMarks(QPainter &p) const
{
    p.setRenderHint(QPainter::Antialiasing);
    p.setFont(m_theme.font(TextSize::Caption));
    const double tip = plot.top() - aboveAxis;
    for (const MarkGroup &group : markGroups()) {
        p.setPen(Qt::NoPen);
        for (const MarkGroup::Marker &marker : group.markers) {
            p.setBrush(m_theme.colourOf(marker.status));
            const double x = std::round(marker.x) + 0.5;
            p.drawPolygon(
                QPolygonF{{x - markerHalf, tip - markerHeight}, {x + markerHalf, tip - markerHeight}, {x, tip}});
        }
        p.setPen(m_theme.colourOf(group.status));
        p.drawText(group.labelRect, Qt::AlignLeft | Qt::AlignVCenter, group.label);
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
        if (inRange(mark.at) && std::abs(xOf(mark.at) - x) <= markerHalf && !mark.text.isEmpty()) {
            rows.append(mark.text);
            colours.append(m_theme.colourOf(mark.status));
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
