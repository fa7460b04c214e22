/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/chart_panel.h"

#include "charts/chart_frame.h"
#include "charts/legend.h"
#include "charts/plot_item.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
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
    [[nodiscard]] QString markTextAt(QPointF at) const;
    void showLegend();
    void placeLegend();

    const Theme &theme;
    ChartPanel &panel;
    Label *value;
    Legend *legend;
    QWidget *below; ///< legend and value, where the title row is too narrow for them
    QHBoxLayout *belowRow;
    ChartFrame frame;
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
    bool dirty = true;
};

ChartPanel::Private::Private(const Theme &theme_, ChartPanel &panel_)
    : theme(theme_)
    , panel(panel_)
    , value(new Label(theme, TextSize::Title, true, &panel))
    , legend(new Legend(theme, &panel))
    , below(new QWidget(&panel))
    , belowRow(new QHBoxLayout(below))
    , frame(theme, &panel)
    , item(new PlotItem(theme, frame.ground()))
{
    value->setNumeric(true);
    value->hide();
    legend->hide();
    below->hide();
    below->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    belowRow->setContentsMargins(0, 0, 0, 2);
}

void ChartPanel::Private::restyle()
{
    frame.restyle(plotHeight);
    item->update();
}

void ChartPanel::Private::layOut()
{
    const QRectF plot = frame.plotWithin();
    if (plot == item->plot || plot.width() < 10 || plot.height() < 10)
        return;
    item->beginMove();
    item->plot = plot;
    frame.setPlot(plot);
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
    bool any = ceiling || item->bandFrom;
    for (const Columns &mine : columns) {
        for (const Column &c : mine) {
            if (c.count == 0 || !std::isfinite(c.max) || !std::isfinite(c.min))
                continue;
            any = true;
            top = std::max(top, c.max);
            bottom = std::min(bottom, c.min);
        }
    }
    if (ceiling)
        top = *ceiling;
    const int about = frame.valueSteps(item->plot);
    ValueScale next = niceScale(bottom, top, unit, about);
    // A curve that touches the frame is hard to read.
    if (!ceiling && top > next.from && top > next.to - (next.to - next.from) * 0.03)
        next = niceScale(bottom, top + (next.to - next.from) * 0.05, unit, about);
    // Without a value there is no scale, and one that is made up would tell of what never was.
    if (!any)
        next.ticks.clear();
    frame.setValues(next);
    frame.setTimes(range, item->plot);
}

void ChartPanel::Private::reshape()
{
    item->range = range;
    item->from = frame.values().from;
    item->to = frame.values().to;
    item->lines.clear();
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const ChartLine &line = lines.at(i);
        const Columns mine = columns.value(i);
        item->lines.append({line.label, line.colourIndex, line.dashed,
                            lineShape(mine, item->plot, item->from, item->to, line.stepped)});
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

QString ChartPanel::Private::markTextAt(QPointF at) const
{
    const QList<MarkGroup> groups = item->markGroups();
    const auto found = std::ranges::find_if(
        groups, [&](const MarkGroup &group) { return group.rectIn(item->markBand()).contains(at); });
    return found == groups.end() ? QString() : found->text();
}

void ChartPanel::Private::showLegend()
{
    // What has no line is not named.
    QList<Legend::Entry> entries;
    for (qsizetype i = 0; i < lines.size() && lines.size() > 1; ++i) {
        if (std::ranges::any_of(columns.value(i), [](const Column &c) { return c.count > 0; }))
            entries.append({lines.at(i).label, lines.at(i).colourIndex, lines.at(i).dashed});
    }
    legend->setVisible(!entries.isEmpty());
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
    setEmptyText({});
    addToTitleRow(d->legend);
    addToTitleRow(d->value);
    column()->addWidget(d->below);
    setBody(d->frame.widget());
    column()->setSpacing(2);
    d->restyle();
    d->frame.viewport()->installEventFilter(this);
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
    const QString shown = text.isEmpty() ? tr("No data in this range") : text;
    if (shown == d->item->emptyText)
        return;
    d->item->emptyText = shown;
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
    d->showLegend();
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
    return d->item->plot.toRect().translated(d->frame.viewport()->mapTo(this, QPoint(0, 0)));
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
    if (watched != d->frame.viewport())
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
    } else if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        // A tooltip guesses whether its text is markup; escaped inside markup it is what it says.
        const QString text = d->markTextAt(help->pos());
        QToolTip::showText(help->globalPos(),
                           text.isEmpty() ? QString()
                                          : u"<p style='white-space:pre-wrap'>%1</p>"_s.arg(text.toHtmlEscaped()),
                           d->frame.viewport());
        return true;
    }
    return Card::eventFilter(watched, event);
}

} // namespace qd
