/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/backups.h"
#include "parts/cache_groups.h"
#include "parts/circuit_breaker.h"
#include "parts/metrics.h"
#include "parts/provider.h"
#include "parts/rate_limiter.h"
#include "parts/redis_link.h"
#include "parts/request_stats.h"
#include "servers/local_postgres.h"
#include "servers/local_redis.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd::sandbox;
using State = CircuitBreaker::State;

class TestParts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theBreakerFollowsItsRules()
    {
        const auto start = CircuitBreaker::Clock::now();
        int opened = 0;
        CircuitBreaker breaker(u"x"_s, {3, 30s}, [&opened](const QString &) { ++opened; });
        const auto call = [&breaker](bool works, CircuitBreaker::Clock::time_point at) {
            QVERIFY(breaker.permit(at));
            works ? breaker.succeed() : breaker.fail(at);
        };
        call(false, start);
        call(false, start);
        call(true, start); // a success in between forgets the failures
        call(false, start);
        call(false, start);
        QVERIFY(breaker.state(start) == State::Closed);
        call(false, start);
        QVERIFY(breaker.state(start) == State::Open);
        QVERIFY(!breaker.permit(start + 29s));
        QVERIFY(breaker.state(start + 30s) == State::HalfOpen);
        QVERIFY(breaker.permit(start + 30s));
        QVERIFY(!breaker.permit(start + 30s)); // one trial at a time
        breaker.fail(start + 30s);
        QVERIFY(breaker.state(start + 59s) == State::Open);
        call(true, start + 60s);
        QVERIFY(breaker.state(start + 60s) == State::HalfOpen);
        call(true, start + 60s);
        QVERIFY(breaker.state(start + 60s) == State::Closed);
        QCOMPARE(opened, 2);
        const QJsonObject json = breaker.toJson(start + 60s);
        QCOMPARE(json.value("calls_total"_L1).toInt(), 9);
        QCOMPARE(json.value("failures_total"_L1).toInt(), 6);
        QCOMPARE(json.value("rejected_total"_L1).toInt(), 2);
    }

    void metricsAreWrittenAsPrometheusReadsThem()
    {
        Metrics metrics;
        metrics.declareCounter("orders_total", "Orders.");
        metrics.declareGauge("queue", "Waiting.");
        metrics.declareHistogram("took_seconds", "Time.", {0.1, 1});
        metrics.add("orders_total", {{"kind", "a\"b"}});
        metrics.add("orders_total", {{"kind", "a\"b"}}, 2);
        metrics.observe("took_seconds", {}, 0.1); // a bound belongs to its bucket
        metrics.observe("took_seconds", {}, 0.5);
        metrics.observe("took_seconds", {}, 7);
        const QByteArray page = metrics.page();
        QVERIFY(page.contains("# TYPE orders_total counter\norders_total{kind=\"a\\\"b\"} 3\n"));
        QVERIFY(page.contains("# TYPE queue gauge\n# HELP took_seconds")); // declared, without a series yet
        QVERIFY(page.contains("took_seconds_bucket{le=\"0.1\"} 1\ntook_seconds_bucket{le=\"1\"} 2\n"
                              "took_seconds_bucket{le=\"+Inf\"} 3\n"));
        QVERIFY(page.contains("took_seconds_count 3\n"));
        QCOMPARE(metrics.value("orders_total", {{"kind", "a\"b"}}), 3.0);
        QCOMPARE(metrics.oracle().value("took_seconds_count"_L1).toInt(), 3);
    }

    void aCallFromBeforeTheBreakerOpenedDoesNotCloseIt()
    {
        const auto start = CircuitBreaker::Clock::now();
        CircuitBreaker breaker(u"x"_s, {1, 30s});
        QVERIFY(breaker.permit(start));
        QVERIFY(breaker.permit(start));
        QVERIFY(breaker.permit(start));
        breaker.fail(start);
        breaker.succeed();
        breaker.succeed();
        QVERIFY(breaker.state(start) == State::Open);
    }

    void theLimiterCountsPastItsLimitAndTakesOverAWindow()
    {
        QTemporaryDir directory;
        auto redis = LocalRedis::start({directory.path(), "secret", {}, 0});
        QVERIFY(redis);
        const RedisAddress address{redis->port(), "secret"};
        const Tier tier{u"auth"_s, u"/login"_s, 2, 60s, u"minute"_s};
        RateLimiter first(address);
        QVERIFY(first.hit(tier, u"a"_s).allowed);
        QVERIFY(first.hit(tier, u"a"_s).allowed);
        QVERIFY(!first.hit(tier, u"a"_s).allowed);
        RateLimiter second(address);
        const auto verdict = second.hit(tier, u"a"_s);
        QVERIFY(!verdict.allowed);
        QCOMPARE(verdict.used, 4);
        QVERIFY(verdict.retryAfter > 55 && verdict.retryAfter <= 60);
        QCOMPARE(second.oracle().first()["used"_L1].toInt(), 4);
        QCOMPARE(second.rejected().value("auth"_L1).toInt(), 1);
        redis->kill();
        QVERIFY(second.hit(tier, u"a"_s).allowed); // memory begins anew
        QCOMPARE(second.backend(), u"memory"_s);
        QVERIFY(redis->restart());
        QTRY_VERIFY_WITH_TIMEOUT(second.hit(tier, u"b"_s).used > 0 && second.backend() == "redis"_L1, 30'000);
        QCOMPARE(second.hit(tier, u"a"_s).used, 1); // Redis knows nothing of what memory counted
        redis->kill();
        QCOMPARE(second.hit(tier, u"a"_s).used, 1); // nor does memory know what it counted before
        QCOMPARE(second.backend(), u"memory"_s);
    }

    void aRedisThatIsLateIsNotGone()
    {
        QTemporaryDir directory;
        auto redis = LocalRedis::start({directory.path(), {}, {}, 0});
        QVERIFY(redis);
        CacheGroups cache({redis->port(), {}}, "stats", {});
        QVERIFY(cache.ping());
        QVERIFY(RedisLink({redis->port(), {}}).command({"CLIENT", "PAUSE", "500"}));
        const auto latency = cache.ping();
        QVERIFY(latency && *latency > 200);
    }

    void whatWasNotAnsweredInTimeIsTakenOver()
    {
        QTemporaryDir directory;
        auto redis = LocalRedis::start({directory.path(), {}, {}, 0});
        QVERIFY(redis);
        const Tier tier{u"auth"_s, u"/login"_s, 9, 60s, u"minute"_s};
        RateLimiter limiter({redis->port(), {}});
        QCOMPARE(limiter.hit(tier, u"a"_s).used, 1);
        ::kill(redis->pid(), SIGSTOP);
        QCOMPARE(limiter.hit(tier, u"a"_s).used, 1); // in memory
        ::kill(redis->pid(), SIGCONT);
        QCOMPARE(limiter.backend(), u"memory"_s);
        QVERIFY(QTest::qWaitFor([&] { return limiter.hit(tier, u"b"_s).used == 1 && limiter.backend() == "redis"_L1; },
                                30'000));
        QCOMPARE(limiter.hit(tier, u"a"_s).used, 3);
        QCOMPARE(limiter.oracle().size(), 2);
        for (const QJsonValue &window : limiter.oracle())
            QCOMPARE(window["used"_L1].toInt(), window["client"_L1] == "a"_L1 ? 3 : 1);
    }

    void aProviderThatNothingAilsAlwaysAnswers()
    {
        Provider provider(0ms);
        for (int i = 0; i < 5000; ++i)
            QCOMPARE(provider.call(1ms), Provider::Outcome::Answered);
        provider.setFailing(true);
        QCOMPARE(provider.call(1ms), Provider::Outcome::Failed);
    }

    void theCacheCountsWhatRedisCounts()
    {
        QTemporaryDir directory;
        auto redis = LocalRedis::start({directory.path(), {}, {}, 0});
        QVERIFY(redis);
        CacheGroups cache({redis->port(), {}}, "stats", {{u"g"_s, 60s}});
        int origins = 0;
        const auto origin = [&origins]() -> std::optional<QByteArray> {
            ++origins;
            return "value";
        };
        QCOMPARE(cache.read(u"g"_s, u"1"_s, origin), std::optional<QByteArray>("value"));
        QCOMPARE(cache.read(u"g"_s, u"1"_s, origin), std::optional<QByteArray>("value"));
        QCOMPARE(origins, 1);
        const QJsonObject expected{{u"g"_s, QJsonObject{{u"hits"_s, 1}, {u"misses"_s, 1}}}};
        QCOMPARE(cache.oracle(), expected);
        CacheGroups restarted({redis->port(), {}}, "stats", {{u"g"_s, 60s}});
        QVERIFY(restarted.read(u"g"_s, u"1"_s, origin));
        QCOMPARE(restarted.oracle()["g"_L1]["hits"_L1].toInt(), 2);
        redis->kill();
        QVERIFY(cache.read(u"g"_s, u"1"_s, origin));
        QCOMPARE(origins, 2);
        QCOMPARE(cache.oracle(), expected);
        QVERIFY(!cache.ping());
    }

    void aNewBackupTakesThePlaceOfTheOldest()
    {
        QTemporaryDir root;
        // Others must be able to traverse to it: PostgreSQL runs as another user where we are root.
        QFile::setPermissions(root.path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeOther);
        QDir directory(root.path());
        QVERIFY(directory.mkdir(u"pg"_s) && directory.mkdir(u"backups"_s));
        const auto postgres = LocalPostgres::start({.directory = root.filePath(u"pg"_s)});
        QVERIFY2(postgres, postgres ? "" : qPrintable(postgres.error().message));
        Backups backups({.fileName = u"'b_'yyyyMMdd_HHmmss'.sql.gz'"_s,
                         .dumpOptions = {u"-Fp"_s, u"-Z6"_s},
                         .hasChecksum = true,
                         .nights = 3,
                         .hourUtc = 18,
                         .nameHoursAhead = 8},
                        root.filePath(u"backups"_s), {postgres->port(), "postgres", "owner", "owner-password", "test"});
        QVERIFY(backups.makeHistory());
        directory.cd(u"backups"_s);
        const QStringList before = directory.entryList(QDir::Files, QDir::Name);
        QCOMPARE(before.size(), 6);
        const QDateTime night(QDate::currentDate().addDays(2), QTime(18, 0, 9), Qt::UTC);
        const auto made = backups.tick(night);
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        const QString name = u"b_%1_020009.sql.gz"_s.arg(night.date().addDays(1).toString(u"yyyyMMdd"_s));
        QCOMPARE(directory.entryList(QDir::Files, QDir::Name),
                 (before.mid(2) + QStringList{name, name + u".sha256"_s}));
    }

    void nothingMeasuredIsNullAndNotZero()
    {
        RequestStats stats;
        QVERIFY(stats.toJson().value("latency_ms"_L1)["p50"_L1].isNull());
        stats.count(429, 2ms);
        stats.count(503, 4ms);
        QCOMPARE(stats.toJson().value("total"_L1).toInt(), 2);
        QCOMPARE(stats.toJson().value("errors_total"_L1).toInt(), 1);
        QCOMPARE(stats.toJson().value("latency_ms"_L1)["p50"_L1].toDouble(), 2.0);
    }
};

QTEST_GUILESS_MAIN(TestParts)
#include "tst_parts.moc"
