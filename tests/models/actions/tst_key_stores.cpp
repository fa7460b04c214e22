/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/signing_key.h"
#include "bench.h"
#include "support/json_rings.h"

#include <QCborArray>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;

namespace {
constexpr auto refresh = 1s;

QString ago(std::chrono::seconds time)
{
    return QDateTime::currentDateTimeUtc().addSecs(-time.count()).toString(Qt::ISODateWithMs);
}

/// As k1 has signed for a while, with what only the service knows of it.
QJsonObject firstKey()
{
    return {{u"state"_s, u"active"_s},
            {u"created_at"_s, ago(9 * 24h)},
            {u"activated_at"_s, ago(8 * 24h)},
            {u"retire_after"_s, QJsonValue()},
            {u"note"_s, u"by Ada / 2026"_s}};
}
} // namespace

/// Signing keys in a hash of a real Redis, and behind an endpoint over HTTP, while a service's users come and go.
class TestKeyStores : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void aKeyIsRotatedAndNobodyNotices_data() { stores(); }
    void aKeyIsRotatedAndNobodyNotices();
    void itIsTakenBackAndNobodyNotices_data() { stores(); }
    void itIsTakenBackAndNobodyNotices();
    void whatStandsHalfWayIsBroughtToAnEnd_data();
    void whatStandsHalfWayIsBroughtToAnEnd();
    void aRevokedKeyIsRefusedAndAnotherSigns_data() { stores(); }
    void aRevokedKeyIsRefusedAndAnotherSigns();
    void whatAHandChangedIsNotOverwritten_data() { stores(); }
    void whatAHandChangedIsNotOverwritten();
    void whatIsWrittenWhileItIsDecidedIsSeen_data();
    void whatIsWrittenWhileItIsDecidedIsSeen();
    void ofTwoConsolesOneRotates_data() { stores(); }
    void ofTwoConsolesOneRotates();
    void withoutTheLeaseNothingIsChanged_data() { stores(); }
    void withoutTheLeaseNothingIsChanged();
    void anotherDeploymentIsNotTouched_data() { stores(); }
    void anotherDeploymentIsNotTouched();
    void aUserWithoutRightsIsToldBefore_data();
    void aUserWithoutRightsIsToldBefore();
    void theRightsThatAreWrittenDownAreEnough();
    void aTimeIsWrittenAsTheOthersAre_data();
    void aTimeIsWrittenAsTheOthersAre();
    void whatRedisCannotWriteAgainIsLeftAlone();
    void aPutBetweenIsSeenByItsTag();
    void withoutATagThatIsSaid();
    void aPutWithoutAnAnswerIsLookedAfter_data();
    void aPutWithoutAnAnswerIsLookedAfter();
    void aRedirectIsNotFollowed();
    void anActionIsFoundByWhereItsRingLies();
    void aProfileSaysWhatMayBeDone_data();
    void aProfileSaysWhatMayBeDone();

private:
    static void stores();
    void use(const QString &store);
    [[nodiscard]] QByteArray profile(const QByteArray &user = {}) const;
    [[nodiscard]] std::unique_ptr<Action> action(const QString &id, const QByteArray &user = {});
    void carryOut(Action &action, const Plan &plan);

    std::unique_ptr<RedisFixture> m_redis;
    std::unique_ptr<FakeKeyEndpoint> m_endpoint;
    std::unique_ptr<JsonRing> m_place;
    std::unique_ptr<FakeKeyService> m_service;
    bool m_isRedis = true;
    SystemClock m_clock;
};

void TestKeyStores::stores()
{
    QTest::addColumn<QString>("store");
    QTest::newRow("Redis") << u"redis"_s;
    QTest::newRow("HTTP") << u"http"_s;
}

void TestKeyStores::initTestCase()
{
    m_redis = std::make_unique<RedisFixture>();
    m_redis->command({"ACL", "SETUSER", "noset", "on", ">noset", "~*", "+@all", "-hset"});
    m_redis->command({"ACL", "SETUSER", "nodel", "on", ">nodel", "~*", "+@all", "-hdel"});
}

