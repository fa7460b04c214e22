/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "app/sandbox/running_sandbox.h"
#include "parts/database.h"
#include "parts/redis_link.h"

#include <QDir>
#include <QElapsedTimer>
#include <QSet>
#include <QTest>

#include <numeric>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd::sandbox;

namespace {

constexpr int settleMs = 60'000; // a busy machine takes its time
const QStringList parts{u"sandbox"_s, u"redis"_s, u"postgresql"_s, u"service"_s};

QJsonObject breakerOf(const RunningSandbox &sandbox, const QString &breaker)
{
    return sandbox.get(u"/health/full"_s).body.value("circuit_breakers"_L1)[breaker].toObject();
}

QString stateOf(const RunningSandbox &sandbox, const QString &breaker)
{
    return breakerOf(sandbox, breaker).value("state"_L1).toString();
}

RedisLink redisOf(const RunningSandbox &sandbox)
{
    return RedisLink({static_cast<quint16>(sandbox.port(u"redis"_s)), sandbox.file(u"redis-password"_s)});
}

bool allEnded(const QList<int> &pids)
{
    return std::ranges::none_of(pids, [](int pid) { return runs(pid); });
}

QList<int> pidsOf(const RunningSandbox &sandbox)
{
    QList<int> pids;
    for (const QString &part : parts)
        pids.append(sandbox.pid(part));
    return pids;
}

/// Of the sandbox and everything that it started.
QList<int> allPidsOf(const QJsonObject &state)
{
    QList<int> pids{state.value("pid"_L1).toInt()};
    for (const QJsonValue &deployment : state.value("deployments"_L1).toObject()) {
        for (const QJsonValue &server : deployment.toObject()) {
            if (const int pid = server.toObject().value("pid"_L1).toInt())
                pids.append(pid);
        }
    }
    return pids;
}

/// Of CPU time, over `time`; without what PostgreSQL's own children used.
double shareOfACore(const QList<int> &pids, std::chrono::milliseconds time)
{
    const auto used = [&] {
        return std::accumulate(pids.begin(), pids.end(), 0.0,
                               [](double sum, int pid) { return sum + cpuSeconds(pid); });
    };
    const double before = used();
    QTest::qWait(static_cast<int>(time.count()));
    return (used() - before) / std::chrono::duration<double>(time).count();
}

} // namespace

