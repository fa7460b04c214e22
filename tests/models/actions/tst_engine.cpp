/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/engine.h"
#include "actions/feature_flag/feature_flag.h"
#include "bench.h"
#include "other_console.h"
#include "support/server_fixtures.h"

#include <QCborArray>
#include <QCborValue>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace qd;
using namespace qd::test;

namespace {
FlagTable tableAt(const PostgresConnection &connection, const QString &environment = u"production"_s)
{
    return {.place = {.deployment = u"shop"_s,
                      .environment = environment,
                      .marker = u"quarterdeck_environment"_s,
                      .connection = connection},
            .table = u"feature_flags"_s,
            .key = u"key"_s,
            .enabled = u"enabled"_s,
            .rollout = u"rollout_percent"_s,
            .updatedBy = u"updated_by"_s,
            .updatedAt = u"updated_at"_s};
}

Wish off()
{
    return wishFor(u"voice"_s, {{u"enabled"_s, u"false"_s}});
}

/// Two steps: turns "voice" off, then "text".
class TwoFlags final : public Action
{
public:
    explicit TwoFlags(const PgStore::Place &place)
        : m_store(*PgStore::open(place, soon()))
    {
    }
    Result<Plan> plan(const Wish &wish, Deadline) override
    {
        Plan plan;
        plan.target = m_store.target();
        plan.resource = wish.resource;
        plan.steps = {{u"flag-set"_s, {u"voice"_s}}, {u"flag-set"_s, {u"text"_s}}};
        plan.undo = plan.steps;
        return plan;
    }
    QList<Check> checks(const Plan &, Deadline) override { return {}; }
    Result<std::optional<Lease>> begin(const Plan &, const QString &holder, Deadline deadline) override
    {
        const auto taken = m_store.take(holder, 60s, deadline);
        if (!taken)
            return std::unexpected(taken.error());
        m_lease = *taken;
        return m_lease;
    }
    Result<void> renew(Deadline deadline) override { return m_store.renew(*m_lease, 60s, deadline); }
    Result<Stand> look(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        const auto rows = m_store.ask("SELECT enabled FROM feature_flags WHERE key = $1", {key(plan, step)}, deadline);
        if (!rows)
            return std::unexpected(rows.error());
        return rows->at(0, u"enabled") == "t" ? Stand::Before : Stand::After;
    }
    Result<void> perform(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        return set(key(plan, step), "false", deadline);
    }
    Result<void> revert(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        return set(key(plan, step), "true", deadline);
    }
    QList<Check> verify(const Plan &, Deadline) override { return {}; }
    void end(Deadline deadline) override { [[maybe_unused]] const auto tried = m_store.giveBack(*m_lease, deadline); }

private:
    static QByteArray key(const Plan &plan, qsizetype step) { return plan.steps[step].arguments.first().toUtf8(); }
    Result<void> set(const QByteArray &flag, const QByteArray &value, Deadline deadline)
    {
        return m_store.guarded(
            m_lease,
            [&](PgConnection &connection, Deadline until) -> Result<void> {
                const auto done = connection.query("UPDATE feature_flags SET enabled = $2::boolean WHERE key = $1",
                                                   {flag, value}, until);
                return done ? Result<void>() : std::unexpected(done.error());
            },
            deadline);
    }
    PgStore m_store;
    std::optional<Lease> m_lease;
};

/// The other console: carries a plan out.
int actAndDie(const OtherConsole &other)
{
    const auto journal = other.journal();
    if (!journal)
        return 10;
    const SystemClock clock;
    const auto action = setFlag(tableAt(other.connection), clock);
    const auto plan = action->plan(off(), soon());
    if (!plan)
        return 11;
    Engine engine(**journal, clock, {.id = u"ada"_s, .host = u"desk"_s});
    other.dieIn(engine);
    return engine.run(*action, *plan).ending == Ending::Done ? 0 : 12;
}
} // namespace

class TestEngine : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void productionIsOfMediumRiskHoweverItIsWritten();
    void aPlanIsCarriedOutAndJournalled();
    void whatItTouchesIsMeasuredAndUnknownStaysUnknown();
    void undoingSetsBackWhatWas();
    void theFlagTellsWhoActed();
    void aPlanIsCarriedOutOnce();
    void whatChangedMeanwhileIsLeftAlone_data();
    void whatChangedMeanwhileIsLeftAlone();
    void whatChangesRightBeforeTheEffectIsLeftAlone_data();
    void whatChangesRightBeforeTheEffectIsLeftAlone();
    void aWrongTargetIsNeverTouched_data();
    void aWrongTargetIsNeverTouched();
    void whoeverHoldsTheLeaseActsAlone();
    void anActionLongerThanItsLeaseRenewsIt();
    void aLeaseThatIsLostBeforeTheEffectChangesNothing();
    void aLeaseThatIsLostHalfWayNeedsAPerson();
    void aRoleWithoutRightsChangesNothing();
    void aWishThatCannotBeIsRefusedBeforeAnything_data();
    void aWishThatCannotBeIsRefusedBeforeAnything();
    void withoutAJournalNothingHappens();
    void whatNeverBeganIsNotEnded();
    void whoMayNotActChangesNothing_data();
    void whoMayNotActChangesNothing();
    void aFreezeStopsTakingBackWhatEndedAlone();
    void aKilledConsoleLeavesNothingUnknown_data();
    void aKilledConsoleLeavesNothingUnknown();
    void ofTwoWhoActAtOnceOneDoes();
    void whatSomebodyElseDidIsNotSaidToBeOurs();

