/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/breaker/breaker.h"
#include "actions/cache_flush/cache_flush.h"
#include "actions/engine.h"
#include "actions/registry.h"
#include "actions/unblock_client/unblock_client.h"
#include "bench.h"
#include "support/server_fixtures.h"

#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;
using namespace qd::test;

namespace {
constexpr auto marker = "quarterdeck:environment";
const QByteArray loginKey = "LIMITS:LIMITER/10.1.2.3//login/5/1/minute";

RedisStore::Place placeAt(const RedisConnection &connection)
{
    return {.deployment = u"shop"_s,
            .environment = u"production"_s,
            .marker = QString::fromLatin1(marker),
            .connection = connection};
}

QList<TierPolicy> tiers()
{
    return {{.name = u"auth"_s, .limit = 5, .window = 1min, .scopes = {u"/login"_s}},
            {.name = u"reads"_s, .limit = 120, .window = 1min, .scopes = {u"reads"_s}},
            {.name = u"user"_s, .limit = 100, .window = 1min, .scopes = {u"user"_s}}};
}

std::unique_ptr<Action> unblock(const RedisConnection &connection, const LimitLayout &layout, const Clock &clock)
{
    return unblockClient({.place = placeAt(connection), .layout = layout, .tiers = tiers()}, clock);
}

LimitLayout slowapi()
{
    return {.kind = LimitLayout::Kind::Limits, .prefix = u"LIMITS:LIMITER/"_s, .tier = {}};
}

std::unique_ptr<Action> breaker(const RedisConnection &connection, const Clock &clock)
{
    return setBreaker({.place = placeAt(connection),
                       .keys = {.names = {u"stripe"_s, u"resend"_s}, .pattern = u"{name}:pybreaker"_s},
                       .policies = {{.name = u"stripe"_s, .failureThreshold = 3, .recoveryTimeout = 30s}}},
                      clock);
}

std::unique_ptr<Action> flush(const RedisConnection &connection, const Clock &clock,
                              const RedisStore::Stop &stop = nullptr)
{
    return flushCache({.place = placeAt(connection),
                       .pattern = u"cache:{group}:*"_s,
                       .groups = {u"pricing"_s, u"templates"_s, u"a*"_s},
                       .counters = {.hash = u"app:stats"_s, .hits = u"hits:{group}"_s, .misses = {}, .source = {}},
                       .warming = {}},
                      clock, stop);
}
} // namespace

/// Actions on a deployment's Redis, seen in the Redis itself.
class TestRedisActions : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aBlockedClientIsFree_data();
    void aBlockedClientIsFree();
    void whoeverCountedSinceIsNotOverwritten();
    void itIsNamedBackWithTheTimeThatIsLeft();
    void whatIsNoLongerKeptIsNotPutBack();
    void aTierIsAskedForWhereThereAreSeveral();
    void whoIsNotCountedCannotBeFreed();
    void whatIsOverIsNotDone();
    void aPlanIsNoWayToOtherKeys();
    void aBreakerIsClosedAndPutBack();
    void aBreakerIsForcedOpenAndHeld();
    void aBreakerThatMovedIsLeftAlone();
    void whatWasChangedAndChangedBackIsTakenBackByItself();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();
    void aGroupIsFlushedAndNothingElse();
    void theForecastIsMeasuredOrUnknown();
    void aFlushIsStoppedBetweenBatchesAndGoneOnWith();
    void aGroupsNameIsNoWildcard();
    void aWrongTargetIsNeverTouched_data();
    void aWrongTargetIsNeverTouched();
    void withoutAMarkerOneIsWarned();
    void aUserWithoutRightsIsToldBefore();
    void whoActsNowIsNamed();
    void aProfileSaysWhatMayBeDone();

private:
    QByteArray get(const QByteArray &key) { return m_redis->command({"GET", key}); }
    bool exists(const QByteArray &key) { return m_redis->command({"EXISTS", key}) == "1"; }
    void openStripe();
    int fill(const QByteArray &group, int count);
    std::unique_ptr<test::RedisFixture> m_redis;
    SystemClock m_clock;
};

void TestRedisActions::init()
{
    m_redis = std::make_unique<test::RedisFixture>();
    m_redis->command({"SET", marker, "shop/production"});
}

void TestRedisActions::openStripe()
{
    for (const auto &[field, value] : {std::pair("state", "open"), {"fail_counter", "3"}, {"opened_at", "1795000000"}})
        m_redis->command({"SET", QByteArray("stripe:pybreaker:") + field, value});
}

