/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/key_sets/key_sets.h"
#include "support/fake_key_endpoint.h"
#include "wire/http.h"

#include <QJsonDocument>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

Q_DECLARE_METATYPE(std::optional<qd::Instant>)

namespace {
const QByteArray members = "members: {state: state, created_at: created_at, activated_at: since, retire_after: until}";

QList<SigningKey> keysIn(const SourceAnswer &answer)
{
    QList<SigningKey> keys;
    for (const Fact &fact : answer.outcome ? answer.outcome->facts : QList<Fact>())
        keys.append(std::get<SigningKey>(fact));
    return keys;
}
} // namespace

/// Rings of keys that are written as JSON, in a real Redis and over HTTP, as who watches them sees them.
class TestKeySets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aTimeIsReadInEachForm_data();
    void aTimeIsReadInEachForm();
    void aHashIsReadWithoutItsSecrets();
    void aHashThatCannotBeReadIsRefused_data();
    void aHashThatCannotBeReadIsRefused();
    void aRingOverHttpIsReadWithoutItsSecrets();
    void aPublicSetShowsWhatIsPublished();
    void whatIsNoSetIsRefused_data();
    void whatIsNoSetIsRefused();
    void aProfileSaysWhereTheyLie_data();
    void aProfileSaysWhereTheyLie();

private:
    [[nodiscard]] SourceAnswer ask(const QByteArray &connection, const QByteArray &source);
    HttpClient m_http;
};

