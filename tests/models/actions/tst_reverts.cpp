/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/acting.h"
#include "actions/feature_flag/feature_flag.h"
#include "actions/records.h"
#include "actions/reverts.h"
#include "bench.h"
#include "other_console.h"
#include "support/server_fixtures.h"

#include <QTest>

#include <thread>

using namespace qd;
using namespace qd::test;

namespace {
constexpr auto revertAfter = 30min;
const Instant start{std::chrono::milliseconds(1'795'000'000'000)};

FlagTable tableAt(const PostgresConnection &connection)
{
    return {.place = {.deployment = u"shop"_s,
                      .environment = u"production"_s,
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
    Wish wish = wishFor(u"voice"_s, {{u"enabled"_s, u"false"_s}});
    wish.revertAfter = revertAfter;
    return wish;
}

/// The other console: takes back what is due.
int revertAndDie(const OtherConsole &other)
{
    const auto journal = other.journal();
    const auto pending = journal ? pendingReverts(**journal, patience) : std::unexpected(journal.error());
    const auto plan = pending && pending->size() == 1 ? plannedIn(**journal, pending->first().planId, patience)
                                                      : Result<Plan>(failure(ErrorCode::NotFound, {}));
    if (!plan)
        return 10;
    const ManualClock clock(start + revertAfter);
    const auto action = setFlag(tableAt(other.connection), clock);
    Engine engine(**journal, clock, {.id = u"bob"_s, .host = u"desk"_s});
    other.dieIn(engine);
    return engine.revertDue(*action, *plan).ending == Ending::Undone ? 0 : 12;
}
} // namespace

/// What is taken back by itself, and what is brought to an end by what a person found.
class TestReverts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void whatIsDueIsTakenBack();
    void beforeItIsDueNothingIsTakenBack();
    void onlyWhatOneStepDoesCanBe_data();
    void onlyWhatOneStepDoesCanBe();
    void whatSomebodyElseChangedIsLeft_data();
    void whatSomebodyElseChangedIsLeft();
    void whatIsKeptStays();
    void whatWasUndoneIsNotDueAnyMore();
    void aFreezeHoldsItBackAndItsEndLetsIt();
    void whatWasApprovedNeedsNoOtherApproval();
    void anotherDatabaseIsNotTouched();
    void aKilledConsoleTakesItBackAtItsNextStart_data();
    void aKilledConsoleTakesItBackAtItsNextStart();
    void ofTwoConsolesOneTakesItBack_data();
    void ofTwoConsolesOneTakesItBack();
    void itIsFoundHoweverLongTheJournal();
    void itsEndIsFoundHoweverLongItsOwnStory();
    void whatIsKeptMeanwhileStays();
    void whatIsSetAnewMeanwhileStays();
    void whoIsRefusedHidesNobodysUnfinishedAction();
    void thereAndBackAfterACrashIsLeftToAPerson();
    void whatIsRefusedOftenIsLeft();
    void whatIsCarriedOutIsNotSettled();
    void whatNobodyCanEndIsSettled();
    void whatCanBeEndedIsNotSettled_data();
    void whatCanBeEndedIsNotSettled();

private:
    [[nodiscard]] QByteArray row();
    /// Turns "voice" off, to be taken back by itself.
    [[nodiscard]] Plan done();
    [[nodiscard]] Report revert(const Plan &plan, std::optional<Policy> policy = {});
    [[nodiscard]] QList<PendingRevert> pending() { return *pendingReverts(*m_journal, patience); }
    [[nodiscard]] std::unique_ptr<Action> action() { return setFlag(tableAt(m_server->connection()), m_clock); }
    [[nodiscard]] Plan begunAndHalted();
    /// Another console takes back what is due, and is killed at `boundary`.
    [[nodiscard]] QString dieAt(int boundary);
    std::unique_ptr<test::PostgresFixture> m_server;
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Journal> m_journal;
    ManualClock m_clock{start};
    Operator m_ada{.id = u"ada"_s, .host = u"desk"_s};
    Operator m_bob{.id = u"bob"_s, .host = u"lap"_s};
};

void TestReverts::initTestCase()
{
    m_server = std::make_unique<test::PostgresFixture>();
    m_server->execute("CREATE TABLE feature_flags (key text PRIMARY KEY, enabled boolean NOT NULL,"
                      " rollout_percent integer, updated_by text, updated_at timestamptz);"
                      "ALTER TABLE feature_flags OWNER TO owner;"
                      "CREATE TABLE quarterdeck_environment (deployment text, environment text);"
                      "INSERT INTO quarterdeck_environment VALUES ('shop', 'production');"
                      "GRANT SELECT ON quarterdeck_environment TO public;"
                      "GRANT CREATE ON SCHEMA public TO owner");
}

void TestReverts::init()
{
    m_server->execute("DROP TABLE IF EXISTS quarterdeck_leases; DELETE FROM feature_flags;"
                      "INSERT INTO feature_flags VALUES ('voice', true, 100, 'eve', '2026-01-02')");
    m_journal.reset();
    m_directory = std::make_unique<QTemporaryDir>();
    m_journal = journalIn(*m_directory);
    m_clock.set(start);
}

QByteArray TestReverts::row()
{
    return m_server->execute("SELECT concat_ws('|', enabled, rollout_percent) FROM feature_flags WHERE key = 'voice'");
}

Plan TestReverts::done()
{
    const auto acts = action();
    Engine engine(*m_journal, m_clock, m_ada);
    const auto plan = engine.plan(*acts, u"flags"_s, off());
    if (!plan)
        qFatal("%s", qPrintable(plan.error().message));
    const Report report = engine.run(*acts, *plan);
    if (report.ending != Ending::Done)
        qFatal("%s", qPrintable(said(report)));
    return *plan;
}

Report TestReverts::revert(const Plan &plan, std::optional<Policy> policy)
{
    const auto acts = action();
    Engine engine(*m_journal, m_clock, m_bob);
    engine.setPolicy(std::move(policy));
    return engine.revertDue(*acts, plan);
}

void TestReverts::whatIsDueIsTakenBack()
{
    const Plan plan = done();
    QCOMPARE(row(), QByteArray("f|100"));
    QCOMPARE(pending().size(), 1);
    QCOMPARE(pending().first().at, start + revertAfter);
    const auto before = recordsIn(*m_journal, patience);
    QCOMPARE(before->first().revertsAt, std::optional(start + revertAfter));
    m_clock.advance(revertAfter);
    const Report report = revert(plan);
    QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("t|100"));
    QVERIFY(pending().isEmpty());
    QVERIFY(m_journal->unfinished(patience)->isEmpty());
    const auto records = recordsIn(*m_journal, patience);
    QCOMPARE(records->first().beginning, u"undo"_s);
    QVERIFY(records->first().isByItself);
    QCOMPARE(records->first().operatorId, u"bob"_s);
    QVERIFY(!records->last().isByItself && !records->last().revertsAt);
    // Once.
    m_server->execute("UPDATE feature_flags SET enabled = false");
    QVERIFY(revert(plan).ending == Ending::Refused);
    QCOMPARE(row(), QByteArray("f|100"));
}

