/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/registry.h"
#include "actions/signing_key/token.h"
#include "bench.h"
#include "support/fake_key_service.h"

#include <QTest>
#include <QThread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;

namespace {
constexpr auto refresh = 1s;
}

/// Signing keys in a real PostgreSQL, and a service that goes by them while its users come and go.
class TestSigningKeys : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void aTokenIsAsItsStandardSays();
    void aKeyIsRotatedAndNobodyNotices();
    void itIsWaitedFromWhenItCanBeRead();
    void itIsTakenBackAndNobodyNotices();
    void aKeyWhoseEndHasComeDoesNotSignAgain();
    void aKeyWhoseEndComesMeanwhileMayBeRefused();
    void anEndThatIsSetStaysAsItIs();
    void whatWaitsIsGoneOnWith();
    void whatChangedSinceTheLookIsSeenWhereItIsChanged();
    void anOldKeyOutlivesItsLastToken();
    void itIsWaitedUntilTheServiceHasReadTheKeys();
    void aRevokedKeyIsProvedToBeRefused();
    void aServiceThatNeverReadsTheKeyIsNotSwitched();
    void aPageThatTakesAnythingProvesNothing();
    void aRefusedUserStopsIt();
    void whatStandsHalfWayIsBroughtToAnEnd_data();
    void whatStandsHalfWayIsBroughtToAnEnd();
    void aKeyWithLiveTokensStays();
    void aRevokedKeyIsRefusedAndAnotherSigns();
    void whereNoKeySignsAndNoneWaitsThatIsSaid();
    void whatCannotBeIsRefused_data();
    void whatCannotBeIsRefused();
    void aRoleWithoutRightsIsToldBefore_data();
    void aRoleWithoutRightsIsToldBefore();
    void anotherRotationMeanwhileIsSeen();
    void aProfileSaysWhatMayBeDone_data();
    void aProfileSaysWhatMayBeDone();

private:
    [[nodiscard]] std::unique_ptr<Action> action(const QString &id, const QByteArray &user = "owner",
                                                 bool hasProbe = true);
    [[nodiscard]] Profile profile(const QByteArray &user, bool hasProbe);
    /// "k1 retiring, k2 active", by id; one that was made here is "new".
    [[nodiscard]] QByteArray keys();
    [[nodiscard]] QByteArray newKey();
    /// Without the engine, which wants a second person.
    void carryOut(Action &action, const Plan &plan);

    std::unique_ptr<PostgresFixture> m_server;
    std::unique_ptr<FakeKeyService> m_service;
    SystemClock m_clock;
};

void TestSigningKeys::initTestCase()
{
    m_server = std::make_unique<PostgresFixture>();
    m_server->execute("CREATE TABLE jwt_keys (kid text PRIMARY KEY, secret text NOT NULL,"
                      " state text NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'retired')),"
                      " created_at timestamptz NOT NULL DEFAULT now(), activated_at timestamptz,"
                      " retire_after timestamptz);"
                      "CREATE TABLE sessions (id uuid PRIMARY KEY, kid text NOT NULL REFERENCES jwt_keys,"
                      " expires_at timestamptz NOT NULL, revoked_at timestamptz);"
                      "ALTER TABLE jwt_keys OWNER TO owner; ALTER TABLE sessions OWNER TO owner;"
                      "CREATE TABLE quarterdeck_environment (deployment text, environment text);"
                      "INSERT INTO quarterdeck_environment VALUES ('shop', 'staging');"
                      "GRANT SELECT ON quarterdeck_environment TO public;"
                      "CREATE ROLE keeper LOGIN PASSWORD 'keeper'; GRANT CREATE ON SCHEMA public TO keeper;"
                      "GRANT CREATE ON SCHEMA public TO owner");
}

