/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/chart_panel.h"
#include "charts/line_shape.h"

#include <QGraphicsItem>

namespace qd {

/// Everything within the axes (band, lines, crosshair with its read-out) and the marks above them. Lies over Qt Charts'
/// grid.
class PlotItem : public QGraphicsItem
{
public:
    struct Line
    {
        QString label;
        int colourIndex = 0;
        bool dashed = false;
        LineShape shape;
    };

    PlotItem(const Theme &theme, QGraphicsItem *parent);

    /// The plot area and what it spans.
    QRectF plot;
    TimeRange range{};
    double from = 0;
    double to = 1;

    QList<Line> lines;
    std::optional<double> bandFrom;
    std::optional<double> bandTo;
    QList<Mark> marks;
    QString emptyText;
    std::optional<Instant> crosshair;
    QStringList readOut; ///< one for each line

    /// Call before `plot` changes.
    void beginMove() { prepareGeometryChange(); }
    [[nodiscard]] double xOf(Instant at) const;
    [[nodiscard]] Instant instantAt(double x) const;

    /// The marks of the range as they stand above the plot.
    [[nodiscard]] QList<MarkGroup> markGroups() const;
    /// Where they stand.
    [[nodiscard]] QRectF markBand() const;

    [[nodiscard]] QRectF boundingRect() const override;
    void paint(QPainter *painter, const QStyleOptionGraphicsItem *option, QWidget *widget) override;

private:
    [[nodiscard]] double yOf(double value) const;
    [[nodiscard]] QRectF room() const; ///< of the whole chart
    [[nodiscard]] bool inRange(Instant at) const { return at >= range.from && at <= range.to; }
    void paintBand(QPainter &p) const;
    void paintLine(QPainter &p, const Line &line) const;
    void paintRules(QPainter &p) const;
    void paintMarks(QPainter &p) const;
    void paintCrosshair(QPainter &p) const;
    void paintEmpty(QPainter &p) const;
    const Theme &m_theme;
};

} // namespace qd
