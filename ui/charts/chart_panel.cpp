/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/chart_panel.h"

#include "charts/legend.h"
#include "charts/plot_item.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QCategoryAxis>
#include <QChart>
#include <QChartView>
#include <QGraphicsLayout>
#include <QLineSeries>
#include <QMouseEvent>
#include <QTimeZone>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace qd {
namespace {
// The plot's margins at 100 % text: room for the axes' labels and for the markers above.
constexpr double leftMargin = 56;
constexpr double rightMargin = 18;
constexpr double topMargin = 10;
constexpr double bottomMargin = 24;
constexpr int leastPlot = 70;
constexpr int leastPlotWidth = 120;

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

class ChartPanel::Private
{
public:
    Private(const Theme &theme, ChartPanel &panel);

    void restyle();
    void layOut();
    bool readColumns();
    void rescale();
    void reshape();
    void readOutAt(std::optional<Instant> at);
    void describe();
    void showLegend();
    void placeLegend();
    [[nodiscard]] QList<TimeTick> timesThatFit() const;

    const Theme &theme;
    ChartPanel &panel;
    Label *value;
    Legend *legend;
    QChart *chart;
    QWidget *below; ///< legend and value, where the title row is too narrow for them
    QHBoxLayout *belowRow;
    PlotView *view;
    QCategoryAxis *xAxis;
    QCategoryAxis *yAxis;
    PlotItem *item;

    QList<ChartLine> lines;
    QList<Columns> columns;
    Unit unit = Unit::Count;
    TimeRange range{};
    TimeRange drawn{};
    double floor = 0;
    double leastTop = 0;
    std::optional<double> ceiling;
    int plotHeight = 110;
    ValueScale scale;
    QList<TimeTick> times;
    bool dirty = true;
};

ChartPanel::Private::Private(const Theme &theme_, ChartPanel &panel_)
    : theme(theme_)
    , panel(panel_)
    , value(new Label(theme, TextSize::Title, true, &panel))
    , legend(new Legend(theme, &panel))
    , chart(new QChart)
    , below(new QWidget(&panel))
    , belowRow(new QHBoxLayout(below))
    , view(new PlotView(chart, &panel))
    , xAxis(new QCategoryAxis(chart))
    , yAxis(new QCategoryAxis(chart))
    , item(new PlotItem(theme, chart))
{
    value->setNumeric(true);
    value->hide();
    legend->hide();
    below->hide();
    below->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    belowRow->setContentsMargins(0, 0, 0, 2);
    chart->legend()->hide();
    chart->setBackgroundVisible(false);
    chart->setMargins({});
    chart->layout()->setContentsMargins(0, 0, 0, 0);
    chart->addAxis(xAxis, Qt::AlignBottom);
    chart->addAxis(yAxis, Qt::AlignLeft);
    // Axes are drawn for a series alone; this one never holds a point, the lines are the item's.
    auto *carrier = new QLineSeries(chart);
    chart->addSeries(carrier);
    carrier->attachAxis(xAxis);
    carrier->attachAxis(yAxis);
    for (QCategoryAxis *axis : {xAxis, yAxis}) {
        axis->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
        axis->setLineVisible(false);
        axis->setTruncateLabels(false);
    }
    xAxis->setGridLineVisible(false);
    view->setFrameShape(QFrame::NoFrame);
    view->setBackgroundBrush(Qt::NoBrush);
    view->viewport()->setAutoFillBackground(false);
    view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    view->setMouseTracking(true);
    view->viewport()->setMouseTracking(true);
    view->setFocusPolicy(Qt::NoFocus);
    item->emptyText = ChartPanel::tr("No data in this range");
}

void ChartPanel::Private::restyle()
{
    const Colours &c = theme.colours();
    for (QCategoryAxis *axis : {xAxis, yAxis}) {
        axis->setLabelsFont(theme.font(TextSize::Caption));
        axis->setLabelsColor(c.muted);
        axis->setGridLineColor(c.line);
    }
    const double margins = topMargin + bottomMargin;
    view->setMinimumSize(theme.px(leastPlotWidth), theme.px(std::min(plotHeight, leastPlot) + margins));
    view->setWanted({theme.px(2 * leastPlotWidth), theme.px(plotHeight + margins)});
    item->update();
}

void ChartPanel::Private::layOut()
{
    const QSizeF size = view->viewport()->size();
    const QRectF plot = QRectF(QPointF(theme.px(leftMargin), theme.px(topMargin)),
                               QPointF(size.width() - theme.px(rightMargin), size.height() - theme.px(bottomMargin)));
    if (plot == item->plot || plot.width() < 10 || plot.height() < 10)
        return;
    item->beginMove();
    item->plot = plot;
    chart->setPlotArea(plot);
    dirty = true;
}

bool ChartPanel::Private::readColumns()
{
    const int pixels = static_cast<int>(item->plot.width());
    QList<Columns> next;
    if (pixels > 0 && range.to > range.from) {
        for (const ChartLine &line : lines)
            next.append(line.columns ? line.columns(range, pixels) : Columns());
    }
    const bool same = next == columns && range == drawn;
    columns = std::move(next);
    drawn = range;
    return !same;
}

void ChartPanel::Private::rescale()
{
    double top = std::max(leastTop, item->bandFrom.value_or(0));
    double bottom = floor;
    for (const Columns &mine : columns) {
        for (const Column &c : mine) {
            if (c.count == 0 || !std::isfinite(c.max) || !std::isfinite(c.min))
                continue;
            top = std::max(top, c.max);
            bottom = std::min(bottom, c.min);
        }
    }
    if (ceiling)
        top = *ceiling;
    const int about = std::clamp(static_cast<int>(item->plot.height() / theme.px(36)), 2, 6);
    ValueScale next = niceScale(bottom, top, unit, about);
    // A curve that touches the frame is hard to read.
    if (!ceiling && top > next.from && top > next.to - (next.to - next.from) * 0.03)
        next = niceScale(bottom, top + (next.to - next.from) * 0.05, unit, about);
    if (next != scale) {
        scale = next;
        yAxis->setRange(scale.from, scale.to);
        yAxis->setStartValue(scale.from);
        setCategories(*yAxis, scale.ticks, [](const ValueTick &t) { return t.at; });
    }
    QList<TimeTick> ticks = timesThatFit();
    xAxis->setRange(msOf(range.from), msOf(range.to));
    if (ticks != times) {
        times = std::move(ticks);
        xAxis->setStartValue(msOf(range.from));
        setCategories(*xAxis, times, [](const TimeTick &t) { return msOf(t.at); });
    }
}

QList<TimeTick> ChartPanel::Private::timesThatFit() const
{
    const QFontMetrics metrics(theme.font(TextSize::Caption));
    QList<TimeTick> ticks;
    // With room between them; closer where that would leave fewer than three.
    for (const int between : {theme.px(20), theme.px(5)}) {
        // The shortest texts first; where the times need longer ones (with seconds), fewer of them.
        for (const QString &widest : {QStringLiteral("00:00"), QStringLiteral("00:00:00")}) {
            const int most = static_cast<int>(item->plot.width() / (metrics.horizontalAdvance(widest) + between)) + 1;
            ticks = niceTimes(range, std::clamp(most, 2, 10), QTimeZone::systemTimeZone());
            if (ticks.isEmpty() || ticks.first().text.size() <= widest.size())
                break;
        }
        if (ticks.size() >= 3)
            break;
    }
    return ticks;
}

void ChartPanel::Private::reshape()
{
    item->range = range;
    item->from = scale.from;
    item->to = scale.to;
    item->lines.clear();
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const ChartLine &line = lines.at(i);
        const Columns mine = columns.value(i);
        item->lines.append({line.label, line.colourIndex, line.dashed,
                            lineShape(mine, item->plot, scale.from, scale.to, line.stepped)});
    }
    readOutAt(item->crosshair);
    item->update();
}

