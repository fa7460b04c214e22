/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/approval_table.h"
#include "actions/engine.h"
#include "actions/feature_flag/feature_flag.h"
#include "bench.h"
#include "other_console.h"
#include "support/server_fixtures.h"

#include <QCborArray>
#include <QCborValue>
#include <QTemporaryDir>
#include <QTest>

using namespace qd;
using namespace qd::test;

namespace {
FlagTable tableAt(const PostgresConnection &connection)
{
    return {.place = {.deployment = u"shop"_s,
                      .environment = u"production"_s,
                      .marker = u"quarterdeck_environment"_s,
                      .connection = connection},
            .table = u"feature_flags"_s,
            .key = u"key"_s,
            .enabled = u"enabled"_s,
            .rollout = {},
            .updatedBy = u"updated_by"_s,
            .updatedAt = {}};
}

/// A person with a key.
struct Person
{
    explicit Person(const QString &name)
        : identity(*SigningIdentity::generate())
        , who{.id = name, .host = u"desk"_s, .key = identity.publicKey()}
    {
    }
    SigningIdentity identity;
    Operator who;
};

Policy::Person named(const Person &person, const QString &role)
{
    return {.name = person.who.id, .key = person.who.key, .roles = {role}};
}

/// Everything on flags is of high risk here.
Policy policyOf(const Person &ada, const Person &bob, const Person &eve)
{
    Policy policy;
    policy.people = {named(ada, u"lead"_s), named(bob, u"lead"_s), named(eve, u"on-call"_s)};
    policy.grants = {{.role = u"lead"_s, .act = true, .approve = true, .scope = {}},
                     {.role = u"on-call"_s, .act = true, .approve = false, .scope = {}}};
    policy.raises = {{.scope = {}, .atLeast = Risk::High}};
    return policy;
}

Wish off(const QString &reason = u"INC-12"_s)
{
    return {.resource = u"voice"_s, .set = {{u"enabled"_s, u"false"_s}}, .author = {}, .reason = reason};
}

/// `approval` stretched, and signed so: no console does that.
Approval signedAnew(Approval approval, std::chrono::milliseconds longer, const SigningIdentity &identity)
{
    approval.expiresAt += longer;
    const QByteArray line = toLine(approval);
    QCborArray fields = QCborValue::fromCbor(QByteArray::fromBase64(line.sliced(line.indexOf(':') + 1))).toArray();
    fields.removeLast();
    approval.signature = *identity.sign(QCborValue(fields).toCbor());
    return approval;
}

/// The other console: carries an approved plan out.
int actAndDie(const OtherConsole &other)
{
    const auto journal = other.journal();
    if (!journal)
        return 10;
    const SystemClock clock;
    auto ada = SigningIdentity::load(other.directory + u"/ada.pem"_s);
    auto bob = SigningIdentity::load(other.directory + u"/bob.pem"_s);
    if (!ada || !bob)
        return 13;
    Person one(u"ada"_s);
    Person two(u"bob"_s);
    one.who.key = ada->publicKey();
    two.who.key = bob->publicKey();
    Engine engine(**journal, clock, one.who);
    engine.setPolicy(policyOf(one, two, Person(u"eve"_s)));
    const auto action = setFlag(tableAt(other.connection), clock);
    const auto plan = engine.plan(*action, u"flags"_s, off());
    if (!plan)
        return 11;
    const auto approval = approve(*plan, two.who, *bob, clock.now(), 1h);
    engine.setApprovals({*approval});
    other.dieIn(engine);
    return engine.run(*action, *plan).ending == Ending::Done ? 0 : 12;
}
} // namespace

class TestApproval : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void isReadAsItWasWritten();
    void noFlippedCharacterIsOverlooked();
    void withASecondPersonHighRiskIsDone();
    void withoutAValidOneNothingIsDone_data();
    void withoutAValidOneNothingIsDone();
    void ofAnotherPlanItIsWorthNothing_data();
    void ofAnotherPlanItIsWorthNothing();
    void isUsedOnce();
    void isUsedOnceByAllConsoles();
    void travelsThroughTheDeploymentsOwnTable();
    void theTableCannotBeChangedByWhoActs();
    void aForgedOneInTheTableIsWorthNothing();
    void anotherPlanUnderAPlansIdIsNotBelieved();
    void aPlanIsNamedByTheDigitsThatAreShown();
    void anApprovalIsLookedAtAgainBeforeTheFirstIntent_data();
    void anApprovalIsLookedAtAgainBeforeTheFirstIntent();
    void aKilledConsoleUsesItOnce_data();
    void aKilledConsoleUsesItOnce();