void TestKeyStores::init()
{
    m_redis->command({"FLUSHALL"});
    m_redis->command({"SET", "quarterdeck:environment", "shop/staging"});
    m_endpoint = std::make_unique<FakeKeyEndpoint>();
}

void TestKeyStores::cleanup()
{
    m_service.reset();
    m_place.reset();
    m_endpoint.reset();
}

void TestKeyStores::use(const QString &store)
{
    m_isRedis = store == "redis"_L1;
    if (m_isRedis)
        m_place = std::make_unique<RedisRing>(*m_redis);
    else
        m_place = std::make_unique<EndpointRing>(*m_endpoint);
    m_place->hold(u"k0"_s,
                  {{u"state"_s, u"retired"_s}, {u"created_at"_s, ago(90 * 24h)}, {u"retire_after"_s, ago(24h)}},
                  QByteArray(64, '0'));
    m_place->hold(u"k1"_s, firstKey(), QByteArray(64, '1'));
    m_service = std::make_unique<FakeKeyService>([this] { return m_place->keys(); }, refresh / 2);
    m_service->letIn();
}

QByteArray TestKeyStores::profile(const QByteArray &user) const
{
    const QByteArray members = "members: {state: state, created_at: created_at, activated_at: activated_at, "
                               "retire_after: retire_after}";
    const RedisConnection as =
        user.isEmpty() ? m_redis->connection() : m_redis->connection(QString::fromLatin1(user), user);
    const QByteArray redis =
        "{kind: redis, host: 127.0.0.1, port: " + QByteArray::number(as.port) +
        (as.password ? ", user: " + user + ", password: 'file:" + as.password->name.toUtf8() + "'" : QByteArray()) +
        "}\n";
    const QByteArray url = "{kind: http, url: \"http://127.0.0.1:";
    const QByteArray own = m_isRedis ? QByteArray("secret: secret")
                                     : "environment: {get: /info, at: /app/environment}, lease: {connection: "
                                       "redis_operator}";
    QByteArray text = "quarterdeck: 1\nname: shop\nenvironment: staging\nconnections:\n  http: " + url +
                      QByteArray::number(m_service ? m_service->port() : 1) + "\"}\n  http_operator: " + url +
                      QByteArray::number(m_endpoint->port()) + "\"}\n  redis_operator: " + redis +
                      "sources:\n  keys: {" +
                      (m_isRedis ? "kind: redis-signing-keys, connection: redis_operator, hash: \"app:keys\", "
                                 : "kind: http-signing-keys, connection: http_operator, path: /internal/keys, ") +
                      members + "}\nactions:\n";
    for (const QByteArray deed : {"rotate", "retire", "revoke"})
        text += "  " + deed + ": {kind: " + deed + "-signing-key, " + own +
                ", refresh: 1 s, probe: {path: /me, every: 50 ms}}\n";
    return text;
}

std::unique_ptr<Action> TestKeyStores::action(const QString &id, const QByteArray &user)
{
    const auto parsed = parseProfile(profile(user), u"shop.yaml"_s);
    if (!parsed)
        qFatal("%s", qPrintable(parsed.error().first().message));
    auto action = makeAction(id, *parsed, m_clock);
    if (!action)
        qFatal("%s", qPrintable(action.error().first().message));
    return std::move(*action);
}

void TestKeyStores::carryOut(Action &action, const Plan &plan)
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