void TestSigningKeys::init()
{
    m_server->execute(
        "SET client_min_messages = warning; DROP TABLE IF EXISTS quarterdeck_leases; TRUNCATE sessions, jwt_keys;"
        "INSERT INTO jwt_keys VALUES ('k1', repeat('1', 64), 'active', now() - interval '9 days',"
        " now() - interval '8 days', NULL), ('k0', repeat('0', 64), 'retired',"
        " now() - interval '90 days', now() - interval '89 days', now() - interval '1 day')");
    m_service = std::make_unique<FakeKeyService>(m_server->connection(), refresh / 2);
    m_service->letIn();
}

void TestSigningKeys::cleanup()
{
    m_service.reset();
}

Profile TestSigningKeys::profile(const QByteArray &user, bool hasProbe)
{
    const PostgresConnection owner = m_server->connection();
    const PostgresConnection connection =
        user == "owner" ? owner : m_server->connection(QString::fromLatin1(user), user);
    const QByteArray server = "{kind: postgresql, host: 127.0.0.1, port: " + QByteArray::number(owner.port) +
                              ", sslmode: disable, database: app, user: " + connection.user.toUtf8() +
                              ", password: 'file:" + connection.password->name.toUtf8() + "'}\n";
    const QByteArray ring = "source: keys, secret: secret, environment: quarterdeck_environment, refresh: 1 s" +
                            QByteArray(hasProbe ? ", probe: {path: /me, every: 50 ms, claims: {sub: probe}}" : "");
    const auto profile = parseProfile(
        "quarterdeck: 1\nname: shop\nenvironment: staging\nconnections:\n  http: {kind: http, url: "
        "\"http://127.0.0.1:" +
            QByteArray::number(m_service->port()) + "\"}\n  postgresql: " + server + "  operator: " + server +
            "sources:\n  keys: {kind: signing-keys, table: jwt_keys, columns: {id: kid, state: state, created_at: "
            "created_at, activated_at: activated_at, retire_after: retire_after}, sessions: {table: sessions, key: "
            "kid, "
            "expires_at: expires_at, revoked_at: revoked_at}}\nactions:\n  rotate: {kind: rotate-signing-key, " +
            ring + "}\n  retire: {kind: retire-signing-key, " + ring + "}\n  revoke: {kind: revoke-signing-key, " +
            ring + "}\n",
        u"shop.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    return *profile;
}

std::unique_ptr<Action> TestSigningKeys::action(const QString &id, const QByteArray &user, bool hasProbe)
{
    auto action = makeAction(id, profile(user, hasProbe), m_clock);
    if (!action)
        qFatal("%s", qPrintable(action.error().first().message));
    return std::move(*action);
}

QByteArray TestSigningKeys::newKey()
{
    return m_server->execute("SELECT kid FROM jwt_keys WHERE kid LIKE 'k-%'");
}

QByteArray TestSigningKeys::keys()
{
    return m_server->execute("SELECT string_agg(CASE WHEN kid LIKE 'k-%' THEN 'new' ELSE kid END || ' ' || state ||"
                             " CASE WHEN retire_after > now() THEN ' until' ELSE '' END, ', ' ORDER BY created_at)"
                             " FROM jwt_keys WHERE kid <> 'k0'");
}

void TestSigningKeys::carryOut(Action &action, const Plan &plan)
{
    QVERIFY(action.begin(plan, u"ada@desk"_s, soon()));
    for (qsizetype step = 0; step < plan.steps.size(); ++step) {
        QCOMPARE(action.look(plan, step, soon()).value(), Stand::Before);
        const auto done = action.perform(plan, step, soon());
        QVERIFY2(done, done ? "" : qPrintable(done.error().message));
        QCOMPARE(action.look(plan, step, soon()).value(), Stand::After);
    }
    for (const Check &check : action.verify(plan, soon()))
        QVERIFY2(check.result == Check::Result::Passed, qPrintable(check.error ? check.error->message : QString()));
    action.end(soon());
}

/// The example of RFC 7515, appendix A.1, has other bytes in its header; this one was made with another library.
void TestSigningKeys::aTokenIsAsItsStandardSays()
{
    const Secret token = *signedToken(u"k1"_s, {{u"sub"_s, u"ada"_s}}, Secret(QByteArray("secret")));
    const QByteArrayList parts = token.reveal().split('.');
    QCOMPARE(parts.size(), 3);
    QCOMPARE(QByteArray::fromBase64(parts[0], QByteArray::Base64UrlEncoding),
             R"({"alg":"HS256","kid":"k1","typ":"JWT"})");
    QCOMPARE(QByteArray::fromBase64(parts[1], QByteArray::Base64UrlEncoding), R"({"sub":"ada"})");
    QCOMPARE(parts[2], "V8sp98oEn9EBWe0mhOSzayBA1XPxjV2_b-4nMyBWlq0");
    const Secret one = newSecret();
    QCOMPARE(one.reveal().size(), 64);
    QVERIFY(QByteArray::fromHex(one.reveal()).toHex() == one.reveal());
    QVERIFY(newSecret().reveal() != one.reveal());
}

void TestSigningKeys::aKeyIsRotatedAndNobodyNotices()
{
    QTRY_VERIFY(m_service->came > 20);
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QStringList codes;
    for (const Phrase &step : plan->steps)
        codes.append(step.code);
    QCOMPARE(codes, (QStringList{u"key-published"_s, u"key-set-read"_s, u"key-proved"_s, u"key-signs"_s,
                                 u"keys-proved"_s, u"retirement-scheduled"_s}));
    QVERIFY(plan->impact.first().number.value_or(0) > 0);
    QCOMPARE(keys(), "k1 active");
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(keys(), "k1 retiring until, new active");
    QCOMPARE(plan->change(u"signs")->after->toUtf8(), newKey());
    QVERIFY(m_server->execute(
                "SELECT retire_after > now() + interval '6 days 23 hours' FROM jwt_keys WHERE kid = 'k1'") == "t");
    // What the service itself saw.
    const int came = m_service->came;
    QTRY_VERIFY(m_service->came > came + 50);
    QCOMPARE(m_service->refused, 0);
    QTRY_COMPARE(m_server->execute("SELECT count(*) > 0 FROM sessions WHERE kid LIKE 'k-%'"), "t");
    // Evidence, without the secret.
    const auto told = bench.journal->entries({.kind = u"check"_s}, patience);
    QVERIFY(told && told->size() == 1);
    const QCborArray first = QCborValue::fromCbor(told->first().body).toArray().first().toArray();
    QCOMPARE(first[0].toString(), u"k1"_s);
    QVERIFY(first[1].toInteger() > 10);
    QCOMPARE(first[2].toInteger(), first[1].toInteger());
    QCOMPARE(first[3].toInteger(), 0);
    const QByteArray secret = m_server->execute("SELECT secret FROM jwt_keys WHERE kid LIKE 'k-%'");
    QCOMPARE(secret.size(), 64);
    const auto all = bench.journal->entries({}, patience);
    QVERIFY(all && all->size() > 12);
    for (const Entry &entry : *all)
        QVERIFY(!entry.body.contains(secret) && !entry.body.contains(QByteArray::fromHex(secret)));
}

/// As where somebody else acts on the keys at the same time: what is not committed yet nobody can read.
void TestSigningKeys::itIsWaitedFromWhenItCanBeRead()
{
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    std::thread other;
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary != "effect:0:before"_L1)
            return;
        auto held = PgConnection::open(m_server->connection(), soon());
        QVERIFY(held && held->query("SELECT pg_advisory_lock(hashtext('quarterdeck-keys'))", {}, soon()));
        other = std::thread([connection = std::move(*held)]() mutable {
            std::this_thread::sleep_for(700ms);
            static_cast<void>(connection.query("CREATE TABLE released AS SELECT clock_timestamp() AS at, "
                                               "pg_advisory_unlock(hashtext('quarterdeck-keys'))",
                                               {}, soon()));
        });
    });
    const Report report = bench.engine.run(*rotate, *plan);
    other.join();
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_server->execute("SELECT created_at >= at FROM jwt_keys, released WHERE kid LIKE 'k-%'"), "t");
    m_server->execute("DROP TABLE released");
}