int TestRedisActions::fill(const QByteArray &group, int count)
{
    m_redis->command({"EVAL",
                      "for i = 1, tonumber(ARGV[2]) do redis.call('SET', 'cache:' .. ARGV[1] .. ':' .. i, 1) end", "0",
                      group, QByteArray::number(count)});
    return count;
}

void TestRedisActions::aBlockedClientIsFree_data()
{
    QTest::addColumn<LimitLayout>("layout");
    QTest::addColumn<QList<QList<QByteArray>>>("counted");
    QTest::addColumn<QString>("client");
    QTest::addColumn<QString>("used");
    using Kind = LimitLayout::Kind;
    using Commands = QList<QList<QByteArray>>;
    const QByteArray minute = QByteArray::number(m_clock.now().time_since_epoch() / 1min);
    const QByteArray milliseconds = QByteArray::number(qint64{m_clock.now().time_since_epoch().count()});
    const QByteArray seconds = milliseconds.chopped(3);
    QTest::newRow("limits") << slowapi() << Commands{{"SET", loginKey, "7", "PX", "42000"}} << u"10.1.2.3"_s << u"7"_s;
    QTest::newRow("limits, sliding window")
        << LimitLayout{Kind::LimitsSlidingWindow, u"LIMITS:{LIMITER/"_s, {}}
        << Commands{{"SET", "LIMITS:{LIMITER/10.1.2.3//login/5/1/minute}", "6", "PX", "100000"},
                    {"SET", "LIMITS:{LIMITER/10.1.2.3//login/5/1/minute}/-1", "9", "PX", "40000"}}
        << u"10.1.2.3"_s << QString();
    QTest::newRow("express-rate-limit") << LimitLayout{Kind::ExpressRateLimit, u"rl:"_s, u"reads"_s}
                                        << Commands{{"SET", "rl:2001:db8:1::/56", "130", "PX", "42000"}}
                                        << u"2001:db8:1::/56"_s << u"130"_s;
    QTest::newRow("minute window") << LimitLayout{Kind::MinuteWindow, u"ratelimit:"_s, u"reads"_s}
                                   << Commands{{"SET", "ratelimit:key-1:" + minute, "121", "PX", "60000"},
                                               {"SET", "ratelimit:key-1:29000000", "99", "PX", "60000"}}
                                   << u"key-1"_s << u"121"_s;
    QTest::newRow("token bucket") << LimitLayout{Kind::TokenBucket, u"ratelimit:"_s, {}}
                                  << Commands{{"HSET", "ratelimit:user:ada", "tokens", "0.2", "updated_at", seconds},
                                              {"EXPIRE", "ratelimit:user:ada", "120"}}
                                  << u"ada"_s << QString();
    QTest::newRow("sorted set, for ever")
        << LimitLayout{Kind::PyrateLimiter, u"bucket:"_s, u"reads"_s}
        << Commands{{"ZADD", "bucket:ada", milliseconds, "a", milliseconds, "b"}} << u"ada"_s << u"2"_s;
    QTest::newRow("fastapi-limiter") << LimitLayout{Kind::FastapiLimiter, u"fastapi-limiter:"_s, u"reads"_s}
                                     << Commands{{"SET", "fastapi-limiter:10.1.2.3:/login:0:0", "5", "PX", "42000"}}
                                     << u"10.1.2.3"_s << u"5"_s;
}

