/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/pinned_charts.h"

#include "deployment/deployment_page.h"
#include "deployment/pins.h"
#include "deployment/series_chart.h"
#include "words/words.h"

#include <QToolButton>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int leastChartWidth = 236;
constexpr int plotHeight = 80;
} // namespace

PinnedCharts::PinnedCharts(DeploymentPage &page, Pins &pins, QWidget *parent)
    : CardGrid(page.theme(), leastChartWidth, parent)
    , m_page(page)
    , m_pins(pins)
{
    setObjectName(u"pinned-charts"_s);
    hide();
    connect(&pins, &Pins::changed, this, [this] { showSeries(m_page.range()); });
}

SeriesChart *PinnedCharts::makeChart(const QString &key)
{
    auto *chart = new SeriesChart(m_page, this);
    chart->setPlotHeight(plotHeight);
    auto *unpin = new QToolButton(chart);
    unpin->setObjectName(u"unpin"_s);
    unpin->setText(tr("Unpin"));
    unpin->setAccessibleName(tr("Unpin %1").arg(words::text(key.section(u'/', 1))));
    unpin->setFocusPolicy(Qt::StrongFocus);
    chart->addToTitleRow(unpin);
    // The button goes with its chart: not while it still answers the click.
    connect(
        unpin, &QToolButton::clicked, this, [this, key] { m_pins.unpin(m_page.logbook().profile().name, key); },
        Qt::QueuedConnection);
    connect(chart, &ChartPanel::hovered, this, &PinnedCharts::setCrosshair);
    connect(chart, &ChartPanel::hovered, this, &PinnedCharts::hovered);
    return chart;
}

void PinnedCharts::showSeries(TimeRange range)
{
    const QStringList keys = m_pins.of(m_page.logbook().profile().name);
    if (keys != m_keys) {
        QList<SeriesChart *> charts;
        QList<QWidget *> items;
        for (const QString &key : keys) {
            const qsizetype known = m_keys.indexOf(key);
            charts.append(known >= 0 ? m_charts[known] : makeChart(key));
            items.append(charts.last());
        }
        m_keys = keys;
        m_charts = charts;
        setItems(items);
        setVisible(!keys.isEmpty());
    }
    for (qsizetype i = 0; i < m_charts.size(); ++i)
        m_charts[i]->showSeries(m_keys[i], range);
}

void PinnedCharts::setCrosshair(std::optional<Instant> at)
{
    for (SeriesChart *chart : std::as_const(m_charts))
        chart->setCrosshair(at);
}

} // namespace qd