private:
    [[nodiscard]] Engine engineOf(Journal &journal, const Operator &who);
    [[nodiscard]] ApprovalTable table();
    [[nodiscard]] PostgresConnection actor() { return m_server->connection(u"actor"_s, "actor"); }
    [[nodiscard]] QByteArray row();
    void expectRefused(const Report &report, const QString &says, const QByteArray &before = "t|eve");
    std::unique_ptr<test::PostgresFixture> m_server;
    ManualClock m_clock{std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now())};
    Person m_ada{u"ada"_s};
    Person m_bob{u"bob"_s};
    Person m_eve{u"eve"_s};
};

void TestApproval::initTestCase()
{
    m_server = std::make_unique<test::PostgresFixture>();
    m_server->execute("CREATE TABLE feature_flags (key text PRIMARY KEY, enabled boolean NOT NULL, updated_by text);"
                      "CREATE TABLE quarterdeck_environment (deployment text, environment text);"
                      "INSERT INTO quarterdeck_environment VALUES ('shop', 'production');"
                      "GRANT SELECT ON quarterdeck_environment TO public;"
                      "CREATE ROLE actor LOGIN PASSWORD 'actor';"
                      "GRANT SELECT, UPDATE ON feature_flags TO actor;"
                      "GRANT CREATE ON SCHEMA public TO actor");
    m_server->execute(ApprovalTable::migration(u"actor"_s));
}

void TestApproval::init()
{
    m_server->execute("DROP TABLE IF EXISTS quarterdeck_leases; DELETE FROM feature_flags;"
                      "DELETE FROM quarterdeck_approvals;"
                      "INSERT INTO feature_flags VALUES ('voice', true, 'eve')");
}

Engine TestApproval::engineOf(Journal &journal, const Operator &who)
{
    Engine engine(journal, m_clock, who);
    engine.setPolicy(policyOf(m_ada, m_bob, m_eve));
    return engine;
}

ApprovalTable TestApproval::table()
{
    auto store = PgStore::open(tableAt(actor()).place, soon());
    if (!store)
        qFatal("%s", qPrintable(store.error().message));
    return ApprovalTable(std::move(*store));
}

QByteArray TestApproval::row()
{
    return m_server->execute("SELECT concat_ws('|', enabled, updated_by) FROM feature_flags WHERE key = 'voice'");
}

void TestApproval::expectRefused(const Report &report, const QString &says, const QByteArray &before)
{
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY2(report.error && report.error->message.contains(says), qPrintable(said(report)));
    QCOMPARE(row(), before);
}