void TestRedisActions::aBlockedClientIsFree()
{
    QFETCH(LimitLayout, layout);
    QFETCH(QList<QList<QByteArray>>, counted);
    QFETCH(QString, client);
    QFETCH(QString, used);
    for (const QList<QByteArray> &command : std::as_const(counted))
        m_redis->command(command);
    // Others' counters, one of a client whose name begins alike.
    const QByteArray other = (layout.prefix + client + u"4//login/5/1/minute"_s).toUtf8();
    m_redis->command({"SET", other, "5", "PX", "60000"});
    const QByteArray key = counted.first().at(1);
    const QByteArray before = m_redis->command({"DUMP", key});
    const QByteArray ttl = m_redis->command({"PTTL", key});
    Bench bench;
    const auto action = unblock(m_redis->connection(), layout, m_clock);
    const Plan plan = planned(*action, wishFor(client));
    QCOMPARE(plan.risk, Risk::Medium);
    QCOMPARE(plan.steps.size(), 1);
    QCOMPARE(plan.changes.first().what.toUtf8(), key);
    if (!used.isEmpty())
        QCOMPARE(plan.changes.first().before.value_or(QString()), used);
    QCOMPARE(plan.steps.first().arguments.first(), client);
    QVERIFY(exists(key));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QVERIFY(!exists(key));
    if (layout.kind == LimitLayout::Kind::LimitsSlidingWindow)
        QVERIFY(!exists(key + "/-1"));
    QVERIFY(exists(other));
    QVERIFY(!exists("quarterdeck:lease"));
    // What is kept for undoing goes by itself.
    const QByteArray kept = m_redis->command({"EVAL", "return redis.call('KEYS', 'quarterdeck:kept:*')[1]", "0"});
    QVERIFY(m_redis->command({"PTTL", kept}).toLongLong() > 0);
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(m_redis->command({"DUMP", key}), before);
    const qint64 left = m_redis->command({"PTTL", key}).toLongLong();
    QVERIFY2(ttl == "-1" ? left == -1 : left > 0 && left <= ttl.toLongLong(), qPrintable(QString::number(left)));
    if (layout.kind == LimitLayout::Kind::LimitsSlidingWindow)
        QCOMPARE(get(key + "/-1"), QByteArray("9"));
    QVERIFY(bench.journal->unfinished(patience)->isEmpty());
}

void TestRedisActions::whoeverCountedSinceIsNotOverwritten()
{
    m_redis->command({"SET", loginKey, "7", "PX", "60000"});
    Bench bench;
    const auto action = unblock(m_redis->connection(), slowapi(), m_clock);
    const Plan plan = planned(*action, wishFor(u"10.1.2.3"_s));
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    m_redis->command({"SET", loginKey, "1", "PX", "60000"}); // the client's next call
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::NeedsPerson, qPrintable(said(undone)));
    QCOMPARE(get(loginKey), QByteArray("1"));
    // Leaving it as it is ends it.
    const Report resumed = bench.engine.resume(*action, plan);
    QVERIFY2(resumed.ending == Ending::Done, qPrintable(said(resumed)));
    QCOMPARE(get(loginKey), QByteArray("1"));
    QVERIFY(bench.journal->unfinished(patience)->isEmpty());
}

void TestRedisActions::itIsNamedBackWithTheTimeThatIsLeft()
{
    m_redis->command({"SET", loginKey, "7", "PX", "60000"});
    Bench bench;
    const auto action = unblock(m_redis->connection(), slowapi(), m_clock);
    const Plan plan = planned(*action, wishFor(u"10.1.2.3"_s));
    QCOMPARE(plan.steps.first(),
             (Phrase{u"counter-removed"_s, {u"10.1.2.3"_s, u"auth"_s, u"/login"_s, u"7"_s, u"5"_s, u"60"_s}}));
    m_redis->command({"PEXPIRE", loginKey, "900"});
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    // The window ends meanwhile: there is nothing left to put back.
    QTRY_COMPARE(m_redis->command({"EVAL", "return #redis.call('KEYS', 'quarterdeck:kept:*')", "0"}), QByteArray("0"));
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QVERIFY(!exists(loginKey));
}

void TestRedisActions::whatIsNoLongerKeptIsNotPutBack()
{
    m_redis->command({"SET", loginKey, "7"}); // counted for ever
    ManualClock clock(std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
    Bench bench;
    const auto action = unblock(m_redis->connection(), slowapi(), clock);
    const Plan plan = planned(*action, wishFor(u"10.1.2.3"_s));
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    m_redis->command({"DEL", keptKey(plan, 0) + ":forever"});
    clock.advance(keptFor + 1h);
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::NeedsPerson, qPrintable(said(undone)));
    QVERIFY(!exists(loginKey));
}

