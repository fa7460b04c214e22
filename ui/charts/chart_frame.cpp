/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/chart_frame.h"

#include <QCategoryAxis>
#include <QChart>
#include <QChartView>
#include <QGraphicsLayout>
#include <QLineSeries>
#include <QTimeZone>

#include <algorithm>

namespace qd {
namespace {
// The plot's margins at 100 % text: room for the axes' labels and for the marks above.
constexpr double leftMargin = 56;
constexpr double rightMargin = 18;
constexpr double topMargin = 18;
constexpr double bottomMargin = 24;
constexpr int leastPlot = 62;
constexpr int leastPlotWidth = 120;

/// Categories must have different names; two equal times (the hour that summer time repeats) differ invisibly.
template <class Ticks, class At>
void setCategories(QCategoryAxis &axis, const Ticks &ticks, At &&at)
{
    for (const QString &label : axis.categoriesLabels())
        axis.remove(label);
    for (const auto &tick : ticks) {
        QString label = tick.text;
        while (axis.categoriesLabels().contains(label))
            label += QChar(0x200B);
        axis.append(label, at(tick));
    }
}

double msOf(Instant at)
{
    return static_cast<double>(at.time_since_epoch().count());
}
} // namespace

/// QGraphicsView wants to stay as large as it is; this wants what it is told.
class PlotView final : public QChartView
{
public:
    PlotView(QChart *chart, QWidget *parent)
        : QChartView(chart, parent)
    {
    }
    void setWanted(QSize wanted)
    {
        m_wanted = wanted;
        updateGeometry();
    }
    [[nodiscard]] QSize sizeHint() const override { return m_wanted; }

private:
    QSize m_wanted;
};

ChartFrame::ChartFrame(const Theme &theme, QWidget *parent)
    : m_theme(theme)
    , m_chart(new QChart)
    , m_view(new PlotView(m_chart, parent))
    , m_xAxis(new QCategoryAxis(m_chart))
    , m_yAxis(new QCategoryAxis(m_chart))
{
    m_chart->legend()->hide();
    m_chart->setBackgroundVisible(false);
    m_chart->setMargins({});
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->addAxis(m_xAxis, Qt::AlignBottom);
    m_chart->addAxis(m_yAxis, Qt::AlignLeft);
    // Axes are drawn for a series alone; this one never holds a point, the lines are the item's.
    auto *carrier = new QLineSeries(m_chart);
    m_chart->addSeries(carrier);
    carrier->attachAxis(m_xAxis);
    carrier->attachAxis(m_yAxis);
    for (QCategoryAxis *axis : {m_xAxis, m_yAxis}) {
        axis->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
        axis->setLineVisible(false);
        axis->setTruncateLabels(false);
    }
    m_xAxis->setGridLineVisible(false);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setBackgroundBrush(Qt::NoBrush);
    m_view->viewport()->setAutoFillBackground(false);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setMouseTracking(true);
    m_view->viewport()->setMouseTracking(true);
    m_view->setFocusPolicy(Qt::NoFocus);
}

QWidget *ChartFrame::widget() const
{
    return m_view;
}

QWidget *ChartFrame::viewport() const
{
    return m_view->viewport();
}

QGraphicsItem *ChartFrame::ground() const
{
    return m_chart;
}

void ChartFrame::restyle(int plotHeight)
{
    const Colours &c = m_theme.colours();
    for (QCategoryAxis *axis : {m_xAxis, m_yAxis}) {
        axis->setLabelsFont(m_theme.font(TextSize::Caption));
        axis->setLabelsColor(c.muted);
        axis->setGridLineColor(c.line);
    }
    const double margins = topMargin + bottomMargin;
    m_view->setMinimumSize(m_theme.px(leastPlotWidth), m_theme.px(std::min(plotHeight, leastPlot) + margins));
    m_view->setWanted({m_theme.px(2 * leastPlotWidth), m_theme.px(plotHeight + margins)});
}

QRectF ChartFrame::plotWithin() const
{
    const QSizeF size = m_view->viewport()->size();
    return QRectF(QPointF(m_theme.px(leftMargin), m_theme.px(topMargin)),
                  QPointF(size.width() - m_theme.px(rightMargin), size.height() - m_theme.px(bottomMargin)));
}

void ChartFrame::setPlot(const QRectF &plot)
{
    m_chart->setPlotArea(plot);
    // Axes follow as the chart is laid out, and it may have its size already: a viewport that a layout within a layout
    // changes hears of it late.
    m_chart->layout()->invalidate();
    m_chart->layout()->activate();
}

int ChartFrame::valueSteps(const QRectF &plot) const
{
    return std::clamp(static_cast<int>(plot.height() / m_theme.px(36)), 2, 6);
}

void ChartFrame::setValues(const ValueScale &scale)
{
    if (scale == m_scale)
        return;
    m_scale = scale;
    m_yAxis->setRange(scale.from, scale.to);
    m_yAxis->setStartValue(scale.from);
    m_yAxis->setLabelsVisible(!scale.ticks.isEmpty()); // an axis without any draws specks in their place
    setCategories(*m_yAxis, scale.ticks, [](const ValueTick &t) { return t.at; });
}

void ChartFrame::setTimes(TimeRange range, const QRectF &plot)
{
    QList<TimeTick> ticks = timesThatFit(range, plot.width());
    // A label stands under the middle of its tick: the last one would be cut where that is too near to the edge.
    const QFontMetrics metrics(m_theme.font(TextSize::Caption));
    const double perMs = plot.width() / std::max(1.0, msOf(range.to) - msOf(range.from));
    while (!ticks.isEmpty() && (msOf(range.to) - msOf(ticks.last().at)) * perMs + m_theme.px(rightMargin) <
                                   metrics.horizontalAdvance(ticks.last().text) / 2.0)
        ticks.removeLast();
    // Qt keeps 4 px between axis and label whatever the size of text: a large first time would touch the lowest value.
    const double belowZero = metrics.capHeight() / 2.0;
    const double aboveTime = 4 + metrics.ascent() - metrics.capHeight();
    if (ticks.size() > 2 && belowZero > aboveTime - 2 &&
        (msOf(ticks.first().at) - msOf(range.from)) * perMs < metrics.horizontalAdvance(ticks.first().text) / 2.0)
        ticks.removeFirst();
    m_xAxis->setRange(msOf(range.from), msOf(range.to));
    if (ticks == m_times)
        return;
    m_times = std::move(ticks);
    m_xAxis->setStartValue(msOf(range.from));
    setCategories(*m_xAxis, m_times, [](const TimeTick &t) { return msOf(t.at); });
}

QList<TimeTick> ChartFrame::timesThatFit(TimeRange range, double width) const
{
    const QFontMetrics metrics(m_theme.font(TextSize::Caption));
    QList<TimeTick> ticks;
    // With room between them; closer where that would leave fewer than three.
    for (const int between : {m_theme.px(20), m_theme.px(10)}) {
        // The shortest texts first; where the times need longer ones (with seconds), fewer of them.
        for (const QString &widest : {QStringLiteral("00:00"), QStringLiteral("00:00:00")}) {
            const int most = static_cast<int>(width / (metrics.horizontalAdvance(widest) + between)) + 1;
            ticks = niceTimes(range, std::clamp(most, 2, 10), QTimeZone::systemTimeZone());
            if (ticks.isEmpty() || ticks.first().text.size() <= widest.size())
                break;
        }
        if (ticks.size() >= 3)
            break;
    }
    return ticks;
}

} // namespace qd