void TestKeyStores::aKeyIsRotatedAndNobodyNotices()
{
    QFETCH(QString, store);
    use(store);
    QTRY_VERIFY(m_service->came > 20);
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(plan->steps.size(), 6);
    QCOMPARE(plan->steps.first().arguments.value(2), m_isRedis ? u"app:keys"_s : u"/internal/keys"_s);
    // Not counted is not none.
    QVERIFY(!plan->impact.first().number);
    QVERIFY(plan->impact.first().source.startsWith(u"nothing counts them beside "_s));
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    for (const Check &check : report.checks) {
        if (check.phrase.code == "ring-guarded"_L1)
            QCOMPARE(check.phrase.arguments, (QStringList{m_isRedis ? u"script"_s : u"tag"_s, u"1"_s}));
        QVERIFY2(check.result == Check::Result::Passed, qPrintable(said(report)));
    }
    QCOMPARE(m_place->states(), "k0 retired, k1 retiring until, new active");
    QCOMPARE(plan->change(u"signs")->after, m_place->newKey());
    const auto held = m_place->held();
    QCOMPARE(held.at(u"k1"_s)["note"_L1].toString(), u"by Ada / 2026"_s); // what is none of ours is as it was
    QVERIFY(millisecondsOf(held.at(u"k1"_s)["retire_after"_L1]) >
            QDateTime::currentMSecsSinceEpoch() + std::chrono::milliseconds(7 * 24h - 1h).count());
    // What the service itself saw.
    const int came = m_service->came;
    QTRY_VERIFY(m_service->came > came + 50);
    QCOMPARE(m_service->refused, 0);
    // No secret anywhere, in none of its forms.
    const QByteArray secret = m_place->secretOf(m_place->newKey());
    static const QRegularExpression digits(QRegularExpression::anchoredPattern(u"[0-9a-f]{64}"_s));
    QVERIFY(digits.match(QString::fromLatin1(secret)).hasMatch());
    QVERIFY(QSet<char>(secret.begin(), secret.end()).size() > 8);
    QVERIFY(secret != m_place->secretOf(u"k1"_s));
    const auto all = bench.journal->entries({}, patience);
    QVERIFY(all && all->size() > 12);
    for (const Entry &entry : *all) {
        for (const QByteArray &each :
             {secret, secret.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals),
              m_place->secretOf(u"k1"_s)})
            QVERIFY(!entry.body.contains(each));
    }
}

void TestKeyStores::itIsTakenBackAndNobodyNotices()
{
    QFETCH(QString, store);
    use(store);
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    QCOMPARE(bench.engine.run(*rotate, *plan).ending, Ending::Done);
    const Report back = bench.engine.undo(*rotate, *plan);
    QVERIFY2(back.ending == Ending::Undone, qPrintable(said(back)));
    QCOMPARE(m_place->states(), "k0 retired, k1 active, new retiring until");
    QTest::qWait(2 * std::chrono::milliseconds(refresh).count());
    QCOMPARE(m_service->refused, 0);
}

void TestKeyStores::whatStandsHalfWayIsBroughtToAnEnd_data()
{
    QTest::addColumn<QString>("store");
    QTest::addColumn<QString>("first"); ///< k1's state
    QTest::addColumn<QString>("second");
    QTest::addColumn<QString>("deed");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QByteArray>("after");
    for (const QString &store : {u"redis"_s, u"http"_s}) {
        const auto row = [&](const char *name) -> QTestData & {
            return QTest::addRow("%s, %s", qPrintable(store), name) << store;
        };
        row("published, completed") << u"active"_s << u"next"_s << u"rotate"_s << u"k1"_s
                                    << QByteArray("k0 retired, k1 retiring until, k2 active");
        row("published, given up") << u"active"_s << u"next"_s << u"retire"_s << u"k2"_s
                                   << QByteArray("k0 retired, k1 active");
        row("two sign, the older is ended") << u"active"_s << u"active"_s << u"retire"_s << u"k1"_s
                                            << QByteArray("k0 retired, k1 retiring until, k2 active");
        row("the old one has no end") << u"retiring"_s << u"active"_s << u"retire"_s << u"k1"_s
                                      << QByteArray("k0 retired, k1 retiring until, k2 active");
    }
}