void TestRedisActions::aTierIsAskedForWhereThereAreSeveral()
{
    const QByteArray reads = "LIMITS:LIMITER/10.1.2.3/reads/120/1/minute";
    m_redis->command({"SET", loginKey, "7", "PX", "60000"});
    m_redis->command({"SET", reads, "90", "PX", "60000"});
    const auto action = unblock(m_redis->connection(), slowapi(), m_clock);
    const auto unclear = action->plan(wishFor(u"10.1.2.3"_s), soon());
    QVERIFY(!unclear);
    QVERIFY2(unclear.error().message.contains(u"tier=auth"_s), qPrintable(unclear.error().message));
    QVERIFY(!action->plan(wishFor(u"10.1.2.3"_s, {{u"tier"_s, u"writes"_s}}), soon()));
    Bench bench;
    const Plan one = planned(*action, wishFor(u"10.1.2.3"_s, {{u"tier"_s, u"reads"_s}}));
    QVERIFY(bench.engine.run(*action, one).ending == Ending::Done);
    QVERIFY(!exists(reads) && exists(loginKey));
    m_redis->command({"SET", reads, "90", "PX", "60000"});
    const Plan all = planned(*action, wishFor(u"10.1.2.3"_s, {{u"tier"_s, u"all"_s}}));
    QCOMPARE(all.steps.size(), 2);
    const Report report = bench.engine.run(*action, all);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QVERIFY(!exists(reads) && !exists(loginKey));
    QVERIFY(bench.engine.undo(*action, all).ending == Ending::Undone);
    QVERIFY(exists(reads) && exists(loginKey));
}

void TestRedisActions::whoIsNotCountedCannotBeFreed()
{
    m_redis->command({"SET", loginKey, "7", "PX", "60000"});
    m_redis->command({"LPUSH", "LIMITS:LIMITER/10.9.9.9//login/5/1/minute", "1"}); // no counter of this layout
    const auto action = unblock(m_redis->connection(), slowapi(), m_clock);
    for (const QString &client : {u"10.1.2"_s, u"*"_s, u"10.9.9.9"_s}) {
        const auto plan = action->plan(wishFor(client), soon());
        QVERIFY(!plan);
        QCOMPARE(plan.error().code, ErrorCode::NotFound);
    }
    QCOMPARE(action->plan(wishFor({}), soon()).error().code, ErrorCode::BadInput);
}

void TestRedisActions::whatIsOverIsNotDone()
{
    m_redis->command({"SET", loginKey, "7", "PX", "60000"});
    Bench bench;
    const auto action = unblock(m_redis->connection(), slowapi(), m_clock);
    const Plan plan = planned(*action, wishFor(u"10.1.2.3"_s));
    m_redis->command({"DEL", loginKey});
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY2(report.error->message.contains(u"over by now"_s), qPrintable(said(report)));
}

void TestRedisActions::aPlanIsNoWayToOtherKeys()
{
    m_redis->command({"SET", loginKey, "7", "PX", "60000"});
    m_redis->command({"SET", "orders:10.1.2.3", "all of them"});
    Bench bench;
    const auto action = unblock(m_redis->connection(), slowapi(), m_clock);
    Plan forged = planned(*action, wishFor(u"10.1.2.3"_s));
    forged.changes[0].what = u"orders:10.1.2.3"_s;
    const Report report = bench.engine.run(*action, forged);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY(exists("orders:10.1.2.3") && exists(loginKey));
}

void TestRedisActions::aBreakerIsClosedAndPutBack()
{
    openStripe();
    Bench bench;
    const auto action = breaker(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, wishFor(u"stripe"_s));
    QCOMPARE(plan.changes, (QList<Change>{{u"state"_s, u"open"_s, u"closed"_s},
                                          {u"opened_at"_s, u"1795000000"_s, u"1795000000"_s},
                                          {u"fail_counter"_s, u"3"_s, u"0"_s}}));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(get("stripe:pybreaker:state"), QByteArray("closed"));
    QCOMPARE(get("stripe:pybreaker:fail_counter"), QByteArray("0"));
    m_redis->command({"INCR", "stripe:pybreaker:fail_counter"}); // calls go on, and one fails
    const Report undone = bench.engine.undo(*action, plan);
    QVERIFY2(undone.ending == Ending::Undone, qPrintable(said(undone)));
    QCOMPARE(get("stripe:pybreaker:state"), QByteArray("open"));
    QCOMPARE(get("stripe:pybreaker:opened_at"), QByteArray("1795000000"));
    QCOMPARE(get("stripe:pybreaker:fail_counter"), QByteArray("3"));
}

