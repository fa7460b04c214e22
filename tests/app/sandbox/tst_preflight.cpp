/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "app/sandbox/redeployed_service.h"
#include "parts/database.h"
#include "parts/redis_link.h"

#include <QDateTime>
#include <QDir>
#include <QElapsedTimer>
#include <QTest>

#include <cmath>

using namespace Qt::StringLiterals;
using namespace qd::sandbox;
using Answer = RunningSandbox::Answer;
using Headers = RunningSandbox::Headers;

namespace {

constexpr int settleMs = 60'000; // a busy machine takes its time
const QString name = u"preflight"_s;

RedisLink redisOf(const RunningSandbox &sandbox)
{
    return RedisLink({static_cast<quint16>(sandbox.port(u"redis"_s)), sandbox.file(u"redis-password"_s)});
}

Database ownerOf(const RunningSandbox &sandbox)
{
    const QJsonObject database =
        QJsonDocument::fromJson(sandbox.file(u"service.json"_s)).object().value("database"_L1).toObject();
    return Database({static_cast<quint16>(sandbox.port(u"postgresql"_s)), "preflight", "preflight_owner",
                     database.value("password"_L1).toString().toUtf8(), "test"});
}

Headers keyOf(const RunningSandbox &sandbox)
{
    return {{"X-API-Key", sandbox.file(u"api-key"_s)}};
}

QByteArray prefixOf(const RunningSandbox &sandbox)
{
    return sandbox.file(u"api-key"_s).left(16);
}

Answer status(const RunningSandbox &sandbox)
{
    return sandbox.request("GET", u"/v1/status"_s, keyOf(sandbox));
}

double metric(const RunningSandbox &sandbox, QLatin1StringView series)
{
    return sandbox.oracle().value("metrics"_L1)[series].toDouble(-1);
}

bool evaluates(const RunningSandbox &sandbox)
{
    return sandbox.request("POST", u"/v1/evaluate"_s, keyOf(sandbox)).status == 201;
}

/// A minute of the clock in which there is time left for a test.
void awaitRoomInTheMinute()
{
    constexpr int needed = 30;
    QTRY_VERIFY_WITH_TIMEOUT(QDateTime::currentSecsSinceEpoch() % 60 < 60 - needed, (needed + 2) * 1000);
}

} // namespace