class TestSandbox : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isReadyInFiveSecondsAndLeavesNothing()
    {
        // The best of three, of the time that other work on this machine leaves us.
        double best = 60'000;
        for (int i = 0; i < 3 && best >= 5000; ++i) {
            const double ours = shareOfTheMachine();
            RunningSandbox sandbox;
            QVERIFY(sandbox.start({}));
            best = std::min(best, ours * static_cast<double>(sandbox.readyAfterMs()));
            const QList<int> pids = pidsOf(sandbox);
            for (const int pid : pids)
                QVERIFY(runs(pid));
            QCOMPARE(sandbox.stop(), 0);
            QVERIFY(allEnded(pids));
            QVERIFY(QDir(sandbox.temporaryDirectory()).isEmpty());
        }
        QVERIFY2(best < 5000, qPrintable(QString::number(best)));
    }

    void allDeploymentsAreReadyInTenSecondsAndTakeAQuarterOfACore()
    {
        double best = 60'000;
        double share = 1;
        // The best of three, as above.
        for (int i = 0; i < 3 && (best >= 10'000 || share >= 0.25); ++i) {
            const double ours = shareOfTheMachine();
            RunningSandbox sandbox{QString()};
            QVERIFY(sandbox.start({}));
            best = std::min(best, ours * static_cast<double>(sandbox.readyAfterMs()));
            QCOMPARE(sandbox.state().value("deployments"_L1).toObject().size(), 5);
            const QList<int> pids = allPidsOf(sandbox.state());
            QVERIFY(pids.size() >= 5 * 3 + 1);
            QTest::qWait(6000); // what was put off at the start is done
            share = std::min(share, shareOfACore(pids, 8s));
            QCOMPARE(sandbox.stop(), 0);
            QVERIFY(allEnded(pids));
            QVERIFY(QDir(sandbox.temporaryDirectory()).isEmpty());
        }
        QVERIFY2(best < 10'000, qPrintable(QString::number(best)));
        QVERIFY2(share < 0.25, qPrintable(QString::number(share)));
    }

    void leavesNothingAfterAKillThatItCannotSee()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({}));
        const QList<int> pids = pidsOf(sandbox);
        sandbox.killHard();
        QTRY_VERIFY_WITH_TIMEOUT(allEnded(pids), settleMs);
        QTRY_VERIFY_WITH_TIMEOUT(QDir(sandbox.temporaryDirectory()).isEmpty(), settleMs);
    }

    void theNextStartRemovesWhatADeadOneLeftAndNothingElse()
    {
        RunningSandbox sandbox;
        QDir root(sandbox.temporaryDirectory());
        const QString dead = u"quarterdeck-sandbox-%1-dead"_s.arg(::getuid());
        QVERIFY(root.mkpath(dead + u"/redis"_s));
        QVERIFY(root.mkpath(u"someone-elses"_s));
        QFile lock(root.filePath(dead + u"/lock"_s));
        QVERIFY(lock.open(QIODevice::WriteOnly));
        lock.close();
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QVERIFY(!root.exists(dead));
        QVERIFY(root.exists(u"someone-elses"_s));
    }

    void aDirectoryThatIsNotEmptyIsRefusedAndKept()
    {
        RunningSandbox sandbox;
        QDir root(sandbox.temporaryDirectory());
        QVERIFY(root.mkpath(u"mine/precious"_s));
        QVERIFY(!sandbox.start({u"--dir"_s, root.filePath(u"mine"_s)}));
        QCOMPARE(sandbox.process().exitCode(), 1);
        QVERIFY(root.exists(u"mine/precious"_s));
    }

    void directoriesAreForTheOwnerAlone()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({}));
        const auto modeOf = [](const QString &path) {
            struct stat status = {};
            return ::stat(QFile::encodeName(path).constData(), &status) == 0 ? status.st_mode & 07777U : 0U;
        };
        // Where we are root, PostgreSQL's own user must get through to its own; nobody may list what is on the way.
        const unsigned passage = ::geteuid() == 0 ? 0711 : 0700;
        QCOMPARE(modeOf(sandbox.directory()), passage);
        QCOMPARE(modeOf(QFileInfo(sandbox.directory()).path()), passage);
        for (const char *name : {"redis", "postgresql", "service", "backups"})
            QCOMPARE(modeOf(sandbox.directory() + u'/' + QLatin1StringView(name)), 0700U);
    }

    void secretsAreForTheOwnerAlone()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const QByteArray profile = sandbox.file(u"quoted.yaml"_s);
        for (const QString &name : {u"redis-password"_s, u"viewer-password"_s}) {
            const QByteArray secret = sandbox.file(name);
            QVERIFY(secret.size() >= 32);
            QVERIFY(!profile.contains(secret));
            const auto others = QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther;
            QVERIFY(!(QFile::permissions(sandbox.directory() + u'/' + name) & others));
        }
    }

    void healthSaysWhatTheDocumentSays()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const auto quick = sandbox.get(u"/health"_s);
        QCOMPARE(quick.status, 200);
        QCOMPARE(quick.body, (QJsonObject{{u"status"_s, u"healthy"_s}, {u"database"_s, u"ok"_s}}));
        const auto full = sandbox.get(u"/health/full"_s);
        QCOMPARE(full.status, 200);
        QCOMPARE(full.body.value("status"_L1).toString(), u"healthy"_s);
        QCOMPARE(full.body.value("cache"_L1).toObject().value("available"_L1), QJsonValue(true));
        QVERIFY(full.body.value("cache"_L1).toObject().value("latency_ms"_L1).isDouble());
        QCOMPARE(full.body.value("storage"_L1).toObject().value("backend"_L1).toString(), u"s3"_s);
        const QJsonObject breakers = full.body.value("circuit_breakers"_L1).toObject();
        QCOMPARE(breakers.keys(), (QStringList{u"anthropic"_s, u"openai"_s, u"resend"_s, u"stripe"_s}));
        const QJsonObject stripe = breakers.value("stripe"_L1).toObject();
        QCOMPARE(stripe.value("failure_threshold"_L1).toInt(), 3);
        QCOMPARE(stripe.value("recovery_timeout"_L1).toDouble(), 30.0);
        QVERIFY(stripe.value("opened_at"_L1).isNull());
        QCOMPARE(full.body.value("rate_limiting"_L1).toObject().value("rejected_total"_L1).toObject().keys(),
                 (QStringList{u"auth"_s, u"demo"_s, u"reads"_s, u"writes"_s}));
        QCOMPARE(full.body.value("key_rotation"_L1).toObject().value("active"_L1).toInt(), 2);
    }

    void limitsRefuseWithRetryAfterAndStandInRedis()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--no-load"_s}));
        for (int i = 0; i < 5; ++i)
            QCOMPARE(sandbox.post(u"/login"_s, "192.0.2.7").status, 200);
        const auto refused = sandbox.post(u"/login"_s, "192.0.2.7");
        QCOMPARE(refused.status, 429);
        QCOMPARE(refused.body.value("error"_L1).toString(), u"Rate limit exceeded: 5 per 1 minute"_s);
        QVERIFY(refused.header("Retry-After").toInt() > 0 && refused.header("Retry-After").toInt() <= 61);
        QCOMPARE(refused.header("X-RateLimit-Remaining"), QByteArray("0"));
        QCOMPARE(sandbox.post(u"/login"_s, "192.0.2.8").status, 200);
        QCOMPARE(sandbox.post(u"/demo/quotes"_s, "192.0.2.7").status, 201);
        QCOMPARE(sandbox.get(u"/api/contractors/3"_s, "192.0.2.7").status, 200);

        RedisLink redis = redisOf(sandbox);
        // The value runs past the limit.
        QCOMPARE(redis.command({"GET", "LIMITS:LIMITER/192.0.2.7//login/5/1/minute"})->text, QByteArray("6"));
        QCOMPARE(redis.command({"GET", "LIMITS:LIMITER/192.0.2.7//demo/quotes/5/1/hour"})->text, QByteArray("1"));
        QCOMPARE(redis.command({"GET", "LIMITS:LIMITER/192.0.2.7/reads/120/1/minute"})->text, QByteArray("1"));
        const qint64 ttl = redis.command({"TTL", "LIMITS:LIMITER/192.0.2.7//login/5/1/minute"})->integer;
        QVERIFY(ttl > 0 && ttl <= 60);
        QCOMPARE(redis.command({"GET", "quarterdeck:environment"})->text, QByteArray("quoted/production"));
        const QJsonObject rejected = sandbox.get(u"/health/full"_s)
                                         .body.value("rate_limiting"_L1)
                                         .toObject()
                                         .value("rejected_total"_L1)
                                         .toObject();
        QCOMPARE(rejected.value("auth"_L1).toInt(), 1);
        QCOMPARE(rejected.value("reads"_L1).toInt(), 0);
    }

    void aBreakerGoesThroughItsStates()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"3"_s}));
        QCOMPARE(stateOf(sandbox, u"stripe"_s), u"closed"_s);
        QVERIFY(sandbox.fault(u"stripe-down"_s));
        QCOMPARE(sandbox.post(u"/api/payments"_s).status, 503);
        QCOMPARE(stateOf(sandbox, u"stripe"_s), u"open"_s);
        const auto full = sandbox.get(u"/health/full"_s);
        QCOMPARE(full.body.value("status"_L1).toString(), u"degraded"_s);
        const QJsonObject stripe = full.body.value("circuit_breakers"_L1).toObject().value("stripe"_L1).toObject();
        QCOMPARE(stripe.value("recovery_timeout"_L1).toDouble(), 10.0);
        QVERIFY(stripe.value("opened_at"_L1).isDouble());
        QCOMPARE(sandbox.post(u"/api/payments"_s).status, 503);
        QVERIFY(sandbox.fault(u"stripe-down"_s, {}, false));
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(sandbox, u"stripe"_s), u"half_open"_s, settleMs);
        QCOMPARE(sandbox.post(u"/api/payments"_s).status, 201);
        QCOMPARE(stateOf(sandbox, u"stripe"_s), u"half_open"_s);
        QCOMPARE(sandbox.post(u"/api/payments"_s).status, 201);
        QCOMPARE(stateOf(sandbox, u"stripe"_s), u"closed"_s);
    }

    void worksOnWithoutRedisAndTakesItBack()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QVERIFY(sandbox.fault(u"redis-stop"_s));
        QCOMPARE(sandbox.get(u"/api/contractors/3"_s).status, 200);
        const auto full = sandbox.get(u"/health/full"_s);
        QCOMPARE(full.status, 200);
        QCOMPARE(full.body.value("status"_L1).toString(), u"degraded"_s);
        QCOMPARE(full.body.value("rate_limiting"_L1).toObject().value("backend"_L1).toString(), u"memory"_s);
        for (int i = 0; i < 5; ++i)
            QCOMPARE(sandbox.post(u"/login"_s).status, 200);
        QCOMPARE(sandbox.post(u"/login"_s).status, 429);
        QVERIFY(sandbox.fault(u"redis-start"_s));
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/health/full"_s).body.value("status"_L1).toString(), u"healthy"_s,
                                  settleMs);
        // The limiter looks for Redis itself, when it is asked.
        const auto backend = [&] {
            return sandbox.get(u"/api/contractors/3"_s).status == 200
                       ? sandbox.get(u"/health/full"_s).body.value("rate_limiting"_L1)["backend"_L1].toString()
                       : QString();
        };
        QTRY_COMPARE_WITH_TIMEOUT(backend(), u"redis"_s, settleMs);
    }

    void withoutItsDatabaseItIsUnhealthyAndComesBack()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QVERIFY(sandbox.fault(u"postgres-stop"_s));
        QCOMPARE(sandbox.get(u"/health"_s).status, 503);
        QCOMPARE(sandbox.get(u"/health/full"_s).body.value("status"_L1).toString(), u"unhealthy"_s);
        QVERIFY(sandbox.fault(u"postgres-start"_s));
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/health"_s).status, 200, settleMs);
    }

    void theServiceComesBackOnItsPortAndTakesOverItsCounts()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QCOMPARE(sandbox.get(u"/api/contractors/3"_s, "192.0.2.9").status, 200);
        QVERIFY(sandbox.fault(u"service-kill"_s));
        QCOMPARE(sandbox.get(u"/health"_s).status, 0);
        QVERIFY(sandbox.fault(u"service-start"_s));
        QCOMPARE(sandbox.get(u"/api/contractors/3"_s, "192.0.2.9").status, 200);
        const QJsonObject oracle = sandbox.oracle();
        const QJsonObject contractor = oracle.value("cache"_L1).toObject().value("contractor"_L1).toObject();
        QCOMPARE(contractor.value("hits"_L1).toInt() + contractor.value("misses"_L1).toInt(), 2);
        QCOMPARE(oracle.value("limits"_L1).toArray().first().toObject().value("used"_L1).toInt(), 2);
    }

    void itsOwnCountsEqualWhatStandsInRedis()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({}));
        QTRY_VERIFY_WITH_TIMEOUT(sandbox.oracle().value("requests"_L1).toObject().value("total"_L1).toInt() > 60,
                                 settleMs);
        QVERIFY(sandbox.pauseLoad());
        const QJsonObject oracle = sandbox.oracle();
        RedisLink redis = redisOf(sandbox);
        for (const QString &group : {u"contractor"_s, u"pricing"_s, u"templates"_s}) {
            const QJsonObject counts = oracle.value("cache"_L1).toObject().value(group).toObject();
            for (const QString &kind : {u"hits"_s, u"misses"_s}) {
                const auto stored = redis.command({"HGET", "quoted:cache:stats", (kind + u':' + group).toUtf8()});
                QCOMPARE(stored->text.toLongLong(), counts.value(kind).toInteger());
            }
        }
        const QJsonArray limits = oracle.value("limits"_L1).toArray();
        QVERIFY(limits.size() > 10);
        for (const QJsonValue &entry : limits) {
            const QString scope = entry["scope"_L1].toString();
            const QString key = u"LIMITS:LIMITER/%1/%2/%3/1/%4"_s.arg(entry["client"_L1].toString(), scope)
                                    .arg(entry["limit"_L1].toInt())
                                    .arg(scope == "/demo/quotes"_L1 ? u"hour"_s : u"minute"_s);
            const auto stored = redis.command({"GET", key.toUtf8()});
            // A window may have ended between the two questions.
            if (!stored->isNil)
                QCOMPARE(stored->text.toLongLong(), entry["used"_L1].toInteger());
        }
    }

    void theViewerSeesAllButTheKeys()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--no-load"_s}));
        Database viewer({static_cast<quint16>(sandbox.port(u"postgresql"_s)), "quoted", "quarterdeck_viewer",
                         sandbox.file(u"viewer-password"_s), "test"});
        const auto marker = viewer.query("SELECT deployment, environment FROM quarterdeck_environment");
        QVERIFY(marker);
        QCOMPARE(*marker, (Rows{{"quoted", "production"}}));
        QVERIFY(viewer.query("SELECT kid, state, retire_after FROM jwt_keys"));
        QVERIFY(!viewer.query("SELECT secret FROM jwt_keys"));
        QVERIFY(!viewer.query("UPDATE feature_flags SET enabled = true"));
    }

    void aFlagIsLiveWithinTenSeconds()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const QJsonObject database =
            QJsonDocument::fromJson(sandbox.file(u"service.json"_s)).object().value("database"_L1).toObject();
        Database owner({static_cast<quint16>(sandbox.port(u"postgresql"_s)), "quoted", "quoted_owner",
                        database.value("password"_L1).toString().toUtf8(), "test"});
        QCOMPARE(sandbox.get(u"/api/info"_s).body.value("voice_quotes"_L1), QJsonValue(false));
        QVERIFY(
            owner.query("UPDATE feature_flags SET enabled = true, rollout_percent = 100 WHERE key = 'voice_quotes'"));
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/api/info"_s).body.value("voice_quotes"_L1), QJsonValue(true), 60'000);
    }

    void theFaultCommandFindsTheRunningSandboxAndSaysWhatItDoesNotKnow()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const auto [good, said] = sandbox.faultCommand({u"empty-cache"_s, u"pricing"_s});
        QCOMPARE(good, 0);
        QVERIFY2(said.contains(u"keys of pricing deleted"_s), qPrintable(said));
        const auto [bad, complaint] = sandbox.faultCommand({u"no-such-fault"_s});
        QCOMPARE(bad, 1);
        QVERIFY2(complaint.contains(u"no-such-fault"_s), qPrintable(complaint));
        const QDir backups(sandbox.directory() + u"/backups"_s);
        const QStringList before = backups.entryList({u"*.dump"_s}, QDir::Files, QDir::Name);
        QCOMPARE(before.size(), 14);
        QCOMPARE(sandbox.faultCommand({u"age-backup"_s}).first, 0);
        QCOMPARE(backups.entryList({u"*.dump"_s}, QDir::Files).size(), 11);
        QCOMPARE(sandbox.faultCommand({u"heal"_s}).first, 0);
        QCOMPARE(backups.entryList({u"*.dump"_s}, QDir::Files, QDir::Name), before);
    }

    void theStoryOpensAndClosesTheBreaker()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({u"--time-scale"_s, u"10"_s, u"--story"_s, u"payment-outage"_s}));
        // It stays open for a moment only: what it refused is told for good.
        QTRY_VERIFY_WITH_TIMEOUT(breakerOf(sandbox, u"stripe"_s).value("rejected_total"_L1).toInt() > 0, settleMs);
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(sandbox, u"stripe"_s), u"closed"_s, settleMs);
    }

    void serviceAndLoadTakeLessThanATenthOfACore()
    {
        RunningSandbox sandbox;
        QVERIFY(sandbox.start({}));
        const auto used = [&] { return cpuSeconds(sandbox.pid(u"service"_s)) + cpuSeconds(sandbox.pid(u"sandbox"_s)); };
        const double before = used();
        const int requests = sandbox.oracle().value("requests"_L1).toObject().value("total"_L1).toInt();
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY_WITH_TIMEOUT(timer.elapsed() > 6000, 60'000);
        const double share = (used() - before) / (static_cast<double>(timer.elapsed()) / 1000.0);
        QVERIFY2(share < 0.1, qPrintable(QString::number(share)));
        const int more = sandbox.oracle().value("requests"_L1).toObject().value("total"_L1).toInt() - requests;
        QVERIFY2(more > 30, qPrintable(QString::number(more)));
    }
};

QTEST_GUILESS_MAIN(TestSandbox)
#include "tst_sandbox.moc"