void TestReverts::beforeItIsDueNothingIsTakenBack()
{
    const Plan plan = done();
    m_clock.advance(revertAfter - 1ms);
    const Report report = revert(plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QCOMPARE(report.error->code, ErrorCode::Unavailable);
    QCOMPARE(row(), QByteArray("f|100"));
    QCOMPARE(pending().size(), 1);
}

void TestReverts::onlyWhatOneStepDoesCanBe_data()
{
    QTest::addColumn<int>("seconds");
    QTest::addColumn<int>("steps");
    QTest::addColumn<int>("undo");
    QTest::addColumn<bool>("may");
    QTest::newRow("one step") << 60 << 1 << 2 << true;
    QTest::newRow("two steps") << 60 << 2 << 2 << false;
    QTest::newRow("cannot be undone") << 60 << 1 << 0 << false;
    QTest::newRow("too late") << 8 * 86'400 << 1 << 1 << false;
    QTest::newRow("before it was done") << -1 << 1 << 1 << false;
    QTest::newRow("never") << 0 << 2 << 0 << true;
}

/// Plans as it is told, and does nothing.
class Told final : public Action
{
public:
    explicit Told(Plan plan)
        : m_told(std::move(plan))
    {
    }
    Result<Plan> plan(const Wish &, Deadline) override { return m_told; }
    QList<Check> checks(const Plan &, Deadline) override { return {}; }
    Result<std::optional<Lease>> begin(const Plan &, const QString &, Deadline) override { return std::nullopt; }
    Result<Stand> look(const Plan &, qsizetype, Deadline) override { return stand; }
    Result<void> perform(const Plan &, qsizetype, Deadline) override
    {
        stand = Stand::Other;
        return failure(ErrorCode::Timeout, u"no answer"_s);
    }
    Result<void> revert(const Plan &, qsizetype, Deadline) override { return reverted; }
    Result<QByteArray> version(const Plan &, Deadline) override { return seen; }
    QList<Check> verify(const Plan &, Deadline) override { return {}; }
    void end(Deadline) override {}
    Result<Stand> stand = Stand::Before;
    Result<void> reverted;
    QByteArray seen;

private:
    const Plan m_told;
};

void TestReverts::onlyWhatOneStepDoesCanBe()
{
    QFETCH(int, seconds);
    QFETCH(int, steps);
    QFETCH(int, undo);
    QFETCH(bool, may);
    Plan plan{.resource = u"voice"_s};
    plan.steps = QList<Phrase>(steps, {u"flag-set"_s, {u"voice"_s}});
    plan.undo = QList<Phrase>(undo, {u"flag-set-back"_s, {u"voice"_s}});
    Told action(plan);
    Engine engine(*m_journal, m_clock, m_ada);
    const auto made =
        engine.plan(action, u"flags"_s, {.resource = u"voice"_s, .revertAfter = std::chrono::seconds(seconds)});
    QCOMPARE(made.has_value(), may);
    if (made)
        QCOMPARE(made->revertAfter.count(), seconds);
    else
        QCOMPARE(made.error().code, ErrorCode::BadInput);
}

void TestReverts::whatSomebodyElseChangedIsLeft_data()
{
    QTest::addColumn<QByteArray>("change");
    QTest::newRow("beside it") << QByteArray("UPDATE feature_flags SET rollout_percent = 5");
    QTest::newRow("there and back") << QByteArray("UPDATE feature_flags SET enabled = true;"
                                                  "UPDATE feature_flags SET enabled = false");
    QTest::newRow("set anew") << QByteArray("UPDATE feature_flags SET enabled = false, updated_by = 'eve'");
}

void TestReverts::whatSomebodyElseChangedIsLeft()
{
    QFETCH(QByteArray, change);
    const Plan plan = done();
    m_server->execute(change);
    const QByteArray changed = row();
    m_clock.advance(revertAfter);
    const Report report = revert(plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY2(report.error->message.contains(u"somebody else changed it"_s), qPrintable(report.error->message));
    QCOMPARE(row(), changed);
    // For good: it is not tried again.
    QVERIFY(pending().isEmpty());
    QVERIFY(m_journal->unfinished(patience)->isEmpty());
    const auto records = recordsIn(*m_journal, patience);
    QVERIFY(std::ranges::any_of(*records, [](const ActionRecord &each) {
        return each.beginning == "left"_L1 && each.plan && !each.error.isEmpty();
    }));
    QVERIFY(records->last().isDone); // a person may still take it back
    QCOMPARE(m_server->execute("SELECT count(*) FROM quarterdeck_leases WHERE expires_at > now()"), QByteArray("0"));
}

void TestReverts::whatIsKeptStays()
{
    const Plan plan = done();
    Engine engine(*m_journal, m_clock, m_bob);
    const Report kept = engine.keep(plan, u"OPS-312: for good"_s);
    QVERIFY2(kept.ending == Ending::Done, qPrintable(said(kept)));
    QVERIFY(pending().isEmpty());
    m_clock.advance(revertAfter);
    QVERIFY(revert(plan).ending == Ending::Refused);
    QCOMPARE(row(), QByteArray("f|100"));
    const auto records = recordsIn(*m_journal, patience);
    QCOMPARE(records->first().beginning, u"kept"_s);
    QCOMPARE(records->first().operatorId, u"bob"_s);
    QCOMPARE(records->first().error, u"OPS-312: for good"_s);
    QVERIFY(engine.keep(plan, {}).ending == Ending::Refused);
}

void TestReverts::whatWasUndoneIsNotDueAnyMore()
{
    const Plan plan = done();
    const auto acts = action();
    Engine engine(*m_journal, m_clock, m_ada);
    QVERIFY(engine.undo(*acts, plan).ending == Ending::Undone);
    QVERIFY(pending().isEmpty());
    m_server->execute("UPDATE feature_flags SET enabled = false");
    m_clock.advance(revertAfter);
    QVERIFY(revert(plan).ending == Ending::Refused);
    QCOMPARE(row(), QByteArray("f|100"));
}

Policy policyOf(const QByteArray &more)
{
    const auto policy = parsePolicy("quarterdeck_policy: 1\nroles: {lead: [{may: [act, approve]}]}\noperators:\n"
                                    "  - {name: ada, key: " +
                                        QByteArray(32, 'a').toBase64() +
                                        ", roles: [lead]}\n"
                                        "  - {name: bob, key: " +
                                        QByteArray(32, 'b').toBase64() + ", roles: [lead]}\n" + more,
                                    u"policy.yaml"_s);
    if (!policy)
        qFatal("%s", qPrintable(policy.error().first().message));
    return *policy;
}

void TestReverts::aFreezeHoldsItBackAndItsEndLetsIt()
{
    m_bob.key = QByteArray(32, 'b');
    const Plan plan = done();
    m_clock.advance(revertAfter);
    const Report frozen =
        revert(plan, policyOf("freezes: [{zone: UTC, from: 00:00, to: 24:00, reason: Black Friday}]\n"));
    QVERIFY2(frozen.ending == Ending::Refused && frozen.error->message.contains(u"Black Friday"_s),
             qPrintable(said(frozen)));
    QCOMPARE(row(), QByteArray("f|100"));
    QCOMPARE(pending().size(), 1);
    const Report after = revert(plan, policyOf({}));
    QVERIFY2(after.ending == Ending::Undone, qPrintable(said(after)));
    QCOMPARE(row(), QByteArray("t|100"));
}

void TestReverts::whatWasApprovedNeedsNoOtherApproval()
{
    m_bob.key = QByteArray(32, 'b');
    Plan plan = done();
    m_clock.advance(revertAfter);
    // Raised since: nobody has approved that.
    const Report raised = revert(plan, policyOf("risks: [{at_least: high}]\n"));
    QVERIFY2(raised.ending == Ending::Refused && raised.error->code == ErrorCode::Forbidden, qPrintable(said(raised)));
    QCOMPARE(row(), QByteArray("f|100"));
    // Of what was of high risk when it was planned, the approval was for both. Its own beginning is told as it was.
    init();
    const auto acts = action();
    Engine engine(*m_journal, m_clock, m_ada);
    plan = *engine.plan(*acts, u"flags"_s, off());
    plan.risk = Risk::High;
    m_server->execute("UPDATE feature_flags SET enabled = false");
    for (const auto &[kind, body] :
         {std::pair(u"start"_s, QCborArray{plan.bytes()}),
          std::pair(u"revert"_s, QCborArray{u"due"_s, qint64(start.time_since_epoch().count())}),
          std::pair(u"end"_s, QCborArray{u"done"_s})})
        QVERIFY(m_journal->append({.at = start,
                                   .kind = kind,
                                   .operatorId = u"ada"_s,
                                   .host = u"desk"_s,
                                   .deployment = u"shop"_s,
                                   .planId = plan.id(),
                                   .body = QCborValue(body).toCbor()},
                                  patience));
    QVERIFY(engine.keep(plan, {}).error->code == ErrorCode::Forbidden);
    const Report report = revert(plan, policyOf("risks: [{at_least: high}]\n"));
    QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("t|100"));
}

void TestReverts::anotherDatabaseIsNotTouched()
{
    const Plan plan = done();
    m_clock.advance(revertAfter);
    m_server->execute("UPDATE quarterdeck_environment SET environment = 'staging'");
    const Report report = revert(plan);
    m_server->execute("UPDATE quarterdeck_environment SET environment = 'production'");
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("f|100"));
    QCOMPARE(pending().size(), 1);
    QVERIFY(revert(plan).ending == Ending::Undone);
}