private:
    [[nodiscard]] QByteArray row();
    [[nodiscard]] QStringList kinds(Journal &journal, const Plan &plan);
    void expectRefused(const Report &report, const QByteArray &before);
    std::unique_ptr<test::PostgresFixture> m_server;
    SystemClock m_clock;
    Operator m_ada{.id = u"ada"_s, .host = u"desk"_s};
};

void TestEngine::initTestCase()
{
    m_server = std::make_unique<test::PostgresFixture>();
    m_server->execute("CREATE TABLE feature_flags (key text PRIMARY KEY, enabled boolean NOT NULL,"
                      " rollout_percent integer, updated_by text, updated_at timestamptz);"
                      "ALTER TABLE feature_flags OWNER TO owner;"
                      "CREATE TABLE quarterdeck_environment (deployment text, environment text);"
                      "INSERT INTO quarterdeck_environment VALUES ('shop', 'production');"
                      "GRANT SELECT ON quarterdeck_environment TO public;"
                      "CREATE ROLE viewer LOGIN PASSWORD 'viewer';"
                      "GRANT SELECT ON feature_flags TO viewer;"
                      "GRANT CREATE ON SCHEMA public TO owner");
}

void TestEngine::init()
{
    m_server->execute("DROP TABLE IF EXISTS quarterdeck_leases; DELETE FROM feature_flags;"
                      "INSERT INTO feature_flags VALUES ('voice', true, 100, 'eve', '2026-01-02')");
}

QByteArray TestEngine::row()
{
    return m_server->execute("SELECT concat_ws('|', enabled, rollout_percent, updated_by) FROM feature_flags"
                             " WHERE key = 'voice'");
}

QStringList TestEngine::kinds(Journal &journal, const Plan &plan)
{
    QStringList all;
    const auto entries = journal.entries({.planId = plan.id()}, patience);
    for (const Entry &entry : entries.value_or(QList<Entry>()))
        all.append(entry.kind);
    return all;
}

void TestEngine::expectRefused(const Report &report, const QByteArray &before)
{
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY(report.error && !report.error->message.isEmpty());
    QCOMPARE(row(), before);
}

void TestEngine::productionIsOfMediumRiskHoweverItIsWritten()
{
    m_server->execute("UPDATE quarterdeck_environment SET environment = 'Production'");
    const auto shouted = setFlag(tableAt(m_server->connection(), u"Production"_s), m_clock)->plan(off(), soon());
    m_server->execute("UPDATE quarterdeck_environment SET environment = 'production'");
    QVERIFY2(shouted, shouted ? "" : qPrintable(shouted.error().message));
    QVERIFY(shouted->risk == Risk::Medium);
}

void TestEngine::aPlanIsCarriedOutAndJournalled()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    Wish wish = off();
    wish.set[u"rollout"_s] = u"25"_s;
    const auto plan = action->plan(wish, soon());
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->changes, (QList<Change>{{u"enabled"_s, u"true"_s, u"false"_s}, {u"rollout"_s, u"100"_s, u"25"_s}}));
    QCOMPARE(plan->target.identity.mid(2), (QStringList{u"shop"_s, u"production"_s}));
    QCOMPARE(row(), QByteArray("t|100|eve"));
    Engine engine(*journal, m_clock, m_ada);
    QList<StepReport::State> seen;
    QList<Report> kept;
    engine.setProgress([&](const Report &report) {
        if (!report.steps.isEmpty())
            seen.append(report.steps[0].state);
        kept.append(report);
    });
    const Report report = engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("f|25|ada"));
    kept.removeIf([](const Report &each) { return each.steps.isEmpty(); });
    QList<StepReport::State> still; // what was told does not change in the hands of whoever keeps it
    for (const Report &each : std::as_const(kept))
        still.append(each.steps[0].state);
    QCOMPARE(still, seen);
    QCOMPARE(kinds(*journal, *plan), (QStringList{u"start"_s, u"intent"_s, u"outcome"_s, u"end"_s}));
    QVERIFY(seen.contains(StepReport::State::Running));
    QCOMPARE(seen.last(), StepReport::State::Done);
    const auto entries = journal->entries({.planId = plan->id()}, patience);
    QCOMPARE(QCborValue::fromCbor(entries->first().body).toArray().at(0).toByteArray(), plan->bytes());
    QCOMPARE(entries->first().reason, u"INC-12"_s);
    QCOMPARE(entries->first().operatorId, u"ada"_s);
    QVERIFY(journal->unfinished(patience)->isEmpty());
    QCOMPARE(m_server->execute("SELECT count(*) FROM quarterdeck_leases WHERE expires_at > now()"), QByteArray("0"));
}

