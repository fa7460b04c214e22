/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/postgresql/postgres_facts.h"
#include "sources/redis/redis_facts.h"

#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
const QString prefix = u"LIMITS:LIMITER/"_s;

RedisReply text(const QByteArray &value)
{
    return {.type = RedisReply::Type::String, .text = value, .integer = 0, .items = {}};
}
RedisReply number(qint64 value)
{
    return {.type = RedisReply::Type::Integer, .text = {}, .integer = value, .items = {}};
}
RedisReply list(const QList<RedisReply> &items)
{
    return {.type = RedisReply::Type::Array, .text = {}, .integer = 0, .items = items};
}

const QList<TierPolicy> tiers{{u"auth"_s, 5, 60s, {u"/login"_s}},
                              {u"demo"_s, 5, 3600s, {u"/demo/quotes"_s}},
                              {u"reads"_s, 120, 60s, {u"reads"_s}},
                              {u"any"_s, 7, 60s, {}}};

const PostgresConnection connection{.host = u"db"_s,
                                    .port = 5432,
                                    .database = u"quoted"_s,
                                    .user = u"viewer"_s,
                                    .password = {},
                                    .sslmode = u"verify-full"_s,
                                    .tls = {}};

PgRows row(const QList<std::pair<const char *, std::optional<QByteArray>>> &cells)
{
    PgRows rows;
    rows.rows.append(QList<std::optional<QByteArray>>{});
    for (const auto &[column, value] : cells) {
        rows.columns.append(QString::fromLatin1(column));
        rows.rows[0].append(value);
    }
    return rows;
}

PgAnswers goodAnswers(const PostgresOptions &options)
{
    PgAnswers answers = postgresStatements(options);
    answers.statistics.rows = row({{"database", "quoted"},
                                   {"version", "15.14"},
                                   {"max_connections", "100"},
                                   {"size", "8000000"},
                                   {"numbackends", "3"},
                                   {"xact_commit", "10"},
                                   {"xact_rollback", "0"},
                                   {"blks_hit", std::nullopt},
                                   {"blks_read", "-4"},
                                   {"deadlocks", "0"}});
    answers.activity.rows = row({{"active", "1"}, {"hidden", "0"}, {"longest_query_ms", "12.5"}});
    answers.schema.rows = row({{"version_num", "0007_flags"}});
    answers.environment.rows = row({{"deployment", "quoted"}, {"environment", "production"}});
    return answers;
}
const PostgresOptions both{.schemaTable = u"alembic_version"_s, .environmentTable = u"quarterdeck_environment"_s};
} // namespace

class TestStores : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void infoIsReadByKey();
    void infoTellsNoneFromZero();
    void limitKeysAreReadFromTheRight_data();
    void limitKeysAreReadFromTheRight();
    void tiersAreFoundByAmountWindowAndScope_data();
    void tiersAreFoundByAmountWindowAndScope();
    void countersHaveTheirResetTime();
    void countersThatAreNoneAreLeftOut_data();
    void countersThatAreNoneAreLeftOut();
    void cacheCountersArePaired();
    void wildcardsOfAPrefixAreEscaped();
    void databaseRowsBecomeOneFact();
    void hiddenActivityIsNotZero();
    void aMissingTableSpoilsNothingElse();
    void aMissingTableSpoilsNothingElse_data();
    void rowsAreKeptAsJson();
};