void TestRedisActions::aBreakerIsForcedOpenAndHeld()
{
    m_redis->command({"SET", "stripe:pybreaker:state", "closed"}); // it never opened: there is no opened_at
    Bench bench;
    const auto action = breaker(m_redis->connection(), m_clock);
    const qint64 now = std::chrono::duration_cast<std::chrono::seconds>(m_clock.now().time_since_epoch()).count();
    const Plan plan = planned(*action, wishFor(u"stripe"_s, {{u"state"_s, u"open"_s}, {u"for"_s, u"300"_s}}));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    QCOMPARE(get("stripe:pybreaker:state"), QByteArray("open"));
    // pybreaker tries again 30 s (its recovery) after opened_at.
    const qint64 held = get("stripe:pybreaker:opened_at").toLongLong() + 30 - now;
    QVERIFY2(held >= 300 && held <= 310, qPrintable(QString::number(held)));
    QVERIFY(!exists("stripe:pybreaker:fail_counter"));
    QVERIFY(bench.engine.undo(*action, plan).ending == Ending::Undone);
    QCOMPARE(get("stripe:pybreaker:state"), QByteArray("closed"));
    QVERIFY(!exists("stripe:pybreaker:opened_at"));
    // Whoever comes too late is told.
    ManualClock late(m_clock.now());
    const auto slow = breaker(m_redis->connection(), late);
    const Plan again = planned(*slow, wishFor(u"stripe"_s, {{u"state"_s, u"open"_s}, {u"for"_s, u"300"_s}}));
    late.advance(301s);
    const Report refused = bench.engine.run(*slow, again);
    QVERIFY2(refused.ending == Ending::Refused, qPrintable(said(refused)));
    QCOMPARE(get("stripe:pybreaker:state"), QByteArray("closed"));
}

void TestRedisActions::aBreakerThatMovedIsLeftAlone()
{
    openStripe();
    Bench bench;
    const auto action = breaker(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, wishFor(u"stripe"_s));
    m_redis->command({"SET", "stripe:pybreaker:opened_at", "1795000060"}); // its trial failed meanwhile
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QCOMPARE(get("stripe:pybreaker:state"), QByteArray("open"));
    const Plan second = planned(*action, wishFor(u"stripe"_s));
    QVERIFY(bench.engine.run(*action, second).ending == Ending::Done);
    // It opened by itself since: taking the reset back would be to lie about when.
    m_redis->command({"SET", "stripe:pybreaker:state", "open"});
    m_redis->command({"SET", "stripe:pybreaker:opened_at", "1795000100"});
    const Report undone = bench.engine.undo(*action, second);
    QVERIFY2(undone.ending == Ending::NeedsPerson, qPrintable(said(undone)));
    QCOMPARE(get("stripe:pybreaker:opened_at"), QByteArray("1795000100"));
}

/// Redis tells no versions. The plan's words say so.
void TestRedisActions::whatWasChangedAndChangedBackIsTakenBackByItself()
{
    openStripe();
    const QTemporaryDir directory;
    const auto journal = journalIn(directory);
    ManualClock clock(m_clock.now());
    Engine engine(*journal, clock, {.id = u"ada"_s, .host = u"desk"_s});
    const auto action = breaker(m_redis->connection(), clock);
    for (const bool isBackAgain : {true, false}) {
        Wish wish = wishFor(u"stripe"_s);
        wish.revertAfter = 30min;
        const auto plan = engine.plan(*action, u"breaker"_s, wish);
        QVERIFY(plan);
        QVERIFY(engine.run(*action, *plan).ending == Ending::Done);
        m_redis->command({"SET", "stripe:pybreaker:state", "half-open"});
        if (isBackAgain)
            m_redis->command({"SET", "stripe:pybreaker:state", "closed"});
        clock.advance(30min);
        const Report report = engine.revertDue(*action, *plan);
        QVERIFY2(report.ending == (isBackAgain ? Ending::Undone : Ending::Refused), qPrintable(said(report)));
        QCOMPARE(get("stripe:pybreaker:state"), QByteArray(isBackAgain ? "open" : "half-open"));
    }
}

void TestRedisActions::whatCannotBeIsRefusedBeforeAnything_data()
{
    using Set = std::map<QString, QString>;
    QTest::addColumn<QString>("name");
    QTest::addColumn<Set>("set");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("not listed") << u"twilio"_s << Set{} << ErrorCode::NotFound;
    QTest::newRow("never written") << u"resend"_s << Set{} << ErrorCode::NotFound;
    QTest::newRow("no such state") << u"stripe"_s << Set{{u"state"_s, u"OPEN"_s}} << ErrorCode::BadInput;
    QTest::newRow("closed for a time") << u"stripe"_s << Set{{u"for"_s, u"60"_s}} << ErrorCode::BadInput;
    QTest::newRow("no time") << u"stripe"_s << Set{{u"state"_s, u"open"_s}, {u"for"_s, u"soon"_s}}
                             << ErrorCode::BadInput;
    QTest::newRow("for ever") << u"stripe"_s << Set{{u"state"_s, u"open"_s}, {u"for"_s, u"90000"_s}}
                              << ErrorCode::BadInput;
    QTest::newRow("no such thing") << u"stripe"_s << Set{{u"colour"_s, u"red"_s}} << ErrorCode::BadInput;
    QTest::newRow("as it is") << u"stripe"_s << Set{{u"state"_s, u"closed"_s}} << ErrorCode::BadInput;
}