void TestSigningKeys::itIsTakenBackAndNobodyNotices()
{
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    QCOMPARE(bench.engine.run(*rotate, *plan).ending, Ending::Done);
    QTRY_COMPARE(m_server->execute("SELECT count(*) > 0 FROM sessions WHERE kid LIKE 'k-%'"), "t");
    const Report back = bench.engine.undo(*rotate, *plan);
    QVERIFY2(back.ending == Ending::Undone, qPrintable(said(back)));
    QCOMPARE(keys(), "k1 active, new retiring until");
    QTest::qWait(2 * std::chrono::milliseconds(refresh).count());
    QCOMPARE(m_service->refused, 0);
}

/// Somebody published it by hand, or a console that is no more.
void TestSigningKeys::aKeyWhoseEndHasComeDoesNotSignAgain()
{
    Bench bench;
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    const Report done = bench.engine.run(*rotate, plan);
    QVERIFY2(done.ending == Ending::Done, qPrintable(said(done)));
    m_server->execute("UPDATE jwt_keys SET retire_after = now() - interval '1 minute' WHERE kid = 'k1'");
    const QByteArray before = keys();
    const Report report = bench.engine.undo(*action(u"rotate"_s), plan);
    QVERIFY2(report.ending != Ending::Undone && report.error &&
                 report.error->message.contains(u"the end of k1 has come"_s),
             qPrintable(said(report)));
    QCOMPARE(keys(), before);
}