class TestPreflight : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void startsAloneAndLeavesNothing()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({}));
        const QJsonObject deployments = sandbox.state().value("deployments"_L1).toObject();
        QCOMPARE(deployments.keys(), QStringList{name});
        // Backups are the platform's.
        QVERIFY(!deployments.value(name).toObject().contains("backups"_L1));
        const auto [code, said] = sandbox.faultCommand({u"age-backup"_s});
        QVERIFY2(code == 1 && said.contains(u"no backups of its own"_s), qPrintable(said));
        QVERIFY(!(QFile::permissions(sandbox.directory() + u"/api-key"_s) & (QFile::ReadGroup | QFile::ReadOther)));
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
                  {u"status"_s, sandbox.directory() + u"/preflight.yaml"_s});
        QVERIFY(cli.waitForFinished(settleMs));
        const QByteArray said = cli.readAllStandardOutput();
        QVERIFY2(said.contains("Healthy") && said.contains("redis") && !said.contains("Unknown"), said.constData());
        QCOMPARE(cli.exitCode(), 0);
    }

    void isReadyInTheShapeOfTheDocument()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const Answer ready = sandbox.get(u"/ready"_s);
        QCOMPARE(ready.status, 200);
        QCOMPARE(ready.body.keys(), (QStringList{u"services"_s, u"status"_s}));
        QCOMPARE(ready.body.value("status"_L1).toString(), u"ready"_s);
        for (const QString &service : {u"database"_s, u"redis"_s}) {
            const QJsonObject one = ready.body.value("services"_L1)[service].toObject();
            QCOMPARE(one.keys(), (QStringList{u"healthy"_s, u"latency_ms"_s}));
            QCOMPARE(one.value("healthy"_L1), QJsonValue(true));
            QVERIFY(one.value("latency_ms"_L1).isDouble());
        }
    }

    void isNotReadyWithoutAStoreButLives_data()
    {
        QTest::addColumn<QString>("fault");
        QTest::addColumn<QString>("down");
        QTest::addColumn<QString>("up");
        QTest::newRow("redis") << u"redis-stop"_s << u"redis"_s << u"database"_s;
        QTest::newRow("database") << u"postgres-stop"_s << u"database"_s << u"redis"_s;
    }

    void isNotReadyWithoutAStoreButLives()
    {
        QFETCH(const QString, fault);
        QFETCH(const QString, down);
        QFETCH(const QString, up);
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QVERIFY(sandbox.fault(fault));
        const Answer ready = sandbox.get(u"/ready"_s);
        QCOMPARE(ready.status, 503);
        QCOMPARE(ready.body.value("status"_L1).toString(), u"not_ready"_s);
        QCOMPARE(ready.body.value("services"_L1)[down].toObject(), (QJsonObject{{u"healthy"_s, false}}));
        QCOMPARE(ready.body.value("services"_L1)[up]["healthy"_L1], QJsonValue(true));
        QCOMPARE(sandbox.get(u"/health"_s).status, 200);
        QCOMPARE(status(sandbox).body.value("status"_L1).toString(), u"degraded"_s);
        QVERIFY(sandbox.fault(u"heal"_s));
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/ready"_s).status, 200, settleMs);
    }

    void statusIsForKeysAlone()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QCOMPARE(sandbox.get(u"/v1/status"_s).status, 401);
        QCOMPARE(sandbox.request("GET", u"/v1/status"_s, {{"X-API-Key", prefixOf(sandbox)}}).status, 401);
        const Answer full = status(sandbox);
        QCOMPARE(full.status, 200);
        QCOMPARE(full.body.value("status"_L1).toString(), u"operational"_s);
        QCOMPARE(full.body.value("services"_L1)["database"_L1]["healthy"_L1], QJsonValue(true));
        QCOMPARE(full.body.value("rate_limiter"_L1).toObject(),
                 (QJsonObject{{u"mode"_s, u"redis"_s}, {u"limit_per_minute"_s, 60}}));
        QCOMPARE(full.body.value("docs_enabled"_L1), QJsonValue(false));
        QCOMPARE(sandbox.get(u"/docs"_s).status, 404);
        // A key can be exchanged for a token that is as good, for a while.
        const Answer token = sandbox.request("POST", u"/v1/token"_s, keyOf(sandbox));
        const QByteArray bearer = "Bearer " + token.body.value("access_token"_L1).toString().toLatin1();
        QCOMPARE(sandbox.request("GET", u"/v1/status"_s, {{"Authorization", bearer}}).status, 200);
        QCOMPARE(sandbox.request("GET", u"/v1/status"_s, {{"Authorization", bearer + 'x'}}).status, 401);
    }

    void keysAreKeptAsHashesAndRevokedWithinSeconds()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        Database owner = ownerOf(sandbox);
        const QByteArray prefix = prefixOf(sandbox);
        const auto row = [&] {
            return owner.query("SELECT length(hash), last_used_at FROM api_keys WHERE prefix = $1", {prefix})->first();
        };
        QCOMPARE(row(), (QList<QByteArray>{"64", ""}));
        const auto whole = owner.query("SELECT count(*) FROM api_keys k WHERE k::text LIKE '%' || $1 || '%'",
                                       {sandbox.file(u"api-key"_s)});
        QCOMPARE(*whole, (Rows{{"0"}}));
        QCOMPARE(status(sandbox).status, 200);
        QTRY_VERIFY_WITH_TIMEOUT(!row().at(1).isEmpty(), settleMs);
        const Answer token = sandbox.request("POST", u"/v1/token"_s, keyOf(sandbox));
        QVERIFY(owner.query("UPDATE api_keys SET revoked_at = now() WHERE prefix = $1", {prefix}));
        QTRY_COMPARE_WITH_TIMEOUT(status(sandbox).status, 401, settleMs);
        QCOMPARE(sandbox.oracle().value("keys"_L1)["active"_L1].toInt(), 7);
        const QByteArray bearer = "Bearer " + token.body.value("access_token"_L1).toString().toLatin1();
        QCOMPARE(sandbox.request("GET", u"/v1/status"_s, {{"Authorization", bearer}}).status, 401);
    }

    void refusesTheSixtyFirstRequestOfAMinute()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        awaitRoomInTheMinute();
        const QByteArray minute = QByteArray::number(QDateTime::currentSecsSinceEpoch() / 60);
        for (int i = 0; i < 60; ++i)
            QCOMPARE(sandbox.request("GET", u"/v1/evaluations/5"_s, keyOf(sandbox)).status, 200);
        const auto left = [] { return 60 - static_cast<int>(QDateTime::currentSecsSinceEpoch() % 60); };
        const int before = left();
        const Answer refused = sandbox.request("GET", u"/v1/evaluations/5"_s, keyOf(sandbox));
        QCOMPARE(refused.status, 429);
        QCOMPARE(refused.body, (QJsonObject{{u"detail"_s, u"Rate limit exceeded"_s}}));
        QVERIFY(refused.header("Retry-After").toInt() <= before && refused.header("Retry-After").toInt() >= left());
        QCOMPARE(sandbox.get(u"/health"_s).status, 200);
        QCOMPARE(sandbox.get(u"/ready"_s).status, 200);

        RedisLink redis = redisOf(sandbox);
        const QByteArray counter = "ratelimit:" + prefixOf(sandbox) + ':' + minute;
        QCOMPARE(redis.command({"GET", counter})->text, QByteArray("61")); // it runs past the limit
        const qint64 ttl = redis.command({"TTL", counter})->integer;
        QVERIFY(ttl > 0 && ttl <= 60);
        QCOMPARE(redis.command({"GET", "quarterdeck:environment"})->text, QByteArray("preflight/production"));
        QVERIFY(sandbox.get(u"/metrics"_s).text.contains("\nrate_limit_hits_total 1\n"));
    }

    void failsOpenWithoutRedisLoggedAndCounted()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QCOMPARE(metric(sandbox, "rate_limit_failed_open_total"_L1), 0.0);
        QVERIFY(sandbox.fault(u"redis-stop"_s));
        for (int i = 0; i < 70; ++i)
            QCOMPARE(sandbox.request("GET", u"/v1/evaluations/5"_s, keyOf(sandbox)).status, 200);
        QCOMPARE(metric(sandbox, "rate_limit_failed_open_total"_L1), 70.0);
        QCOMPARE(metric(sandbox, "rate_limit_hits_total"_L1), 0.0);
        QCOMPARE(status(sandbox).body.value("rate_limiter"_L1)["mode"_L1].toString(), u"open"_s);
        QCOMPARE(sandbox.file(u"service/service.log"_s).count("Rate limiter: Redis unavailable, failing open"), 1);
        QVERIFY(sandbox.fault(u"redis-start"_s));
        QTRY_COMPARE_WITH_TIMEOUT(status(sandbox).body.value("rate_limiter"_L1)["mode"_L1].toString(), u"redis"_s,
                                  settleMs);
    }

    void anEvaluatorThatFailsIsCounted()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QVERIFY(sandbox.fault(u"evaluator-down"_s));
        QCOMPARE(sandbox.request("POST", u"/v1/evaluate"_s, keyOf(sandbox)).status, 503);
        QCOMPARE(metric(sandbox, "evaluations_total{verdict=\"error\"}"_L1), 1.0);
        QCOMPARE(metric(sandbox, "request_count_total{method=\"POST\",endpoint=\"/v1/evaluate\",status=\"503\"}"_L1),
                 1.0);
        QVERIFY(sandbox.fault(u"heal"_s));
        QVERIFY(evaluates(sandbox));
        QCOMPARE(metric(sandbox, "evaluation_latency_seconds_count"_L1), 1.0);
        QVERIFY(sandbox.fault(u"evaluator-slow"_s));
        QElapsedTimer timer;
        timer.start();
        QVERIFY(evaluates(sandbox));
        QVERIFY2(timer.elapsed() > 400, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(!sandbox.fault(u"no-such-fault"_s));
    }

    void variablesAreLiveAfterARedeploy()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const Answer token = sandbox.request("POST", u"/v1/token"_s, keyOf(sandbox));
        const QByteArray bearer = "Bearer " + token.body.value("access_token"_L1).toString().toLatin1();
        awaitRoomInTheMinute();
        RedeployedService other(sandbox, name);
        QVERIFY(other.start({{u"ENABLE_DOCS"_s, u"true"_s},
                             {u"RATE_LIMIT_PER_MINUTE"_s, u"3"_s},
                             {u"JWT_SECRET"_s, u"another-secret-of-thirty-two-chars"_s}}));
        QCOMPARE(other.request("GET", u"/docs"_s).status, 200);
        QCOMPARE(other.oracle().value("flags"_L1).toObject(),
                 (QJsonObject{{u"ENABLE_DOCS"_s, true}, {u"RATE_LIMIT_PER_MINUTE"_s, 3}}));
        QCOMPARE(other.request("GET", u"/v1/status"_s, {{"Authorization", bearer}}).status, 401);
        int allowed = 0;
        while (allowed < 10 && other.request("GET", u"/v1/status"_s, keyOf(sandbox)).status == 200)
            ++allowed;
        QVERIFY2(allowed == 2 || allowed == 3, qPrintable(QString::number(allowed))); // one was for the token
        RedeployedService salted(sandbox, name);
        QVERIFY(salted.start({{u"API_KEY_SALT"_s, u"another-salt"_s}}));
        QCOMPARE(salted.request("GET", u"/v1/status"_s, keyOf(sandbox)).status, 401);
    }

    void itsOwnCountsEqualWhatAConsoleReads()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({}));
        QTRY_VERIFY_WITH_TIMEOUT(metric(sandbox, "evaluation_latency_seconds_count"_L1) > 15, settleMs);
        QVERIFY(sandbox.pauseLoad());
        const QByteArray page = '\n' + sandbox.get(u"/metrics"_s).text;
        const QJsonObject oracle = sandbox.oracle();
        const QJsonObject metrics = oracle.value("metrics"_L1).toObject();
        QVERIFY(metrics.size() > 12);
        for (auto it = metrics.begin(); it != metrics.end(); ++it) {
            const qsizetype at = page.indexOf('\n' + it.key().toUtf8() + ' ');
            QVERIFY2(at >= 0, qPrintable(it.key()));
            const QByteArray line = page.mid(at + 1, page.indexOf('\n', at + 1) - at - 1);
            QVERIFY(std::abs(line.mid(line.lastIndexOf(' ') + 1).toDouble() - it.value().toDouble()) < 1e-9);
        }
        RedisLink redis = redisOf(sandbox);
        const QJsonArray limits = oracle.value("limits"_L1).toArray();
        QVERIFY(limits.size() >= 5);
        int compared = 0;
        for (const QJsonValue &entry : limits) {
            const auto stored = redis.command({"GET", entry["key"_L1].toString().toUtf8()});
            if (stored->isNil)
                continue; // its minute is over
            QCOMPARE(stored->text.toLongLong(), entry["used"_L1].toInteger());
            ++compared;
        }
        QVERIFY(compared > 0);
        const auto rows =
            ownerOf(sandbox).query("SELECT count(*) FROM evaluations WHERE api_key <> 'pf_live_0c41d2aa'");
        QCOMPARE(rows->first().first().toInt(), metrics.value("evaluation_latency_seconds_count"_L1).toInt());
    }

    void theViewerSeesNoHashes()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        Database viewer({static_cast<quint16>(sandbox.port(u"postgresql"_s)), "preflight", "quarterdeck_viewer",
                         sandbox.file(u"viewer-password"_s), "test"});
        const auto marker = viewer.query("SELECT deployment, environment, version_num FROM quarterdeck_environment, "
                                         "alembic_version");
        QVERIFY(marker);
        QCOMPARE(*marker, (Rows{{"preflight", "production", "b7e05a41d9c6"}}));
        const auto keys = viewer.query("SELECT name, prefix, last_used_at, revoked_at FROM api_keys");
        QVERIFY(keys);
        QCOMPARE(keys->size(), 9);
        QVERIFY(!viewer.query("SELECT hash FROM api_keys"));
        QVERIFY(!viewer.query("UPDATE api_keys SET revoked_at = now()"));
    }

    void serviceAndLoadTakeLittle()
    {
        RunningSandbox sandbox(name);
        QVERIFY(sandbox.start({}));
        const auto total = [&] {
            const QJsonObject metrics = sandbox.oracle().value("metrics"_L1).toObject();
            double sum = 0;
            for (auto it = metrics.begin(); it != metrics.end(); ++it)
                sum += it.key().startsWith(u"request_count_total"_s) ? it.value().toDouble() : 0;
            return sum;
        };
        const auto used = [&] { return cpuSeconds(sandbox.pid(u"service"_s)) + cpuSeconds(sandbox.pid(u"sandbox"_s)); };
        QTRY_VERIFY_WITH_TIMEOUT(total() > 2, settleMs);
        const double before = used();
        const double requests = total();
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY_WITH_TIMEOUT(timer.elapsed() > 6000, 60'000);
        const double seconds = static_cast<double>(timer.elapsed()) / 1000.0;
        QVERIFY2((used() - before) / seconds < 0.1, qPrintable(QString::number((used() - before) / seconds)));
        const double rate = (total() - requests) / seconds;
        QVERIFY2(rate > 1 && rate < 8, qPrintable(QString::number(rate)));
    }
};

QTEST_GUILESS_MAIN(TestPreflight)
#include "tst_preflight.moc"