void TestApproval::isReadAsItWasWritten()
{
    Plan plan;
    plan.author = u"ada"_s;
    const auto approval = approve(plan, m_bob.who, m_bob.identity, m_clock.now(), 1h);
    QVERIFY(approval);
    const auto read = approvalFrom(toLine(*approval) + '\n');
    QVERIFY2(read, read ? "" : qPrintable(read.error().message));
    QVERIFY(*read == *approval);
    QVERIFY(toLine(*approval).size() < 500);
    // No two are the same, or one that was used could not be told from the next.
    QVERIFY(approve(plan, m_bob.who, m_bob.identity, m_clock.now(), 1h)->nonce != approval->nonce);
    QCOMPARE(approve(plan, m_bob.who, m_bob.identity, m_clock.now(), 25h).error().code, ErrorCode::BadInput);
    for (const QByteArray &bad : {QByteArray(), QByteArray("quarterdeck-approval:"), QByteArray(100'000, 'A'),
                                  toLine(*approval).chopped(4), toLine(*approval) + "AAAA"})
        QCOMPARE(approvalFrom(bad).error().code, ErrorCode::BadInput);
}

void TestApproval::noFlippedCharacterIsOverlooked()
{
    Plan plan;
    plan.author = u"ada"_s;
    plan.authorKey = m_ada.who.key;
    plan.madeAt = m_clock.now();
    const Policy policy = policyOf(m_ada, m_bob, m_eve);
    const auto approval = approve(plan, m_bob.who, m_bob.identity, m_clock.now(), 1h);
    QVERIFY(approval);
    QVERIFY(!whyNot(*approval, plan, policy, m_ada.who, m_clock.now()));
    const QByteArray line = toLine(*approval);
    for (qsizetype i = 0; i < line.size(); ++i) {
        QByteArray flipped = line;
        flipped[i] = flipped[i] == 'A' ? 'B' : 'A';
        const auto read = approvalFrom(flipped);
        QVERIFY2(!read || whyNot(*read, plan, policy, m_ada.who, m_clock.now()), qPrintable(QString::number(i)));
    }
}

void TestApproval::withASecondPersonHighRiskIsDone()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    Engine engine = engineOf(*journal, m_ada.who);
    const auto action = setFlag(tableAt(actor()), m_clock);
    const auto plan = engine.plan(*action, u"flags"_s, off());
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QVERIFY(plan->risk == Risk::High);
    QCOMPARE(plan->author, u"ada"_s);
    QCOMPARE(plan->authorKey, m_ada.who.key);
    expectRefused(engine.run(*action, *plan),
                  u"no second person approved it yet: a person with the role lead approves it"_s);
    engine.setApprovals({*approve(*plan, m_bob.who, m_bob.identity, m_clock.now(), 1h)});
    const Report report = engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("f|ada"));
    QStringList kinds;
    const auto entries = journal->entries({.planId = plan->id()}, patience);
    for (const Entry &entry : *entries)
        kinds.append(entry.kind);
    QCOMPARE(kinds, (QStringList{u"start"_s, u"approval"_s, u"intent"_s, u"outcome"_s, u"end"_s}));
    QVERIFY(QCborValue::fromCbor((*entries)[1].body).toArray().at(1).toString().startsWith("quarterdeck-approval:"_L1));
    // To take back what came to its end is another deed, and takes an approval of its own.
    const auto early = approve(*plan, m_bob.who, m_bob.identity, m_clock.now(), 1h);
    engine.setApprovals({*early});
    expectRefused(engine.undo(*action, *plan), u"given before the plan came to its end"_s, "f|ada");
    m_clock.advance(1min);
    const auto late = approve(*plan, m_bob.who, m_bob.identity, m_clock.now(), 1h);
    engine.setApprovals({*early, *late});
    const Report undone = engine.undo(*action, *plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(row(), QByteArray("t|ada"));
    const auto all = journal->entries({.planId = plan->id()}, patience);
    QCOMPARE(std::ranges::count(*all, u"approval"_s, &Entry::kind), 2);
}

void TestApproval::withoutAValidOneNothingIsDone_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<QString>("says");
    QTest::newRow("by the author") << u"self"_s << u"ada made the plan"_s;
    QTest::newRow("by the author's name with another key") << u"self, another key"_s << u"another key for ada"_s;
    QTest::newRow("by the author's key under another name") << u"self, another name"_s << u"made the plan"_s;
    QTest::newRow("by whoever carries it out") << u"actor"_s << u"somebody else has to carry it out"_s;
    QTest::newRow("without a role") << u"no role"_s << u"no role of eve may approve"_s;
    QTest::newRow("by nobody whom the policy names") << u"stranger"_s << u"names no operator 'mallory'"_s;
    QTest::newRow("with a stranger's key") << u"impostor"_s << u"another key for bob"_s;
    QTest::newRow("forged") << u"forged"_s << u"signature is not that of the key"_s;
    QTest::newRow("stretched") << u"stretched"_s << u"signature is not that of the key"_s;
    QTest::newRow("run out") << u"late"_s << u"ran out 1 min ago by this machine's clock"_s;
    QTest::newRow("for a week") << u"week"_s << u"24 h at most"_s;
    QTest::newRow("from the future") << u"skew"_s << u"30 min from now by this machine's clock: this clock or bob's"_s;
    QTest::newRow("before its plan") << u"early"_s << u"30 min before its plan was made"_s;
    QTest::newRow("without a reason") << u"no reason"_s << u"what is of high risk needs one"_s;
    QTest::newRow("without a policy") << u"no policy"_s << u"without a policy there is none"_s;
    QTest::newRow("a plan without its author's key") << u"no key"_s << u"whose key its author has"_s;
}