QString TestReverts::dieAt(int boundary)
{
    return OtherConsole{m_server->connection(), m_directory->path(), boundary}.run();
}

void TestReverts::aKilledConsoleTakesItBackAtItsNextStart_data()
{
    // undo, intent, effect, outcome, end: before and after each.
    QTest::addColumn<int>("boundary");
    for (int boundary = 0; boundary < 10; ++boundary)
        QTest::newRow(qPrintable(QString::number(boundary))) << boundary;
}

void TestReverts::aKilledConsoleTakesItBackAtItsNextStart()
{
    QFETCH(int, boundary);
    const Plan plan = done();
    QCOMPARE(dieAt(boundary), u"killed"_s);
    const bool isTakenBack = row() == "t|100";
    const auto entries = m_journal->entries({.planId = plan.id()}, patience);
    const auto intents = std::ranges::count(*entries, u"intent"_s, &Entry::kind);
    QVERIFY2(intents == 2 || !isTakenBack, "an effect without an intent");
    // The next start takes back what is due, without a person.
    m_server->execute("UPDATE quarterdeck_leases SET expires_at = now()"); // the dead one's
    m_clock.advance(revertAfter);
    if (!pending().isEmpty()) {
        const Report report = revert(plan);
        QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
    } else {
        QVERIFY(isTakenBack);
    }
    QCOMPARE(row(), QByteArray("t|100"));
    QVERIFY(pending().isEmpty());
    QVERIFY(m_journal->unfinished(patience)->isEmpty());
}