SourceAnswer TestKeySets::ask(const QByteArray &connection, const QByteArray &source)
{
    const auto profile = parseProfile("quarterdeck: 1\nname: app\nenvironment: test\nconnections:\n  there: {" +
                                          connection + "}\nsources:\n  keys: {connection: there, " + source + "}\n",
                                      u"p.yaml"_s);
    if (!profile)
        qFatal("%s", qPrintable(profile.error().first().message));
    const auto factory = sourceFactory(profile->sources.constFirst(), *profile);
    if (!factory)
        qFatal("%s", qPrintable(factory.error().first().message));
    const auto made = (*factory)({.http = &m_http, .postgres = nullptr});
    std::optional<SourceAnswer> answer;
    const Call call = made->poll([&](const SourceAnswer &came) { answer = came; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 10'000))
        return {.outcome = failure(ErrorCode::Timeout, u"the source never answered"_s), .exchanges = {}};
    return *answer;
}

void TestKeySets::aTimeIsReadInEachForm_data()
{
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<std::optional<Instant>>("time");
    const auto at = [](qint64 milliseconds) { return std::optional(Instant(std::chrono::milliseconds(milliseconds))); };
    const std::optional<Instant> none;
    QTest::newRow("seconds") << QJsonValue(1'760'000'000.25) << at(1'760'000'000'250);
    QTest::newRow("milliseconds") << QJsonValue(1'760'000'000'250.0) << at(1'760'000'000'250);
    QTest::newRow("1970") << QJsonValue(0) << at(0);
    QTest::newRow("text") << QJsonValue(u"2025-10-09T08:53:20.250Z"_s) << at(1'760'000'000'250);
    QTest::newRow("with an offset") << QJsonValue(u"2025-10-09T10:53:20+02:00"_s) << at(1'760'000'000'000);
    QTest::newRow("of nowhere") << QJsonValue(u"2025-10-09T08:53:20"_s) << none;
    QTest::newRow("no time") << QJsonValue(u"soon"_s) << none;
    QTest::newRow("before 1970") << QJsonValue(-1) << none;
    QTest::newRow("too late") << QJsonValue(1e300) << none;
    QTest::newRow("null") << QJsonValue() << none;
    QTest::newRow("true") << QJsonValue(true) << none;
}

void TestKeySets::aTimeIsReadInEachForm()
{
    QFETCH(QJsonValue, value);
    QFETCH(std::optional<Instant>, time);
    QVERIFY(timeIn(value) == time);
    QCOMPARE(wayOf(value).has_value(), time.has_value());
    // And is written so that it is the same again.
    for (const JsonTime way : {JsonTime::Iso, JsonTime::Milliseconds}) {
        if (time && time->time_since_epoch() >= 100'000'000s)
            QVERIFY(timeIn(written(*time, way)) == time);
    }
    if (time)
        QVERIFY(timeIn(written(*time, JsonTime::Seconds)) >= time);
}

void TestKeySets::aHashIsReadWithoutItsSecrets()
{
    test::RedisFixture redis;
    redis.command({"HSET", "app:keys", "k2", R"({"secret": "hunter2hunter2", "state": "Current", "since": 1760000000})",
                   "k1",
                   R"({"secret": "hunter2hunter2", "state": "odd", "until": "2026-01-01T00:00:00Z", "more": []})"});
    redis.command({"ACL", "SETUSER", "viewer", "on", ">see", "~app:keys", "+eval", "+hgetall"});
    const RedisConnection to = redis.connection(u"viewer"_s, "see");
    const SourceAnswer answer =
        ask("kind: redis, host: 127.0.0.1, port: " + QByteArray::number(to.port) +
                ", user: viewer, password: 'file:" + to.password->name.toUtf8() + "'",
            "kind: redis-signing-keys, hash: \"app:keys\", words: {current: active}, " + members);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    const QList<SigningKey> keys = keysIn(answer);
    QCOMPARE(keys.size(), 2);
    QCOMPARE(keys[0].id, u"k1"_s);
    QCOMPARE(keys[0].state.value, KeyState::Unknown); // a word that nobody knows is not "not measured"
    QCOMPARE(keys[0].retireAfter.value, Instant(1'767'225'600s));
    QVERIFY(!keys[0].activatedAt.has());
    QVERIFY(!keys[0].tokens.has()); // nobody counts them: that is not 0
    QCOMPARE(keys[0].where.valueOr({}), u"hash app:keys"_s);
    QCOMPARE(keys[1].state.value, KeyState::Active);
    QCOMPARE(keys[1].activatedAt.value, Instant(1'760'000'000s));
    QCOMPARE(keys[1].state.origin, (Origin{0, u"/k2/state"_s}));
    QCOMPARE(answer.exchanges.size(), 1);
    QCOMPARE(answer.exchanges.first().reply, R"({"k1":{"retire_after":"2026-01-01T00:00:00Z","state":"odd"},)"
                                             R"("k2":{"activated_at":1760000000,"state":"Current"}})");
}

void TestKeySets::aHashThatCannotBeReadIsRefused_data()
{
    QTest::addColumn<QByteArrayList>("before");
    QTest::addColumn<QString>("user");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("error");
    QTest::newRow("not there") << QByteArrayList{"DEL", "app:keys"} << u"viewer"_s << -1 << QString();
    QTest::newRow("no JSON") << QByteArrayList{"HSET", "app:keys", "k1", "hunter2hunter2"} << u"viewer"_s
                             << static_cast<int>(ErrorCode::Unsupported)
                             << u"app:keys holds something else than a JSON object for 'k1'"_s;
    QTest::newRow("no hash") << QByteArrayList{"SET", "app:keys", "x"} << u"viewer"_s
                             << static_cast<int>(ErrorCode::BadReply) << u"WRONGTYPE"_s;
    QTest::newRow("no right") << QByteArrayList{"HSET", "app:keys", "k1", "{}"} << u"blind"_s
                              << static_cast<int>(ErrorCode::Forbidden) << u"this user needs +eval, +hgetall"_s;
}

void TestKeySets::aHashThatCannotBeReadIsRefused()
{
    QFETCH(QByteArrayList, before);
    QFETCH(QString, user);
    QFETCH(int, code);
    QFETCH(QString, error);
    test::RedisFixture redis;
    redis.command({"ACL", "SETUSER", "viewer", "on", ">viewer", "~app:keys", "+eval", "+hgetall"});
    redis.command({"ACL", "SETUSER", "blind", "on", ">blind", "~app:keys", "+hkeys"});
    redis.command(before);
    const RedisConnection to = redis.connection(user, user.toUtf8());
    const SourceAnswer answer =
        ask("kind: redis, host: 127.0.0.1, port: " + QByteArray::number(to.port) + ", user: " + user.toUtf8() +
                ", password: 'file:" + to.password->name.toUtf8() + "'",
            "kind: redis-signing-keys, hash: \"app:keys\", " + members);
    if (code < 0) {
        QVERIFY(answer.outcome && answer.outcome->facts.isEmpty());
        return;
    }
    QVERIFY(!answer.outcome);
    QCOMPARE(static_cast<int>(answer.outcome.error().code), code);
    QVERIFY2(answer.outcome.error().message.contains(error), qPrintable(answer.outcome.error().message));
    QVERIFY(!answer.outcome.error().message.contains(u"hunter2"_s));
}

void TestKeySets::aRingOverHttpIsReadWithoutItsSecrets()
{
    test::FakeKeyEndpoint endpoint;
    endpoint.setDocument(QJsonDocument::fromJson(
                             R"({"keys": [{"kty": "oct", "kid": "k1", "k": "aHVudGVyMmh1bnRlcjI", "state": "active",)"
                             R"( "since": "2026-01-01T00:00:00Z"}]})")
                             .object());
    const SourceAnswer answer = ask("kind: http, url: \"http://127.0.0.1:" + QByteArray::number(endpoint.port()) + '"',
                                    "kind: http-signing-keys, path: /internal/keys, " + members);
    const QList<SigningKey> keys = keysIn(answer);
    QCOMPARE(keys.size(), 1);
    QCOMPARE(keys[0].state.value, KeyState::Active);
    QCOMPARE(keys[0].activatedAt.value, Instant(1'767'225'600s));
    QCOMPARE(keys[0].where.valueOr({}), u"key set /internal/keys"_s);
    QCOMPARE(answer.exchanges.size(), 1);
    QVERIFY(!answer.exchanges.first().reply.contains("aHVudGVyMm"));
    QVERIFY(answer.exchanges.first().reply.contains("active"));
}

/// RFC 7517, appendix A.1.
void TestKeySets::aPublicSetShowsWhatIsPublished()
{
    test::HttpFixture server;
    server.answer("/jwks.json",
                  {.body = R"({"keys": [{"kty":"EC", "crv":"P-256", "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
                           R"( "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "use":"enc", "kid":"1"},)"
                           R"( {"kty":"RSA", "n": "0vx7", "e":"AQAB", "alg":"RS256", "kid":"2011-04-29"}]})"});
    const SourceAnswer answer = ask("kind: http, url: \"" + server.url().toString().toUtf8() + '"',
                                    "kind: http-signing-keys, path: /jwks.json");
    const QList<SigningKey> keys = keysIn(answer);
    QCOMPARE(keys.size(), 2);
    QCOMPARE(keys[1].id, u"2011-04-29"_s);
    QVERIFY(!keys[1].state.has()); // it tells none
    QVERIFY(!keys[1].tokens.has() && !keys[1].createdAt.has());
}

void TestKeySets::whatIsNoSetIsRefused_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("code");
    const auto row = [](const char *name, int status, const QByteArray &body, ErrorCode code) {
        QTest::newRow(name) << status << body << static_cast<int>(code);
    };
    row("no JSON", 200, "hello", ErrorCode::BadReply);
    row("no keys", 200, "{}", ErrorCode::BadReply);
    row("keys of another kind", 200, R"({"keys": {}})", ErrorCode::BadReply);
    row("without a name", 200, R"({"keys": [{"kty": "EC"}]})", ErrorCode::BadReply);
    row("twice", 200, R"({"keys": [{"kid": "1"}, {"kid": "1"}]})", ErrorCode::BadReply);
    row("not there", 404, "{}", ErrorCode::NotFound);
    row("forbidden", 403, "{}", ErrorCode::Forbidden);
    row("broken", 500, R"({"keys": []})", ErrorCode::BadReply);
}

void TestKeySets::whatIsNoSetIsRefused()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(int, code);
    test::HttpFixture server;
    server.answer("/jwks.json", {.status = status, .body = body});
    const SourceAnswer answer = ask("kind: http, url: \"" + server.url().toString().toUtf8() + '"',
                                    "kind: http-signing-keys, path: /jwks.json");
    QVERIFY(!answer.outcome);
    QCOMPARE(static_cast<int>(answer.outcome.error().code), code);
}

void TestKeySets::aProfileSaysWhereTheyLie_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QString>("error");
    const QByteArray redis = "kind: redis-signing-keys, connection: redis, ";
    const QByteArray http = "kind: http-signing-keys, connection: http, ";
    QTest::newRow("a hash") << QByteArray(redis + "hash: h, " + members) << QString();
    QTest::newRow("a set") << QByteArray(http + "path: /k") << QString();
    QTest::newRow("no hash") << QByteArray(redis + members) << u"'hash' is missing"_s;
    QTest::newRow("no state") << QByteArray(redis + "hash: h, members: {created_at: c}")
                              << u"'members': expected 'state' among them"_s;
    QTest::newRow("a secret") << QByteArray(redis + "hash: h, members: {state: secret}")
                              << u"no column is read that is called like a secret"_s;
    QTest::newRow("the secret of a JWK") << QByteArray(http + "path: /k, members: {state: k}")
                                         << u"'state': 'k' of a JWK is the secret itself"_s;
    QTest::newRow("no path") << QByteArray(http + "path: keys") << u"'path': expected a path"_s;
    QTest::newRow("no such field") << QByteArray(http + "path: /k, members: {tokens: t}") << u"unknown key 'tokens'"_s;
    QTest::newRow("no connection") << QByteArray("kind: http-signing-keys, connection: redis, path: /k")
                                   << u"needs a connection of kind 'http'"_s;
}

void TestKeySets::aProfileSaysWhereTheyLie()
{
    QFETCH(QByteArray, source);
    QFETCH(QString, error);
    const auto profile = parseProfile("quarterdeck: 1\nname: app\nenvironment: test\nconnections:\n  redis: {kind: "
                                      "redis, host: r.example.com, password: env:R, tls: true}\n  http: {kind: http, "
                                      "url: \"https://h.example.com\"}\nsources:\n  keys: {" +
                                          source + "}\n",
                                      u"p.yaml"_s);
    QVERIFY(profile);
    QStringList all;
    for (const Error &each : checkSources(*profile))
        all.append(each.message);
    if (error.isEmpty())
        QCOMPARE(all, QStringList());
    else
        QVERIFY2(all.join(u'\n').contains(error), qPrintable(all.join(u'\n')));
}

QTEST_GUILESS_MAIN(TestKeySets)
#include "tst_key_sets.moc"
