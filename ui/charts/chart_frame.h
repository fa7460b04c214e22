/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/ticks.h"
#include "theme/theme.h"

class QCategoryAxis;
class QChart;
class QGraphicsItem;
class QWidget;

namespace qd {

class PlotView;

/// Qt Charts' part of a chart: its view, grid and two axes. What is drawn within them is PlotItem's.
class ChartFrame
{
public:
    ChartFrame(const Theme &theme, QWidget *parent);

    [[nodiscard]] QWidget *widget() const;
    /// Where the mouse is seen.
    [[nodiscard]] QWidget *viewport() const;
    /// What lies within the axes is a child of it.
    [[nodiscard]] QGraphicsItem *ground() const;

    /// Colours, fonts, and room for a plot of that height at 100 % text.
    void restyle(int plotHeight);
    /// Where the plot lies within the view, as large as it is now.
    [[nodiscard]] QRectF plotWithin() const;
    void setPlot(const QRectF &plot);
    /// How many steps of the y axis are read well.
    [[nodiscard]] int valueSteps(const QRectF &plot) const;
    /// Set anew only if it differs.
    void setValues(const ValueScale &scale);
    [[nodiscard]] const ValueScale &values() const { return m_scale; }
    /// With as many times as fit.
    void setTimes(TimeRange range, const QRectF &plot);

private:
    [[nodiscard]] QList<TimeTick> timesThatFit(TimeRange range, double width) const;
    const Theme &m_theme;
    QChart *m_chart;
    PlotView *m_view;
    QCategoryAxis *m_xAxis;
    QCategoryAxis *m_yAxis;
    ValueScale m_scale;
    QList<TimeTick> m_times;
};

} // namespace qd