void TestApproval::withoutAValidOneNothingIsDone()
{
    QFETCH(QString, how);
    QFETCH(QString, says);
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const ManualClock start(m_clock.now());
    const auto restore = qScopeGuard([&] { m_clock.set(start.now()); });
    Engine engine = engineOf(*journal, how == "actor"_L1 ? m_bob.who : m_ada.who);
    const auto action = setFlag(tableAt(actor()), m_clock);
    auto plan =
        engineOf(*journal, m_ada.who).plan(*action, u"flags"_s, off(how == "no reason"_L1 ? QString() : u"x"_s));
    QVERIFY(plan);
    if (how == "no key"_L1)
        plan->authorKey.clear();
    const auto by = [&](const Operator &who, const SigningIdentity &identity, std::chrono::milliseconds ahead = 0ms) {
        return *approve(*plan, who, identity, m_clock.now() + ahead, 1h);
    };
    const Person mallory(u"mallory"_s);
    Approval approval = by(m_bob.who, m_bob.identity);
    if (how == "self"_L1)
        approval = by(m_ada.who, m_ada.identity);
    else if (how == "self, another key"_L1)
        approval = by(m_ada.who, m_bob.identity);
    else if (how == "self, another name"_L1) {
        plan->author = u"carol"_s; // bob's plan under a name that is nobody's
        plan->authorKey = m_bob.who.key;
        approval = by(m_bob.who, m_bob.identity);
    } else if (how == "no role"_L1)
        approval = by(m_eve.who, m_eve.identity);
    else if (how == "stranger"_L1)
        approval = by(mallory.who, mallory.identity);
    else if (how == "impostor"_L1)
        approval = by(m_bob.who, mallory.identity);
    else if (how == "forged"_L1) {
        approval = by(m_bob.who, mallory.identity);
        approval.key = m_bob.who.key;
    } else if (how == "stretched"_L1)
        approval.expiresAt += 1min;
    else if (how == "late"_L1)
        m_clock.advance(1h + 10s);
    else if (how == "week"_L1)
        approval = signedAnew(approval, std::chrono::days(7), m_bob.identity);
    else if (how == "skew"_L1)
        approval = by(m_bob.who, m_bob.identity, 30min);
    else if (how == "early"_L1)
        approval = by(m_bob.who, m_bob.identity, -30min);
    if (how == "no policy"_L1)
        engine.setPolicy(std::nullopt);
    engine.setApprovals({approval});
    expectRefused(engine.run(*action, *plan), says);
    QVERIFY(journal->entries({.planId = plan->id()}, patience)->isEmpty());
    // Nor where it was begun, and killed before the approval was taken.
    QVERIFY(journal->append({.kind = u"start"_s, .planId = plan->id()}, patience));
    if (how != "no reason"_L1)
        expectRefused(engine.resume(*action, *plan), says);
}

void TestApproval::ofAnotherPlanItIsWorthNothing_data()
{
    QTest::addColumn<QString>("what");
    for (const char *what : {"target", "state", "value", "resource", "reason", "made at", "lower risk"})
        QTest::newRow(what) << QString::fromLatin1(what);
}

void TestApproval::ofAnotherPlanItIsWorthNothing()
{
    QFETCH(QString, what);
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    Engine engine = engineOf(*journal, m_ada.who);
    const auto action = setFlag(tableAt(actor()), m_clock);
    const auto approved = engine.plan(*action, u"flags"_s, off());
    QVERIFY(approved);
    engine.setApprovals({*approve(*approved, m_bob.who, m_bob.identity, m_clock.now(), 1h)});
    Plan plan = *approved;
    if (what == "target"_L1) {
        plan.target.identity[3] = u"staging"_s;
    } else if (what == "state"_L1) {
        // Changed there and back: the plan is as it was, what it found is not.
        m_server->execute("UPDATE feature_flags SET updated_by = 'bob'; UPDATE feature_flags SET updated_by = 'eve'");
        expectRefused(engine.run(*action, plan), u"not as the plan found it"_s);
        plan.fingerprint = engine.plan(*action, u"flags"_s, off())->fingerprint;
    } else if (what == "value"_L1) {
        plan.changes[0].after = u"maybe"_s;
    } else if (what == "resource"_L1) {
        plan.resource = u"voices"_s;
    } else if (what == "reason"_L1) {
        plan.reason = u"INC-13"_s;
    } else if (what == "made at"_L1) {
        plan.madeAt += 1ms;
    } else {
        plan.risk = Risk::Medium; // which asks for no approval
        expectRefused(engine.run(*action, plan), u"the policy has it at high"_s);
        return;
    }
    expectRefused(engine.run(*action, plan), u"the approval was given to the plan"_s);
}