/// That a service refuses it then is right.
void TestSigningKeys::aKeyWhoseEndComesMeanwhileMayBeRefused()
{
    m_server->execute("INSERT INTO jwt_keys VALUES ('k-old', repeat('2', 64), 'retiring', now() - interval '20 days',"
                      " now() - interval '19 days', now() + interval '3 seconds')");
    Bench bench;
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    bool hasWaited = false;
    bench.engine.setBoundary([&](const QString &boundary) { // its end comes once it is watched
        if (boundary.contains(u"effect"_s) && !std::exchange(hasWaited, true))
            QThread::msleep(4500);
    });
    const Report report = bench.engine.run(*rotate, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_server->execute("SELECT retire_after < now() FROM jwt_keys WHERE kid = 'k-old'"), "t");
}

void TestSigningKeys::anEndThatIsSetStaysAsItIs()
{
    m_server->execute("UPDATE jwt_keys SET retire_after = now() + interval '3 days' WHERE kid = 'k1';"
                      "INSERT INTO jwt_keys VALUES ('k2', repeat('2', 64), 'active', now() - interval '1 hour', now(), "
                      "NULL)");
    const auto plan = action(u"retire"_s)->plan(wishFor(u"k1"_s), soon());
    QVERIFY(!plan);
    QVERIFY2(plan.error().message.contains(u"a process may sign with k1 until it has read that k2 does"_s),
             qPrintable(plan.error().message));
}

void TestSigningKeys::whatWaitsIsGoneOnWith()
{
    m_server->execute("INSERT INTO jwt_keys VALUES ('k2', repeat('2', 64), 'next', now() - interval '3 days')");
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    QCOMPARE(plan->change(u"signs")->after, u"k2"_s);
    QCOMPARE(plan->steps.first().code, u"key-proved"_s); // it was published long ago
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(keys(), "k1 retiring until, k2 active");
    QCOMPARE(m_service->refused, 0);
}