void TestKeyStores::whatStandsHalfWayIsBroughtToAnEnd()
{
    QFETCH(QString, store);
    QFETCH(QString, first);
    QFETCH(QString, second);
    QFETCH(QString, deed);
    QFETCH(QString, key);
    use(store);
    QJsonObject one = m_place->held()[u"k1"_s];
    one.insert(u"state"_s, first);
    m_place->hold(u"k1"_s, one, {});
    m_place->hold(u"k2"_s,
                  {{u"state"_s, second},
                   {u"created_at"_s, ago(60s)},
                   {u"activated_at"_s, second == "active"_L1 ? QJsonValue(ago(30s)) : QJsonValue()}},
                  QByteArray(64, '2'));
    QTest::qWait(std::chrono::milliseconds(refresh).count());
    const auto made = action(deed);
    Bench bench;
    const auto plan = bench.engine.plan(*made, deed, wishFor(key));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    const Report report = bench.engine.run(*made, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QTEST(m_place->states(), "after");
    QCOMPARE(m_service->refused, 0);
}

void TestKeyStores::aRevokedKeyIsRefusedAndAnotherSigns()
{
    QFETCH(QString, store);
    use(store);
    const QByteArray token = m_service->issue();
    QVERIFY(m_service->accepts(token));
    const auto revoke = action(u"revoke"_s);
    const Plan plan = planned(*revoke, wishFor(u"k1"_s));
    carryOut(*revoke, plan);
    QCOMPARE(m_place->states(), "k0 retired, k1 retired, new active");
    QVERIFY(!m_service->accepts(token));
    QVERIFY(m_service->accepts(m_service->issue()));
}

/// Between the engine's look and the change.
void TestKeyStores::whatAHandChangedIsNotOverwritten()
{
    QFETCH(QString, store);
    use(store);
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    QVERIFY(rotate->begin(plan, u"ada@desk"_s, soon()));
    QCOMPARE(rotate->look(plan, 0, soon()).value(), Stand::Before);
    m_place->hold(u"k2"_s, {{u"state"_s, u"next"_s}, {u"created_at"_s, ago(1s)}}, QByteArray(64, '2'));
    const auto done = rotate->perform(plan, 0, soon());
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::BadInput);
    QVERIFY2(done.error().message.contains(u"(they are k0 (retired), k1 (signs), k2 (next))"_s),
             qPrintable(done.error().message));
    QCOMPARE(m_place->states(), "k0 retired, k1 active, k2 next");
    rotate->end(soon());
    // And before it began.
    Bench bench;
    const Report report = bench.engine.run(*rotate, plan);
    QCOMPARE(report.ending, Ending::Refused);
    QVERIFY2(report.error->message.contains(u"not as the plan found them"_s), qPrintable(report.error->message));
}

void TestKeyStores::whatIsWrittenWhileItIsDecidedIsSeen_data()
{
    QTest::addColumn<QString>("hand");
    QTest::newRow("a key changes") << u"change"_s;
    QTest::newRow("a key comes") << u"add"_s;
    QTest::newRow("a key goes") << u"remove"_s;
}

/// Between the reading and the script, where no look of ours is.
void TestKeyStores::whatIsWrittenWhileItIsDecidedIsSeen()
{
    QFETCH(QString, hand);
    use(u"redis"_s);
    const KeySetLayout layout{.place = u"app:keys"_s,
                              .members = {{u"state"_s, u"state"_s},
                                          {u"created_at"_s, u"created_at"_s},
                                          {u"activated_at"_s, u"activated_at"_s},
                                          {u"retire_after"_s, u"retire_after"_s}},
                              .words = {{u"active"_s, KeyState::Active}, {u"retired"_s, KeyState::Retired}}};
    const auto store = redisKeyStore({.deployment = u"shop"_s,
                                      .environment = u"staging"_s,
                                      .marker = u"quarterdeck:environment"_s,
                                      .connection = m_redis->connection()},
                                     layout, u"secret"_s, {});
    QVERIFY(store->open(soon()));
    store->actOn(store->target());
    QVERIFY(store->take(u"ada@desk"_s, soon()));
    int asked = 0;
    const auto done = store->change(
        [&](const Ring &ring) -> Result<RingChange> {
            if (++asked == 1 && hand == "change"_L1)
                m_place->hold(u"k1"_s, firstKey(), QByteArray(64, '7')); // nothing but its secret
            else if (asked == 1 && hand == "add"_L1)
                m_place->hold(u"k2"_s, firstKey(), QByteArray(64, '2'));
            else if (asked == 1)
                m_redis->command({"HDEL", "app:keys", "k0"});
            else
                return failure(ErrorCode::BadInput, listOf(ring));
            return RingChange{.added = {{.id = u"k-9"_s, .state = KeyState::Next}}};
        },
        soon());
    QVERIFY(!done);
    QCOMPARE(asked, 2);
    QCOMPARE(done.error().message.contains(u"k2 "_s), hand == "add"_L1);
    QCOMPARE(done.error().message.contains(u"k0 "_s), hand != "remove"_L1);
    QVERIFY(!m_place->held().contains(u"k-9"_s));
    store->giveBack(soon());
}