void ChartPanel::Private::readOutAt(std::optional<Instant> at)
{
    item->readOut.clear();
    if (!at || range.to <= range.from)
        return;
    for (const Columns &mine : columns) {
        const auto length = static_cast<double>(range.length().count());
        const auto index = static_cast<qsizetype>(static_cast<double>((*at - range.from).count()) / length *
                                                  static_cast<double>(mine.size()));
        const bool known = index >= 0 && index < mine.size() && mine.at(index).count > 0;
        item->readOut.append(known ? unitText(mine.at(index).last, unit) : QStringLiteral("–"));
    }
}

void ChartPanel::Private::describe()
{
    QStringList parts;
    for (qsizetype i = 0; i < columns.size(); ++i) {
        double low = std::numeric_limits<double>::infinity();
        double high = -low;
        for (const Column &c : columns.at(i)) {
            if (c.count > 0 && std::isfinite(c.min) && std::isfinite(c.max)) {
                low = std::min(low, c.min);
                high = std::max(high, c.max);
            }
        }
        const QString label = lines.at(i).label;
        parts.append(low > high ? ChartPanel::tr("%1: no data").arg(label)
                                : ChartPanel::tr("%1: %2 to %3").arg(label, unitText(low, unit), unitText(high, unit)));
    }
    if (range.to > range.from)
        parts.append(ChartPanel::tr("from %1 to %2").arg(words::shortTime(range.from), words::shortTime(range.to)));
    const QString text = parts.join(QStringLiteral("; "));
    if (text != panel.accessibleDescription())
        panel.setAccessibleDescription(text);
}

void ChartPanel::Private::showLegend()
{
    QList<Legend::Entry> entries;
    for (const ChartLine &line : lines)
        entries.append({line.label, line.colourIndex, line.dashed});
    legend->setVisible(entries.size() > 1);
    legend->setEntries(std::move(entries));
    placeLegend();
}