/// Between the look of the engine and the transaction of the step.
void TestSigningKeys::whatChangedSinceTheLookIsSeenWhereItIsChanged()
{
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    QVERIFY(rotate->begin(plan, u"ada@desk"_s, soon()));
    QCOMPARE(rotate->look(plan, 0, soon()).value(), Stand::Before);
    m_server->execute("INSERT INTO jwt_keys VALUES ('k2', repeat('2', 64), 'next', now())");
    const auto done = rotate->perform(plan, 0, soon());
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::BadInput);
    QVERIFY2(done.error().message.contains(u"not as the plan found them (they are k0 (retired), k1 (signs), k2"_s),
             qPrintable(done.error().message));
    QCOMPARE(keys(), "k1 active, k2 next");
    rotate->end(soon());
}

void TestSigningKeys::anOldKeyOutlivesItsLastToken()
{
    m_service->sendAway();
    static_cast<void>(m_service->issue(30 * 24h)); // the overlap is seven days
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_server->execute("SELECT retire_after >= max(expires_at) + interval '1 s' AND retire_after <= "
                               "max(expires_at) + interval '3 s' FROM jwt_keys JOIN sessions USING (kid) WHERE kid = "
                               "'k1' GROUP BY retire_after"),
             "t");
}

void TestSigningKeys::itIsWaitedUntilTheServiceHasReadTheKeys()
{
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    QVERIFY(rotate->begin(plan, u"ada@desk"_s, soon()));
    QVERIFY(rotate->perform(plan, 0, soon()));
    const QByteArray isRead = "SELECT now() >= created_at + interval '1 s' FROM jwt_keys WHERE kid LIKE 'k-%'";
    QCOMPARE(m_server->execute(isRead), "f");
    QVERIFY(rotate->perform(plan, 1, soon()));
    QCOMPARE(m_server->execute(isRead), "t");
    rotate->end(soon());
}

void TestSigningKeys::aRevokedKeyIsProvedToBeRefused()
{
    const QByteArray token = m_service->issue();
    QVERIFY(m_service->accepts(token));
    const auto revoke = action(u"revoke"_s);
    const Plan plan = planned(*revoke, wishFor(u"k1"_s));
    QCOMPARE(plan.steps[2].code, u"key-refused"_s);
    QVERIFY(revoke->begin(plan, u"ada@desk"_s, soon()));
    m_service->isStuck = true;
    QVERIFY(revoke->perform(plan, 0, soon()));
    QVERIFY(revoke->perform(plan, 1, soon()));
    QVERIFY(m_service->accepts(token)); // as it goes by what it read before
    std::thread later([this] {
        std::this_thread::sleep_for(1s);
        m_service->isStuck = false;
    });
    const auto proved = revoke->perform(plan, 2, soon());
    const bool isStillStuck = m_service->isStuck;
    later.join();
    QVERIFY2(proved, proved ? "" : qPrintable(proved.error().message));
    QVERIFY(!isStillStuck);
    QVERIFY(!m_service->accepts(token));
    revoke->end(soon());
}

void TestSigningKeys::aServiceThatNeverReadsTheKeyIsNotSwitched()
{
    m_service->isStuck = true;
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    const Report report = bench.engine.run(*rotate, *plan);
    QCOMPARE(report.ending, Ending::Undone);
    QVERIFY2(report.error->message.contains(u"is not accepted: /me says 401"_s), qPrintable(report.error->message));
    QCOMPARE(keys(), "k1 active");
    QCOMPARE(m_service->refused, 0);
}

void TestSigningKeys::aPageThatTakesAnythingProvesNothing()
{
    m_service->takesAnything = true;
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    const Report report = bench.engine.run(*rotate, *plan);
    QCOMPARE(report.ending, Ending::Undone);
    QVERIFY2(report.error->message.contains(u"accepts a forged token"_s), qPrintable(report.error->message));
    QCOMPARE(keys(), "k1 active");
}

void TestSigningKeys::aRefusedUserStopsIt()
{
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:1:before"_L1)
            m_service->status = 401;
    });
    const Report report = bench.engine.run(*rotate, *plan);
    QCOMPARE(report.ending, Ending::Undone);
    QVERIFY2(report.error->message.contains(u"a valid token of k1 was refused (/me says 401)"_s),
             qPrintable(report.error->message));
    QCOMPARE(keys(), "k1 active");
}