void TestApproval::isUsedOnce()
{
    const QTemporaryDir directory;
    const auto action = setFlag(tableAt(actor()), m_clock);
    std::optional<Plan> plan;
    std::optional<Approval> approval;
    {
        const auto journal = journalIn(directory);
        Engine engine = engineOf(*journal, m_ada.who);
        plan = *engine.plan(*action, u"flags"_s, off());
        approval = *approve(*plan, m_bob.who, m_bob.identity, m_clock.now(), 1h);
        engine.setApprovals({*approval});
        QVERIFY(engine.run(*action, *plan).ending == Ending::Done);
        expectRefused(engine.undo(*action, *plan), u"used before"_s, "f|ada");
    }
    const auto journal = journalIn(directory);
    Engine engine = engineOf(*journal, m_ada.who);
    engine.setApprovals({*approval});
    const Report again = engine.run(*action, *plan);
    expectRefused(again, {}, "f|ada");
    const auto it = std::ranges::find_if(again.checks, [](const Check &c) { return c.phrase.code == "approved"_L1; });
    QVERIFY(it != again.checks.end() && it->error);
    QVERIFY2(it->error->message.contains(u"used before"_s), qPrintable(said(again)));
}

// Another console has another journal; the deployment's own table is the same.
void TestApproval::isUsedOnceByAllConsoles()
{
    const QTemporaryDir directories[2];
    const auto action = setFlag(tableAt(actor()), m_clock);
    std::optional<Plan> plan;
    std::optional<Approval> approval;
    int round = 0;
    for (const QTemporaryDir &directory : directories) {
        const auto journal = journalIn(directory);
        Engine engine = engineOf(*journal, m_ada.who);
        if (!plan) {
            plan = *engine.plan(*action, u"flags"_s, off());
            approval = *approve(*plan, m_bob.who, m_bob.identity, m_clock.now(), 1h);
        }
        ApprovalTable own = table();
        engine.setClaim([&](const Approval &used) { return own.use(used, u"ada"_s, soon()); });
        engine.setApprovals({*approval});
        if (round++ == 0) {
            QVERIFY(engine.run(*action, *plan).ending == Ending::Done);
            continue;
        }
        QVERIFY(journal->append({.kind = u"start"_s, .planId = plan->id()}, patience));
        m_server->execute("UPDATE feature_flags SET enabled = true, updated_by = 'eve'");
        expectRefused(engine.resume(*action, *plan), u"used before"_s);
    }
}

void TestApproval::travelsThroughTheDeploymentsOwnTable()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    Engine engine = engineOf(*journal, m_ada.who);
    const auto action = setFlag(tableAt(actor()), m_clock);
    const auto plan = engine.plan(*action, u"flags"_s, off());
    QVERIFY(plan);
    ApprovalTable adas = table();
    QVERIFY(adas.waiting(soon())->isEmpty());
    QVERIFY(adas.ask(*plan, soon()));
    QVERIFY(adas.ask(*plan, soon())); // once more says nothing new
    ApprovalTable bobs = table();
    const auto waiting = bobs.waiting(soon());
    QVERIFY2(waiting, waiting ? "" : qPrintable(waiting.error().message));
    QVERIFY(waiting->size() == 1 && waiting->first().plan == *plan);
    const auto asked = bobs.asked(shortId(plan->id()), soon());
    QVERIFY(asked && asked->plan == *plan && !asked->isUndo);
    QCOMPARE(bobs.asked(u"ffffffffffff"_s, soon()).error().code, ErrorCode::NotFound);
    QVERIFY(adas.given(plan->id(), soon())->isEmpty());
    const auto approval = approve(asked->plan, m_bob.who, m_bob.identity, m_clock.now(), 1h);
    QVERIFY(bobs.give(*approval, soon()));
    QVERIFY(bobs.waiting(soon())->isEmpty());
    const auto given = adas.given(plan->id(), soon());
    QVERIFY(given && *given == QList<Approval>{*approval});
    engine.setApprovals(*given);
    engine.setClaim([&](const Approval &used) { return adas.use(used, u"ada"_s, soon()); });
    const Report report = engine.run(*action, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_server->execute("SELECT string_agg(kind || ' ' || who, ', ' ORDER BY id) FROM quarterdeck_approvals"),
             QByteArray("asked ada, given bob, used ada"));
    // What was made for elsewhere is not put up here.
    Plan elsewhere = *plan;
    elsewhere.target.environment = u"staging"_s;
    QVERIFY(!adas.ask(elsewhere, soon()));
}