void TestEngine::whatItTouchesIsMeasuredAndUnknownStaysUnknown()
{
    m_server->execute("CREATE TABLE sessions (expires_at timestamptz, revoked_at timestamptz);"
                      "INSERT INTO sessions SELECT now() + interval '1 h' FROM generate_series(1, 812);"
                      "INSERT INTO sessions VALUES (now() - interval '1 s', NULL), (now() + interval '1 h', now());"
                      "CREATE TABLE quotes (created_at timestamptz);"
                      "CREATE TABLE orders (created_at timestamptz);"
                      "INSERT INTO orders VALUES (now()), (now() - interval '2 min'), (now() + interval '2 min');"
                      "CREATE TABLE hidden (created_at timestamptz);"
                      "GRANT SELECT ON sessions, quotes, orders TO viewer");
    const auto restore = qScopeGuard([&] { m_server->execute("DROP TABLE sessions, quotes, orders, hidden"); });
    FlagTable table = tableAt(m_server->connection(u"viewer"_s, "viewer"));
    const auto per = [](const QString &what, const QString &name) {
        return PgMeasure{.what = what, .table = name, .expiresAt = {}, .revokedAt = {}, .at = u"created_at"_s};
    };
    QVERIFY(!setFlag(table, m_clock)->plan(off(), soon())->impact.first().number);
    table.measures = {{u"live-sessions"_s, u"sessions"_s, u"expires_at"_s, u"revoked_at"_s, {}},
                      per(u"quotes-per-minute"_s, u"quotes"_s),
                      per(u"gone"_s, u"no_such_table"_s),
                      per(u"hidden"_s, u"hidden"_s),
                      per(u"orders-per-minute"_s, u"orders"_s)};
    const auto plan = setFlag(table, m_clock)->plan(off(), soon());
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->impact.size(), 5);
    QCOMPARE(plan->impact[0], (Measure{u"live-sessions"_s, 812, u"count"_s, u"counted in sessions"_s}));
    QCOMPARE(plan->impact[1], (Measure{u"quotes-per-minute"_s, 0, u"per-minute"_s, u"counted in quotes"_s}));
    QVERIFY(!plan->impact[2].number && plan->impact[2].source.contains(u"no_such_table"_s));
    QVERIFY(!plan->impact[3].number && plan->impact[3].source.contains(u"permission denied"_s));
    QCOMPARE(plan->impact[4].number, std::optional<qint64>(1));
}

void TestEngine::undoingSetsBackWhatWas()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    Engine engine(*journal, m_clock, m_ada);
    QVERIFY(engine.run(*action, *plan).ending == Ending::Done);
    QCOMPARE(row(), QByteArray("f|100|ada"));
    const Report report = engine.undo(*action, *plan);
    QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("t|100|ada"));
    QVERIFY(journal->unfinished(patience)->isEmpty());
    // Whoever sets it anew afterwards did so by another plan: the first takes nothing back from them.
    m_server->execute("UPDATE feature_flags SET enabled = false, updated_by = 'eve'");
    const Report again = engine.undo(*action, *plan);
    QVERIFY2(again.ending == Ending::Refused, qPrintable(said(again)));
    QVERIFY2(again.error->message.contains(u"nothing is left to take back"_s), qPrintable(said(again)));
    QCOMPARE(row(), QByteArray("f|100|eve"));
}

void TestEngine::theFlagTellsWhoActed()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    QCOMPARE(plan->author, u"ada"_s);
    Engine bobs(*journal, m_clock, {.id = u"bob"_s, .host = u"desk"_s});
    QVERIFY(bobs.run(*action, *plan).ending == Ending::Done);
    QCOMPARE(row(), QByteArray("f|100|bob"));
    Engine carols(*journal, m_clock, {.id = u"carol@team"_s, .host = u"desk"_s});
    QVERIFY(carols.undo(*action, *plan).ending == Ending::Undone);
    QCOMPARE(row(), QByteArray("t|100|carol@team"));
}