void TestReverts::ofTwoConsolesOneTakesItBack_data()
{
    QTest::addColumn<bool>("isSameHolder");
    QTest::newRow("two people") << false;
    QTest::newRow("one person, twice") << true; // who hold the lease together: comparing alone guards
}

void TestReverts::ofTwoConsolesOneTakesItBack()
{
    QFETCH(bool, isSameHolder);
    constexpr int rounds = 10;
    m_server->execute("CREATE TABLE IF NOT EXISTS effects (enabled boolean);"
                      "CREATE OR REPLACE FUNCTION effect() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
                      " 'BEGIN INSERT INTO effects VALUES (NEW.enabled); RETURN NEW; END';"
                      "CREATE OR REPLACE TRIGGER effect AFTER UPDATE ON feature_flags FOR EACH ROW"
                      " EXECUTE FUNCTION effect()");
    const auto restore = qScopeGuard([&] { m_server->execute("DROP TRIGGER effect ON feature_flags"); });
    for (int round = 0; round < rounds; ++round) {
        init();
        const Plan plan = done();
        m_clock.advance(revertAfter);
        m_server->execute("DELETE FROM effects");
        const PostgresConnection connection = m_server->connection();
        const auto once = [&](const Operator &who) {
            auto journal = journalIn(*m_directory);
            const auto acts = setFlag(tableAt(connection), m_clock);
            Engine engine(*journal, m_clock, who);
            return engine.revertDue(*acts, plan);
        };
        Report first;
        std::thread other([&] { first = once(m_ada); });
        const Report second = once(isSameHolder ? m_ada : m_bob);
        other.join();
        QCOMPARE(m_server->execute("SELECT count(*) FROM effects"), QByteArray("1"));
        QCOMPARE(row(), QByteArray("t|100"));
        QVERIFY2(first.ending == Ending::Undone || second.ending == Ending::Undone,
                 qPrintable(said(first) + u" / "_s + said(second)));
        QVERIFY2(first.ending != Ending::NeedsPerson && second.ending != Ending::NeedsPerson,
                 qPrintable(said(first) + u" / "_s + said(second)));
        QVERIFY(m_journal->unfinished(patience)->isEmpty());
        QVERIFY(pending().isEmpty());
    }
}