void TestApproval::theTableCannotBeChangedByWhoActs()
{
    auto connection = PgConnection::open(actor(), soon());
    QVERIFY(connection);
    for (const char *sql : {"UPDATE quarterdeck_approvals SET kind = 'given'", "DELETE FROM quarterdeck_approvals",
                            "TRUNCATE quarterdeck_approvals", "DROP TABLE quarterdeck_approvals"}) {
        const auto done = connection->query(sql, {}, soon());
        QVERIFY2(!done && done.error().code == ErrorCode::Forbidden, sql);
    }
    m_server->execute("ALTER TABLE quarterdeck_approvals RENAME TO elsewhere");
    const auto restore =
        qScopeGuard([&] { m_server->execute("ALTER TABLE elsewhere RENAME TO quarterdeck_approvals"); });
    QCOMPARE(table().given(QByteArray(32, 'x'), soon()).error().code, ErrorCode::NotFound);
}

void TestApproval::aForgedOneInTheTableIsWorthNothing()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    Engine engine = engineOf(*journal, m_ada.who);
    const auto action = setFlag(tableAt(actor()), m_clock);
    const auto plan = engine.plan(*action, u"flags"_s, off());
    QVERIFY(plan);
    const Person mallory(u"mallory"_s);
    auto forged = approve(*plan, m_bob.who, mallory.identity, m_clock.now(), 1h);
    QVERIFY(forged);
    forged->key = m_bob.who.key;
    ApprovalTable own = table();
    QVERIFY(own.give(*forged, soon()));
    m_server->execute("INSERT INTO quarterdeck_approvals (kind, plan_id, nonce, body, who) VALUES ('given', '" +
                      plan->id().toHex() + "', 'n', 'yes, do it', 'bob')");
    const auto given = own.given(plan->id(), soon());
    QVERIFY(given);
    QCOMPARE(given->size(), 1);
    engine.setApprovals(*given);
    expectRefused(engine.run(*action, *plan), u"signature is not that of the key"_s);
}

void TestApproval::anotherPlanUnderAPlansIdIsNotBelieved()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(actor()), m_clock);
    const auto plan = engineOf(*journal, m_ada.who).plan(*action, u"flags"_s, off());
    QVERIFY(plan);
    Plan other = *plan;
    other.resource = u"text"_s;
    const QByteArray id = plan->id().toHex();
    m_server->execute("INSERT INTO quarterdeck_approvals (kind, plan_id, nonce, body, who) VALUES ('asked', '" + id +
                      "', '" + id + "', '" + other.bytes().toBase64() + "', 'mallory')");
    ApprovalTable own = table();
    const auto put = own.ask(*plan, soon());
    QVERIFY(!put);
    QVERIFY2(put.error().message.contains(u"another plan"_s), qPrintable(put.error().message));
    const auto asked = own.asked(QString::fromLatin1(id), soon());
    QVERIFY(!asked);
    QCOMPARE(asked.error().code, ErrorCode::NotFound);
    QVERIFY(own.waiting(soon())->isEmpty());
}

void TestApproval::aPlanIsNamedByTheDigitsThatAreShown()
{
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const auto action = setFlag(tableAt(actor()), m_clock);
    const auto plan = engineOf(*journal, m_ada.who).plan(*action, u"flags"_s, off());
    QVERIFY(plan);
    ApprovalTable own = table();
    QVERIFY(own.ask(*plan, soon()));
    const QString id = QString::fromLatin1(plan->id().toHex());
    for (const QString &name : {id, id.first(12), id.first(12).toUpper(), shortId(plan->id())})
        QVERIFY2(own.asked(name, soon()), qPrintable(name));
    for (const QString &name : {QString(), id.first(11), id.first(11) + u'%', id + u"00"_s, u"not hex at all"_s})
        QCOMPARE(own.asked(name, soon()).error().code, ErrorCode::BadInput);
}

void TestApproval::anApprovalIsLookedAtAgainBeforeTheFirstIntent_data()
{
    QTest::addColumn<QString>("meanwhile");
    QTest::addColumn<bool>("hasIntent");
    QTest::addColumn<QString>("says"); // empty: it goes on
    QTest::newRow("nothing") << QString() << false << QString();
    QTest::newRow("a day") << u"a day"_s << false << u"ran out"_s;
    QTest::newRow("the approver left") << u"bob left"_s << false << u"names no operator 'bob'"_s;
    QTest::newRow("no policy") << u"no policy"_s << false << u"without a policy there is none"_s;
    QTest::newRow("another body") << u"another body"_s << false << u"no approval"_s;
    QTest::newRow("a day, after an intent") << u"a day"_s << true << QString();
    QTest::newRow("the approver left, after an intent") << u"bob left"_s << true << QString();
}

