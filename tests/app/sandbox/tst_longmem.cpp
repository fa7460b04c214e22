/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "app/sandbox/redeployed_service.h"
#include "parts/database.h"
#include "parts/redis_link.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTest>

#include <cmath>

using namespace Qt::StringLiterals;
using namespace qd::sandbox;
using Headers = RunningSandbox::Headers;

namespace {

constexpr int settleMs = 60'000; // a busy machine takes its time
const QString name = u"longmem"_s;

RedisLink redisOf(const RunningSandbox &sandbox)
{
    return RedisLink({static_cast<quint16>(sandbox.port(u"redis"_s)), sandbox.file(u"redis-password"_s)});
}

QByteArray login(const RunningSandbox &sandbox, int user)
{
    const auto answer =
        sandbox.request("POST", u"/api/auth/token"_s, {}, R"({"user":)" + QByteArray::number(user) + '}');
    return answer.body.value("access_token"_L1).toString().toLatin1();
}

Headers bearer(const QByteArray &token)
{
    return {{"Authorization", "Bearer " + token}};
}

Headers from(const QByteArray &client)
{
    return {{"X-Forwarded-For", client}};
}

QString componentOf(const RunningSandbox::Answer &detailed, const QString &component)
{
    return detailed.body.value("components"_L1)[component]["status"_L1].toString();
}

QString backendOf(const RunningSandbox &sandbox)
{
    return sandbox.get(u"/health/detailed"_s).body.value("rate_limiting"_L1)["backend"_L1].toString();
}

/// The value of a series, as the page writes it; below zero where it is not there.
double onPage(const QByteArray &page, const QString &series)
{
    for (const QByteArray &line : page.split('\n')) {
        if (line.startsWith(series.toUtf8() + ' '))
            return line.mid(line.lastIndexOf(' ') + 1).toDouble();
    }
    return -1;
}

} // namespace

