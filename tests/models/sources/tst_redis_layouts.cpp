/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/clock.h"
#include "facts/state.h"
#include "sources/redis/redis_facts.h"
#include "sources/source.h"
#include "support/server_fixtures.h"
#include "watch/view.h"

#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
ProfileResult profileWith(const QByteArray &rest)
{
    return parseProfile("quarterdeck: 1\nname: d\nenvironment: test\nconnections:\n  redis: {host: 127.0.0.1}\n" + rest,
                        u"p.yaml"_s);
}

Profile limitsProfile(const QByteArray &layout)
{
    return *profileWith("tiers: [{name: reads, limit: 5, window: 1 m}]\nsources:\n  redis:\n    kind: redis\n"
                        "    limits: " +
                        layout + '\n');
}

/// Milliseconds since 1970, so long ago.
QByteArray ago(std::chrono::milliseconds time)
{
    return QByteArray::number(qint64{(SystemClock().now() - time).time_since_epoch().count()});
}

QByteArray secondsAgo(std::chrono::seconds time)
{
    return ago(time).chopped(3);
}

/// "CLIENT SCOPE USED of LIMIT", sorted.
QStringList counters(const SourceAnswer &answer)
{
    QStringList lines;
    for (const Fact &fact : answer.outcome->facts) {
        if (const auto *limit = std::get_if<RateLimit>(&fact))
            lines.append(u"%1 %2 %3 of %4"_s.arg(limit->client, limit->scope)
                             .arg(limit->used.valueOr(-1))
                             .arg(limit->limit.valueOr(-1)));
    }
    lines.sort();
    return lines;
}

const QByteArray twoBreakers = "breakers: [{name: stripe, failures: 3, recovery: 30 s}, {name: mail}]\n"
                               "sources: {breakers: {kind: pybreaker}}\n";
} // namespace

/// Layouts that none of the sandbox's services uses, in a real Redis.
class TestRedisLayouts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void limitsOfASlidingWindow();
    void rateLimiterFlexible();
    void fastapiLimiter();
    void pyrateLimiter();
    void aClientsOwnLimitIsTold_data();
    void aClientsOwnLimitIsTold();
    void aBucketFillsByTheServersClock_data();
    void aBucketFillsByTheServersClock();
    void withoutTheServersTimeItsOwnIsTaken();
    void aKeyThatIsAClientIsNowhereInFull();
    void pybreakersAreRead();
    void anOpenBreakerWhoseTimeOutIsOverIsDue_data();
    void anOpenBreakerWhoseTimeOutIsOverIsDue();
    void whatPybreakerWouldFailOnIsSaid_data();
    void whatPybreakerWouldFailOnIsSaid();
    void aMissingBreakerSpoilsNoOther();
    void aBreakerThatMayNotBeReadSaysWhy();
    void pybreakersOptionsAreChecked_data();
    void pybreakersOptionsAreChecked();

private:
    SourceAnswer ask(Profile profile, const RedisConnection &connection);
};