void TestKeyStores::ofTwoConsolesOneRotates()
{
    QFETCH(QString, store);
    use(store);
    const auto mine = action(u"rotate"_s);
    const auto theirs = action(u"rotate"_s);
    Bench ada;
    Bench eve;
    Engine other(*eve.journal, eve.clock, {.id = u"eve"_s, .host = u"laptop"_s});
    const auto first = ada.engine.plan(*mine, u"rotate"_s, wishFor(u"k1"_s));
    const auto second = other.plan(*theirs, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(first && second);
    std::optional<Report> late;
    std::thread racing([&] { late = other.run(*theirs, *second); });
    const Report report = ada.engine.run(*mine, *first);
    racing.join();
    const int done = (report.ending == Ending::Done ? 1 : 0) + (late->ending == Ending::Done ? 1 : 0);
    QVERIFY2(done == 1, qPrintable(said(report) + u" / "_s + said(*late)));
    QCOMPARE(m_place->states(), "k0 retired, k1 retiring until, new active");
    QCOMPARE(m_service->refused, 0);
}

void TestKeyStores::withoutTheLeaseNothingIsChanged()
{
    QFETCH(QString, store);
    use(store);
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    QVERIFY(rotate->begin(plan, u"ada@desk"_s, soon()));
    m_redis->command({"SET", "quarterdeck:lease", "99999999999999999 eve@laptop"});
    const auto done = rotate->perform(plan, 0, soon());
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Unavailable);
    QVERIFY2(done.error().message.contains(u"the lease was lost"_s), qPrintable(done.error().message));
    QCOMPARE(m_place->states(), "k0 retired, k1 active");
    rotate->end(soon());
}

void TestKeyStores::anotherDeploymentIsNotTouched()
{
    QFETCH(QString, store);
    use(store);
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    QVERIFY(rotate->begin(plan, u"ada@desk"_s, soon()));
    if (m_isRedis)
        m_redis->command({"SET", "quarterdeck:environment", "shop/production"});
    else
        m_endpoint->setMarker(u"shop/production"_s);
    const auto done = rotate->perform(plan, 0, soon());
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::BadInput);
    QCOMPARE(m_place->states(), "k0 retired, k1 active");
    rotate->end(soon());
    const auto anew = rotate->plan(wishFor(u"k1"_s), soon());
    QVERIFY(!anew);
    QVERIFY2(anew.error().message.contains(u"shop/production"_s), qPrintable(anew.error().message));
}

void TestKeyStores::aUserWithoutRightsIsToldBefore_data()
{
    QTest::addColumn<QString>("store");
    QTest::addColumn<QByteArray>("user");
    QTest::addColumn<QString>("error");
    QTest::newRow("Redis, write") << u"redis"_s << QByteArray("noset") << u"may not run HSET on app:keys"_s;
    QTest::newRow("Redis, take away") << u"redis"_s << QByteArray("nodel") << u"may not run HDEL on app:keys"_s;
    QTest::newRow("HTTP, write") << u"http"_s << QByteArray() << u"this endpoint allows GET, HEAD, OPTIONS"_s;
}