void TestReverts::itIsFoundHoweverLongTheJournal()
{
    const Plan plan = done();
    for (int i = 0; i < 4'100; ++i)
        QVERIFY(
            m_journal->append({.at = start, .kind = u"note"_s, .operatorId = u"eve"_s, .host = u"desk"_s}, patience));
    const auto records = recordsIn(*m_journal, patience);
    QCOMPARE(records->size(), 1);
    QCOMPARE(records->first().planId, plan.id());
    QVERIFY(records->first().revertsAt);
}

void TestReverts::itsEndIsFoundHoweverLongItsOwnStory()
{
    const Plan plan = done();
    for (int i = 0; i < 1'000; ++i)
        QVERIFY(m_journal->append(
            {.at = start, .kind = u"note"_s, .operatorId = u"eve"_s, .host = u"desk"_s, .planId = plan.id()},
            patience));
    m_clock.advance(revertAfter);
    const Report report = revert(plan);
    QVERIFY2(report.ending == Ending::Undone, qPrintable(said(report)));
    QVERIFY(pending().isEmpty());
    m_server->execute("UPDATE feature_flags SET enabled = false");
    QVERIFY(revert(plan).ending == Ending::Refused);
    QCOMPARE(row(), QByteArray("f|100"));
}

void TestReverts::whatIsKeptMeanwhileStays()
{
    const Plan plan = done();
    m_clock.advance(revertAfter);
    const auto acts = action();
    Engine engine(*m_journal, m_clock, m_bob);
    Report kept;
    engine.setBoundary([&](const QString &at) {
        if (at != u"undo:-1:before"_s)
            return;
        Engine other(*m_journal, m_clock, m_ada);
        kept = other.keep(plan, u"OPS-312: for good"_s);
    });
    const Report report = engine.revertDue(*acts, plan);
    QVERIFY2(kept.ending == Ending::Done, qPrintable(said(kept)));
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("f|100"));
    QVERIFY(pending().isEmpty());
    QVERIFY(m_journal->unfinished(patience)->isEmpty());
}

void TestReverts::whatIsSetAnewMeanwhileStays()
{
    const Plan plan = done();
    m_clock.advance(revertAfter);
    const auto acts = action();
    Engine engine(*m_journal, m_clock, m_bob);
    Report taken;
    Report anew;
    bool wasThere = false;
    engine.setBoundary([&](const QString &at) {
        if (at != u"undo:-1:before"_s || std::exchange(wasThere, true))
            return;
        taken = revert(plan);
        const auto mine = action();
        Engine ada(*m_journal, m_clock, m_ada);
        Wish wish = off();
        wish.revertAfter = 0s;
        anew = ada.run(*mine, *ada.plan(*mine, u"flags"_s, wish));
    });
    const Report report = engine.revertDue(*acts, plan);
    QVERIFY2(taken.ending == Ending::Undone && anew.ending == Ending::Done, qPrintable(said(taken) + said(anew)));
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("f|100"));
    QVERIFY(m_journal->unfinished(patience)->isEmpty());
}