void TestEngine::aPlanIsCarriedOutOnce()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    Engine engine(*journal, m_clock, m_ada);
    QVERIFY(engine.run(*action, *plan).ending == Ending::Done);
    expectRefused(engine.run(*action, *plan), "f|100|ada");
}

void TestEngine::whatChangedMeanwhileIsLeftAlone_data()
{
    QTest::addColumn<QByteArray>("meanwhile");
    QTest::newRow("the value") << QByteArray("UPDATE feature_flags SET enabled = false, updated_by = 'bob'");
    QTest::newRow("beside the value") << QByteArray("UPDATE feature_flags SET rollout_percent = 5");
    QTest::newRow("there and back") << QByteArray("UPDATE feature_flags SET enabled = false;"
                                                  "UPDATE feature_flags SET enabled = true");
    QTest::newRow("gone") << QByteArray("DELETE FROM feature_flags");
}

void TestEngine::whatChangedMeanwhileIsLeftAlone()
{
    QFETCH(QByteArray, meanwhile);
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    m_server->execute(meanwhile);
    const QByteArray before = m_server->execute("SELECT coalesce(max(xmin::text), 'none') FROM feature_flags");
    Engine engine(*journal, m_clock, m_ada);
    const Report report = engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QCOMPARE(m_server->execute("SELECT coalesce(max(xmin::text), 'none') FROM feature_flags"), before);
    QVERIFY(kinds(*journal, *plan).isEmpty());
}

void TestEngine::whatChangesRightBeforeTheEffectIsLeftAlone_data()
{
    QTest::addColumn<QString>("rollout"); // wished for
    QTest::addColumn<QByteArray>("enabled");
    QTest::addColumn<bool>("isBack");
    for (const bool isBack : {false, true}) {
        const char *way = isBack ? "back" : "there";
        const auto add = [&](const char *name, const QString &rollout, const char *enabled) {
            QTest::addRow("%s, %s", name, way) << rollout << QByteArray(enabled) << isBack;
        };
        add("both", u"25"_s, isBack ? "true" : "false");
        add("the second alone", u"25"_s, isBack ? "false" : "true");
        add("the one that is changed", {}, isBack ? "true" : "false");
    }
}

void TestEngine::whatChangesRightBeforeTheEffectIsLeftAlone()
{
    QFETCH(QString, rollout);
    QFETCH(QByteArray, enabled);
    QFETCH(bool, isBack);
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    Wish wish = off();
    if (!rollout.isEmpty())
        wish.set[u"rollout"_s] = rollout;
    const auto plan = action->plan(wish, soon());
    QVERIFY(plan);
    Engine engine(*journal, m_clock, m_ada);
    if (isBack)
        QVERIFY(engine.run(*action, *plan).ending == Ending::Done);
    const QByteArray version = "SELECT xmin FROM feature_flags";
    QByteArray before;
    engine.setBoundary([&](const QString &boundary) {
        if (boundary != "effect:0:before"_L1)
            return;
        m_server->execute("UPDATE feature_flags SET rollout_percent = 5, updated_by = 'bob', enabled = " + enabled);
        before = m_server->execute(version);
    });
    const Report report = isBack ? engine.undo(*action, *plan) : engine.run(*action, *plan);
    QVERIFY(!before.isEmpty());
    QCOMPARE(m_server->execute(version), before);
    QCOMPARE(row(), (enabled == "true" ? "t|5|bob" : "f|5|bob"));
    QVERIFY2(report.ending == Ending::Undone || report.ending == Ending::NeedsPerson, qPrintable(said(report)));
}

void TestEngine::aWrongTargetIsNeverTouched_data()
{
    QTest::addColumn<QString>("wrong");
    for (const char *wrong : {"clone", "marker", "profile", "cluster", "two markers"})
        QTest::newRow(wrong) << QString::fromLatin1(wrong);
}