void TestKeyStores::aUserWithoutRightsIsToldBefore()
{
    QFETCH(QString, store);
    QFETCH(QByteArray, user);
    QFETCH(QString, error);
    use(store);
    m_endpoint->fault = FakeKeyEndpoint::Fault::ReadOnly;
    const auto rotate = action(u"rotate"_s, user);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    const Report report = bench.engine.run(*rotate, *plan);
    QCOMPARE(report.ending, Ending::Refused);
    QVERIFY2(report.error->message.contains(error), qPrintable(report.error->message));
    QCOMPARE(m_place->states(), "k0 retired, k1 active");
}

/// resources/profile-reference.yaml, under 'redis_operator'; of them, those that a ring takes.
void TestKeyStores::theRightsThatAreWrittenDownAreEnough()
{
    use(u"redis"_s);
    QByteArrayList rights{"ACL", "SETUSER", "keeper", "on", ">keeper", "~quarterdeck:*", "~app:keys"};
    for (const QByteArray command :
         {"role", "info", "time", "eval", "get", "hget", "hgetall", "hset", "hdel", "set", "del", "pttl", "pexpire"})
        rights.append('+' + command);
    m_redis->command(rights);
    const auto rotate = action(u"rotate"_s, "keeper");
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_place->states(), "k0 retired, k1 retiring until, new active");
}

