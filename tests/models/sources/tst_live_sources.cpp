/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/source.h"
#include "support/http_fixture.h"
#include "support/server_fixtures.h"
#include "wire/http.h"
#include "wire/postgres.h"

#include <QDateTime>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <csignal>
#include <fcntl.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
Profile presetProfile(const QByteArray &preset = "quoted")
{
    return *parseProfile("quarterdeck: 1\nname: app\nenvironment: test\npreset: " + preset + '\n', u"p.yaml"_s);
}

template <class F>
std::optional<F> named(const SourceAnswer &answer, const QString &name)
{
    for (const Fact &fact : answer.outcome->facts) {
        if (const auto *f = std::get_if<F>(&fact); f && f->name() == name)
            return *f;
    }
    return std::nullopt;
}

bool refuses(const SourceAnswer &answer, const QString &what, ErrorCode code)
{
    return std::ranges::any_of(answer.outcome->refusals,
                               [&](const Refusal &r) { return r.what == what && r.error.code == code; });
}
} // namespace

/// The preset's sources against real servers.
class TestLiveSources : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void healthIsReadOverHttp();
    void aBearerTokenIsSentAndNotShown();
    void headersOfTheConnectionAreSentAndNotShown();
    void aTokenThatHangsEndsAtTheDeadline();
    void redisCountersAreRead();
    void countersOfAnotherLayoutAreRead();
    void groupsOfTheProfileAloneAreCountedWhereKeysBeginWithTheirGroup();
    void aCommandSaysWhereThePasswordGoesWhereThereIsOne();
    void aRefusedScanLeavesTheRest();
    void aScanThatFailsOnItsWayLeavesTheOther();
    void aWrongRedisPasswordIsAnError();
    void postgresIsReadWithAllItsTables();
    void prismasTableTellsTheLastMigrationThatHolds();
    void aSourceTakesTheConnectionItNames();
    void aViewerWithoutRightsIsToldWhatToGrant();

private:
    SourceAnswer ask(const Profile &profile, const QString &id);
    HttpClient m_http;
    PgPool m_pool;
};