void TestEngine::aWrongTargetIsNeverTouched()
{
    QFETCH(QString, wrong);
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto planned = setFlag(tableAt(m_server->connection()), m_clock)->plan(off(), soon());
    QVERIFY(planned);
    PostgresConnection elsewhere = m_server->connection();
    QString environment = u"production"_s;
    std::unique_ptr<test::PostgresFixture> other;
    const auto restore = qScopeGuard([&] {
        m_server->execute("DROP DATABASE IF EXISTS clone", "postgres");
        m_server->execute("DELETE FROM quarterdeck_environment;"
                          "INSERT INTO quarterdeck_environment VALUES ('shop', 'production')");
    });
    if (wrong == "clone"_L1) {
        m_server->execute("CREATE DATABASE clone TEMPLATE app OWNER owner", "postgres");
        elsewhere.database = u"clone"_s;
    } else if (wrong == "marker"_L1) {
        m_server->execute("UPDATE quarterdeck_environment SET environment = 'staging'");
    } else if (wrong == "profile"_L1) {
        environment = u"staging"_s;
    } else if (wrong == "two markers"_L1) {
        m_server->execute("INSERT INTO quarterdeck_environment VALUES ('shop', 'staging')");
    } else {
        other = std::make_unique<test::PostgresFixture>();
        other->execute("CREATE TABLE feature_flags (key text PRIMARY KEY, enabled boolean NOT NULL,"
                       " rollout_percent integer, updated_by text, updated_at timestamptz);"
                       "ALTER TABLE feature_flags OWNER TO owner;"
                       "INSERT INTO feature_flags VALUES ('voice', true, 100, 'eve', '2026-01-02');"
                       "CREATE TABLE quarterdeck_environment (deployment text, environment text);"
                       "INSERT INTO quarterdeck_environment VALUES ('shop', 'production');"
                       "GRANT SELECT ON quarterdeck_environment TO public");
        elsewhere = other->connection();
    }
    const auto action = setFlag(tableAt(elsewhere, environment), m_clock);
    Engine engine(*journal, m_clock, m_ada);
    expectRefused(engine.run(*action, *planned), "t|100|eve");
    // Nor does going on with it get any further.
    QVERIFY(journal->append({.kind = u"start"_s, .planId = planned->id()}, patience));
    const Report resumed = engine.resume(*action, *planned);
    QVERIFY2(resumed.ending == Ending::Refused || resumed.ending == Ending::NeedsPerson, qPrintable(said(resumed)));
    QCOMPARE(row(), QByteArray("t|100|eve"));
    if (other)
        QCOMPARE(other->execute("SELECT enabled FROM feature_flags"), QByteArray("t"));
}

void TestEngine::whoeverHoldsTheLeaseActsAlone()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    auto store = PgStore::open(tableAt(m_server->connection()).place, soon());
    QVERIFY2(store, store ? "" : qPrintable(store.error().message));
    QCOMPARE(store->lease(soon()).error().code, ErrorCode::NotFound);
    const auto taken = store->take(u"bob@tower"_s, 60s, soon());
    QVERIFY2(taken, taken ? "" : qPrintable(taken.error().message));
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    Engine engine(*journal, m_clock, m_ada);
    const Report refused = engine.run(*action, *plan);
    expectRefused(refused, "t|100|eve");
    QVERIFY2(refused.error->message.contains("bob@tower"_L1), qPrintable(refused.error->message));
    QVERIFY(store->giveBack(*taken, soon()));
    const auto again = action->plan(off(), soon());
    QVERIFY(again);
    QVERIFY(engine.run(*action, *again).ending == Ending::Done);
    // Bob's lease is worth nothing any more.
    bool changed = false;
    const auto late = store->guarded(
        *taken,
        [&](PgConnection &, PgStore::Deadline) -> Result<void> {
            changed = true;
            return {};
        },
        soon());
    QVERIFY(!late && !changed);
    QCOMPARE(late.error().code, ErrorCode::Unavailable);
}

void TestEngine::anActionLongerThanItsLeaseRenewsIt()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    FlagTable table = tableAt(m_server->connection());
    table.leaseTime = 1s;
    const auto action = setFlag(table, m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    Engine engine(*journal, m_clock, m_ada);
    bool isOver = false;
    engine.setBoundary([&](const QString &boundary) {
        if (boundary != "effect:0:before"_L1)
            return;
        const QByteArray end = m_server->execute("SELECT expires_at + interval '1.5 s' FROM quarterdeck_leases");
        isOver = QTest::qWaitFor([&] { return m_server->execute("SELECT now() > '" + end + "'") == "t"; }, 20'000);
        auto store = PgStore::open(table.place, soon());
        QVERIFY(store);
        QCOMPARE(store->take(u"bob@tower"_s, 60s, soon()).error().code, ErrorCode::Unavailable);
    });
    const Report report = engine.run(*action, *plan);
    QVERIFY(isOver);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("f|100|ada"));
    QCOMPARE(m_server->execute("SELECT fence FROM quarterdeck_leases WHERE expires_at <= now()"), QByteArray("1"));
}

void TestEngine::aLeaseThatIsLostBeforeTheEffectChangesNothing()
{
    for (const QString &when : {u"running"_s, u"effect:0:before"_s}) {
        init();
        const QTemporaryDir directory;
        const auto journal = journalIn(directory);
        const auto action = setFlag(tableAt(m_server->connection()), m_clock);
        const auto plan = action->plan(off(), soon());
        QVERIFY(plan);
        Engine engine(*journal, m_clock, m_ada);
        const auto steal = [&] {
            m_server->execute("UPDATE quarterdeck_leases SET holder = 'bob@tower', fence = fence + 1");
        };
        engine.setBoundary([&](const QString &boundary) {
            if (boundary == when)
                steal();
        });
        engine.setProgress([&](const Report &report) {
            if (when == "running"_L1 && report.steps.value(0).state == StepReport::State::Running)
                steal();
        });
        const Report report = engine.run(*action, *plan);
        QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
        QCOMPARE(report.steps.first().state, StepReport::State::Failed);
        QVERIFY2(report.error->message.contains(u"the lease was lost"_s), qPrintable(said(report)));
        QCOMPARE(kinds(*journal, *plan).contains(u"intent"_s), when != "running"_L1);
        QCOMPARE(row(), QByteArray("t|100|eve"));
        QCOMPARE(m_server->execute("SELECT holder FROM quarterdeck_leases"), QByteArray("bob@tower"));
    }
}