void TestSigningKeys::whatStandsHalfWayIsBroughtToAnEnd_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<QString>("deed");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QByteArray>("after");
    const QByteArray k2 = "INSERT INTO jwt_keys VALUES ('k2', repeat('2', 64), ";
    QTest::newRow("published, completed")
        << QByteArray(k2 + "'next')") << u"rotate"_s << u"k1"_s << QByteArray("k1 retiring until, k2 active");
    QTest::newRow("published, given up") << QByteArray(k2 + "'next')") << u"retire"_s << u"k2"_s
                                         << QByteArray("k1 active");
    QTest::newRow("two sign, the older is ended") << QByteArray(k2 + "'active', now(), now())") << u"retire"_s
                                                  << u"k1"_s << QByteArray("k1 retiring until, k2 active");
    QTest::newRow("the old one has no end")
        << QByteArray(k2 + "'active', now(), now()); UPDATE jwt_keys SET state = 'retiring' WHERE kid = 'k1'")
        << u"retire"_s << u"k1"_s << QByteArray("k1 retiring until, k2 active");
    QTest::newRow("the old one is not needed")
        << QByteArray(
               k2 +
               "'active', now(), now() - interval '1 minute'); UPDATE jwt_keys SET state = 'retiring' WHERE kid = 'k1';"
               "UPDATE sessions SET revoked_at = now()")
        << u"retire"_s << u"k1"_s << QByteArray("k1 retired, k2 active");
    QTest::newRow("none signs, and one waits")
        << QByteArray(k2 + "'next'); UPDATE jwt_keys SET state = 'retiring' WHERE kid = 'k1'") << u"rotate"_s << u"k2"_s
        << QByteArray("k1 retiring, k2 active");
    QTest::newRow("taken back, and the new one waits again")
        << QByteArray(k2 + "'retiring', now(), now(), now() + interval '7 days')") << u"retire"_s << u"k2"_s
        << QByteArray("k1 active, k2 retired until");
}

