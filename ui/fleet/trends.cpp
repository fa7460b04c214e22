/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fleet/trends.h"

#include "charts/chart_panel.h"
#include "charts/drawn.h"

#include <QHBoxLayout>

#include <tuple>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QString seriesOf(QStringView field)
{
    return seriesName(QString::fromLatin1(Requests::kind), {}, field);
}

constexpr qsizetype mostLines = std::tuple_size_v<decltype(Colours::series)>;
} // namespace

Trends::Trends(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_requests(new ChartPanel(theme))
    , m_latency(new ChartPanel(theme))
{
    setObjectName(u"fleet-trends"_s);
    m_requests->setTitle(tr("Requests"));
    m_requests->setUnit(Unit::PerSecond);
    m_latency->setTitle(tr("Latency p95"));
    m_latency->setUnit(Unit::Milliseconds);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    for (ChartPanel *panel : {m_requests, m_latency}) {
        row->addWidget(panel, 1);
        connect(panel, &ChartPanel::hovered, m_requests, &ChartPanel::setCrosshair);
        connect(panel, &ChartPanel::hovered, m_latency, &ChartPanel::setCrosshair);
    }
}

void Trends::add(const Logbook &logbook)
{
    m_logbooks.append(&logbook);
    setVisible(m_logbooks.size() <= mostLines);
    if (m_logbooks.size() > mostLines)
        return;
    QList<ChartLine> requests;
    QList<ChartLine> latencies;
    for (const Logbook *book : std::as_const(m_logbooks)) {
        const auto colour = static_cast<int>(requests.size());
        requests.append(
            {.label = book->profile().name,
             .columns = [book](TimeRange range,
                               int pixels) { return drawnRate(book->series(), seriesOf(u"total"), range, pixels); },
             .colourIndex = colour});
        latencies.append({.label = book->profile().name,
                          .columns =
                              [book](TimeRange range, int pixels) {
                                  return drawnLatency(book->series(), seriesOf(u"latency_p95_ms"), seriesOf(u"total"),
                                                      range, pixels);
                              },
                          .colourIndex = colour});
    }
    m_requests->setLines(requests);
    m_latency->setLines(latencies);
}

void Trends::setRange(TimeRange range)
{
    m_requests->setRange(range);
    m_latency->setRange(range);
}

void Trends::refresh()
{
    m_requests->refresh();
    m_latency->refresh();
}

} // namespace qd