void TestEngine::aLeaseThatIsLostHalfWayNeedsAPerson()
{
    m_server->execute("INSERT INTO feature_flags VALUES ('text', true, 100, 'eve', '2026-01-02')");
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    TwoFlags action(tableAt(m_server->connection()).place);
    const auto plan = action.plan(off(), soon());
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    Engine engine(*journal, m_clock, m_ada);
    engine.setBoundary([&](const QString &boundary) {
        if (boundary == "outcome:0:after"_L1)
            m_server->execute("UPDATE quarterdeck_leases SET holder = 'bob@tower', fence = fence + 1");
    });
    const Report report = engine.run(action, *plan);
    QVERIFY2(report.ending == Ending::NeedsPerson, qPrintable(said(report)));
    QVERIFY2(report.error->message.contains(u"the lease was lost: bob@tower acts"_s), qPrintable(said(report)));
    QCOMPARE(m_server->execute("SELECT string_agg(key || enabled, ' ' ORDER BY key) FROM feature_flags"),
             QByteArray("texttrue voicefalse"));
    QCOMPARE(kinds(*journal, *plan),
             (QStringList{u"start"_s, u"intent"_s, u"outcome"_s, u"outcome"_s, u"outcome"_s, u"halt"_s}));
    QCOMPARE(*journal->unfinished(patience), QList<QByteArray>{plan->id()});
    // Once bob is done, it is taken back.
    engine.setBoundary(nullptr);
    m_server->execute("UPDATE quarterdeck_leases SET expires_at = now()");
    QVERIFY(engine.undo(action, *plan).ending == Ending::Undone);
    QCOMPARE(m_server->execute("SELECT string_agg(key || enabled, ' ' ORDER BY key) FROM feature_flags"),
             QByteArray("texttrue voicetrue"));
}

void TestEngine::aRoleWithoutRightsChangesNothing()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection(u"viewer"_s, "viewer")), m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    Engine engine(*journal, m_clock, m_ada);
    const Report report = engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
    QCOMPARE(report.steps.first().state, StepReport::State::Failed);
    QCOMPARE(report.error->code, ErrorCode::Forbidden);
    QCOMPARE(row(), QByteArray("t|100|eve"));
    QVERIFY(journal->unfinished(patience)->isEmpty());
}

void TestEngine::aWishThatCannotBeIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QString>("flag");
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("value");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("no such flag") << u"voices"_s << u"enabled"_s << u"false"_s << ErrorCode::NotFound;
    QTest::newRow("as it is") << u"voice"_s << u"enabled"_s << u"true"_s << ErrorCode::BadInput;
    QTest::newRow("no boolean") << u"voice"_s << u"enabled"_s << u"maybe"_s << ErrorCode::BadInput;
    QTest::newRow("over 100") << u"voice"_s << u"rollout"_s << u"101"_s << ErrorCode::BadInput;
    QTest::newRow("no number") << u"voice"_s << u"rollout"_s << u"5; DROP"_s << ErrorCode::BadInput;
    QTest::newRow("no such thing") << u"voice"_s << u"colour"_s << u"red"_s << ErrorCode::BadInput;
}

void TestEngine::aWishThatCannotBeIsRefusedBeforeAnything()
{
    QFETCH(QString, flag);
    QFETCH(QString, what);
    QFETCH(QString, value);
    QFETCH(ErrorCode, code);
    const auto plan = setFlag(tableAt(m_server->connection()), m_clock)
                          ->plan({.resource = flag, .set = {{what, value}}, .author = u"ada"_s, .reason = {}}, soon());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, code);
    QCOMPARE(row(), QByteArray("t|100|eve"));
}

void TestEngine::withoutAJournalNothingHappens()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    QVERIFY(QFile::remove(directory.filePath(u"journal.sqlite"_s)));
    Engine engine(*journal, m_clock, m_ada);
    expectRefused(engine.run(*action, *plan), "t|100|eve");
    QCOMPARE(m_server->execute("SELECT to_regclass('quarterdeck_leases') IS NULL"), QByteArray("t"));
}