void TestStores::infoIsReadByKey()
{
    const RedisServer server =
        redisServer("# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:90\r\n# Memory\r\n"
                    "used_memory:1048576\r\nmaxmemory:2097152\r\nmaxmemory_policy:allkeys-lru\r\n"
                    "evicted_keys:0\r\nconfig_file:\r\nconnected_clients:2\r\nrole:master\r\n",
                    4);
    QCOMPARE(*server.version, u"7.0.15"_s);
    QCOMPARE(server.version.origin, (Origin{4, u"redis_version"_s}));
    QCOMPARE(*server.uptime, Millis(90'000));
    QCOMPARE(*server.usedMemory, Bytes{1048576});
    QCOMPARE(*server.maxMemory, Bytes{2097152});
    QCOMPARE(server.evictedTotal.value, 0);
    QCOMPARE(*server.role, u"master"_s);
}

void TestStores::infoTellsNoneFromZero()
{
    const RedisServer server =
        redisServer("maxmemory:0\r\nevicted_keys:0\r\nexpired_keys:-1\r\nconnected_clients:x\r\n", 0);
    QVERIFY(!server.maxMemory.has());
    QCOMPARE(server.evictedTotal.value, 0);
    QVERIFY(!server.expiredTotal.has());
    QVERIFY(!server.clients.has());
    QVERIFY(!server.version.has());
}

void TestStores::limitKeysAreReadFromTheRight_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QString>("client");
    QTest::addColumn<QString>("scope");
    QTest::addColumn<int>("amount");
    QTest::addColumn<int>("seconds");
    const auto r = [](const char *name, const QByteArray &key, const QString &client, const QString &scope, int amount,
                      int seconds) { QTest::newRow(name) << key << client << scope << amount << seconds; };
    r("route", "LIMITS:LIMITER/10.1.2.3//login/5/1/minute", u"10.1.2.3"_s, u"/login"_s, 5, 60);
    r("route with slashes", "LIMITS:LIMITER/10.1.2.3//demo/quotes/5/1/hour", u"10.1.2.3"_s, u"/demo/quotes"_s, 5, 3600);
    r("shared scope", "LIMITS:LIMITER/10.1.2.3/reads/120/1/minute", u"10.1.2.3"_s, u"reads"_s, 120, 60);
    r("IPv6", "LIMITS:LIMITER/2001:db8::1/reads/120/1/minute", u"2001:db8::1"_s, u"reads"_s, 120, 60);
    r("multiples", "LIMITS:LIMITER/a/reads/120/15/second", u"a"_s, u"reads"_s, 120, 15);
    r("route like a limit", "LIMITS:LIMITER/a//x/5/1/minute/9/1/day", u"a"_s, u"/x/5/1/minute"_s, 9, 86400);
    r("month has 30 days", "LIMITS:LIMITER/a/s/1/1/month", u"a"_s, u"s"_s, 1, 2'592'000);
    r("no scope", "LIMITS:LIMITER/a/5/1/minute", u"a"_s, QString(), 5, 60);
    r("unknown unit", "LIMITS:LIMITER/a/s/5/1/fortnight", {}, {}, 0, 0);
    r("no amount", "LIMITS:LIMITER/a/s/x/1/minute", {}, {}, 0, 0);
    r("window of none", "LIMITS:LIMITER/a/s/5/0/minute", {}, {}, 0, 0);
    r("other prefix", "LIMITER/a/s/5/1/minute", {}, {}, 0, 0);
    r("short", "LIMITS:LIMITER/minute", {}, {}, 0, 0);
}

void TestStores::limitKeysAreReadFromTheRight()
{
    QFETCH(QByteArray, key);
    QFETCH(QString, client);
    QFETCH(QString, scope);
    QFETCH(int, amount);
    QFETCH(int, seconds);
    const auto found = limitKey(key, prefix);
    QCOMPARE(found.has_value(), seconds > 0);
    if (found)
        QCOMPARE(*found, (LimitKey{client, scope, amount, std::chrono::seconds(seconds)}));
}

void TestStores::tiersAreFoundByAmountWindowAndScope_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QString>("tier");
    QTest::newRow("auth") << QByteArray("LIMITS:LIMITER/a//login/5/1/minute") << u"auth"_s;
    QTest::newRow("demo") << QByteArray("LIMITS:LIMITER/a//demo/quotes/5/1/hour") << u"demo"_s;
    QTest::newRow("sixty seconds are a minute") << QByteArray("LIMITS:LIMITER/a/reads/120/60/second") << u"reads"_s;
    QTest::newRow("any scope") << QByteArray("LIMITS:LIMITER/a/other/7/1/minute") << u"any"_s;
    QTest::newRow("not in the profile") << QByteArray("LIMITS:LIMITER/a/other/8/1/minute") << u"other"_s;
}

void TestStores::tiersAreFoundByAmountWindowAndScope()
{
    QFETCH(QByteArray, key);
    QFETCH(QString, tier);
    QCOMPARE(tierOf(*limitKey(key, prefix), tiers), tier);
}

