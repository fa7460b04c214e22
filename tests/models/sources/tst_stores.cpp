/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/postgresql/postgres_facts.h"
#include "sources/redis/redis_facts.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
const QString prefix = u"LIMITS:LIMITER/"_s;
const LimitLayout fixedWindows{.kind = LimitLayout::Kind::Limits, .prefix = prefix, .tier = {}};

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
                              {u"slow"_s, 2, 60s, {u"/slow"_s}},
                              {u"any"_s, 7, 60s, {}},
                              {u"premium"_s, 500, 60s, {u"premium"_s}},
                              {u"premium hourly"_s, 10000, 3600s, {u"premium"_s}},
                              {u"user"_s, 100, 60s, {}},
                              {u"all"_s, 1000, 60s, {u"global"_s}}};

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
    answers.replication.rows = PgRows{};
    answers.sessions.rows = PgRows{};
    return answers;
}
const PostgresOptions both{.server = {},
                           .schemaTable = u"alembic_version"_s,
                           .environmentTable = u"quarterdeck_environment"_s,
                           .hasStatements = false};
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
    void countersOfOtherLayoutsAreRead_data();
    void countersOfOtherLayoutsAreRead();
    void aWindowThatSlidesWeighsTheOneBefore_data();
    void aWindowThatSlidesWeighsTheOneBefore();
    void callsAreCountedByTheirTimeNotByTheirNumber();
    void whatLooksLikeAKeyIsMasked_data();
    void whatLooksLikeAKeyIsMasked();
    void aBucketShowsWhatItsUsedWasReckonedFrom();
    void aLayoutNeedsWhatItsKeysDoNotSay_data();
    void aLayoutNeedsWhatItsKeysDoNotSay();
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
    QTest::newRow("multiplied for a role") << QByteArray("LIMITS:LIMITER/a/reads/600/1/minute") << u"reads"_s;
    QTest::newRow("a window of the scope's that is no tier's")
        << QByteArray("LIMITS:LIMITER/a/reads/600/1/day") << u"reads"_s;
    QTest::newRow("another window of a multiplied scope")
        << QByteArray("LIMITS:LIMITER/lg_4b0c6233/premium/20000/1/hour") << u"premium hourly"_s;
    QTest::newRow("any scope before a multiplied one") << QByteArray("LIMITS:LIMITER/a/reads/7/1/minute") << u"any"_s;
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
    const auto limit = rateLimit(fixedWindows, key, {text("7"), number(12'000)}, tiers, now, 2);
    QVERIFY(limit);
    QCOMPARE(*limit->used, 7);
    QCOMPARE(*limit->limit, 5);
    QCOMPARE(*limit->resetsAt, now + 12s);
    QCOMPARE(limit->used.origin, (Origin{2, u"/LIMITS:LIMITER~110.1.2.3~1~1login~15~11~1minute/value"_s}));
    const auto endless = rateLimit(fixedWindows, key, {text("0"), number(-1)}, tiers, now, 2);
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
    QVERIFY(!rateLimit(fixedWindows, "LIMITS:LIMITER/a//login/5/1/minute", {value, number(pttl)}, tiers, Instant{}, 0));
}

void TestStores::countersOfOtherLayoutsAreRead_data()
{
    using enum LimitLayout::Kind;
    // 2026-11-21 13:10:08.500 UTC, in minute 29921110.
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArrayList>("value");
    QTest::addColumn<qint64>("pttl");
    QTest::addColumn<QString>("found"); // tier, client, scope, used of limit, milliseconds to the reset
    const auto r = [](const char *name, LimitLayout::Kind kind, const QByteArray &key, const QByteArrayList &value,
                      qint64 pttl, const QString &found) {
        QTest::newRow(name) << static_cast<int>(kind) << key << value << pttl << found;
    };
    r("express", ExpressRateLimit, "rl:203.0.113.120", {"7"}, 41'250, u"reads|203.0.113.120||7 of 120|41250"_s);
    r("express, past its limit", ExpressRateLimit, "rl:203.0.113.1", {"131"}, 1, u"reads|203.0.113.1||131 of 120|1"_s);
    r("express, IPv6 by its /56", ExpressRateLimit, "rl:2001:db8:1::/56", {"3"}, 90'500,
      u"reads|2001:db8:1::/56||3 of 120|90500"_s);
    r("express, without an end", ExpressRateLimit, "rl:a", {"3"}, -1, u"reads|a||3 of 120|-"_s);
    r("express, no number", ExpressRateLimit, "rl:a", {"many"}, 5, u"reads|a||- of 120|5"_s);
    r("express, gone", ExpressRateLimit, "rl:a", {"3"}, -2, {});
    r("express, a hash", ExpressRateLimit, "rl:a", {"3", "4"}, 5, {});
    r("express, nobody", ExpressRateLimit, "rl:", {"3"}, 5, {});
    r("express, too long", ExpressRateLimit, "rl:" + QByteArray(5000, 'a'), {"3"}, 5, {});
    r("flexible", RateLimiterFlexible, "rl:203.0.113.120", {"7"}, 41'250, u"reads|203.0.113.120||7 of 120|41250"_s);
    r("flexible, blocked for long", RateLimiterFlexible, "rl:a", {"121"}, 3'600'000, u"reads|a||121 of 120|3600000"_s);
    r("flexible, given back", RateLimiterFlexible, "rl:a", {"-3"}, 5, u"reads|a||0 of 120|5"_s);
    r("flexible, none used", RateLimiterFlexible, "rl:a", {"0"}, 5, u"reads|a||0 of 120|5"_s);
    r("flexible, for ever", RateLimiterFlexible, "rl:a", {"3"}, -1, u"reads|a||3 of 120|-"_s);
    r("flexible, no number", RateLimiterFlexible, "rl:a", {"-x"}, 5, u"reads|a||- of 120|5"_s);
    r("express, below zero", ExpressRateLimit, "rl:a", {"-3"}, 5, u"reads|a||- of 120|5"_s);
    r("fastapi", FastapiLimiter, "rl:10.0.0.1:/quotes/5:12:0", {"120"}, 900,
      u"reads|10.0.0.1|/quotes/5|120 of 120|900"_s);
    r("fastapi, IPv6", FastapiLimiter, "rl:2001:db8::1:/a:b:0:1", {"3"}, 900, u"reads|2001:db8::1|/a:b|3 of 120|900"_s);
    r("fastapi, the route of another tier", FastapiLimiter, "rl:a:/slow:0:0", {"3"}, 9, u"slow|a|/slow|3 of 2|9"_s);
    r("fastapi, without a path", FastapiLimiter, "rl:user7:0:0", {"3"}, 9, u"reads|user7||3 of 120|9"_s);
    r("fastapi, one number alone", FastapiLimiter, "rl:user7:0", {"3"}, 9, {});
    r("fastapi, nobody", FastapiLimiter, "rl::0:0", {"3"}, 9, {});
    r("fastapi, gone", FastapiLimiter, "rl:a:/a:0:0", {"3"}, -2, {});
    r("minute", MinuteWindow, "rl:pf_live_9911010a:29921110", {"12"}, 48'000,
      u"reads|pf_live_9911010a||12 of 120|51500"_s);
    r("minute, with colons", MinuteWindow, "rl:a:b:29921110", {"1"}, 5, u"reads|a:b||1 of 120|51500"_s);
    r("minute, over but not expired", MinuteWindow, "rl:pf_live_9911010a:29921109", {"60"}, 20'000, {});
    r("minute, not yet here", MinuteWindow, "rl:a:29921111", {"1"}, 59'000, u"reads|a||1 of 120|111500"_s);
    r("minute, none", MinuteWindow, "rl:pf_live_9911010a", {"12"}, 48'000, {});
    r("minute, nobody", MinuteWindow, "rl::29921110", {"12"}, 48'000, {});
    r("minute, beyond all time", MinuteWindow, "rl:a:999999999999999", {"12"}, 48'000, {});
    // 40 tokens, 4.5 s ago, and 100 a minute since: 47.5.
    r("bucket", TokenBucket, "rl:user:5", {"40.000000", "1795266604.000000"}, 9, u"user|5|user|53 of 100|31500"_s);
    r("bucket, of all", TokenBucket, "rl:global", {"1000", "1795266608.5"}, 9, u"all||global|0 of 1000|0"_s);
    r("bucket, full again", TokenBucket, "rl:user:a:b", {"1", "1795266000"}, 9, u"user|a:b|user|0 of 100|-549100"_s);
    r("bucket, less than a token", TokenBucket, "rl:user:5", {"0.9", "1795266608.5"}, 9,
      u"user|5|user|100 of 100|59460"_s);
    r("bucket, written by a clock ahead", TokenBucket, "rl:user:5", {"40", "1795266668.5"}, 9,
      u"user|5|user|60 of 100|96000"_s);
    r("bucket, more than it holds", TokenBucket, "rl:user:5", {"400", "1795266608.5"}, 9, u"user|5|user|0 of 100|0"_s);
    r("bucket, of no tier", TokenBucket, "rl:guest:5", {"40", "1795266604"}, 9, {});
    r("bucket, without a time", TokenBucket, "rl:user:5", {"40", ""}, 9, {});
    r("bucket, no number", TokenBucket, "rl:user:5", {"nan", "1795266604"}, 9, {});
    r("bucket, never full", TokenBucket, "rl:user:5", {"-1e12", "1795266608.5"}, 9,
      u"user|5|user|1000000000100 of 100|600000000060000"_s);
    r("bucket, a string", TokenBucket, "rl:user:5", {"40"}, 9, {});
    r("bucket, gone", TokenBucket, "rl:user:5", {"40", "1795266604"}, -2, {});
}

void TestStores::countersOfOtherLayoutsAreRead()
{
    QFETCH(int, kind);
    QFETCH(QByteArray, key);
    QFETCH(QByteArrayList, value);
    QFETCH(qint64, pttl);
    QFETCH(QString, found);
    const Instant now{1'795'266'608'500ms};
    const LimitLayout layout{.kind = static_cast<LimitLayout::Kind>(kind), .prefix = u"rl:"_s, .tier = u"reads"_s};
    const RedisReply reply = value.size() == 1 ? text(value[0]) : list({text(value[0]), text(value[1])});
    const auto limit = rateLimit(layout, key, {reply, number(pttl)}, tiers, now, 2);
    QCOMPARE(limit.has_value(), !found.isEmpty());
    if (!limit)
        return;
    const auto word = [](const Value<qint64> &v) { return v.has() ? QString::number(*v) : u"-"_s; };
    const QString resets = limit->resetsAt.has() ? QString::number((*limit->resetsAt - now).count()) : u"-"_s;
    QCOMPARE(u"%1|%2|%3|%4 of %5|%6"_s.arg(limit->tier, limit->client, limit->scope, word(limit->used),
                                           word(limit->limit), resets),
             found);
    QCOMPARE(limit->window.value, Millis(60'000));
}

void TestStores::aWindowThatSlidesWeighsTheOneBefore_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArrayList>("told"); // the window, its PTTL, the one before, its PTTL; "-" is none
    QTest::addColumn<QString>("found");       // tier, client, used, milliseconds to the reset
    const QByteArray key = "LIMITS:{LIMITER/10.1.2.3//login/5/1/minute}";
    const auto r = [](const char *name, const QByteArray &k, const QByteArrayList &told, const QString &found) {
        QTest::newRow(name) << k << told << found;
    };
    r("the first window", key, {"3", "110000", "-", "-2"}, u"auth|10.1.2.3|3|110000"_s);
    // 4 · 45/60 = 3 of before
    r("half in the second", key, {"2", "105000", "4", "45000"}, u"auth|10.1.2.3|5|105000"_s);
    r("rounded down", key, {"0", "104000", "4", "44000"}, u"auth|10.1.2.3|2|104000"_s);
    r("nothing left of before", key, {"2", "61000", "4", "0"}, u"auth|10.1.2.3|2|61000"_s);
    r("before has just gone", key, {"2", "61000", "4", "-2"}, u"auth|10.1.2.3|2|61000"_s);
    // Not yet renamed: what is called current is over, and whatever was before it.
    r("over, and nobody called since", key, {"4", "45000", "9", "-2"}, u"auth|10.1.2.3|3|45000"_s);
    r("measured zero", key, {"0", "100000", "-", "-2"}, u"auth|10.1.2.3|0|100000"_s);
    r("no end", key, {"3", "-1", "-", "-2"}, {});
    r("gone", key, {"-", "-2", "-", "-2"}, {});
    r("no number", key, {"x", "100", "-", "-2"}, {});
    r("no number before", key, {"3", "100000", "x", "10"}, {});
    r("without its brace", key.chopped(1), {"3", "110000", "-", "-2"}, {});
    r("the window before", key + "/-1", {"3", "110000", "-", "-2"}, {});
}

void TestStores::aWindowThatSlidesWeighsTheOneBefore()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArrayList, told);
    QFETCH(QString, found);
    const Instant now{1'750'000'000'000ms};
    const LimitLayout layout{
        .kind = LimitLayout::Kind::LimitsSlidingWindow, .prefix = u"LIMITS:{LIMITER/"_s, .tier = {}};
    const auto value = [&](qsizetype i) { return told[i] == "-" ? RedisReply() : text(told[i]); };
    const QList<RedisReply> replies{value(0), number(told[1].toLongLong()), value(2), number(told[3].toLongLong())};
    QCOMPARE(counterCommands(layout, key, tiers, now).size(), replies.size());
    const auto limit = rateLimit(layout, key, replies, tiers, now, 2);
    QCOMPARE(limit.has_value(), !found.isEmpty());
    if (!limit)
        return;
    QCOMPARE(u"%1|%2|%3|%4"_s.arg(limit->tier, limit->client)
                 .arg(limit->used.valueOr(-1))
                 .arg((*limit->resetsAt - now).count()),
             found);
    QCOMPARE(limit->limit.value, 5);
    const QString pointer = u"/LIMITS:{LIMITER~110.1.2.3~1~1login~15~11~1minute}"_s;
    QCOMPARE(limit->used.origin, (Origin{2, pointer + u"/used"_s}));
    QCOMPARE(counterEvidence(layout, replies, *limit).value(u"used"_s).toInteger(-1), *limit->used);
}

void TestStores::callsAreCountedByTheirTimeNotByTheirNumber()
{
    const Instant now{1'750'000'100'000ms};
    const LimitLayout layout{.kind = LimitLayout::Kind::PyrateLimiter, .prefix = u"bucket:"_s, .tier = u"user"_s};
    QCOMPARE(counterCommands(layout, "bucket:a", tiers, now),
             (QList<RedisCommand>{{"ZCOUNT", "bucket:a", "1750000040000", "+inf"},
                                  {"ZREVRANGE", "bucket:a", "0", "0", "WITHSCORES"}}));
    const RedisReply latest = list({text("x:1"), text("1750000090000")});
    const auto limit = rateLimit(layout, "bucket:a", {number(42), latest}, tiers, now, 2);
    QVERIFY(limit);
    QCOMPARE(limit->tier, u"user"_s);
    QCOMPARE(limit->client, u"a"_s);
    QCOMPARE(limit->used.value, 42);
    QCOMPARE(limit->used.origin, (Origin{2, u"/bucket:a/zcount"_s}));
    QCOMPARE(limit->limit.value, 100);
    QCOMPARE(*limit->resetsAt - now, 50s);
    QCOMPARE(counterEvidence(layout, {number(42), latest}, *limit),
             (QJsonObject{{u"zcount"_s, 42}, {u"latest"_s, u"1750000090000"_s}}));
    // All of its calls are old: nobody is limited by it, and it would stand there for ever.
    QVERIFY(isOver(layout, "bucket:a", {number(0), latest}, now));
    QVERIFY(!rateLimit(layout, "bucket:a", {number(0), latest}, tiers, now, 2));
    RedisReply wrong = text("WRONGTYPE");
    wrong.type = RedisReply::Type::Error;
    QVERIFY(!isOver(layout, "bucket:a", {wrong, wrong}, now));
    QVERIFY(!rateLimit(layout, "bucket:a", {wrong, wrong}, tiers, now, 2));
    const auto odd = rateLimit(layout, "bucket:a", {number(1), list({text("x"), text("inf")})}, tiers, now, 2);
    QVERIFY(odd && !odd->resetsAt.has());
}

void TestStores::whatLooksLikeAKeyIsMasked_data()
{
    QTest::addColumn<QString>("client");
    QTest::addColumn<QString>("shown"); // its beginning; the same where nothing is masked
    const auto r = [](const char *client, const char *shown) {
        QTest::newRow(client) << QString::fromLatin1(client) << QString::fromUtf8(shown);
    };
    for (const char *plain :
         {"203.0.113.8", "2001:db8:7::5", "user:4711", "ann@example.com", "lgk_prem_01", "ip-10-0-113-8-eu-west-1",
          "crawler-203-0-113-8.example.com", "3f2b8c1e-7a54-4d0b-9c3e-5f6a7b8c9d0e", "the-nightly-import-of-orders"})
        r(plain, plain);
    r("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "sk_l••••");
    r("key:ghp_16C7e42F292c6912E7710c838347Ae178B4a", "key:ghp_••••");
    r("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0", "eyJh••••");
    r("9f86d081884c7d659a2feaa0c55ad015", "9f86••••");
    r("aB3_xY9-Kq2_Lm8-Zz1_Pp4-", "aB3_••••");
}

void TestStores::whatLooksLikeAKeyIsMasked()
{
    QFETCH(QString, client);
    QFETCH(QString, shown);
    const QString masked = maskedIdentity(client);
    QVERIFY2(masked.startsWith(shown), qPrintable(masked));
    QCOMPARE(masked.contains(u"••••"_s), shown != client);
    QCOMPARE(maskedIdentity(client), masked);
}

void TestStores::aBucketShowsWhatItsUsedWasReckonedFrom()
{
    const LimitLayout layout{.kind = LimitLayout::Kind::TokenBucket, .prefix = u"ratelimit:"_s, .tier = {}};
    QCOMPARE(
        counterCommands(layout, "ratelimit:user:5", tiers, {}),
        (QList<RedisCommand>{{"HMGET", "ratelimit:user:5", "tokens", "updated_at"}, {"PTTL", "ratelimit:user:5"}}));
    const RedisReply value = list({text("40.000000"), text("1795266604.000000")});
    const auto limit =
        rateLimit(layout, "ratelimit:user:5", {value, number(9)}, tiers, Instant{1'795'266'608'500ms}, 2);
    QVERIFY(limit);
    QCOMPARE(limit->used.origin, (Origin{2, u"/ratelimit:user:5/used"_s}));
    QCOMPARE(counterEvidence(layout, {value, number(9)}, *limit),
             (QJsonObject{{u"hmget"_s, QJsonArray{u"40.000000"_s, u"1795266604.000000"_s}},
                          {u"capacity"_s, 100},
                          {u"used"_s, 53}}));
}

void TestStores::aLayoutNeedsWhatItsKeysDoNotSay_data()
{
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QString>("says");
    const auto r = [](const char *name, const QByteArray &options, const QString &says) {
        QTest::newRow(name) << options << says;
    };
    r("limits", "limits: {prefix: 'LIMITS:'}", {});
    r("express", "limits: {layout: express-rate-limit, prefix: 'rl:', tier: reads}", {});
    r("bucket", "limits: {layout: token-bucket, prefix: 'rl:'}", {});
    r("sliding", "limits: {layout: limits-sliding-window, prefix: 'LIMITS:{LIMITER/'}", {});
    r("flexible", "limits: {layout: rate-limiter-flexible, prefix: 'rlflx:', tier: reads}", {});
    r("fastapi", "limits: {layout: fastapi-limiter, prefix: 'fastapi-limiter:'}", u"'tier'"_s);
    r("pyrate", "limits: {layout: pyrate-limiter, prefix: 'bucket:'}", u"'tier'"_s);
    r("unknown layout", "limits: {layout: leaky, prefix: 'rl:'}", u"expected one of express-rate-limit"_s);
    r("no prefix", "limits: {layout: token-bucket}", u"'prefix'"_s);
    r("no tier", "limits: {layout: express-rate-limit, prefix: 'rl:'}", u"'tier'"_s);
    r("unknown tier", "limits: {layout: minute-window, prefix: 'rl:', tier: raeds}", u"there is no 'raeds'"_s);
    r("a tier that the key tells", "limits: {layout: limits, prefix: 'rl:', tier: reads}", u"'tier'"_s);
    r("groups of the profile", "cache_keys: {pattern: '{group}:*'}", {});
}

void TestStores::aLayoutNeedsWhatItsKeysDoNotSay()
{
    QFETCH(QByteArray, options);
    QFETCH(QString, says);
    const auto profile = parseProfile("quarterdeck: 1\nname: d\nenvironment: test\nconnections:\n"
                                      "  redis: {host: 127.0.0.1}\ntiers: [{name: reads, limit: 5}]\n"
                                      "caches: [{name: products}]\n"
                                      "sources:\n  redis:\n    kind: redis\n    " +
                                          options + '\n',
                                      u"p.yaml"_s);
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    const QList<Error> errors = checkSources(*profile);
    QCOMPARE(errors.size(), says.isEmpty() ? 0 : 1);
    if (!says.isEmpty())
        QVERIFY2(errors.first().message.contains(says), qPrintable(errors.first().message));
}

void TestStores::cacheCountersArePaired()
{
    const RedisOptions options{.statsHash = u"quoted:cache:stats"_s,
                               .hitsField = u"hits:{group}"_s,
                               .missesField = u"misses:{group}"_s,
                               .cacheKeys = {},
                               .groups = {},
                               .limits = {}};
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
    QCOMPARE(found->refusals.size(), 2);
    QCOMPARE(found->refusals[0].what, u"database/activity"_s);
    QCOMPARE(found->refusals[0].error.code, ErrorCode::Forbidden);
    QCOMPARE(found->refusals[1].what, u"session"_s);
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
    QCOMPARE(rowsAsJson(row({{"a", "1"}, {"b", std::nullopt}})).toJson(QJsonDocument::Compact),
             R"([{"a":"1","b":null}])");
}

QTEST_GUILESS_MAIN(TestStores)
#include "tst_stores.moc"