void TestReverts::whoIsRefusedHidesNobodysUnfinishedAction()
{
    const Plan plan = done();
    const auto acts = action();
    Engine engine(*m_journal, m_clock, m_bob);
    QString ended;
    engine.setBoundary([&](const QString &at) {
        if (at == u"undo:-1:before"_s)
            ended = dieAt(5); // after its effect
    });
    const Report report = engine.undo(*acts, plan);
    QCOMPARE(ended, u"killed"_s);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report))); // the dead one's lease lasts
    QCOMPARE(row(), QByteArray("t|100"));
    QCOMPARE(m_journal->unfinished(patience)->size(), 1);
    const auto records = recordsIn(*m_journal, patience);
    QVERIFY(std::ranges::any_of(*records, &ActionRecord::isUnfinished));
    QVERIFY(std::ranges::none_of(*records, &ActionRecord::isDone));
    // Nor where both start it.
    init();
    Engine first(*m_journal, m_clock, m_ada);
    Engine second(*m_journal, m_clock, m_bob);
    const auto begun = second.plan(*acts, u"flags"_s, off());
    QVERIFY(begun);
    Report winner;
    qsizetype unfinished = 0;
    second.setBoundary([&](const QString &at) {
        if (at != u"start:-1:before"_s)
            return;
        first.setBoundary([&](const QString &reached) {
            if (reached != u"effect:0:before"_s)
                return;
            // What the refusal of the other writes, as its own thread would now.
            const auto others = action();
            Engine late(*m_journal, m_clock, m_bob);
            const auto held = others->begin(*begun, u"bob@lap"_s, soon());
            QVERIFY(!held);
            QVERIFY(m_journal->append({.at = start,
                                       .kind = u"end"_s,
                                       .operatorId = u"bob"_s,
                                       .host = u"lap"_s,
                                       .planId = begun->id(),
                                       .step = 0,
                                       .body = QCborValue(QCborArray{u"refused"_s}).toCbor()},
                                      patience));
            unfinished = m_journal->unfinished(patience)->size();
        });
        const auto mine = action();
        winner = first.run(*mine, *begun);
    });
    const Report loser = second.run(*acts, *begun);
    QVERIFY2(winner.ending == Ending::Done && loser.ending == Ending::Refused, qPrintable(said(winner) + said(loser)));
    QCOMPARE(unfinished, 1);
    const auto entries = m_journal->entries({.planId = begun->id()}, patience);
    QCOMPARE(entries->last().kind, u"end"_s); // as it is written
    QCOMPARE(entries->last().step, 0);
}