void TestStores::countersHaveTheirResetTime()
{
    const Instant now{1'750'000'000'000ms};
    const QByteArray key = "LIMITS:LIMITER/10.1.2.3//login/5/1/minute";
    const auto limit = rateLimit(key, text("7"), number(12'000), prefix, tiers, now, 2);
    QVERIFY(limit);
    QCOMPARE(*limit->used, 7);
    QCOMPARE(*limit->limit, 5);
    QCOMPARE(*limit->resetsAt, now + 12s);
    QCOMPARE(limit->used.origin, (Origin{2, u"/LIMITS:LIMITER~110.1.2.3~1~1login~15~11~1minute/value"_s}));
    const auto endless = rateLimit(key, text("0"), number(-1), prefix, tiers, now, 2);
    QCOMPARE(endless->used.value, 0);
    QVERIFY(!endless->resetsAt.has());
}

void TestStores::countersThatAreNoneAreLeftOut_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<int>("pttl");
    QTest::newRow("gone before GET") << static_cast<int>(RedisReply::Type::Nil) << -2;
    QTest::newRow("gone before PTTL") << static_cast<int>(RedisReply::Type::String) << -2;
    QTest::newRow("of another type") << static_cast<int>(RedisReply::Type::Error) << 5;
}

void TestStores::countersThatAreNoneAreLeftOut()
{
    QFETCH(int, type);
    QFETCH(int, pttl);
    RedisReply value = text("3");
    value.type = static_cast<RedisReply::Type>(type);
    QVERIFY(!rateLimit("LIMITS:LIMITER/a//login/5/1/minute", value, number(pttl), prefix, tiers, Instant{}, 0));
}

void TestStores::cacheCountersArePaired()
{
    const RedisOptions options{.statsHash = u"quoted:cache:stats"_s,
                               .hitsField = u"hits:{group}"_s,
                               .missesField = u"misses:{group}"_s,
                               .cacheKeys = {},
                               .limitPrefix = {}};
    const auto caches = cacheCounters(
        list({text("hits:pricing"), text("90"), text("misses:pricing"), text("10"), text("misses:templates"), text("4"),
              text("hits:fresh"), text("2"), text("other"), text("1"), text("hits:broken"), text("many")}),
        options, 1);
    QCOMPARE(caches.size(), 4);
    QCOMPARE(caches[0].group, u"broken"_s);
    QVERIFY(!caches[0].hits.has());
    QCOMPARE(*caches[2].hits, 90);
    // The absent half of a pair has counted nothing, whichever half it is.
    QCOMPARE(*caches[1].hits, 2);
    QCOMPARE(caches[1].misses.value, 0);
    QCOMPARE(caches[1].misses.origin, (Origin{1, u"/misses:fresh"_s}));
    QCOMPARE(caches[2].misses.origin, (Origin{1, u"/misses:pricing"_s}));
    QCOMPARE(caches[3].hits.value, 0);
    QCOMPARE(*caches[3].misses, 4);
    QVERIFY(!caches[3].keys.has());
}

void TestStores::wildcardsOfAPrefixAreEscaped()
{
    QCOMPARE(globEscaped(u"a*b?[c]\\"_s), "a\\*b\\?\\[c\\]\\\\");
    QCOMPARE(groupIn(u"cache:pricing:42"_s, u"cache:{group}:*"_s), u"pricing"_s);
    QCOMPARE(groupIn(u"cache:pricing"_s, u"cache:{group}:*"_s), std::nullopt);
    QCOMPARE(groupIn(u"hits:a:b"_s, u"hits:{group}"_s), u"a:b"_s);
}

void TestStores::databaseRowsBecomeOneFact()
{
    const auto found = postgresFindings(goodAnswers(both), both, connection);
    QVERIFY(found);
    const auto database = std::get<Database>(found->facts.first());
    QCOMPARE(database.database, u"quoted"_s);
    QCOMPARE(*database.connections, 3);
    QCOMPARE(database.rollbacksTotal.value, 0);
    QVERIFY(!database.blocksHitTotal.has());
    QVERIFY(!database.blocksReadTotal.has());
    QCOMPARE(*database.longestQuery, Millis(12.5));
    QCOMPARE(*database.environment, u"quoted/production"_s);
    QCOMPARE(database.schemaVersion.origin, (Origin{2, u"/0/version_num"_s}));
    QVERIFY(found->refusals.isEmpty());
}

void TestStores::hiddenActivityIsNotZero()
{
    PgAnswers answers = goodAnswers(both);
    answers.activity.rows = row({{"active", "0"}, {"hidden", "2"}, {"longest_query_ms", "0"}});
    const auto found = postgresFindings(answers, both, connection);
    QVERIFY(!std::get<Database>(found->facts.first()).active.has());
    QCOMPARE(found->refusals.size(), 1);
    QCOMPARE(found->refusals[0].what, u"database/activity"_s);
    QCOMPARE(found->refusals[0].error.code, ErrorCode::Forbidden);
    QVERIFY(found->refusals[0].error.message.contains("GRANT pg_read_all_stats TO viewer"_L1));
}

void TestStores::aMissingTableSpoilsNothingElse_data()
{
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("what");
    QTest::newRow("missing") << ErrorCode::NotFound << u"the table alembic_version does not exist"_s;
    QTest::newRow("refused") << ErrorCode::Forbidden << u"GRANT SELECT ON alembic_version TO viewer"_s;
}

void TestStores::aMissingTableSpoilsNothingElse()
{
    QFETCH(ErrorCode, code);
    QFETCH(QString, what);
    PgAnswers answers = goodAnswers(both);
    answers.schema.rows = failure(code, u"said the server"_s, u"db:5432"_s);
    const auto found = postgresFindings(answers, both, connection);
    QVERIFY(found);
    const auto database = std::get<Database>(found->facts.first());
    QVERIFY(!database.schemaVersion.has());
    // Its exchange is left out, so the next one moves up.
    QCOMPARE(database.environment.origin.exchange, 2);
    QCOMPARE(found->refusals.size(), 1);
    QCOMPARE(found->refusals[0].error.code, code);
    QVERIFY(found->refusals[0].error.message.contains(what));
}

void TestStores::rowsAreKeptAsJson()
{
    QCOMPARE(rowsAsJson(row({{"a", "1"}, {"b", std::nullopt}})), R"([{"a":"1","b":null}])");
}

QTEST_GUILESS_MAIN(TestStores)
#include "tst_stores.moc"