void TestSigningKeys::whatStandsHalfWayIsBroughtToAnEnd()
{
    QFETCH(QByteArray, sql);
    QFETCH(QString, deed);
    QFETCH(QString, key);
    m_service->sendAway();
    static_cast<void>(m_service->issue());
    m_server->execute(sql);
    const auto made = action(deed);
    Bench bench;
    const auto plan = bench.engine.plan(*made, deed, wishFor(key));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    const Report report = bench.engine.run(*made, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QTEST(keys(), "after");
    QCOMPARE(m_service->refused, 0);
}

void TestSigningKeys::aKeyWithLiveTokensStays()
{
    QTRY_VERIFY(m_service->came > 20);
    const auto rotate = action(u"rotate"_s);
    const auto retire = action(u"retire"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QCOMPARE(bench.engine.run(*rotate, *plan).ending, Ending::Done);
    const auto blocked = bench.engine.plan(*retire, u"retire"_s, wishFor(u"k1"_s));
    QVERIFY(!blocked);
    QVERIFY2(blocked.error().message.contains(u"tokens that k1 signed are alive, the last one until"_s),
             qPrintable(blocked.error().message));
    QTest::qWait(std::chrono::milliseconds(refresh).count()); // for so long somebody may sign with it
    // One more is issued between the plan and the step.
    m_server->execute("UPDATE sessions SET revoked_at = now() WHERE kid = 'k1'");
    const auto planned = bench.engine.plan(*retire, u"retire"_s, wishFor(u"k1"_s));
    QVERIFY(planned);
    m_server->execute("UPDATE sessions SET revoked_at = NULL WHERE kid = 'k1'");
    const Report late = bench.engine.run(*retire, *planned);
    QVERIFY2(late.ending != Ending::Done, qPrintable(said(late)));
    QCOMPARE(keys(), "k1 retiring until, new active");
}

void TestSigningKeys::aRevokedKeyIsRefusedAndAnotherSigns()
{
    const QByteArray token = m_service->issue();
    QVERIFY(m_service->accepts(token));
    const auto revoke = action(u"revoke"_s);
    const auto plan = revoke->plan(wishFor(u"k1"_s), soon());
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->risk, Risk::High);
    QVERIFY(plan->undo.isEmpty());
    QVERIFY(plan->impact.first().number.value_or(0) > 0);
    carryOut(*revoke, *plan);
    QCOMPARE(keys(), "k1 retired, new active");
    QVERIFY(!m_service->accepts(token));
    QVERIFY(m_service->accepts(m_service->issue()));
}

void TestSigningKeys::whatCannotBeIsRefused_data()
{
    QTest::addColumn<QString>("deed");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("to");
    QTest::addColumn<QString>("error");
    const QString none;
    QTest::newRow("no such key") << u"rotate"_s << u"k9"_s << none
                                 << u"there is no key 'k9'; the keys are k0 (retired), k1 (signs)"_s;
    QTest::newRow("it does not sign") << u"rotate"_s << u"k0"_s << none << u"k0 does not sign; k1 does"_s;
    QTest::newRow("to a retired one") << u"rotate"_s << u"k1"_s << u"k0"_s << u"'k0' is no key that waits to sign"_s;
    QTest::newRow("the one that signs") << u"retire"_s << u"k1"_s << none << u"k1 signs: rotate first"_s;
    QTest::newRow("retired already") << u"retire"_s << u"k0"_s << none << u"k0 is retired already"_s;
    QTest::newRow("revoked already") << u"revoke"_s << u"k0"_s << none << u"k0 is retired already"_s;
}

void TestSigningKeys::whereNoKeySignsAndNoneWaitsThatIsSaid()
{
    m_server->execute("UPDATE jwt_keys SET state = 'retiring' WHERE kid = 'k1'");
    const auto plan = action(u"rotate"_s)->plan(wishFor(u"k1"_s), soon());
    QVERIFY(!plan);
    QVERIFY2(plan.error().message.contains(u"no key signs now: name one that waits"_s),
             qPrintable(plan.error().message));
}

void TestSigningKeys::whatCannotBeIsRefused()
{
    QFETCH(QString, deed);
    QFETCH(QString, key);
    QFETCH(QString, to);
    QFETCH(QString, error);
    std::map<QString, QString> set;
    if (!to.isEmpty())
        set[u"to"_s] = to;
    const auto plan = action(deed)->plan(wishFor(key, set), soon());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code == ErrorCode::NotFound || plan.error().code == ErrorCode::BadInput, true);
    QVERIFY2(plan.error().message.contains(error), qPrintable(plan.error().message));
    QCOMPARE(keys(), "k1 active");
}

void TestSigningKeys::aRoleWithoutRightsIsToldBefore_data()
{
    QTest::addColumn<QByteArray>("without");
    QTest::addColumn<QString>("error");
    QTest::newRow("read") << QByteArray("REVOKE SELECT ON jwt_keys FROM keeper;"
                                        "GRANT SELECT (kid, state, created_at, activated_at, retire_after) ON jwt_keys "
                                        "TO keeper")
                          << u"may not read the secrets that prove a token; to allow it: GRANT SELECT (secret)"_s;
    QTest::newRow("add") << QByteArray("REVOKE INSERT ON jwt_keys FROM keeper") << u"may not add a key"_s;
    QTest::newRow("change") << QByteArray("REVOKE UPDATE ON jwt_keys FROM keeper")
                            << u"may not change a key; to allow it: GRANT UPDATE (state) ON jwt_keys"_s;
    QTest::newRow("take away") << QByteArray("REVOKE DELETE ON jwt_keys FROM keeper")
                               << u"may not take a key away again; to allow it: GRANT DELETE ON jwt_keys"_s;
    QTest::newRow("a column") << QByteArray("ALTER TABLE jwt_keys ADD owner text NOT NULL DEFAULT '';"
                                            "ALTER TABLE jwt_keys ALTER owner DROP DEFAULT")
                              << u"jwt_keys wants a owner for each key, and has no default for it"_s;
}