SourceAnswer TestRedisLayouts::ask(Profile profile, const RedisConnection &connection)
{
    profile.connections[u"redis"_s] = connection;
    const auto factory = sourceFactory(profile.sources.first(), profile);
    if (!factory)
        return {.outcome = std::unexpected(factory.error().first()), .exchanges = {}};
    const auto source = (*factory)({});
    std::optional<SourceAnswer> answer;
    const Call call = source->poll([&](const SourceAnswer &a) { answer = a; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 10'000))
        return {.outcome = failure(ErrorCode::Timeout, u"the source never answered"_s), .exchanges = {}};
    return *answer;
}

void TestRedisLayouts::limitsOfASlidingWindow()
{
    test::RedisFixture redis;
    redis.command({"SET", "LIMITS:{LIMITER/10.0.0.1//a/9/1/hour}", "2", "PX", "5400000"});
    redis.command({"SET", "LIMITS:{LIMITER/10.0.0.1//a/9/1/hour}/-1", "7", "PX", "1801000"}); // 3.5 of 7
    redis.command({"SET", "LIMITS:{LIMITER/10.0.0.2//a/9/1/hour}", "8", "PX", "1805000"});    // over: 4 of 8
    redis.command({"SET", "LIMITS:{LIMITER/other}", "1"});
    const SourceAnswer answer =
        ask(limitsProfile("{layout: limits-sliding-window, prefix: 'LIMITS:{LIMITER/'}"), redis.connection());
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(counters(answer), (QStringList{u"10.0.0.1 /a 5 of 9"_s, u"10.0.0.2 /a 4 of 9"_s}));
    QCOMPARE(answer.outcome->refusals.size(), 1);
    QVERIFY(answer.outcome->refusals[0].error.message.startsWith(u"1 keys under"_s));
    QVERIFY2(answer.exchanges.last().command.contains(u"/-1"_s), qPrintable(answer.exchanges.last().command));
}

void TestRedisLayouts::rateLimiterFlexible()
{
    test::RedisFixture redis;
    redis.command({"SET", "rlflx:10.0.0.1", "9", "PX", "600000"}); // blocked
    redis.command({"SET", "rlflx:10.0.0.2", "-2", "PX", "6000"});
    redis.command({"SET", "rlflx:10.0.0.3", "4"});
    const SourceAnswer answer =
        ask(limitsProfile("{layout: rate-limiter-flexible, prefix: 'rlflx:', tier: reads}"), redis.connection());
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(counters(answer), (QStringList{u"10.0.0.1  9 of 5"_s, u"10.0.0.2  0 of 5"_s, u"10.0.0.3  4 of 5"_s}));
    QVERIFY(answer.outcome->refusals.isEmpty());
}

void TestRedisLayouts::fastapiLimiter()
{
    test::RedisFixture redis;
    redis.command({"SET", "fastapi-limiter:10.0.0.1:/quotes:3:0", "5", "PX", "6000"});
    redis.command({"SET", "fastapi-limiter:::1:/quotes:3:0", "1", "PX", "6000"});
    redis.command({"SET", "fastapi-limiter:odd", "1"});
    const SourceAnswer answer =
        ask(limitsProfile("{layout: fastapi-limiter, prefix: 'fastapi-limiter:', tier: reads}"), redis.connection());
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(counters(answer), (QStringList{u"10.0.0.1 /quotes 5 of 5"_s, u"::1 /quotes 1 of 5"_s}));
    QCOMPARE(answer.outcome->refusals.size(), 1);
}

void TestRedisLayouts::pyrateLimiter()
{
    test::RedisFixture redis;
    // Those that are out of the window stay in the set until somebody leaks the bucket.
    redis.command({"ZADD", "bucket:a", ago(200s), "x:1", ago(90s), "x:2", ago(30s), "x:3", ago(10s), "x:4"});
    redis.command({"ZADD", "bucket:idle", ago(200s), "x:1"});
    redis.command({"SET", "bucket:odd", "1"});
    const SourceAnswer answer =
        ask(limitsProfile("{layout: pyrate-limiter, prefix: 'bucket:', tier: reads}"), redis.connection());
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(counters(answer), QStringList{u"a  2 of 5"_s});
    QCOMPARE(answer.outcome->refusals.size(), 1);
    QCOMPARE(answer.outcome->refusals[0].what, u"limit/layout"_s);
    const QString command = answer.exchanges.last().command;
    QVERIFY2(command.contains(u"ZCOUNT bucket:a "_s) && command.contains(u"ZREVRANGE bucket:a 0 0 WITHSCORES"_s),
             qPrintable(command));
}

void TestRedisLayouts::aClientsOwnLimitIsTold_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::newRow("a number") << QByteArray();
    QTest::newRow("in a hash") << QByteArray("limit");
}

void TestRedisLayouts::aClientsOwnLimitIsTold()
{
    QFETCH(QByteArray, field);
    test::RedisFixture redis;
    for (const char *client : {"10.0.0.1", "10.0.0.2", "10.0.0.3"})
        redis.command({"SET", QByteArray("rl:") + client, "7", "PX", "60000"});
    const QByteArray own = "limits:override:10.0.0.1";
    redis.command(field.isEmpty() ? QList<QByteArray>{"SET", own, "600", "PX", "60000"}
                                  : QList<QByteArray>{"HSET", own, field, "600"});
    redis.command({"LPUSH", "limits:override:10.0.0.3", "600"}); // of another kind: it says nothing
    const QByteArray named = field.isEmpty() ? QByteArray() : ", field: " + field;
    const SourceAnswer answer = ask(limitsProfile("{layout: express-rate-limit, prefix: \"rl:\", tier: reads, "
                                                  "overrides: {key: \"limits:override:{client}\"" +
                                                  named + "}}"),
                                    redis.connection());
    QVERIFY(answer.outcome);
    QCOMPARE(counters(answer), (QStringList{u"10.0.0.1  7 of 600"_s, u"10.0.0.2  7 of 5"_s, u"10.0.0.3  7 of 5"_s}));
    for (const Fact &fact : answer.outcome->facts) {
        const auto *limit = std::get_if<RateLimit>(&fact);
        if (limit && limit->client == "10.0.0.1"_L1)
            QVERIFY(limit->limit.origin.pointer.endsWith(u"/override"_s));
        // Until when, where it has an end.
        const bool isForATime = limit && limit->client == "10.0.0.1"_L1 && field.isEmpty();
        QCOMPARE(limit && limit->limitUntil.has(), isForATime);
        if (isForATime)
            QVERIFY(limit->limitUntil.origin.pointer.endsWith(u"/override pttl"_s));
    }
    QVERIFY(answer.exchanges.last().reply.contains("\"override\""));
    // Where the keys tell the limit, no other one counts.
    const auto wrong = profileWith("tiers: [{name: reads, limit: 5}]\nsources:\n  redis:\n    kind: redis\n    limits: "
                                   "{layout: limits, prefix: \"L:\", overrides: {key: \"o:{client}\"}}\n");
    QVERIFY(wrong);
    const auto errors = checkSources(*wrong);
    QCOMPARE(errors.size(), 1);
    QVERIFY2(errors.first().message.contains(u"'overrides'"_s), qPrintable(errors.first().message));
}

void TestRedisLayouts::aBucketFillsByTheServersClock_data()
{
    QTest::addColumn<std::chrono::milliseconds>("ahead");
    QTest::newRow("as the server's") << std::chrono::milliseconds(0);
    QTest::newRow("an hour ahead") << std::chrono::milliseconds(1h);
    QTest::newRow("an hour behind") << std::chrono::milliseconds(-1h);
}

void TestRedisLayouts::aBucketFillsByTheServersClock()
{
    QFETCH(std::chrono::milliseconds, ahead);
    test::RedisFixture redis;
    // 10 of 100 tokens, and 100 an hour: half an hour ago it lacked 90, now it lacks 40, and in 24 min nothing.
    redis.command({"HSET", "ratelimit:user:5", "tokens", "10", "updated_at", secondsAgo(30min)});
    redis.command({"SET", "ratelimit:odd", "1", "PX", "60000"});
    const ManualClock console(SystemClock().now() + ahead);
    RedisOptions options;
    options.limits = {.kind = LimitLayout::Kind::TokenBucket, .prefix = u"ratelimit:"_s, .tier = {}};
    const QList<TierPolicy> tiers{{.name = u"user"_s, .limit = 100, .window = 3600s, .scopes = {u"user"_s}}};
    const auto source = redisSource(redis.connection(), {}, options, tiers, 5s, console);
    std::optional<SourceAnswer> answer;
    const Call call = source->poll([&](const SourceAnswer &a) { answer = a; });
    QTRY_VERIFY_WITH_TIMEOUT(answer, 10'000);
    QCOMPARE(counters(*answer), QStringList{u"5 user 40 of 100"_s});
    const auto limit = std::ranges::find_if(answer->outcome->facts,
                                            [](const Fact &fact) { return std::holds_alternative<RateLimit>(fact); });
    const auto left = *std::get<RateLimit>(*limit).resetsAt - console.now();
    QVERIFY2(left > 23min && left < 25min, qPrintable(QString::number(left / 1s)));
}

void TestRedisLayouts::withoutTheServersTimeItsOwnIsTaken()
{
    test::RedisFixture redis("right", {"user viewer on >see ~* +ping +info +scan +hmget +pttl"});
    redis.command({"HSET", "ratelimit:user:5", "tokens", "10", "updated_at", secondsAgo(30s)});
    const Profile profile = *profileWith("tiers: [{name: user, limit: 100, window: 1 m}]\nsources:\n  redis:\n"
                                         "    kind: redis\n    limits: {layout: token-bucket, prefix: 'ratelimit:'}\n");
    const SourceAnswer answer = ask(profile, redis.connection(u"viewer"_s, "see"));
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    QCOMPARE(counters(answer).size(), 1);
    QVERIFY(answer.outcome->refusals.isEmpty());
}

void TestRedisLayouts::aKeyThatIsAClientIsNowhereInFull()
{
    test::RedisFixture redis;
    const QByteArray first = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
    const QByteArray second = "sk_live_4eC39HqLyjWDarjtT1zdp7dd";
    redis.command({"SET", "rl:" + first, "4", "PX", "60000"});
    redis.command({"SET", "rl:" + second, "3", "PX", "60000"});
    const SourceAnswer answer =
        ask(limitsProfile("{layout: express-rate-limit, prefix: 'rl:', tier: reads}"), redis.connection());
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    const QStringList told = counters(answer);
    QCOMPARE(told.size(), 2);
    QVERIFY2(told.join(u' ').contains(u"sk_l••••"_s), qPrintable(told.join(u'\n')));
    QVERIFY(told[0].section(u' ', 0, 0) != told[1].section(u' ', 0, 0));
    for (const Fact &fact : answer.outcome->facts) {
        const auto *limit = std::get_if<RateLimit>(&fact);
        if (!limit)
            continue;
        QVERIFY(!limit->used.origin.pointer.contains(u"HqLyjWDarjt"_s));
        const QByteArray name = QString(limit->used.origin.pointer).section(u'/', 1, 1).toUtf8();
        QVERIFY2(answer.exchanges.last().reply.contains(name), answer.exchanges.last().reply.constData());
    }
    for (const Exchange &exchange : answer.exchanges)
        QVERIFY(!exchange.reply.contains("HqLyjWDarjt") && !exchange.command.contains(u"HqLyjWDarjt"_s));
}

void TestRedisLayouts::pybreakersAreRead()
{
    test::RedisFixture redis("right");
    const QByteArray opened = secondsAgo(10s);
    redis.command({"MSET", "stripe:pybreaker:state", "open", "stripe:pybreaker:fail_counter", "3",
                   "stripe:pybreaker:opened_at", opened, "mail:pybreaker:state", "closed",
                   "mail:pybreaker:fail_counter", "0"});
    const SourceAnswer answer = ask(*profileWith(twoBreakers), redis.connection());
    QVERIFY2(answer.outcome, answer.outcome ? "" : qPrintable(answer.outcome.error().message));
    const auto stripe = std::get<Breaker>(answer.outcome->facts.at(0));
    QCOMPARE(stripe.id, u"stripe"_s);
    QCOMPARE(*stripe.state, BreakerState::Open);
    QCOMPARE(stripe.state.origin, (Origin{0, u"/stripe/state"_s}));
    QCOMPARE(*stripe.failures, 3);
    QCOMPARE(*stripe.openedAt, Instant(std::chrono::seconds(opened.toLongLong())));
    QVERIFY(!stripe.callsTotal.has());
    const auto mail = std::get<Breaker>(answer.outcome->facts.at(1));
    QCOMPARE(*mail.state, BreakerState::Closed);
    QCOMPARE(mail.failures.value, 0);
    QVERIFY(!mail.openedAt.has()); // never opened
    QVERIFY(answer.outcome->refusals.isEmpty());
    QVERIFY2(answer.exchanges[0].command.contains(
                 u"MGET mail:pybreaker:state mail:pybreaker:fail_counter mail:pybreaker:opened_at"_s),
             qPrintable(answer.exchanges[0].command));
    QVERIFY(answer.exchanges[0].command.startsWith(u"REDISCLI_AUTH=… redis-cli"_s));
    QVERIFY2(answer.exchanges[0].reply.contains(R"("mail":{"fail_counter":"0","opened_at":null,"state":"closed"})"),
             answer.exchanges[0].reply.constData());
}

void TestRedisLayouts::anOpenBreakerWhoseTimeOutIsOverIsDue_data()
{
    QTest::addColumn<qint64>("openedSecondsAgo");
    QTest::addColumn<qint64>("atLeast");
    QTest::addColumn<qint64>("atMost");
    QTest::newRow("not yet") << qint64(10) << qint64(15) << qint64(20);
    QTest::newRow("over, and nobody has called since") << qint64(4000) << qint64(0) << qint64(0);
    QTest::newRow("held open by a time to come") << qint64(-3600) << qint64(3620) << qint64(3630);
}

void TestRedisLayouts::anOpenBreakerWhoseTimeOutIsOverIsDue()
{
    QFETCH(qint64, openedSecondsAgo);
    QFETCH(qint64, atLeast);
    QFETCH(qint64, atMost);
    test::RedisFixture redis;
    redis.command({"MSET", "stripe:pybreaker:state", "open", "stripe:pybreaker:opened_at",
                   secondsAgo(std::chrono::seconds(openedSecondsAgo)), "mail:pybreaker:state", "half-open"});
    const Profile profile = *profileWith(twoBreakers);
    const SourceAnswer answer = ask(profile, redis.connection());
    QVERIFY(answer.outcome);
    const Instant now = SystemClock().now();
    const DeploymentState state = fold({}, {.deployment = u"d"_s,
                                            .source = u"breakers"_s,
                                            .takenAt = now,
                                            .outcome = answer.outcome,
                                            .exchanges = answer.exchanges});
    const DeploymentView shown = view(state, profile, now);
    QCOMPARE(shown.breakers.size(), 2);
    QCOMPARE(*shown.breakers[0].state, BreakerState::Open);
    QVERIFY(shown.breakers[0].halfOpenIn.has());
    const double seconds = shown.breakers[0].halfOpenIn->count() / 1000;
    QVERIFY2(seconds >= static_cast<double>(atLeast) && seconds <= static_cast<double>(atMost),
             qPrintable(QString::number(seconds)));
    QCOMPARE(shown.breakers[0].threshold.value, 3);
    QCOMPARE(*shown.breakers[1].state, BreakerState::HalfOpen);
}

void TestRedisLayouts::whatPybreakerWouldFailOnIsSaid_data()
{
    QTest::addColumn<QByteArray>("state");
    QTest::addColumn<QByteArray>("openedAt");
    QTest::addColumn<QString>("what");
    QTest::newRow("upper case") << QByteArray("OPEN") << QByteArray("5") << u"breaker/stripe/state"_s;
    QTest::newRow("another spelling") << QByteArray("half_open") << QByteArray("5") << u"breaker/stripe/state"_s;
    QTest::newRow("empty") << QByteArray("") << QByteArray("5") << u"breaker/stripe/state"_s;
    QTest::newRow("no time") << QByteArray("open") << QByteArray("yesterday") << u"breaker/stripe/opened_at"_s;
    QTest::newRow("a time of no century")
        << QByteArray("open") << QByteArray("99999999999999") << u"breaker/stripe/opened_at"_s;
}

void TestRedisLayouts::whatPybreakerWouldFailOnIsSaid()
{
    QFETCH(QByteArray, state);
    QFETCH(QByteArray, openedAt);
    QFETCH(QString, what);
    test::RedisFixture redis;
    redis.command({"MSET", "stripe:pybreaker:state", state, "stripe:pybreaker:opened_at", openedAt,
                   "mail:pybreaker:state", "closed"});
    const SourceAnswer answer = ask(*profileWith(twoBreakers), redis.connection());
    QVERIFY(answer.outcome);
    QCOMPARE(answer.outcome->refusals.size(), 1);
    QCOMPARE(answer.outcome->refusals[0].what, what);
    const auto stripe = std::get<Breaker>(answer.outcome->facts.at(0));
    QCOMPARE(*stripe.state, state == "open" ? BreakerState::Open : BreakerState::Unknown);
    QCOMPARE(stripe.openedAt.has(), openedAt == "5");
}

void TestRedisLayouts::aMissingBreakerSpoilsNoOther()
{
    test::RedisFixture redis;
    redis.command({"SET", "mail:pybreaker:state", "closed"});
    const Profile profile = *profileWith(twoBreakers);
    const SourceAnswer answer = ask(profile, redis.connection());
    QVERIFY(answer.outcome);
    QCOMPARE(answer.outcome->refusals.size(), 1);
    QCOMPARE(answer.outcome->refusals[0].error.code, ErrorCode::NotFound);
    QVERIFY(answer.outcome->refusals[0].error.message.contains(u"no key stripe:pybreaker:state"_s));
    const Instant now = SystemClock().now();
    const DeploymentView shown =
        view(fold({}, {.deployment = u"d"_s, .source = u"breakers"_s, .takenAt = now, .outcome = answer.outcome}),
             profile, now);
    QVERIFY(!shown.breakers[0].state.has());
    QVERIFY(shown.breakers[0].state.error.has_value());
    QCOMPARE(*shown.breakers[1].state, BreakerState::Closed);

    // A service with one breaker and no namespace.
    redis.command({"SET", "pybreaker:state", "open"});
    const SourceAnswer bare =
        ask(*profileWith("breakers: [{name: stripe}]\nsources: {breakers: {kind: pybreaker, keys: pybreaker}}\n"),
            redis.connection());
    QVERIFY(bare.outcome);
    QCOMPARE(*std::get<Breaker>(bare.outcome->facts.at(0)).state, BreakerState::Open);
}

void TestRedisLayouts::aBreakerThatMayNotBeReadSaysWhy()
{
    test::RedisFixture redis("right", {"user viewer on >see ~mail:* +@all", "user blind on >see ~nothing:* +@all"});
    redis.command({"MSET", "stripe:pybreaker:state", "open", "mail:pybreaker:state", "closed"});
    const SourceAnswer half = ask(*profileWith(twoBreakers), redis.connection(u"viewer"_s, "see"));
    QVERIFY2(half.outcome, half.outcome ? "" : qPrintable(half.outcome.error().message));
    QCOMPARE(half.outcome->facts.size(), 1);
    QCOMPARE(half.outcome->refusals.size(), 1);
    QCOMPARE(half.outcome->refusals[0].what, u"breaker/stripe"_s);
    QCOMPARE(half.outcome->refusals[0].error.code, ErrorCode::Forbidden);
    const SourceAnswer none = ask(*profileWith(twoBreakers), redis.connection(u"blind"_s, "see"));
    QVERIFY(!none.outcome);
    QCOMPARE(none.outcome.error().code, ErrorCode::Forbidden);
}

void TestRedisLayouts::pybreakersOptionsAreChecked_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("says");
    QTest::newRow("two") << twoBreakers << QString();
    QTest::newRow("none") << QByteArray("sources: {breakers: {kind: pybreaker}}\n") << u"there are none"_s;
    QTest::newRow("one key for two")
        << QByteArray(twoBreakers).replace("kind: pybreaker", "kind: pybreaker, keys: 'pybreaker'")
        << u"expected '{name}'"_s;
    QTest::newRow("unknown key") << QByteArray(twoBreakers).replace("kind: pybreaker", "kind: pybreaker, kyes: 'x'")
                                 << u"kyes"_s;
}

void TestRedisLayouts::pybreakersOptionsAreChecked()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QString, says);
    const auto profile = profileWith(yaml);
    QVERIFY2(profile, profile ? "" : qPrintable(profile.error().first().message));
    const QList<Error> errors = checkSources(*profile);
    QCOMPARE(errors.size(), says.isEmpty() ? 0 : 1);
    if (!says.isEmpty())
        QVERIFY2(errors.first().message.contains(says), qPrintable(errors.first().message));
}

QTEST_GUILESS_MAIN(TestRedisLayouts)
#include "tst_redis_layouts.moc"
