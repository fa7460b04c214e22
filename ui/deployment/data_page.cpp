/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/data_page.h"

#include "charts/drawn.h"
#include "deployment/card_grid.h"
#include "deployment/fact_table.h"
#include "deployment/marks.h"
#include "deployment/topology.h"
#include "deployment/topology_view.h"
#include "deployment/upkeep_card.h"
#include "tables/store_models.h"
#include "theme/empty_state.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int leastChart = 220;

template <class Fact>
QString kindOf(const Fact &)
{
    return QString::fromLatin1(Fact::kind);
}

AbsentThing sessionsThing()
{
    return {.kind = kindOf(Session()),
            .plural = DataPage::tr("sessions"),
            .excluded = u"sessions"_s,
            .source = u"postgresql"_s,
            .none = {.status = Status::Ok,
                     .headline = DataPage::tr("Nobody works, waits or holds others up"),
                     .advice = DataPage::tr("A session appears here while it runs a statement or a transaction.")}};
}

AbsentThing statementsThing()
{
    return {.kind = kindOf(Statement()),
            .plural = DataPage::tr("statements"),
            .excluded = u"statements"_s,
            .source = u"postgresql"_s,
            .none = {.status = Status::Ok,
                     .headline = DataPage::tr("No statement has been counted yet"),
                     .advice = DataPage::tr("pg_stat_statements counts from its last reset on.")}};
}

AbsentThing relationsThing()
{
    return {.kind = kindOf(Relation()),
            .plural = DataPage::tr("tables"),
            .excluded = u"tables"_s,
            .source = u"postgresql"_s,
            .none = {.status = Status::Ok,
                     .headline = DataPage::tr("This database has no tables"),
                     .advice = DataPage::tr("System tables are left out.")}};
}

/// Two cards beside each other; under each other where there is no room.
class Pair final : public QWidget
{
public:
    Pair(const Theme &theme, int leastWidth, QWidget *parent)
        : QWidget(parent)
        , m_theme(theme)
        , m_leastWidth(leastWidth)
        , m_box(new QBoxLayout(QBoxLayout::LeftToRight, this))
    {
        m_box->setContentsMargins(0, 0, 0, 0);
        m_box->setSpacing(12);
    }
    void add(QWidget *card, int share) { m_box->addWidget(card, share); }
    [[nodiscard]] QSize minimumSizeHint() const override
    {
        int widest = 0;
        for (int i = 0; i < m_box->count(); ++i)
            widest = std::max(widest, m_box->itemAt(i)->minimumSize().width());
        return {widest, QWidget::minimumSizeHint().height()};
    }

protected:
    void resizeEvent(QResizeEvent *event) override
    {
        QWidget::resizeEvent(event);
        m_box->setDirection(width() < m_theme.px(m_leastWidth) ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    }

private:
    const Theme &m_theme;
    int m_leastWidth;
    QBoxLayout *m_box;
};

QWidget *besides(Pair *pair, QWidget *left, int leftShare, QWidget *right, int rightShare)
{
    pair->add(left, leftShare);
    pair->add(right, rightShare);
    return pair;
}
} // namespace

DataPage::DataPage(Logbook &logbook, const Theme &theme, QWidget *parent)
    : DeploymentPage(logbook, theme,
                     {kindOf(Database()), kindOf(RedisServer()), kindOf(Replica()), kindOf(Pool()), kindOf(Sentinel()),
                      kindOf(Session()), kindOf(Statement()), kindOf(Relation())},
                     parent)
    , m_topologyCard(new Card(theme, this))
    , m_topology(new TopologyView(*this))
    , m_charts(new CardGrid(theme, leastChart, this))
    , m_now(new Pair(theme, 760, this))
    , m_sessions(new FactTable(*this, new SessionModel, u"session"_s, m_now))
    , m_upkeep(new UpkeepCard(*this, m_now))
    , m_costs(new Pair(theme, 760, this))
    , m_statements(new FactTable(*this, new StatementModel, u"statement"_s, m_costs))
    , m_relations(new FactTable(*this, new RelationModel, u"relation"_s, m_costs))
    , m_empty(new EmptyState(theme, this))
{
    m_topologyCard->setObjectName(u"topology-card"_s);
    m_topologyCard->setTitle(tr("Topology"));
    m_topologyCard->setBody(m_topology);
    setUpTables();
    setUpCharts();
    content()->addWidget(m_topologyCard);
    content()->addWidget(m_charts, 2);
    content()->addWidget(besides(static_cast<Pair *>(m_now), m_sessions, 3, m_upkeep, 1), 2);
    content()->addWidget(besides(static_cast<Pair *>(m_costs), m_statements, 1, m_relations, 1), 2);
    content()->addWidget(m_empty, 1);
    m_empty->setObjectName(u"data-empty"_s);
    m_empty->setState(
        Status::NotAvailable, tr("No stores here"),
        tr("The profile of %1 names no PostgreSQL, Redis, pgBouncer or Sentinel. If it stands on one, add "
           "its connection and a source for it to the profile.")
            .arg(logbook.profile().name));
    if (hasNot(u"data"))
        m_empty->setState(Status::NotAvailable, tr("Not available here"),
                          tr("The profile of %1 says that it has no stores. If it has them now, take “data” out of "
                             "“unavailable” in the profile.")
                              .arg(logbook.profile().name));
    m_empty->hide();
}