void TestReverts::thereAndBackAfterACrashIsLeftToAPerson()
{
    const Plan plan = done();
    QCOMPARE(dieAt(4), u"killed"_s); // before its effect
    QCOMPARE(row(), QByteArray("f|100"));
    m_server->execute("UPDATE quarterdeck_leases SET expires_at = now();"
                      "UPDATE feature_flags SET enabled = true;"
                      "UPDATE feature_flags SET enabled = false, updated_by = 'eve'");
    m_clock.advance(revertAfter);
    const Report report = revert(plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("f|100"));
    QVERIFY(pending().isEmpty());
    QCOMPARE(m_journal->unfinished(patience)->size(), 1);
    const auto acts = action();
    Engine engine(*m_journal, m_clock, m_bob);
    QVERIFY(engine.undo(*acts, plan).ending == Ending::Undone); // who looked may
    QVERIFY(m_journal->unfinished(patience)->isEmpty());
}

void TestReverts::whatIsRefusedOftenIsLeft()
{
    const Plan plan = done();
    m_clock.advance(revertAfter);
    Told refuses(plan);
    refuses.stand = Stand::After;
    refuses.seen = pending().first().version;
    Engine engine(*m_journal, m_clock, m_bob);
    // What may be otherwise next time is tried for ever.
    refuses.reverted = failure(ErrorCode::Unavailable, u"somebody holds it"_s);
    for (int i = 0; i < 20; ++i)
        QVERIFY(engine.revertDue(refuses, plan).ending == Ending::Refused);
    QCOMPARE(pending().size(), 1);
    refuses.reverted = failure(ErrorCode::Forbidden, u"permission denied"_s);
    int tried = 0;
    while (!pending().isEmpty() && tried < 20) {
        QVERIFY(engine.revertDue(refuses, plan).ending == Ending::Refused);
        ++tried;
    }
    QCOMPARE(tried, 8);
    QVERIFY(m_journal->unfinished(patience)->isEmpty());
    const auto records = recordsIn(*m_journal, patience);
    QCOMPARE(records->first().beginning, u"left"_s);
    QVERIFY2(records->first().error.contains(u"permission denied"_s), qPrintable(records->first().error));
    QVERIFY(std::ranges::any_of(*records, &ActionRecord::isDone)); // a person may still take it back
}