class TestLongmem : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void startsAloneAndLeavesNothing()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({}));
        QCOMPARE(sandbox.state().value("deployments"_L1).toObject().keys(), QStringList{name});
        const QDir backups(sandbox.directory() + u"/backups"_s);
        QCOMPARE(backups.entryList({u"longmem-*.dump"_s}, QDir::Files).size(), 14);
        QFile newest(backups.filePath(backups.entryList({u"*.dump"_s}, QDir::Files, QDir::Name).constLast()));
        QVERIFY(newest.open(QIODevice::ReadOnly));
        QCOMPARE(newest.read(5), QByteArray("PGDMP")); // pg_dump's archive format
        QList<int> pids;
        for (const QString &part : {u"sandbox"_s, u"redis"_s, u"postgresql"_s, u"service"_s}) {
            pids.append(sandbox.pid(part));
            QVERIFY(runs(pids.last()));
        }
        QCOMPARE(sandbox.stop(), 0);
        QVERIFY(std::ranges::none_of(pids, [](int pid) { return runs(pid); }));
        QVERIFY(QDir(sandbox.temporaryDirectory()).isEmpty());
    }

    void theConsoleFindsItHealthy()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QProcess cli;
        cli.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  {u"status"_s, sandbox.directory() + u"/longmem.yaml"_s});
        QVERIFY(cli.waitForFinished(settleMs));
        const QByteArray said = cli.readAllStandardOutput();
        QVERIFY2(said.contains("Healthy") && said.contains("embedding_model"), said.constData());
        QCOMPARE(cli.exitCode(), 0);
    }

    void healthIsCheckedOnceInTenSeconds()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const auto quick = sandbox.get(u"/health"_s);
        QCOMPARE(quick.status, 200);
        QCOMPARE(quick.body.keys(), (QStringList{u"status"_s, u"timestamp"_s}));
        QCOMPARE(quick.body.value("status"_L1).toString(), u"healthy"_s);
        const auto detailed = sandbox.get(u"/health/detailed"_s);
        QCOMPARE(detailed.status, 200);
        QCOMPARE(detailed.body.value("components"_L1).toObject().keys(),
                 (QStringList{u"database"_s, u"disk"_s, u"embedding_model"_s, u"memory"_s, u"redis"_s}));
        QVERIFY(detailed.body.value("components"_L1)["database"_L1]["latency_ms"_L1].isDouble());
        // Nothing was embedded yet: not measured, not zero.
        QVERIFY(detailed.body.value("components"_L1)["embedding_model"_L1]["latency_ms"_L1].isNull());
        QVERIFY(sandbox.fault(u"disk-full"_s));
        QCOMPARE(sandbox.get(u"/health"_s).body, quick.body);
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/health"_s).status, 503, settleMs);
        QVERIFY(sandbox.get(u"/health"_s).body.value("timestamp"_L1) != quick.body.value("timestamp"_L1));
    }

    void answers503AlsoWhenOnlyDegraded_data()
    {
        QTest::addColumn<QString>("fault");
        QTest::addColumn<QString>("component");
        QTest::addColumn<QString>("says");
        QTest::addColumn<QString>("overall");
        QTest::newRow("disk") << u"disk-full"_s << u"disk"_s << u"degraded"_s << u"degraded"_s;
        QTest::newRow("memory") << u"memory-high"_s << u"memory"_s << u"degraded"_s << u"degraded"_s;
        QTest::newRow("model") << u"embedding-down"_s << u"embedding_model"_s << u"unhealthy"_s << u"degraded"_s;
        QTest::newRow("redis") << u"redis-stop"_s << u"redis"_s << u"unhealthy"_s << u"degraded"_s;
        QTest::newRow("database") << u"postgres-stop"_s << u"database"_s << u"unhealthy"_s << u"unhealthy"_s;
    }

    void answers503AlsoWhenOnlyDegraded()
    {
        QFETCH(const QString, fault);
        QFETCH(const QString, component);
        QFETCH(const QString, says);
        QFETCH(const QString, overall);
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"100"_s}));
        QVERIFY(sandbox.fault(fault));
        QTRY_COMPARE_WITH_TIMEOUT(componentOf(sandbox.get(u"/health/detailed"_s), component), says, settleMs);
        const auto detailed = sandbox.get(u"/health/detailed"_s);
        QCOMPARE(detailed.status, 503);
        QCOMPARE(detailed.body.value("status"_L1).toString(), overall);
        QCOMPARE(sandbox.get(u"/health"_s).status, 503);
        QVERIFY(sandbox.fault(u"heal"_s));
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/health/detailed"_s).status, 200, settleMs);
        QCOMPARE(sandbox.get(u"/health"_s).status, 200);
    }

    void withoutItsModelItReadsButDoesNotSearch()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const Headers user = bearer(login(sandbox, 7));
        QCOMPARE(sandbox.request("POST", u"/api/memories/search"_s, user, R"({"query":"garden"})").status, 200);
        QVERIFY(sandbox.fault(u"embedding-down"_s));
        QCOMPARE(sandbox.request("POST", u"/api/memories/search"_s, user, R"({"query":"novel"})").status, 503);
        QCOMPARE(sandbox.request("GET", u"/api/memories/3"_s, user).status, 200);
        const QJsonObject metrics = sandbox.oracle().value("metrics"_L1).toObject();
        QCOMPARE(metrics.value("embedding_failures_total"_L1).toInt(), 1);
        QCOMPARE(metrics.value("embedding_duration_seconds_count"_L1).toInt(), 1);
        QVERIFY(!sandbox.fault(u"no-such-fault"_s));
    }

    void aFullBucketMayBeSpentAtOnceThenItRefuses()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const Headers user = bearer(login(sandbox, 7));
        const qint64 before = QDateTime::currentSecsSinceEpoch();
        QElapsedTimer timer;
        timer.start();
        RunningSandbox::Answer answer = sandbox.request("GET", u"/api"_s, user);
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.header("X-RateLimit-Limit"), QByteArray("100"));
        QCOMPARE(answer.header("X-RateLimit-Remaining"), QByteArray("99"));
        const qint64 reset = answer.header("X-RateLimit-Reset").toLongLong();
        QVERIFY(reset >= before && reset <= QDateTime::currentSecsSinceEpoch() + 2);
        int allowed = 1;
        while (allowed < 1000 && (answer = sandbox.request("GET", u"/api"_s, user)).status == 200)
            ++allowed;
        const double filled = 100 + 100 * static_cast<double>(timer.elapsed()) / 60'000; // meanwhile
        QVERIFY2(allowed >= 100 && allowed <= filled, qPrintable(u"%1 of %2"_s.arg(allowed).arg(filled)));
        QCOMPARE(answer.status, 429);
        QCOMPARE(answer.body,
                 (QJsonObject{{u"error"_s, u"rate_limit_exceeded"_s},
                              {u"message"_s, u"Rate limit exceeded. Maximum 100 requests per minute allowed."_s},
                              {u"retry_after"_s, 60}}));
        QCOMPARE(answer.header("Retry-After"), QByteArray("60"));
        QCOMPARE(answer.header("X-RateLimit-Remaining"), QByteArray("0"));
        // Others are not refused, nor is what the document exempts.
        QCOMPARE(sandbox.request("GET", u"/api"_s, bearer(login(sandbox, 8))).status, 200);
        for (const QString &path : {u"/health"_s, u"/api/health"_s, u"/"_s, u"/static/app.js"_s, u"/metrics"_s}) {
            const auto exempt = sandbox.request("GET", path, user);
            QCOMPARE(exempt.status, 200);
            QVERIFY(exempt.header("X-RateLimit-Limit").isEmpty());
        }

        RedisLink redis = redisOf(sandbox);
        QVERIFY(redis.command({"HGET", "ratelimit:user:7", "tokens"})->text.toDouble() < 1);
        const double updated = redis.command({"HGET", "ratelimit:user:7", "updated_at"})->text.toDouble();
        QVERIFY(std::abs(updated - static_cast<double>(QDateTime::currentSecsSinceEpoch())) < 10);
        QVERIFY(redis.command({"HGET", "ratelimit:global", "tokens"})->text.toDouble() < 1000);
        const qint64 ttl = redis.command({"TTL", "ratelimit:user:7"})->integer;
        QVERIFY(ttl > 60 && ttl <= 120);
        QCOMPARE(redis.command({"GET", "quarterdeck:environment"})->text, QByteArray("longmem/production"));
        const QByteArray page = sandbox.get(u"/metrics"_s).text;
        QVERIFY(onPage(page, u"rate_limit_exceeded_total{scope=\"user\"}"_s) >= 1);
        QCOMPARE(onPage(page, u"rate_limit_exceeded_total{scope=\"global\"}"_s), 0.0);
    }

    void withoutRedisItLimitsInMemoryAndTellsSo()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const Headers user = bearer(login(sandbox, 7));
        QCOMPARE(backendOf(sandbox), u"redis"_s);
        QVERIFY(sandbox.fault(u"redis-stop"_s));
        QCOMPARE(sandbox.request("GET", u"/api/memories/3"_s, user).status, 200);
        QCOMPARE(backendOf(sandbox), u"memory"_s);
        int allowed = 0;
        while (allowed < 1000 && sandbox.request("GET", u"/api"_s, user).status == 200)
            ++allowed;
        QVERIFY2(allowed >= 99 && allowed < 1000, qPrintable(QString::number(allowed)));
        QVERIFY(onPage(sandbox.get(u"/metrics"_s).text, u"rate_limit_fallback_total"_s) >= 100);
        QVERIFY(QString::fromUtf8(sandbox.file(u"service/service.log"_s))
                    .contains(u"Redis rate limit check failed. Falling back to in-memory."_s));
        QVERIFY(sandbox.fault(u"redis-start"_s));
        QTRY_COMPARE_WITH_TIMEOUT(backendOf(sandbox), u"redis"_s, settleMs);
        QCOMPARE(sandbox.request("GET", u"/api"_s, user).header("X-RateLimit-Remaining"), QByteArray("99"));
    }

    void everyAnswerIsTraceable()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        auto answer =
            sandbox.request("GET", u"/api"_s, {{"X-Request-ID", "abc-1"}, {"Origin", "https://yourdomain.com"}});
        QCOMPARE(answer.header("X-Request-ID"), QByteArray("abc-1"));
        QCOMPARE(answer.header("Access-Control-Allow-Origin"), QByteArray("https://yourdomain.com"));
        QCOMPARE(answer.header("X-Frame-Options"), QByteArray("DENY"));
        bool isNumber = false;
        QVERIFY(answer.header("X-Process-Time").toDouble(&isNumber) < 5 && isNumber);
        answer = sandbox.request("GET", u"/nowhere"_s, {{"Origin", "https://elsewhere.example"}});
        QCOMPARE(answer.status, 404);
        QCOMPARE(answer.header("X-Request-ID").size(), 36);
        QVERIFY(answer.header("Access-Control-Allow-Origin").isEmpty());
        QCOMPARE(sandbox.get(u"/docs"_s).status, 404); // in production
        QCOMPARE(sandbox.get(u"/api/memories/3"_s).status, 401);
    }

    void variablesAreLiveAfterARedeploy()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const QByteArray token = login(sandbox, 7);
        RedeployedService other(sandbox, name);
        QVERIFY(other.start({{u"RATE_LIMIT_PER_MINUTE"_s, u"4"_s},
                             {u"RATE_LIMIT_GLOBAL_PER_MINUTE"_s, u"5"_s},
                             {u"SECURITY_HEADERS_ENABLED"_s, u"false"_s},
                             {u"JWT_SECRET_KEY"_s, u"another-secret-of-thirty-two-chars"_s},
                             {u"ENVIRONMENT"_s, u"development"_s}}));
        QCOMPARE(other.request("GET", u"/docs"_s).status, 200);
        QCOMPARE(other.oracle().value("flags"_L1)["SECURITY_HEADERS_ENABLED"_L1], QJsonValue(false));
        const auto first = other.request("GET", u"/api/memories/3"_s, bearer(token));
        QCOMPARE(first.status, 401); // signed with the secret of before
        QVERIFY(first.header("X-Frame-Options").isEmpty());
        for (int i = 0; i < 4; ++i)
            QCOMPARE(other.request("GET", u"/api"_s, from("192.0.2.1")).status, 200);
        // All together have asked five times now.
        const auto refused = other.request("GET", u"/api"_s, from("192.0.2.2"));
        QCOMPARE(refused.status, 429);
        QCOMPARE(refused.header("X-RateLimit-Limit"), QByteArray("5"));
        QCOMPARE(refused.body.value("message"_L1).toString(),
                 u"Rate limit exceeded. Maximum 5 requests per minute allowed."_s);
        RedeployedService unlimited(sandbox, name);
        QVERIFY(unlimited.start({{u"RATE_LIMIT_ENABLED"_s, u"false"_s}}));
        const auto free = unlimited.request("GET", u"/api/memories/3"_s, bearer(token));
        QCOMPARE(free.status, 200);
        QVERIFY(free.header("X-RateLimit-Limit").isEmpty());
    }

    void itsOwnCountsEqualWhatAConsoleReads()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({}));
        const auto answered = [&] {
            return sandbox.oracle()
                .value("metrics"_L1)["http_requests_total{method=\"GET\",path=\"/api/memories/{id}\","
                                     "status=\"200\"}"_L1]
                .toInt();
        };
        QTRY_VERIFY_WITH_TIMEOUT(answered() > 20, settleMs);
        QVERIFY(sandbox.pauseLoad());
        const QByteArray page = sandbox.get(u"/metrics"_s).text;
        const QJsonObject oracle = sandbox.oracle();
        const QJsonObject metrics = oracle.value("metrics"_L1).toObject();
        QVERIFY(metrics.size() > 10);
        for (auto it = metrics.begin(); it != metrics.end(); ++it)
            QVERIFY2(std::abs(onPage(page, it.key()) - it.value().toDouble()) < 1e-9, qPrintable(it.key()));
        RedisLink redis = redisOf(sandbox);
        const QJsonArray limits = oracle.value("limits"_L1).toArray();
        QVERIFY(limits.size() > 10);
        for (const QJsonValue &entry : limits) {
            const auto stored = redis.command({"HGET", entry["key"_L1].toString().toUtf8(), "tokens"});
            // A bucket that nobody asked for may have expired.
            if (!stored->isNil)
                QVERIFY(std::abs(stored->text.toDouble() - entry["tokens"_L1].toDouble()) < 0.01);
        }
        const auto keys = redis.command({"KEYS", "memory:cache:memory:*"})->items;
        QVERIFY(keys.size() > 200);
        const qint64 ttl = redis.command({"TTL", keys.first()})->integer;
        QVERIFY(ttl > 0 && ttl <= 3600);
        const auto [code, said] = sandbox.faultCommand({u"empty-cache"_s, u"memory"_s});
        QCOMPARE(code, 0);
        QCOMPARE(said.trimmed(), u"%1 keys of memory deleted"_s.arg(keys.size()));
        QVERIFY(redis.command({"KEYS", "memory:cache:memory:*"})->items.isEmpty());
    }

    void theViewerSeesNoMemories()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        Database viewer({static_cast<quint16>(sandbox.port(u"postgresql"_s)), "longmem", "quarterdeck_viewer",
                         sandbox.file(u"viewer-password"_s), "test"});
        const auto marker = viewer.query("SELECT deployment, environment, version_num FROM quarterdeck_environment, "
                                         "alembic_version");
        QVERIFY(marker);
        QCOMPARE(*marker, (Rows{{"longmem", "production", "3fd2b96c1e07"}}));
        QVERIFY(viewer.query("SELECT count(*), max(created_at) FROM memories"));
        QVERIFY(!viewer.query("SELECT content FROM memories"));
        QVERIFY(!viewer.query("SELECT email FROM users"));
        QVERIFY(!viewer.query("DELETE FROM messages"));
    }

    void theStoryLosesRedisAndGetsItBack()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--time-scale"_s, u"10"_s, u"--story"_s, u"limiter-fallback"_s}));
        const auto inMemory = [&] { return onPage(sandbox.get(u"/metrics"_s).text, u"rate_limit_fallback_total"_s); };
        QTRY_VERIFY_WITH_TIMEOUT(inMemory() > 0, settleMs);
        QTRY_COMPARE_WITH_TIMEOUT(backendOf(sandbox), u"redis"_s, settleMs);
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/health"_s).status, 200, settleMs);
    }

    void serviceAndLoadTakeLittle()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({}));
        const auto total = [&] {
            const QJsonObject metrics = sandbox.oracle().value("metrics"_L1).toObject();
            double sum = 0;
            for (auto it = metrics.begin(); it != metrics.end(); ++it)
                sum += it.key().startsWith(u"http_requests_total"_s) ? it.value().toDouble() : 0;
            return sum;
        };
        QTRY_VERIFY_WITH_TIMEOUT(total() >= 20, settleMs); // the logins are over
        const auto used = [&] { return cpuSeconds(sandbox.pid(u"service"_s)) + cpuSeconds(sandbox.pid(u"sandbox"_s)); };
        const double before = used();
        const double requests = total();
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY_WITH_TIMEOUT(timer.elapsed() > 6000, 60'000);
        const double seconds = static_cast<double>(timer.elapsed()) / 1000.0;
        QVERIFY2((used() - before) / seconds < 0.1, qPrintable(QString::number((used() - before) / seconds)));
        const double rate = (total() - requests) / seconds;
        QVERIFY2(rate > 1.5 && rate < 9, qPrintable(QString::number(rate)));
    }
};

QTEST_GUILESS_MAIN(TestLongmem)
#include "tst_longmem.moc"