// Going on and taking back are not checked as a beginning is, so they are no way around it.
void TestEngine::whatNeverBeganIsNotEnded()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    Engine engine(*journal, m_clock, m_ada);
    expectRefused(engine.resume(*action, *plan), "t|100|eve");
    m_server->execute("UPDATE feature_flags SET enabled = false");
    expectRefused(engine.undo(*action, *plan), "f|100|eve");
    m_server->execute("UPDATE feature_flags SET enabled = true");
    const auto again = action->plan(off(), soon());
    QVERIFY(again);
    QVERIFY(engine.run(*action, *again).ending == Ending::Done);
    m_server->execute("UPDATE feature_flags SET enabled = true, updated_by = 'bob'");
    expectRefused(engine.resume(*action, *again), "t|100|bob");
    QVERIFY(kinds(*journal, *plan).isEmpty());
}

void TestEngine::whoMayNotActChangesNothing_data()
{
    QTest::addColumn<QByteArray>("policy");
    QTest::addColumn<QString>("check");
    const QByteArray roles = "quarterdeck_policy: 1\nroles: {lead: [{may: [act]}], guest: [{may: [act], environments: "
                             "[staging]}]}\noperators: [{name: ada, key: @KEY@, roles: [";
    QTest::newRow("no operator") << QByteArray(roles + "lead]}]\n").replace("ada", "bob") << u"role"_s;
    QTest::newRow("no role") << QByteArray(roles + "]}]\n") << u"role"_s;
    QTest::newRow("a role elsewhere") << QByteArray(roles + "guest]}]\n") << u"role"_s;
    QTest::newRow("another key") << QByteArray(roles + "lead]}]\n").replace("@KEY@", QByteArray(32, 'x').toBase64())
                                 << u"role"_s;
    QTest::newRow("frozen") << QByteArray(roles + "lead]}]\nfreezes: [{zone: UTC, from: 00:00, to: 24:00, reason: "
                                                  "Audit}]\n")
                            << u"freeze"_s;
    QTest::newRow("more risk") << QByteArray(roles + "lead]}]\nrisks: [{at_least: high}]\n") << u"risk-as-policy"_s;
}

void TestEngine::whoMayNotActChangesNothing()
{
    QFETCH(QByteArray, policy);
    QFETCH(QString, check);
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    const QByteArray key(32, 'k');
    const auto parsed = parsePolicy(policy.replace("@KEY@", key.toBase64()), u"policy.yaml"_s);
    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().first().message));
    Engine engine(*journal, m_clock, {.id = u"ada"_s, .host = u"desk"_s, .key = key});
    engine.setPolicy(*parsed);
    const Report report = engine.run(*action, *plan);
    expectRefused(report, "t|100|eve");
    const auto it = std::ranges::find_if(report.checks, [&](const Check &each) { return each.phrase.code == check; });
    QVERIFY2(it != report.checks.end() && it->result == Check::Result::Failed, qPrintable(said(report)));
    QVERIFY(kinds(*journal, *plan).isEmpty());
}

void TestEngine::aFreezeStopsTakingBackWhatEndedAlone()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    Engine engine(*journal, m_clock, {.id = u"ada"_s, .host = u"desk"_s, .key = QByteArray(32, 'k')});
    QVERIFY(engine.run(*action, *plan).ending == Ending::Done);
    const QByteArray frozen = "quarterdeck_policy: 1\nroles: {lead: [{may: [act]}]}\noperators: [{name: ada, key: " +
                              QByteArray(32, 'k').toBase64() +
                              ", roles: [lead]}]\nfreezes: [{zone: UTC, from: 00:00, to: 24:00, reason: Audit}]\n";
    const auto policy = parsePolicy(frozen, u"policy.yaml"_s);
    QVERIFY(policy);
    engine.setPolicy(*policy);
    const Report frozenOut = engine.undo(*action, *plan);
    QVERIFY2(frozenOut.ending == Ending::Refused && frozenOut.error->message.startsWith(u"Audit"_s),
             qPrintable(said(frozenOut)));
    QCOMPARE(row(), QByteArray("f|100|ada"));
    // To stand half-way is worse.
    QVERIFY(journal->append({.kind = u"intent"_s, .operatorId = u"ada"_s, .planId = plan->id(), .step = 0}, patience));
    const Report report = engine.undo(*action, *plan);
    QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("t|100|ada"));
}

void TestEngine::aKilledConsoleLeavesNothingUnknown_data()
{
    QTest::addColumn<int>("boundary");
    for (int boundary = 0; boundary < 10; ++boundary)
        QTest::newRow(qPrintable(QString::number(boundary))) << boundary;
}