void TestReverts::whatIsCarriedOutIsNotSettled()
{
    const auto acts = action();
    Engine ada(*m_journal, m_clock, m_ada);
    Wish wish = off();
    wish.set[u"rollout"_s] = u"20"_s;
    const auto plan = ada.plan(*acts, u"flags"_s, wish);
    QVERIFY(plan);
    Report settled;
    ada.setBoundary([&](const QString &at) {
        if (at != u"effect:0:before"_s)
            return;
        m_server->execute("UPDATE feature_flags SET rollout_percent = 7"); // neither before nor after
        const auto others = action();
        Engine bob(*m_journal, m_clock, m_bob);
        settled = bob.settle(others.get(), *plan, u"eve had set it by hand"_s);
    });
    const Report report = ada.run(*acts, *plan);
    QVERIFY2(settled.ending == Ending::Refused, qPrintable(said(settled)));
    QVERIFY2(settled.error->message.contains(u"acts on this deployment now"_s), qPrintable(said(settled)));
    QVERIFY2(report.ending != Ending::Done, qPrintable(said(report)));
}

Plan TestReverts::begunAndHalted()
{
    Told action({.target = {.deployment = u"shop"_s},
                 .resource = u"voice"_s,
                 .steps = {{u"flag-set"_s, {u"voice"_s}}},
                 .undo = {{u"flag-set-back"_s, {u"voice"_s}}}});
    Engine engine(*m_journal, m_clock, m_ada);
    const auto plan = engine.plan(action, u"flags"_s, {.resource = u"voice"_s});
    if (engine.run(action, *plan).ending != Ending::NeedsPerson)
        qFatal("it was to be left half-way");
    return *plan;
}

void TestReverts::whatNobodyCanEndIsSettled()
{
    const Plan plan = begunAndHalted();
    QCOMPARE(m_journal->unfinished(patience)->size(), 1);
    Told action(plan);
    action.stand = Stand::Other;
    Engine engine(*m_journal, m_clock, m_bob);
    const Report silent = engine.settle(&action, plan, u"  "_s);
    QVERIFY2(silent.ending == Ending::Refused, qPrintable(said(silent)));
    const Report report = engine.settle(&action, plan, u"eve had set it by hand"_s);
    QVERIFY2(report.ending == Ending::Settled, qPrintable(said(report)));
    QVERIFY(m_journal->unfinished(patience)->isEmpty());
    const auto records = recordsIn(*m_journal, patience);
    QCOMPARE(records->first().beginning, u"settle"_s);
    QCOMPARE(records->first().operatorId, u"bob"_s);
    QCOMPARE(records->first().ending, std::optional(Ending::Settled));
    QCOMPARE(records->first().error, u"eve had set it by hand"_s);
    QVERIFY(engine.settle(&action, plan, u"again"_s).ending == Ending::Refused);
    QVERIFY(engine.undo(action, plan).ending == Ending::Refused);
    // Without the action, too: the profile may have it no more.
    init();
    const Plan gone = begunAndHalted();
    Engine next(*m_journal, m_clock, m_bob);
    QVERIFY(next.settle(nullptr, gone, u"it was switched off with its service"_s).ending == Ending::Settled);
}

void TestReverts::whatCanBeEndedIsNotSettled_data()
{
    QTest::addColumn<bool>("isAfter");
    QTest::newRow("it can be resumed") << false;
    QTest::newRow("it can be undone") << true;
}

void TestReverts::whatCanBeEndedIsNotSettled()
{
    QFETCH(bool, isAfter);
    const Plan plan = begunAndHalted();
    Told action(plan);
    action.stand = isAfter ? Stand::After : Stand::Before;
    Engine engine(*m_journal, m_clock, m_bob);
    const Report report = engine.settle(&action, plan, u"whatever"_s);
    QVERIFY2(report.ending == Ending::Refused && report.error->code == ErrorCode::BadInput, qPrintable(said(report)));
    QCOMPARE(m_journal->unfinished(patience)->size(), 1);
}

int main(int argc, char *argv[])
{
    return runWithOther<TestReverts>(revertAndDie, argc, argv);
}
#include "tst_reverts.moc"