void TestRedisActions::whatCannotBeIsRefusedBeforeAnything()
{
    using Set = std::map<QString, QString>;
    QFETCH(QString, name);
    QFETCH(Set, set);
    QFETCH(ErrorCode, code);
    m_redis->command({"SET", "stripe:pybreaker:state", "closed"});
    const auto plan = breaker(m_redis->connection(), m_clock)->plan(wishFor(name, set), soon());
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, code);
}

void TestRedisActions::aGroupIsFlushedAndNothingElse()
{
    fill("pricing", 45'000);
    fill("templates", 300);
    m_redis->command({"SET", "orders:1", "x"});
    Bench bench;
    const auto action = flush(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, wishFor(u"pricing"_s));
    QCOMPARE(plan.steps.size(), 3);
    QCOMPARE(plan.changes.first().before, u"45000"_s);
    QCOMPARE(plan.risk, Risk::Medium);
    QVERIFY(plan.undo.isEmpty());
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Done, qPrintable(said(report)));
    // Never what holds up the server for all.
    const QByteArray commands = m_redis->command({"INFO", "commandstats"});
    QVERIFY(commands.contains("cmdstat_unlink:calls=") && commands.contains("cmdstat_scan:calls="));
    QVERIFY(!commands.contains("cmdstat_flush") && !commands.contains("cmdstat_keys"));
    QCOMPARE(m_redis->command({"EVAL", "return #redis.call('KEYS', 'cache:pricing:*')", "0"}), QByteArray("0"));
    QCOMPARE(m_redis->command({"EVAL", "return #redis.call('KEYS', 'cache:templates:*')", "0"}), QByteArray("300"));
    QVERIFY(exists("orders:1") && exists(marker));
    QVERIFY(bench.engine.undo(*action, plan).ending == Ending::Refused);
    QCOMPARE(action->plan(wishFor(u"pricing"_s), soon()).error().code, ErrorCode::NotFound);
    QCOMPARE(action->plan(wishFor(u"orders"_s), soon()).error().code, ErrorCode::NotFound);
}

void TestRedisActions::theForecastIsMeasuredOrUnknown()
{
    fill("pricing", 10);
    const auto action = flush(m_redis->connection(), m_clock);
    const Plan unknown = planned(*action, wishFor(u"pricing"_s));
    QCOMPARE(unknown.impact.size(), 4);
    QCOMPARE(unknown.impact[0].number, 10);
    for (qsizetype i = 1; i < 4; ++i)
        QVERIFY(!unknown.impact[i].number && !unknown.impact[i].source.isEmpty());
    // 5 hits a second, as long as we look.
    m_redis->command({"HSET", "app:stats", "hits:pricing", "1000"});
    std::atomic<bool> done = false;
    std::thread service([&, port = m_redis->server().port()] {
        while (!done) {
            std::this_thread::sleep_for(200ms);
            m_redis->command({"HINCRBY", "app:stats", "hits:pricing", "1"});
        }
    });
    const auto measured = action->plan(wishFor(u"pricing"_s), soon());
    done = true;
    service.join();
    QVERIFY(measured);
    const qint64 hits = measured->impact[1].number.value_or(-1);
    QVERIFY2(hits >= 60 && hits <= 600, qPrintable(QString::number(hits)));
    QCOMPARE(measured->impact[2].number, 10); // no key is missed twice
    // Nobody reads it: known, and none.
    QCOMPARE(planned(*action, wishFor(u"pricing"_s)).impact[2].number, 0);
}