void TestEngine::aKilledConsoleLeavesNothingUnknown()
{
    QFETCH(int, boundary);
    for (const bool isResumed : {true, false}) {
        init();
        const QTemporaryDir directory;
        const OtherConsole other{m_server->connection(), directory.path(), boundary};
        QCOMPARE(other.run(), u"killed"_s);
        const bool changed = row() != "t|100|eve";
        const auto journal = journalIn(directory);
        const auto entries = journal->entries({}, patience);
        QVERIFY(entries);
        const bool intended = std::ranges::find(*entries, u"intent"_s, &Entry::kind) != entries->end();
        QVERIFY2(intended || !changed, "an effect without an intent");
        const auto unfinished = journal->unfinished(patience);
        QVERIFY(unfinished);
        const bool ended = std::ranges::find(*entries, u"end"_s, &Entry::kind) != entries->end();
        QCOMPARE(unfinished->isEmpty(), entries->isEmpty() || ended);
        if (unfinished->isEmpty()) {
            QVERIFY(changed == ended);
            continue;
        }
        const auto plan = planFrom(QCborValue::fromCbor(entries->first().body).toArray().at(0).toByteArray());
        QVERIFY(plan);
        QCOMPARE(plan->id(), unfinished->first());
        const auto action = setFlag(tableAt(other.connection), m_clock);
        Engine engine(*journal, m_clock, m_ada);
        const Report report = isResumed ? engine.resume(*action, *plan) : engine.undo(*action, *plan);
        QVERIFY2(report.ending == (isResumed ? Ending::Done : Ending::Undone), qPrintable(said(report)));
        QVERIFY(row().startsWith(isResumed ? "f|100" : "t|100"));
        QVERIFY(journal->unfinished(patience)->isEmpty());
    }
}

void TestEngine::ofTwoWhoActAtOnceOneDoes()
{
    constexpr int rounds = 50;
    m_server->execute("CREATE TABLE IF NOT EXISTS effects (enabled boolean, by text);"
                      "CREATE OR REPLACE FUNCTION effect() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
                      " 'BEGIN INSERT INTO effects VALUES (NEW.enabled, NEW.updated_by); RETURN NEW; END';"
                      "CREATE OR REPLACE TRIGGER effect AFTER UPDATE ON feature_flags FOR EACH ROW"
                      " EXECUTE FUNCTION effect()");
    const auto restore = qScopeGuard([&] { m_server->execute("DROP TRIGGER effect ON feature_flags"); });
    const QTemporaryDir directories[2];
    for (int round = 0; round < rounds; ++round) {
        m_server->execute("TRUNCATE effects");
        const bool isOn = m_server->execute("SELECT enabled FROM feature_flags") == "t";
        const PostgresConnection connection = m_server->connection();
        std::array<Ending, 2> endings{};
        const auto act = [&](std::size_t who) {
            const auto journal = journalIn(directories[who]);
            const SystemClock clock;
            const auto action = setFlag(tableAt(connection), clock);
            Wish wish = off();
            wish.set[u"enabled"_s] = isOn ? u"false"_s : u"true"_s;
            wish.author = who == 0 ? u"ada"_s : u"bob"_s;
            const auto plan = action->plan(wish, soon());
            Engine engine(*journal, clock, {.id = wish.author, .host = u"desk"_s});
            endings.at(who) = plan ? engine.run(*action, *plan).ending : Ending::Refused;
        };
        std::thread other(act, 1);
        act(0);
        other.join();
        QCOMPARE(m_server->execute("SELECT count(*) FROM effects"), QByteArray("1"));
        const QByteArray by = m_server->execute("SELECT by FROM effects");
        const std::size_t winner = by == "ada" ? 0 : 1;
        QVERIFY2(endings.at(winner) == Ending::Done, qPrintable(toWord(endings.at(winner))));
        QVERIFY2(endings.at(1 - winner) != Ending::Done, qPrintable(toWord(endings.at(1 - winner))));
    }
}

void TestEngine::whatSomebodyElseDidIsNotSaidToBeOurs()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(m_server->connection()), m_clock);
    const auto plan = action->plan(off(), soon());
    QVERIFY(plan);
    Engine engine(*journal, m_clock, m_ada);
    engine.setBoundary([&](const QString &boundary) {
        if (boundary == "start:-1:after"_L1)
            m_server->execute("UPDATE feature_flags SET enabled = false, updated_by = 'bob'");
    });
    expectRefused(engine.run(*action, *plan), "f|100|bob");
    QCOMPARE(kinds(*journal, *plan), (QStringList{u"start"_s, u"end"_s}));
    QCOMPARE(m_server->execute("SELECT count(*) FROM quarterdeck_leases WHERE expires_at > now()"), QByteArray("0"));
}

int main(int argc, char *argv[])
{
    return runWithOther<TestEngine>(actAndDie, argc, argv);
}
#include "tst_engine.moc"