void DataPage::setUpTables()
{
    m_sessions->setTitle(tr("Sessions"));
    m_sessions->setFilterHint(tr("Filter the sessions"));
    m_sessions->setColumns(
        {{.id = "pid"_L1, .header = tr("Process"), .width = 84},
         {.id = "user"_L1, .header = tr("User"), .width = 90, .from = 820},
         {.id = "application"_L1, .header = tr("Application"), .width = 110, .from = 900},
         {.id = "state"_L1, .header = tr("State"), .width = 140, .from = 620},
         {.id = "running_for"_L1, .header = tr("For"), .width = 84},
         {.id = "waits_for"_L1, .header = tr("Waits for"), .width = 140, .from = 1000, .none = tr("nothing")},
         {.id = "blocked_by"_L1, .header = tr("Blocked by"), .width = 96, .none = tr("nobody")},
         {.id = "blocking"_L1, .header = tr("Blocks"), .width = 64},
         {.id = "statement"_L1, .header = tr("Statement"), .elide = Qt::ElideRight}});
    m_statements->setTitle(tr("Statements that cost most"));
    m_statements->setFilterHint(tr("Filter the statements"));
    m_statements->setColumns({{.id = "statement"_L1, .header = tr("Statement"), .elide = Qt::ElideRight},
                              {.id = "total"_L1, .header = tr("Total"), .width = 84},
                              {.id = "share"_L1, .header = tr("Share"), .width = 72, .from = 560},
                              {.id = "calls"_L1, .header = tr("Calls"), .width = 80},
                              {.id = "mean"_L1, .header = tr("Mean"), .width = 80},
                              {.id = "longest"_L1, .header = tr("Longest"), .width = 84, .from = 620},
                              {.id = "rows"_L1, .header = tr("Rows"), .width = 80, .from = 720}});
    m_relations->setTitle(tr("Largest tables"));
    m_relations->setFilterHint(tr("Filter the tables"));
    m_relations->setColumns(
        {{.id = "table"_L1, .header = tr("Table")},
         {.id = "size"_L1, .header = tr("Size"), .width = 84},
         {.id = "rows"_L1, .header = tr("Rows"), .width = 92},
         {.id = "dead_rows"_L1, .header = tr("Dead rows"), .width = 92},
         {.id = "vacuumed_at"_L1, .header = tr("Vacuumed"), .width = 110, .from = 520, .none = tr("never")}});
}

ChartPanel *DataPage::makeChart(const QString &name, const QString &title, Unit unit)
{
    auto *chart = new ChartPanel(theme(), m_charts);
    chart->setObjectName(name);
    chart->setTitle(title);
    chart->setUnit(unit);
    return chart;
}

void DataPage::setUpCharts()
{
    m_connections = makeChart(u"connections-chart"_s, tr("Connections"), Unit::Count);
    m_lag = makeChart(u"lag-chart"_s, tr("Replication lag"), Unit::Bytes);
    m_lag->setEmptyText(tr("No replica in this range"));
    m_transactions = makeChart(u"transactions-chart"_s, tr("Transactions"), Unit::PerSecond);
    m_blocks = makeChart(u"blocks-chart"_s, tr("Blocks found in cache"), Unit::Percent);
    m_blocks->setCeiling(1);
    QList<ChartPanel *> all{m_connections, m_lag, m_transactions, m_blocks};
    if (hasNot(u"replicas")) {
        all.removeOne(m_lag);
        m_lag->hide();
    }
    QList<QWidget *> items;
    for (ChartPanel *chart : all) {
        items.append(chart);
        for (ChartPanel *other : all) {
            if (other != chart)
                connect(chart, &ChartPanel::hovered, other, &ChartPanel::setCrosshair);
        }
    }
    m_charts->setItems(items);
}

void DataPage::showView(const DeploymentView &view)
{
    const bool hasDatabase = view.database.fact || logbook().profile().has<PostgresConnection>();
    const bool any = showTopology(view) || hasDatabase;
    m_topologyCard->setVisible(any);
    m_charts->setVisible(hasDatabase);
    m_now->setVisible(hasDatabase);
    m_costs->setVisible(hasDatabase);
    m_empty->setVisible(!any);
    if (!hasDatabase)
        return;
    showTables(view);
    m_upkeep->showView(view);
    if (view.database.fact && view.database.fact->name() != m_database)
        showDatabaseLines(view.database.fact->name());
}