void TestApproval::anApprovalIsLookedAtAgainBeforeTheFirstIntent()
{
    QFETCH(QString, meanwhile);
    QFETCH(bool, hasIntent);
    QFETCH(QString, says);
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    const ManualClock start(m_clock.now());
    const auto restore = qScopeGuard([&] { m_clock.set(start.now()); });
    Engine engine = engineOf(*journal, m_ada.who);
    const auto action = setFlag(tableAt(actor()), m_clock);
    const auto plan = engine.plan(*action, u"flags"_s, off());
    QVERIFY(plan);
    // As a console leaves it that was killed.
    const auto approval = approve(*plan, m_bob.who, m_bob.identity, m_clock.now(), 24h);
    const QString line = meanwhile == "another body"_L1 ? u"yes, do it"_s : QString::fromLatin1(toLine(*approval));
    const auto left = [&](const QString &kind, int step, const QCborArray &body) {
        return journal
            ->append({.kind = kind, .planId = plan->id(), .step = step, .body = QCborValue(body).toCbor()}, patience)
            .has_value();
    };
    QVERIFY(left(u"start"_s, -1, {plan->bytes()}));
    QVERIFY(left(u"approval"_s, -1, {u"used"_s, line}));
    if (hasIntent)
        QVERIFY(left(u"intent"_s, 0, {u"do"_s}));
    Policy policy = policyOf(m_ada, m_bob, m_eve);
    if (meanwhile == "a day"_L1)
        m_clock.advance(25h);
    else if (meanwhile == "bob left"_L1)
        policy.people.removeAt(1);
    engine.setPolicy(meanwhile == "no policy"_L1 ? std::nullopt : std::optional(policy));
    const Report report = engine.resume(*action, *plan);
    if (!says.isEmpty())
        return expectRefused(report, says);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(row(), QByteArray("f|ada"));
}

void TestApproval::aKilledConsoleUsesItOnce_data()
{
    QTest::addColumn<int>("boundary");
    for (int boundary = 0; boundary < 12; ++boundary)
        QTest::newRow(qPrintable(QString::number(boundary))) << boundary;
}

void TestApproval::aKilledConsoleUsesItOnce()
{
    QFETCH(int, boundary);
    m_clock.set(SystemClock().now()); // the other process has no other
    const QTemporaryDir directory;
    QVERIFY(m_ada.identity.save(directory.filePath(u"ada.pem"_s)) &&
            m_bob.identity.save(directory.filePath(u"bob.pem"_s)));
    const OtherConsole other{actor(), directory.path(), boundary};
    QCOMPARE(other.run(), u"killed"_s);
    const bool changed = row() != "t|eve";
    const auto journal = journalIn(directory);
    const auto entries = journal->entries({}, patience);
    QVERIFY(entries);
    const auto has = [&](const QString &kind) {
        return std::ranges::find(*entries, kind, &Entry::kind) != entries->end();
    };
    QVERIFY2(has(u"intent"_s) || !changed, "an effect without an intent");
    QVERIFY2(has(u"approval"_s) || !has(u"intent"_s), "an intent without an approval");
    if (entries->isEmpty() || has(u"end"_s))
        return;
    const auto plan = planFrom(QCborValue::fromCbor(entries->first().body).toArray().at(0).toByteArray());
    QVERIFY(plan);
    const auto action = setFlag(tableAt(other.connection), m_clock);
    Engine engine = engineOf(*journal, m_ada.who);
    const Report resumed = engine.resume(*action, *plan);
    if (has(u"approval"_s)) {
        QVERIFY2(resumed.ending == Ending::Done, qPrintable(said(resumed)));
        QCOMPARE(row(), QByteArray("f|ada"));
    } else {
        expectRefused(resumed, u"no second person approved it yet"_s);
        QVERIFY(engine.undo(*action, *plan).ending == Ending::Undone);
    }
    QVERIFY(journal->unfinished(patience)->isEmpty());
}

int main(int argc, char *argv[])
{
    return runWithOther<TestApproval>(actAndDie, argc, argv);
}
#include "tst_approval.moc"