void TestKeyStores::aTimeIsWrittenAsTheOthersAre_data()
{
    QTest::addColumn<QString>("store");
    QTest::addColumn<QJsonValue>("time");
    QTest::addColumn<QString>("form");
    for (const QString &store : {u"redis"_s, u"http"_s}) {
        const auto row = [&](const char *name) -> QTestData & {
            return QTest::addRow("%s, %s", qPrintable(store), name) << store;
        };
        row("seconds") << QJsonValue(qint64{1'760'000'000}) << u"^1[0-9]{9}$"_s;
        row("milliseconds") << QJsonValue(qint64{1'760'000'000'123}) << u"^1[0-9]{12}$"_s;
        row("text") << QJsonValue(u"2026-01-02T03:04:05+02:00"_s) << u"^20.*T.*Z$"_s;
    }
}

void TestKeyStores::aTimeIsWrittenAsTheOthersAre()
{
    QFETCH(QString, store);
    QFETCH(QJsonValue, time);
    QFETCH(QString, form);
    use(store);
    m_service.reset();
    for (const QString &id : {u"k0"_s, u"k1"_s})
        m_place->hold(id, {{u"state"_s, id == "k1"_L1 ? u"active"_s : u"retired"_s}, {u"activated_at"_s, time}},
                      QByteArray(64, '1'));
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    // Without a service nothing can be watched: the step alone.
    const auto begun = rotate->begin(plan, u"ada@desk"_s, soon());
    QVERIFY2(begun, begun ? "" : qPrintable(begun.error().message));
    const auto done = rotate->perform(plan, 0, soon());
    QVERIFY2(done, done ? "" : qPrintable(done.error().message));
    const QString made = m_place->held()[m_place->newKey()]["created_at"_L1].toVariant().toString();
    QVERIFY2(QRegularExpression(form).match(made).hasMatch(), qPrintable(made));
    rotate->end(soon());
}

/// cjson would write 10^15 as 1e+15 and an empty list as an object.
void TestKeyStores::whatRedisCannotWriteAgainIsLeftAlone()
{
    use(u"redis"_s);
    for (const QJsonValue &odd :
         {QJsonValue(QJsonArray()), QJsonValue(QJsonObject()), QJsonValue(qint64{1'234'567'890'123'456})}) {
        QJsonObject key = firstKey();
        key.insert(u"odd"_s, odd);
        m_place->hold(u"k1"_s, key, QByteArray(64, '1'));
        const auto plan = action(u"rotate"_s)->plan(wishFor(u"k1"_s), soon());
        QVERIFY(!plan);
        QCOMPARE(plan.error().code, ErrorCode::Unsupported);
        QVERIFY2(plan.error().message.contains(u"'k1' in app:keys"_s), qPrintable(plan.error().message));
    }
}

void TestKeyStores::aPutBetweenIsSeenByItsTag()
{
    use(u"http"_s);
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    QVERIFY(rotate->begin(plan, u"ada@desk"_s, soon()));
    int came = 0;
    m_endpoint->beforePut = [&] {
        if (++came > 1)
            return;
        QJsonObject key = m_place->held()[u"k1"_s];
        key.insert(u"note"_s, u"by Eve"_s);
        m_place->hold(u"k1"_s, key, {});
    };
    const auto done = rotate->perform(plan, 0, soon());
    QVERIFY2(done, done ? "" : qPrintable(done.error().message));
    QCOMPARE(came, 2); // refused, read anew, and done
    QCOMPARE(m_endpoint->puts(), 1);
    QCOMPARE(m_place->held()[u"k1"_s]["note"_L1].toString(), u"by Eve"_s);
    QCOMPARE(m_endpoint->document()["owner"_L1].toString(), u"shop"_s);
    rotate->end(soon());
}

void TestKeyStores::withoutATagThatIsSaid()
{
    use(u"http"_s);
    m_endpoint->hasTags = false;
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2(report.ending == Ending::DoneWarned || report.ending == Ending::Done, qPrintable(said(report)));
    const auto guard =
        std::ranges::find(report.checks, u"ring-guarded"_s, [](const Check &c) { return c.phrase.code; });
    QVERIFY(guard != report.checks.end());
    QCOMPARE(guard->result, Check::Result::Warned);
    QCOMPARE(guard->phrase.arguments.first(), u"look"_s);
    QCOMPARE(m_place->states(), "k0 retired, k1 retiring until, new active");
}

void TestKeyStores::aPutWithoutAnAnswerIsLookedAfter_data()
{
    QTest::addColumn<int>("fault");
    QTest::newRow("it fails afterwards") << static_cast<int>(FakeKeyEndpoint::Fault::FailsAfter);
    QTest::newRow("it hangs up") << static_cast<int>(FakeKeyEndpoint::Fault::HangsUp);
}

void TestKeyStores::aPutWithoutAnAnswerIsLookedAfter()
{
    QFETCH(int, fault);
    use(u"http"_s);
    const auto rotate = action(u"rotate"_s);
    Bench bench;
    const auto plan = bench.engine.plan(*rotate, u"rotate"_s, wishFor(u"k1"_s));
    QVERIFY(plan);
    m_endpoint->fault = static_cast<FakeKeyEndpoint::Fault>(fault);
    const Report report = bench.engine.run(*rotate, *plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(m_place->states(), "k0 retired, k1 retiring until, new active");
    QCOMPARE(m_endpoint->puts(), 3); // each step once
}

void TestKeyStores::aRedirectIsNotFollowed()
{
    use(u"http"_s);
    const auto rotate = action(u"rotate"_s);
    const Plan plan = planned(*rotate, wishFor(u"k1"_s));
    QVERIFY(rotate->begin(plan, u"ada@desk"_s, soon()));
    m_endpoint->fault = FakeKeyEndpoint::Fault::Redirects;
    const auto done = rotate->perform(plan, 0, soon());
    QVERIFY(!done);
    QVERIFY2(done.error().message.contains(u"elsewhere"_s), qPrintable(done.error().message));
    QCOMPARE(m_endpoint->puts(), 0);
    rotate->end(soon());
}

void TestKeyStores::anActionIsFoundByWhereItsRingLies()
{
    const QByteArray members = "members: {state: s, created_at: c, activated_at: a, retire_after: r}";
    const auto profile = parseProfile(
        "quarterdeck: 1\nname: shop\nenvironment: staging\nconnections:\n  redis_operator: {kind: redis, host: "
        "127.0.0.1}\n  http_operator: {kind: http, url: \"http://127.0.0.1:9\"}\nsources:\n  one: {kind: "
        "redis-signing-keys, connection: redis_operator, hash: h, " +
            members + "}\n  two: {kind: http-signing-keys, connection: http_operator, path: /k, " + members +
            "}\n  three: {kind: signing-keys, table: t, columns: {id: i}}\nactions:\n"
            "  first: {kind: rotate-signing-key, source: one, secret: s}\n"
            "  second: {kind: rotate-signing-key, source: two}\n"
            "  third: {kind: rotate-signing-key, source: three, secret: s}\n",
        u"shop.yaml"_s);
    QVERIFY(profile);
    const auto found = [&](const QString &where) { return keyActionOf(u"rotate-signing-key", *profile, where); };
    QCOMPARE(found({}).value_or(QString()), u"first"_s);
    QCOMPARE(found(u"hash h"_s).value_or(QString()), u"first"_s);
    QCOMPARE(found(u"key set /k"_s).value_or(QString()), u"second"_s);
    QVERIFY(found(u"table t"_s).error().message.contains(u"the PostgreSQL connection 'operator'"_s));
    const auto none = found(u"key set /jwks"_s);
    QVERIFY(!none);
    QCOMPARE(none.error().code, ErrorCode::Unsupported);
    QVERIFY2(none.error().message.contains(u"no action of kind rotate-signing-key on the key set /jwks"_s),
             qPrintable(none.error().message));
}

void TestKeyStores::aProfileSaysWhatMayBeDone_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QString>("error");
    const QByteArray members = "members: {state: s, created_at: c, activated_at: a, retire_after: r}";
    const QByteArray redis = "kind: redis-signing-keys, connection: redis_operator, hash: keys, " + members;
    const QByteArray http = "kind: http-signing-keys, connection: http_operator, path: /keys, " + members;
    QTest::newRow("Redis") << redis << QByteArray("secret: s") << QString();
    QTest::newRow("HTTP") << http << QByteArray("environment: {get: /info, at: /env}") << QString();
    QTest::newRow("no secret") << redis << QByteArray() << u"'secret' is missing"_s;
    QTest::newRow("no time") << QByteArray("kind: redis-signing-keys, connection: redis_operator, hash: keys, members: "
                                           "{state: s, activated_at: a, retire_after: r}")
                             << QByteArray("secret: s")
                             << u"writes 'created_at': name its member under members of the source 'keys'"_s;
    QTest::newRow("a public set") << QByteArray("kind: http-signing-keys, connection: http_operator, path: /keys")
                                  << QByteArray() << u"writes 'state': name its member"_s;
    QTest::newRow("a secret of an HTTP ring") << http << QByteArray("secret: k") << u"unknown key 'secret'"_s;
    QTest::newRow("in clear") << QByteArray(http).replace("http_operator", "far") << QByteArray("connection: far")
                              << u"would cross the network in clear"_s;
    QTest::newRow("a marker nowhere") << http << QByteArray("environment: {get: info, at: /env}")
                                      << u"'environment': expected such as"_s;
}

void TestKeyStores::aProfileSaysWhatMayBeDone()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, options);
    QFETCH(QString, error);
    const QString wrong =
        wrongIn("quarterdeck: 1\nname: shop\nenvironment: staging\nconnections:\n  redis_operator: {kind: redis, host: "
                "127.0.0.1}\n  http_operator: {kind: http, url: \"http://127.0.0.1:9\"}\n  far: {kind: http, url: "
                "\"http://keys.example.com\"}\nsources:\n  keys: {" +
                source + "}\nactions:\n  rotate: {kind: rotate-signing-key" + (options.isEmpty() ? "" : ", ") +
                options + "}\n");
    if (error.isEmpty())
        QCOMPARE(wrong, QString());
    else
        QVERIFY2(wrong.contains(error), qPrintable(wrong));
}

QTEST_GUILESS_MAIN(TestKeyStores)
#include "tst_key_stores.moc"