void ChartPanel::Private::placeLegend()
{
    const bool isBelow = belowRow->count() > 0;
    int wanted = panel.titleRow()->sizeHint().width();
    if (isBelow) {
        for (const QWidget *widget : {static_cast<QWidget *>(legend), static_cast<QWidget *>(value)}) {
            if (!widget->isHidden())
                wanted += widget->sizeHint().width() + panel.titleRow()->spacing();
        }
    }
    const QMargins margins = panel.column()->contentsMargins();
    const bool fits = wanted <= panel.width() - margins.left() - margins.right();
    if (fits != isBelow)
        return;
    const bool hasLegend = !legend->isHidden();
    const bool hasValue = !value->isHidden();
    legend->setWraps(!fits);
    if (fits) {
        belowRow->removeWidget(legend);
        belowRow->removeWidget(value);
        panel.addToTitleRow(legend);
        panel.addToTitleRow(value);
    } else {
        panel.titleRow()->removeWidget(legend);
        panel.titleRow()->removeWidget(value);
        belowRow->addWidget(legend, 1);
        belowRow->addWidget(value, 0, Qt::AlignRight);
    }
    // A widget that changes its parent is hidden.
    legend->setVisible(hasLegend);
    value->setVisible(hasValue);
    below->setVisible(!fits);
}

ChartPanel::ChartPanel(const Theme &theme, QWidget *parent)
    : Card(theme, parent)
    , d(std::make_unique<Private>(theme, *this))
{
    addToTitleRow(d->legend);
    addToTitleRow(d->value);
    column()->addWidget(d->below);
    setBody(d->view);
    column()->setSpacing(2);
    d->restyle();
    d->view->viewport()->installEventFilter(this);
    connect(&theme, &Theme::changed, this, [this] {
        d->restyle();
        d->placeLegend();
        d->layOut();
        refresh();
    });
}

ChartPanel::~ChartPanel() = default;

void ChartPanel::setValue(const QString &text, Status status)
{
    d->value->setText(text);
    d->value->setTone(status == Status::Ok ? Tone::Text : toneOf(status));
    d->value->setVisible(!text.isEmpty());
    d->placeLegend();
}

void ChartPanel::setLines(QList<ChartLine> lines)
{
    d->lines = std::move(lines);
    d->showLegend();
    d->dirty = true;
    refresh();
}

void ChartPanel::setUnit(Unit unit)
{
    d->unit = unit;
    d->dirty = true;
}

void ChartPanel::setRange(TimeRange range)
{
    d->range = range;
}

TimeRange ChartPanel::range() const
{
    return d->range;
}

void ChartPanel::setBand(std::optional<double> from, std::optional<double> to)
{
    if (from == d->item->bandFrom && to == d->item->bandTo)
        return;
    d->item->bandFrom = from && std::isfinite(*from) ? from : std::nullopt;
    d->item->bandTo = to && std::isfinite(*to) ? to : std::nullopt;
    d->dirty = true;
}

void ChartPanel::setMarks(QList<Mark> marks)
{
    if (marks == d->item->marks)
        return;
    d->item->marks = std::move(marks);
    d->item->update();
}

void ChartPanel::setLeastTop(double top)
{
    d->leastTop = top;
    d->dirty = true;
}

void ChartPanel::setFloor(double floor)
{
    d->floor = floor;
    d->dirty = true;
}

void ChartPanel::setCeiling(std::optional<double> ceiling)
{
    d->ceiling = ceiling;
    d->dirty = true;
}

void ChartPanel::setEmptyText(const QString &text)
{
    if (text == d->item->emptyText)
        return;
    d->item->emptyText = text;
    d->item->update();
}

void ChartPanel::setPlotHeight(int height)
{
    d->plotHeight = height;
    d->restyle();
}

void ChartPanel::refresh()
{
    if (!isVisible())
        return;
    const bool changed = d->readColumns();
    if (!changed && !d->dirty)
        return;
    d->dirty = false;
    d->rescale();
    d->reshape();
    d->describe();
}

void ChartPanel::setCrosshair(std::optional<Instant> at)
{
    if (at == d->item->crosshair)
        return;
    d->item->crosshair = at;
    d->readOutAt(at);
    d->item->update();
}

const QList<Columns> &ChartPanel::columns() const
{
    return d->columns;
}

QRect ChartPanel::plotRect() const
{
    return d->item->plot.toRect().translated(d->view->viewport()->mapTo(this, QPoint(0, 0)));
}

void ChartPanel::showEvent(QShowEvent *event)
{
    Card::showEvent(event);
    d->layOut();
    refresh();
}

void ChartPanel::resizeEvent(QResizeEvent *event)
{
    Card::resizeEvent(event);
    d->placeLegend();
}

bool ChartPanel::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != d->view->viewport())
        return Card::eventFilter(watched, event);
    if (event->type() == QEvent::Resize) {
        d->layOut();
        refresh();
    } else if (event->type() == QEvent::MouseMove) {
        const QPointF at = static_cast<QMouseEvent *>(event)->position();
        const bool inside = d->item->plot.contains(at);
        const auto instant = inside ? std::optional(d->item->instantAt(at.x())) : std::nullopt;
        setCrosshair(instant);
        Q_EMIT hovered(instant);
    } else if (event->type() == QEvent::Leave) {
        setCrosshair({});
        Q_EMIT hovered({});
    }
    return Card::eventFilter(watched, event);
}

} // namespace qd
