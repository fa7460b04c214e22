/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/metrics_page.h"

#include "charts/drawn.h"
#include "deployment/fact_table.h"
#include "deployment/pins.h"
#include "deployment/series_chart.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr int plotHeight = 150;

/// What stands for the kind of fact that a series is of; `own`: for the service's own metrics.
QHash<QString, QString> groupNames(const QString &own)
{
    return {{u"metric"_s, own},
            {u"api_key"_s, MetricsPage::tr("API keys")},
            {u"backup"_s, MetricsPage::tr("Backups")},
            {u"breaker"_s, MetricsPage::tr("Breakers")},
            {u"cache"_s, MetricsPage::tr("Cache")},
            {u"database"_s, MetricsPage::tr("Database")},
            {u"deployment"_s, MetricsPage::tr("Deployment")},
            {u"flag"_s, MetricsPage::tr("Flags")},
            {u"health"_s, MetricsPage::tr("Health")},
            {u"limiter"_s, MetricsPage::tr("Limits")},
            {u"pool"_s, MetricsPage::tr("Pools")},
            {u"process"_s, MetricsPage::tr("Process")},
            {u"redis"_s, MetricsPage::tr("Redis")},
            {u"relation"_s, MetricsPage::tr("Tables")},
            {u"replica"_s, MetricsPage::tr("Replicas")},
            {u"requests"_s, MetricsPage::tr("Requests")},
            {u"sentinel"_s, MetricsPage::tr("Sentinels")},
            {u"session"_s, MetricsPage::tr("Sessions")},
            {u"signing_key"_s, MetricsPage::tr("Keys")},
            {u"statement"_s, MetricsPage::tr("Statements")},
            {u"tier"_s, MetricsPage::tr("Limits")}};
}
} // namespace

MetricsPage::MetricsPage(Logbook &logbook, const Theme &theme, Pins *pins, QWidget *parent)
    : DeploymentPage(logbook, theme, {QString::fromLatin1(Metric::kind)}, parent)
    , m_pins(pins)
    , m_chart(new SeriesChart(*this, this))
    , m_pin(new QToolButton(m_chart))
    , m_series(new SeriesModel(logbook))
    , m_table(new FactTable(*this, m_series, u"series"_s, this))
    , m_noBusiness(new Label(theme, TextSize::Caption))
{
    m_noBusiness->setTone(Tone::Muted);
    m_noBusiness->setText(tr("Business metrics: not available here"));
    m_chart->setObjectName(u"series-chart"_s);
    m_chart->setPlotHeight(plotHeight);
    m_chart->addToTitleRow(m_pin);
    m_chart->hide();
    m_pin->setObjectName(u"pin"_s);
    m_pin->setCheckable(true);
    m_pin->setFocusPolicy(Qt::StrongFocus);
    m_pin->setVisible(pins != nullptr);
    connect(m_pin, &QToolButton::clicked, this, &MetricsPage::togglePin);
    if (pins)
        connect(pins, &Pins::changed, this, [this] {
            m_listedAt.reset(); // the list says at once what is pinned
            tellPin();
            showView(this->logbook().view());
        });
    setUpTable();
    content()->addWidget(m_chart, 2);
    content()->addWidget(m_table, 3);
    content()->addWidget(m_noBusiness);
}

void MetricsPage::setUpTable()
{
    m_table->setTitle(tr("Series"));
    m_table->setFilterHint(tr("Search name, label, group, help"));
    // Where the profile says that the deployment counts no business, its own metrics are of how the service runs.
    const QString own = hasNot(u"business_metrics") ? tr("Service") : tr("Business");
    m_table->setColumns(
        {{.id = "kind"_L1, .header = tr("Group"), .width = 96, .from = 480, .words = groupNames(own), .once = true},
         {.id = "name"_L1, .header = tr("Series")},
         {.id = "value"_L1, .header = tr("Now"), .width = 116, .right = true, .unit = "unit"_L1},
         {.id = "course"_L1, .header = tr("Trend"), .width = 120, .from = 640},
         {.id = "type"_L1, .header = tr("Type"), .width = 124, .from = 560},
         {.id = "help"_L1, .header = tr("Help"), .from = 1080, .whereAny = true},
         {.id = "pinned"_L1,
          .header = tr("Overview"),
          .width = 84,
          .from = 720,
          .words = {{u"pinned"_s, tr("pinned")}},
          .whereAny = true},
         {.id = "source"_L1, .header = tr("Source"), .width = 100, .from = 860}});
    m_table->setLines("course"_L1, [this](const QString &key, int pixels) { return courseOf(key, pixels); });
    connect(m_table, &FactTable::chosen, this, &MetricsPage::choose);
}

void MetricsPage::showView(const DeploymentView &view)
{
    // Thousands of rows need not be compared more often than an eye can read them.
    if (m_listedAt && view.at - *m_listedAt < 1s && view.at >= *m_listedAt)
        return;
    m_listedAt = view.at;
    const QString name = logbook().profile().name;
    const Absence none = view.lastAnswer
                             ? Absence{.status = Status::NotAvailable,
                                       .headline = tr("No series here"),
                                       .advice = tr("%1 tells no number that changes. Name metrics of its page under "
                                                    "“metrics” of a source of kind “prometheus” in the profile.")
                                                     .arg(name)}
                             : Absence{.status = Status::Unknown,
                                       .headline = tr("No data yet"),
                                       .advice = tr("Series appear with the first answer of a source.")};
    m_noBusiness->setVisible(hasNot(u"business_metrics"));
    if (m_pins)
        m_series->setPinned(m_pins->of(name));
    m_table->showView(view, none);
    if (m_chosen.isEmpty() && m_table->model().rowCount() > 0)
        m_table->chooseFirst();
}

Columns MetricsPage::courseOf(const QString &key, int pixels) const
{
    const SeriesStore &store = logbook().series();
    // A metric's key is not yet a series: what is told of it is.
    for (const auto end : {""_L1, "/value"_L1, "/p95"_L1, "/count"_L1}) {
        const QString series = key + end;
        if (store.contains(series))
            return store.behaviour(series) == Behaviour::Counter ? drawnRate(store, series, range(), pixels)
                                                                 : store.query(series, range(), pixels, true);
    }
    return {};
}

void MetricsPage::showSeries(TimeRange range)
{
    m_table->redrawLines();
    if (!m_chosen.isEmpty())
        m_chart->showSeries(m_chosen, range);
}

void MetricsPage::choose(const QString &key)
{
    if (key.isEmpty())
        return; // its row is filtered away; the chart stays
    m_chosen = key;
    m_chart->show();
    m_chart->showSeries(key, range());
    tellPin();
}

void MetricsPage::togglePin()
{
    const QString name = logbook().profile().name;
    if (m_pins->has(name, m_chosen))
        m_pins->unpin(name, m_chosen);
    else
        m_pins->pin(name, m_chosen);
    tellPin();
}

void MetricsPage::tellPin()
{
    if (!m_pins)
        return;
    const QString name = logbook().profile().name;
    const bool isPinned = m_pins->has(name, m_chosen);
    const bool isFull = !isPinned && m_pins->isFull(name);
    m_pin->setChecked(isPinned);
    m_pin->setText(isPinned ? tr("Unpin from Overview") : tr("Pin to Overview"));
    m_pin->setEnabled(!isFull);
    m_pin->setToolTip(isFull ? tr("%1 series are pinned, which is the most. Unpin one first.").arg(Pins::most)
                             : QString());
    m_pin->setAccessibleName(u"%1: %2"_s.arg(m_pin->text(), words::text(m_chosen.section(u'/', 1))));
}

} // namespace qd