bool DataPage::showTopology(const DeploymentView &view)
{
    const QList<TopologyLane> lanes =
        topologyOf(view, logbook().profile(), lostReplicas(logbook().series(), view, range()));
    m_topology->setLanes(lanes);
    // The latest change of who leads, as long as it lies in the range.
    const auto change = std::ranges::find_if(view.events, [this](const Event &event) {
        return (event.kind == EventKind::FailedOver || event.kind == EventKind::RoleChanged) &&
               event.at >= range().from;
    });
    m_topologyCard->setNote(change == view.events.end()
                                ? QString()
                                : u"%1 %2"_s.arg(words::shortTime(change->at, view.at), words::sentence(*change)));
    return !lanes.isEmpty();
}

void DataPage::showTables(const DeploymentView &view)
{
    const auto absence = [&](const auto &telling, const AbsentThing &thing) {
        return absenceOf(*this, view, telling.freshness, thing);
    };
    const auto isBlocked = [](const Told<Session> &session) {
        return session.freshness.kind == Freshness::Kind::Fresh && session.fact.blockedBy.has();
    };
    const auto blocked = static_cast<int>(std::ranges::count_if(view.sessions.rows, isBlocked));
    m_sessions->setAccent(blocked > 0 ? std::optional(Status::Degraded) : std::nullopt);
    m_sessions->setTitle(blocked > 0 ? tr("Sessions, %n waiting for another", nullptr, blocked) : tr("Sessions"));
    m_sessions->showView(view, absence(view.sessions, sessionsThing()));
    m_statements->showView(view, absence(view.statements, statementsThing()));
    m_relations->showView(view, absence(view.relations, relationsThing()));
}

void DataPage::showDatabaseLines(const QString &database)
{
    m_database = database;
    const auto series = [&](QStringView field) { return seriesName(kindOf(Database()), database, field); };
    const auto held = [this](const QString &name) {
        return
            [this, name](TimeRange range, int pixels) { return logbook().series().query(name, range, pixels, true); };
    };
    const auto rate = [this](const QString &name) {
        return [this, name](TimeRange range, int pixels) { return drawnRate(logbook().series(), name, range, pixels); };
    };
    m_connections->setLines({{.label = tr("open"), .columns = held(series(u"connections"))},
                             {.label = tr("most"),
                              .columns = held(series(u"max_connections")),
                              .colourIndex = 1,
                              .dashed = true,
                              .stepped = true}});
    m_transactions->setLines(
        {{.label = tr("committed"), .columns = rate(series(u"commits_total"))},
         {.label = tr("rolled back"), .columns = rate(series(u"rollbacks_total")), .colourIndex = 1, .dashed = true}});
    const QString hit = series(u"blocks_hit_total");
    const QString read = series(u"blocks_read_total");
    m_blocks->setLines({{.label = tr("found in cache"),
                         .columns =
                             [this, hit, read](TimeRange range, int pixels) {
                                 return drawnRatio(logbook().series(), hit, {hit, read}, range, pixels);
                             },
                         .colourIndex = 2}});
}

void DataPage::showLagLines(const QStringList &series)
{
    m_lagSeries = series;
    QList<ChartLine> lines;
    for (qsizetype i = 0; i < series.size(); ++i) {
        const QString &name = series[i];
        lines.append(
            {.label = words::text(name.section(u'/', 2, -2)),
             .columns = [this, name](TimeRange range,
                                     int pixels) { return logbook().series().query(name, range, pixels, true); },
             .colourIndex = static_cast<int>(i % 6),
             .dashed = i >= 6});
    }
    m_lag->setLines(std::move(lines));
}

void DataPage::showSeries(TimeRange range)
{
    showTopology(logbook().view());
    QStringList lags;
    for (const QString &name : logbook().series().names(kindOf(Replica()) + u'/')) {
        if (name.endsWith(u"/lag_bytes"_s))
            lags.append(name);
    }
    if (lags != m_lagSeries)
        showLagLines(lags);
    const DeploymentView &view = logbook().view();
    const QList<Mark> marks = marksWhere(view, [&](const Event &event) {
        const bool isServer = event.kind == EventKind::CounterReset && event.source == view.database.source;
        return movesAnything(event) || isServer || event.kind == EventKind::RoleChanged ||
               event.kind == EventKind::SchemaChanged;
    });
    for (ChartPanel *chart : {m_connections, m_lag, m_transactions, m_blocks}) {
        chart->setRange(range);
        chart->setMarks(marks);
        chart->refresh();
    }
}

} // namespace qd