void TestSigningKeys::aRoleWithoutRightsIsToldBefore()
{
    QFETCH(QByteArray, without);
    QFETCH(QString, error);
    m_server->execute("GRANT SELECT, INSERT, UPDATE, DELETE ON jwt_keys TO keeper; GRANT SELECT ON sessions TO keeper");
    m_server->execute(without);
    const auto back = qScopeGuard([this] { m_server->execute("ALTER TABLE jwt_keys DROP COLUMN IF EXISTS owner"); });
    const auto rotate = action(u"rotate"_s, "keeper");
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    const Report report = bench.engine.run(*rotate, *plan);
    QCOMPARE(report.ending, Ending::Refused);
    QVERIFY2(report.error->message.contains(error), qPrintable(report.error->message));
    QCOMPARE(keys(), "k1 active");
}

void TestSigningKeys::anotherRotationMeanwhileIsSeen()
{
    const auto mine = action(u"rotate"_s);
    const auto theirs = action(u"rotate"_s);
    Bench ada;
    Bench eve;
    const auto first = ada.engine.plan(*mine, u"rotate"_s, wishFor(u"k1"_s));
    const auto second = eve.engine.plan(*theirs, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(first && second);
    QCOMPARE(eve.engine.run(*theirs, *second).ending, Ending::Done);
    const Report report = ada.engine.run(*mine, *first);
    QCOMPARE(report.ending, Ending::Refused);
    QVERIFY2(report.error->message.contains(u"not as the plan found them"_s), qPrintable(report.error->message));
    QCOMPARE(keys(), "k1 retiring until, new active");
}

void TestSigningKeys::aProfileSaysWhatMayBeDone_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QString>("error");
    QTest::newRow("no secret") << QByteArray("source: keys") << u"'secret' is missing"_s;
    QTest::newRow("no such source") << QByteArray("source: kees, secret: s")
                                    << u"the source 'kees' watches, and the profile has no such"_s;
    QTest::newRow("a page nowhere") << QByteArray("secret: s, probe: {path: /me, connection: other}")
                                    << u"there is no connection 'other' over which tokens could be proved"_s;
    QTest::newRow("no page") << QByteArray("secret: s, probe: {}") << u"'path' is missing"_s;
    QTest::newRow("no time from which on it is published")
        << QByteArray("secret: s") << u"writes 'created_at': name its column under columns of the source 'keys'"_s;
    QTest::newRow("a typing error") << QByteArray("secret: s, overlapp: 3 d") << u"unknown key 'overlapp'"_s;
}

void TestSigningKeys::aProfileSaysWhatMayBeDone()
{
    QFETCH(QByteArray, options);
    QFETCH(QString, error);
    const auto profile =
        parseProfile("quarterdeck: 1\nname: shop\nenvironment: staging\nconnections:\n  operator: {kind: postgresql, "
                     "host: 127.0.0.1, "
                     "database: app, user: owner}\nsources:\n  keys: {kind: signing-keys, table: jwt_keys, columns: "
                     "{id: kid, state: "
                     "state, activated_at: a, retire_after: r}}\nactions:\n  rotate: {kind: rotate-signing-key, " +
                         options + "}\n",
                     u"shop.yaml"_s);
    QVERIFY(profile);
    const auto made = makeAction(u"rotate"_s, *profile, m_clock);
    QVERIFY(!made);
    QStringList all;
    for (const Error &each : made.error())
        all.append(each.message);
    QVERIFY2(all.join(u'\n').contains(error), qPrintable(all.join(u'\n')));
}

QTEST_GUILESS_MAIN(TestSigningKeys)
#include "tst_signing_keys.moc"