SourceAnswer TestLiveSources::ask(const Profile &profile, const QString &id)
{
    const auto spec =
        std::ranges::find_if(profile.sources, [&](const SourceSpec &candidate) { return candidate.id == id; });
    const auto factory = sourceFactory(*spec, profile);
    std::optional<SourceAnswer> answer;
    if (!factory)
        return {.outcome = std::unexpected(factory.error().first()), .exchanges = {}};
    const auto source = (*factory)({.http = &m_http, .postgres = &m_pool});
    const Call call = source->poll([&](const SourceAnswer &a) { answer = a; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 10'000))
        return {.outcome = failure(ErrorCode::Timeout, u"the source never answered"_s), .exchanges = {}};
    return *answer;
}

void TestLiveSources::healthIsReadOverHttp()
{
    test::HttpFixture server;
    server.answer("/health", {.status = 503, .body = R"({"status":"unhealthy","database":"error"})"});
    Profile profile = presetProfile();
    profile.connections[u"http"_s] = HttpConnection{.base = server.url(), .bearer = {}, .tls = {}};
    const SourceAnswer answer = ask(profile, u"liveness"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(*named<HealthCheck>(answer, u"liveness"_s)->level, Level::Down);
    QCOMPARE(answer.exchanges.size(), 1);
    QVERIFY(answer.exchanges[0].command.contains("/health"_L1));
}

void TestLiveSources::aBearerTokenIsSentAndNotShown()
{
    qputenv("QD_TEST_BEARER", "hunter2hunter2");
    test::HttpFixture server;
    server.answer("/health", {.body = R"({"status":"healthy","database":"ok"})"});
    Profile profile = presetProfile();
    profile.connections[u"http"_s] = HttpConnection{
        .base = server.url(), .bearer = SecretRef{SecretRef::Scheme::Env, u"QD_TEST_BEARER"_s}, .tls = {}};
    const SourceAnswer answer = ask(profile, u"liveness"_s);
    QVERIFY(answer.outcome);
    QVERIFY(server.requests().first().head.contains("hunter2hunter2"));
    QVERIFY(!answer.exchanges[0].command.contains("hunter2"_L1));
    QVERIFY2(answer.exchanges[0].command.contains("-H \"Authorization: Bearer $TOKEN\""_L1),
             qPrintable(answer.exchanges[0].command));
}

void TestLiveSources::headersOfTheConnectionAreSentAndNotShown()
{
    test::SecretFiles secrets;
    const SecretRef key = secrets.keep("hunter2hunter2");
    test::HttpFixture server;
    server.answer("/v1/status", {.body = R"({"status":"operational","rate_limiter":{"mode":"open"}})"});
    Profile profile = presetProfile("preflight");
    profile.connections[u"http"_s] = HttpConnection{
        .base = server.url(), .bearer = key, .tls = {}, .headers = {{"X-API-Key", key}, {"X-Tenant", key}}};
    const SourceAnswer answer = ask(profile, u"status"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(*named<HealthCheck>(answer, u"status"_s)->level, Level::Ok);
    QCOMPARE(*named<Limiter>(answer, {})->mode, LimiterMode::FailingOpen);
    const QByteArray head = server.requests().first().head;
    QVERIFY2(head.contains("X-API-Key: hunter2hunter2\r\n"), head.constData());
    QVERIFY2(head.endsWith("X-Tenant: hunter2hunter2"), head.constData());
    QVERIFY2(head.contains("Authorization: Bearer hunter2hunter2\r\n"), head.constData());
    const QString command = answer.exchanges[0].command;
    QVERIFY2(!command.contains(u"hunter2"_s), qPrintable(command));
    QVERIFY2(command.contains(u"-H 'X-API-Key: …' -H 'X-Tenant: …'"_s), qPrintable(command));

    // One that is missing fails the poll, and names itself.
    auto *http = std::get_if<HttpConnection>(&profile.connections[u"http"_s]);
    http->headers[1].second = SecretRef{SecretRef::Scheme::Env, u"QD_TEST_NOT_SET"_s};
    const SourceAnswer missing = ask(profile, u"status"_s);
    QVERIFY(!missing.outcome);
    QCOMPARE(missing.outcome.error().where, u"env:QD_TEST_NOT_SET"_s);
    QCOMPARE(server.requests().size(), 1);
}

void TestLiveSources::aTokenThatHangsEndsAtTheDeadline()
{
    // Whoever opens a leased file waits until the lease is given back, as for a file on a server that does not answer.
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"token"_s);
    QFile token(path);
    QVERIFY(token.open(QIODevice::ReadWrite));
    token.write("hunter2hunter2");
    QVERIFY(token.setPermissions(QFile::ReadOwner | QFile::WriteOwner) && token.flush());
    const auto noSignal = std::signal(SIGIO, SIG_IGN);
    QCOMPARE(::fcntl(token.handle(), F_SETLEASE, F_WRLCK), 0);
    test::HttpFixture server;
    server.answer("/health", {.body = R"({"status":"healthy","database":"ok"})"});
    Profile profile = presetProfile();
    const auto spec = std::ranges::find_if(profile.sources, [](const SourceSpec &s) { return s.id == "liveness"_L1; });
    spec->deadline = 300ms;
    profile.connections[u"http"_s] =
        HttpConnection{.base = server.url(), .bearer = SecretRef{SecretRef::Scheme::File, path}, .tls = {}};
    const auto factory = sourceFactory(*spec, profile);
    QVERIFY(factory);
    const auto source = (*factory)({.http = &m_http, .postgres = &m_pool});
    for (int poll = 0; poll < 2; ++poll) {
        std::optional<SourceAnswer> answer;
        const Call call = source->poll([&](const SourceAnswer &a) { answer = a; });
        QTRY_VERIFY_WITH_TIMEOUT(answer, 30'000);
        QVERIFY(!answer->outcome);
        QCOMPARE(answer->outcome.error().code, ErrorCode::Timeout);
    }
    token.close();
    std::optional<SourceAnswer> late;
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            late.reset();
            const Call call = source->poll([&](const SourceAnswer &a) { late = a; });
            return QTest::qWaitFor([&] { return late.has_value(); }) && late->outcome;
        }(),
        30'000);
    QVERIFY(server.requests().first().head.contains("hunter2hunter2"));
    std::signal(SIGIO, noSignal);
}

void TestLiveSources::redisCountersAreRead()
{
    test::RedisFixture redis("right");
    redis.command({"HSET", "quoted:cache:stats", "hits:pricing", "90", "misses:pricing", "10"});
    redis.command({"SET", "cache:pricing:1", "x", "PX", "500000"});
    redis.command({"SET", "cache:pricing:2", "x", "PX", "900000"});
    redis.command({"SET", "LIMITS:LIMITER/203.0.113.5//login/5/1/minute", "7", "PX", "30000"});
    redis.command({"LPUSH", "LIMITS:LIMITER/203.0.113.6//login/5/1/minute", "7"});
    Profile profile = presetProfile();
    profile.connections[u"redis"_s] = redis.connection();
    const SourceAnswer answer = ask(profile, u"redis"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QVERIFY(named<RedisServer>(answer, {})->version.has());
    QVERIFY(!named<RedisServer>(answer, {})->maxMemory.has());
    const auto cache = named<Cache>(answer, u"pricing"_s);
    QCOMPARE(*cache->hits, 90);
    QCOMPARE(*cache->keys, 2);
    QVERIFY(*cache->longestTtl > Millis(600'000));
    const auto limit = named<RateLimit>(answer, u"auth|203.0.113.5|/login"_s);
    QCOMPARE(*limit->used, 7);
    QVERIFY(refuses(answer, u"limit/layout"_s, ErrorCode::BadReply));
    QCOMPARE(answer.exchanges.size(), 4);
}

void TestLiveSources::countersOfAnotherLayoutAreRead()
{
    test::RedisFixture redis("right");
    const auto seconds = QByteArray::number(QDateTime::currentSecsSinceEpoch());
    redis.command({"HSET", "ratelimit:user:5", "tokens", "-20.5", "updated_at", seconds});
    redis.command({"HSET", "ratelimit:global", "tokens", "1000", "updated_at", seconds});
    redis.command({"HSET", "ratelimit:user:6", "tokens", "5"});
    redis.command({"SET", "ratelimit:user:7", "5"});
    Profile profile = presetProfile("longmem");
    profile.connections[u"redis"_s] = redis.connection();
    const SourceAnswer answer = ask(profile, u"redis"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    const auto user = named<RateLimit>(answer, u"user|5|user"_s);
    QVERIFY(user && *user->used > 100 && *user->used <= 121);
    QCOMPARE(*user->limit, 100);
    QCOMPARE(named<RateLimit>(answer, u"global||global"_s)->used.value, 0);
    const auto isLimit = [](const Fact &fact) { return std::holds_alternative<RateLimit>(fact); };
    QCOMPARE(std::ranges::count_if(answer.outcome->facts, isLimit), 2);
    QVERIFY(refuses(answer, u"limit/layout"_s, ErrorCode::BadReply));
    const auto &refused = answer.outcome->refusals;
    QVERIFY(std::ranges::any_of(refused, [](const Refusal &r) { return r.error.message.startsWith(u"2 keys"_s); }));
    const Exchange &shown = answer.exchanges.at(user->used.origin.exchange);
    QVERIFY2(shown.command.contains(u"HMGET ratelimit:"_s), qPrintable(shown.command));
    QVERIFY2(shown.reply.contains("[\"-20.5\","), shown.reply.constData());
}

void TestLiveSources::groupsOfTheProfileAloneAreCountedWhereKeysBeginWithTheirGroup()
{
    test::RedisFixture redis("right");
    redis.command({"SET", "products:1", "x", "PX", "500000"});
    redis.command({"SET", "products:2", "x"});
    redis.command({"SET", "rl:203.0.113.5", "7", "PX", "30000"});
    redis.command({"SET", "session:1", "x"});
    // More than a scan keeps, which therefore must not be kept for nothing.
    redis.command({"EVAL", "for i = 1, 6000 do redis.call('SET', 'session:' .. i, 'x') end", "0"});
    Profile profile = presetProfile("storefront");
    profile.connections[u"redis"_s] = redis.connection();
    const SourceAnswer answer = ask(profile, u"redis"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(named<Cache>(answer, u"products"_s)->keys.value, 2);
    QVERIFY(!named<Cache>(answer, u"session"_s));
    QVERIFY(!named<Cache>(answer, u"rl"_s));
    QCOMPARE(*named<RateLimit>(answer, u"api|203.0.113.5|"_s)->used, 7);
    QVERIFY(answer.outcome->refusals.isEmpty());
}

void TestLiveSources::aCommandSaysWhereThePasswordGoesWhereThereIsOne()
{
    const auto lines = [](const SourceAnswer &answer) {
        QStringList all;
        for (const Exchange &exchange : answer.exchanges)
            all += exchange.command.split(u'\n');
        return all;
    };
    Profile profile = presetProfile();
    test::RedisFixture open;
    profile.connections[u"redis"_s] = open.connection();
    for (const QString &line : lines(ask(profile, u"redis"_s)))
        QVERIFY2(line.startsWith(u"redis-cli -h"_s), qPrintable(line));
    test::RedisFixture redis("hunter2");
    redis.command({"SET", "LIMITS:LIMITER/203.0.113.5//login/5/1/minute", "7", "PX", "30000"});
    profile.connections[u"redis"_s] = redis.connection();
    const QStringList withPassword = lines(ask(profile, u"redis"_s));
    QVERIFY2(withPassword.size() > 4, qPrintable(withPassword.join(u'\n')));
    test::PostgresFixture postgres;
    profile.connections[u"postgresql"_s] = postgres.connection();
    const QStringList psql = lines(ask(profile, u"postgresql"_s));
    QVERIFY(!psql.isEmpty());
    for (const QString &line : withPassword + psql) {
        const QString hint = psql.contains(line) ? u"PGPASSWORD=… "_s : u"REDISCLI_AUTH=… redis-cli -h"_s;
        QVERIFY2(line.startsWith(hint), qPrintable(line));
        QVERIFY2(!line.contains(u"hunter2"_s), qPrintable(line));
    }
}

void TestLiveSources::aRefusedScanLeavesTheRest()
{
    test::RedisFixture redis("right", {"user viewer on >see ~* +info +hgetall +select +ping"});
    redis.command({"HSET", "quoted:cache:stats", "hits:pricing", "1"});
    Profile profile = presetProfile();
    profile.connections[u"redis"_s] = redis.connection(u"viewer"_s, "see");
    const SourceAnswer answer = ask(profile, u"redis"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(named<Cache>(answer, u"pricing"_s)->misses.value, 0);
    QVERIFY(refuses(answer, u"limit"_s, ErrorCode::Forbidden));
    QVERIFY(refuses(answer, u"cache/keys"_s, ErrorCode::Forbidden));
}

void TestLiveSources::aScanThatFailsOnItsWayLeavesTheOther()
{
    const test::HttpFixture server([](const QByteArray &received) {
        QByteArray said;
        static const QRegularExpression command(
            u"\\*\\d+\\r\\n\\$\\d+\\r\\n([A-Z]+)(?:\\r\\n\\$\\d+\\r\\n([^\\r]*))?"_s);
        auto each = command.globalMatch(QString::fromUtf8(received));
        while (each.hasNext()) {
            const auto found = each.next();
            const QString word = found.captured(1);
            const QString key = found.captured(2);
            if (word == u"INFO"_s)
                said += "$21\r\nredis_version:7.0.15\n\r\n";
            else if (word == u"HGETALL"_s)
                said += "*4\r\n$12\r\nhits:pricing\r\n$1\r\n1\r\n$14\r\nmisses:pricing\r\n$1\r\n0\r\n";
            else if (word == u"SCAN"_s && key != u"0"_s)
                said += "-ERR it broke\r\n";
            else if (word == u"SCAN"_s && said.contains("LIMITS"))
                said += "*2\r\n$1\r\n0\r\n*2\r\n$15\r\ncache:pricing:1\r\n$15\r\ncache:pricing:2\r\n";
            else if (word == u"SCAN"_s)
                said += "*2\r\n$1\r\n7\r\n*1\r\n$36\r\nLIMITS:LIMITER/1.2.3.4//a/5/1/minute\r\n";
            else
                said += word == u"GET"_s ? "$1\r\n5\r\n" : ":-2\r\n"; // gone since the scan
        }
        return std::optional(said);
    });
    Profile profile = presetProfile();
    RedisConnection connection;
    connection.host = u"127.0.0.1"_s;
    connection.port = server.port();
    profile.connections[u"redis"_s] = connection;
    const SourceAnswer answer = ask(profile, u"redis"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QVERIFY(refuses(answer, u"limit"_s, ErrorCode::ServerError));
    QCOMPARE(named<Cache>(answer, u"pricing"_s)->keys.value, 0);
}

void TestLiveSources::aWrongRedisPasswordIsAnError()
{
    test::RedisFixture redis("right");
    Profile profile = presetProfile();
    profile.connections[u"redis"_s] = redis.connection(u"default"_s, "mistaken");
    const SourceAnswer answer = ask(profile, u"redis"_s);
    QVERIFY(!answer.outcome);
    QCOMPARE(answer.outcome.error().code, ErrorCode::AuthRequired);
    QVERIFY(!answer.outcome.error().message.contains("mistaken"_L1));
}

void TestLiveSources::postgresIsReadWithAllItsTables()
{
    test::PostgresFixture postgres;
    postgres.execute("CREATE TABLE alembic_version (version_num text)");
    postgres.execute("INSERT INTO alembic_version VALUES ('0007_flags')");
    postgres.execute("CREATE TABLE quarterdeck_environment (deployment text, environment text)");
    postgres.execute("INSERT INTO quarterdeck_environment VALUES ('quoted', 'test')");
    postgres.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC");
    Profile profile = presetProfile();
    profile.connections[u"postgresql"_s] = postgres.connection();
    const SourceAnswer answer = ask(profile, u"postgresql"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    const auto database = named<Database>(answer, u"app"_s);
    QVERIFY(database && *database->connections >= 1);
    QCOMPARE(*database->schemaVersion, u"0007_flags"_s);
    QCOMPARE(*database->environment, u"quoted/test"_s);
    QCOMPARE(answer.exchanges.size(), 7);
}

void TestLiveSources::prismasTableTellsTheLastMigrationThatHolds()
{
    test::PostgresFixture postgres;
    postgres.execute("CREATE TABLE _prisma_migrations (migration_name text, finished_at timestamptz, "
                     "rolled_back_at timestamptz)");
    postgres.execute("INSERT INTO _prisma_migrations VALUES ('20260101_init', now(), NULL), "
                     "('20260301_orders', now(), NULL), ('20260401_undone', now(), now()), "
                     "('20260501_failed', NULL, NULL)");
    postgres.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC");
    Profile profile = presetProfile();
    profile.connections[u"postgresql"_s] = postgres.connection();
    const auto spec = std::ranges::find(profile.sources, u"postgresql"_s, &SourceSpec::id);
    const auto table = std::ranges::find(spec->options.entries, u"schema_version"_s, &ConfigNode::Entry::key);
    table->value.scalar = u"_prisma_migrations"_s;
    const SourceAnswer answer = ask(profile, u"postgresql"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    const auto database = named<Database>(answer, u"app"_s);
    QVERIFY(database && database->schemaVersion.has());
    QCOMPARE(*database->schemaVersion, u"20260301_orders"_s);
}

void TestLiveSources::aSourceTakesTheConnectionItNames()
{
    test::RedisFixture main;
    test::RedisFixture replica;
    Profile profile = presetProfile();
    profile.connections[u"redis"_s] = main.connection();
    profile.connections[u"replica"_s] = replica.connection();
    const auto redis = std::ranges::find(profile.sources, u"redis"_s, &SourceSpec::id);
    redis->connection = u"replica"_s;
    const SourceAnswer answer = ask(profile, u"redis"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QVERIFY(answer.exchanges[0].command.contains(QString::number(replica.connection().port)));

    redis->connection = u"elsewhere"_s;
    const Error missing = ask(profile, u"redis"_s).outcome.error();
    QVERIFY2(missing.message.contains("needs connections.elsewhere: in your profile write"_L1),
             qPrintable(missing.message));
    QVERIFY2(missing.where.startsWith("preset quoted, line "_L1), qPrintable(missing.where));
    redis->connection = u"http"_s;
    profile.connections[u"http"_s] = HttpConnection{};
    QVERIFY(ask(profile, u"redis"_s).outcome.error().message.contains("is of another kind"_L1));
}

void TestLiveSources::aViewerWithoutRightsIsToldWhatToGrant()
{
    test::PostgresFixture postgres;
    postgres.execute("CREATE ROLE viewer LOGIN PASSWORD 'see'");
    postgres.execute("CREATE TABLE alembic_version (version_num text)");
    Profile profile = presetProfile();
    profile.connections[u"postgresql"_s] = postgres.connection(u"viewer"_s, "see");
    const SourceAnswer answer = ask(profile, u"postgresql"_s);
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QVERIFY(refuses(answer, u"database/schema_version"_s, ErrorCode::Forbidden));
    QVERIFY(refuses(answer, u"database/environment"_s, ErrorCode::NotFound));
    QVERIFY(named<Database>(answer, u"app"_s)->maxConnections.has());
}

QTEST_GUILESS_MAIN(TestLiveSources)
#include "tst_live_sources.moc"