void TestRedisActions::aFlushIsStoppedBetweenBatchesAndGoneOnWith()
{
    const int all = fill("pricing", 45'000);
    Bench bench;
    const auto stop = std::make_shared<std::atomic<bool>>(false);
    const auto action = flush(m_redis->connection(), m_clock, stop);
    const Plan plan = planned(*action, wishFor(u"pricing"_s));
    bench.engine.setBoundary([&](const QString &boundary) {
        if (boundary == "effect:1:before"_L1)
            *stop = true;
    });
    const Report stopped = bench.engine.run(*action, plan);
    QVERIFY2(stopped.ending == Ending::NeedsPerson, qPrintable(said(stopped)));
    const auto left = [&] {
        return m_redis->command({"EVAL", "return #redis.call('KEYS', 'cache:pricing:*')", "0"}).toInt();
    };
    QVERIFY2(left() > 0 && left() < all, qPrintable(QString::number(left())));
    QCOMPARE(bench.journal->unfinished(patience)->size(), 1);
    *stop = false;
    m_redis->command({"DEL", "quarterdeck:lease"}); // it could not be given back
    const Report resumed = bench.engine.resume(*flush(m_redis->connection(), m_clock), plan);
    QVERIFY2(resumed.ending == Ending::Done, qPrintable(said(resumed)));
    QCOMPARE(resumed.steps.first().state, StepReport::State::Already);
    QCOMPARE(left(), 0);
}

void TestRedisActions::aGroupsNameIsNoWildcard()
{
    fill("a*", 3);
    fill("abc", 3);
    Bench bench;
    const auto action = flush(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, wishFor(u"a*"_s));
    QCOMPARE(plan.changes.first().before, u"3"_s);
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
    QVERIFY(exists("cache:abc:1") && !exists("cache:a*:1"));
}

void TestRedisActions::aWrongTargetIsNeverTouched_data()
{
    QTest::addColumn<QByteArray>("other");
    QTest::addColumn<QByteArray>("kind");
    for (const char *kind : {"unblock", "breaker", "flush"}) {
        QTest::addRow("%s, another marker", kind) << QByteArray("longmem/production") << QByteArray(kind);
        QTest::addRow("%s, a clone", kind) << QByteArray("shop/production") << QByteArray(kind);
        QTest::addRow("%s, staging", kind) << QByteArray("shop/staging") << QByteArray(kind);
        QTest::addRow("%s, no marker", kind) << QByteArray() << QByteArray(kind);
    }
}

void TestRedisActions::aWrongTargetIsNeverTouched()
{
    QFETCH(QByteArray, other);
    QFETCH(QByteArray, kind);
    test::RedisFixture elsewhere;
    for (test::RedisFixture *redis : {m_redis.get(), &elsewhere}) {
        redis->command({"SET", loginKey, "7", "PX", "60000"});
        redis->command({"SET", "stripe:pybreaker:state", "open"});
        redis->command({"SET", "cache:pricing:1", "x"});
    }
    if (!other.isEmpty())
        elsewhere.command({"SET", marker, other});
    const auto at = [&](const RedisConnection &connection) {
        return kind == "breaker" ? breaker(connection, m_clock)
               : kind == "flush" ? flush(connection, m_clock)
                                 : unblock(connection, slowapi(), m_clock);
    };
    const QString resource = kind == "breaker" ? u"stripe"_s : kind == "flush" ? u"pricing"_s : u"10.1.2.3"_s;
    Bench bench;
    const Plan plan = planned(*at(m_redis->connection()), wishFor(resource));
    const auto writes = [&](test::RedisFixture &redis) {
        const QByteArray info = redis.command({"INFO", "persistence"});
        const qsizetype begin = info.indexOf("rdb_changes_since_last_save:");
        return info.mid(begin, info.indexOf('\r', begin) - begin);
    };
    const QByteArray before = writes(elsewhere);
    const auto swapped = at(elsewhere.connection()); // the port leads elsewhere now
    const Report report = bench.engine.run(*swapped, plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    const Report resumed = bench.engine.resume(*swapped, plan);
    QVERIFY2(resumed.ending == Ending::Refused, qPrintable(said(resumed)));
    // Nor where it is swapped between the checks and the deed.
    auto store = RedisStore::open(placeAt(elsewhere.connection()), soon());
    QVERIFY(store);
    const auto made = store->guarded({}, plan.target, {.body = "  return {{'SET', 'x', 'y'}}\n"}, soon());
    QVERIFY(!made && made.error().code == ErrorCode::BadInput);
    QCOMPARE(writes(elsewhere), before);
    // One that says it is another's is refused from the start.
    if (!other.isEmpty() && other != "shop/production")
        QVERIFY(!at(elsewhere.connection())->plan(wishFor(resource), soon()));
}

void TestRedisActions::withoutAMarkerOneIsWarned()
{
    m_redis->command({"DEL", marker});
    openStripe();
    Bench bench;
    const auto action = breaker(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, wishFor(u"stripe"_s));
    const QList<Check> checks = bench.engine.check(*action, plan);
    const auto warned = std::ranges::find(checks, u"target-marked"_s, [](const Check &c) { return c.phrase.code; });
    QVERIFY(warned != checks.end());
    QCOMPARE(warned->result, Check::Result::Warned);
    QVERIFY2(warned->error->message.contains(u"SET quarterdeck:environment shop/production"_s),
             qPrintable(warned->error->message));
    QVERIFY(bench.engine.run(*action, plan).ending == Ending::Done);
}

void TestRedisActions::aUserWithoutRightsIsToldBefore()
{
    openStripe();
    m_redis->command(
        {"ACL", "SETUSER", "viewer", "on", ">pw", "~*", "+@read", "+info", "+role", "+eval", "+scan", "+time", "-set"});
    Bench bench;
    const auto action = breaker(m_redis->connection(u"viewer"_s, "pw"), m_clock);
    const Plan plan = planned(*action, wishFor(u"stripe"_s));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QCOMPARE(report.error->code, ErrorCode::Forbidden);
    QCOMPARE(get("stripe:pybreaker:state"), QByteArray("open"));
    QVERIFY(bench.journal->entries({}, patience)->isEmpty());
}

void TestRedisActions::whoActsNowIsNamed()
{
    openStripe();
    Bench bench;
    auto store = RedisStore::open(placeAt(m_redis->connection()), soon());
    QVERIFY(store);
    const auto taken = store->take(u"bob@tower"_s, 60s, soon());
    QVERIFY(taken);
    const auto action = breaker(m_redis->connection(), m_clock);
    const Plan plan = planned(*action, wishFor(u"stripe"_s));
    const Report report = bench.engine.run(*action, plan);
    QVERIFY2(report.ending == Ending::Refused, qPrintable(said(report)));
    QVERIFY2(report.error->message.contains(u"bob@tower"_s), qPrintable(said(report)));
    QCOMPARE(get("stripe:pybreaker:state"), QByteArray("open"));
}

void TestRedisActions::aProfileSaysWhatMayBeDone()
{
    const QByteArray head = "quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n"
                            "  redis: {host: 127.0.0.1}\n  redis_operator: {kind: redis, host: 127.0.0.1}\n"
                            "sources:\n  redis: {kind: redis}\n"
                            "tiers:\n  - {name: auth, limit: 5}\ncaches:\n  - {name: pricing}\n"
                            "breakers:\n  - {name: stripe, recovery: 30 s}\nactions:\n";
    const auto check = [&](const QByteArray &actions) { return wrongIn(head + actions); };
    QCOMPARE(check("  a: {kind: unblock-client, limits: {layout: limits, prefix: \"L:\"}}\n"
                   "  b: {kind: cache-flush, keys: \"cache:{group}:*\", stats: {hash: h, hits: \"hits:{group}\"}}\n"
                   "  c: {kind: breaker, keys: \"{name}:pybreaker\", environment: \"app:which\"}\n"),
             QString());
    QVERIFY(check("  a: {kind: unblock-client}\n").contains(u"'limits'"_s));
    QVERIFY(check("  b: {kind: cache-flush, keys: \"cache:*\"}\n").contains(u"{group}"_s));
    QVERIFY(check("  b: {kind: cache-flush}\n").contains(u"keys"_s));
    QVERIFY(check("  c: {kind: breaker, key: x}\n").contains(u"keys"_s));
    // Who only watches has no connection that may write.
    const auto watcher =
        parseProfile("quarterdeck: 1\nname: shop\nenvironment: production\nconnections:\n"
                     "  redis: {host: 127.0.0.1}\nsources:\n  redis: {kind: redis}\ncaches:\n  - {name: pricing}\n"
                     "actions:\n  b: {kind: cache-flush, keys: \"cache:{group}:*\"}\n",
                     u"shop.yaml"_s);
    QVERIFY(watcher && checkActions(*watcher).isEmpty());
    const auto made = makeAction(u"b"_s, *watcher, m_clock);
    QVERIFY(!made);
    QVERIFY(made.error().first().message.contains(u"redis_operator"_s));
}

QTEST_GUILESS_MAIN(TestRedisActions)
#include "tst_redis_actions.moc"
