/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "app/sandbox/running_sandbox.h"
#include "parts/database.h"
#include "parts/jwt.h"
#include "parts/redis_link.h"

#include <QDate>
#include <QDateTime>
#include <QDir>
#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTest>

#include <functional>

using namespace Qt::StringLiterals;
using namespace qd::sandbox;

namespace {

constexpr int settleMs = 60'000; // a busy machine takes its time

QJsonObject dependency(const RunningSandbox &sandbox, const QString &name)
{
    return sandbox.get(u"/api/v1/ready"_s).body.value("dependencies"_L1).toObject().value(name).toObject();
}

/// The one that is true of opossum's three.
QString stateOf(const RunningSandbox &sandbox, const QString &breaker)
{
    const QJsonObject state = dependency(sandbox, breaker).value("breaker"_L1).toObject().value("state"_L1).toObject();
    QStringList set;
    for (const QString &word : {u"closed"_s, u"open"_s, u"halfOpen"_s}) {
        if (state.value(word).toBool())
            set.append(word);
    }
    return set.join(u'+');
}

/// The value of a line of /metrics; NaN where there is no such series.
double metric(const RunningSandbox &sandbox, const QByteArray &series)
{
    const QList<QByteArray> lines = sandbox.get(u"/metrics"_s).text.split('\n');
    for (const QByteArray &line : lines) {
        if (line.startsWith(series + ' '))
            return line.mid(series.size() + 1).toDouble();
    }
    return qQNaN();
}

RedisLink redisOf(const RunningSandbox &sandbox)
{
    return RedisLink({static_cast<quint16>(sandbox.port(u"redis"_s)), sandbox.file(u"redis-password"_s)});
}

QJsonObject configOf(const RunningSandbox &sandbox)
{
    return QJsonDocument::fromJson(sandbox.file(u"service.json"_s)).object();
}

QByteArray variable(const RunningSandbox &sandbox, const QString &name)
{
    return configOf(sandbox).value("variables"_L1).toObject().value(name).toString().toUtf8();
}

/// As the service logs in.
Database databaseOf(const RunningSandbox &sandbox)
{
    const QJsonObject login = configOf(sandbox).value("database"_L1).toObject();
    return Database({static_cast<quint16>(sandbox.port(u"postgresql"_s)), "storefront",
                     login.value("user"_L1).toString().toUtf8(), login.value("password"_L1).toString().toUtf8(),
                     "test"});
}

RunningSandbox::Answer webhook(const RunningSandbox &sandbox, const QByteArray &secret, qint64 at)
{
    const QByteArray time = QByteArray::number(at);
    const QByteArray signature = "t=" + time + ",v1=" + hmacSha256(time + ".{}", secret).toHex();
    return sandbox.request("POST", u"/api/v1/stripe/webhook"_s, {{"stripe-signature", signature}}, "{}");
}

QByteArray login(const RunningSandbox &sandbox)
{
    return sandbox.post(u"/api/v1/auth/login"_s).body.value("accessToken"_L1).toString().toLatin1();
}

int profileWith(const RunningSandbox &sandbox, const QByteArray &token)
{
    return sandbox.request("GET", u"/api/v1/profile"_s, {{"Authorization", "Bearer " + token}}).status;
}

/// The platform's interface to the one service, as its profile leads there.
class Render
{
public:
    explicit Render(const RunningSandbox &sandbox)
        : m_sandbox(sandbox)
    {
    }
    QString id() const
    {
        return m_sandbox.state()["deployments"_L1]["storefront"_L1]["render"_L1]["service"_L1].toString();
    }
    RunningSandbox::Answer ask(const QByteArray &method, const QString &path, const QByteArray &body = {}) const
    {
        return m_sandbox.ask(u"render"_s, method, path,
                             {{"Authorization", "Bearer " + m_sandbox.file(u"render-token"_s)}}, body);
    }
    RunningSandbox::Answer get(const QString &path) const { return ask("GET", ofService(path)); }
    RunningSandbox::Answer put(const QString &path, const QByteArray &body) const
    {
        return ask("PUT", ofService(path), body);
    }
    RunningSandbox::Answer post(const QString &path, const QByteArray &body = "{}") const
    {
        return ask("POST", ofService(path), body);
    }

    RunningSandbox::Answer rollBack(const QString &deploy) const
    {
        return post(u"/rollback"_s, QJsonDocument(QJsonObject{{u"deployId"_s, deploy}}).toJson());
    }
    QJsonArray list(const QString &path) const { return QJsonDocument::fromJson(get(path).text).array(); }
    QString statusOf(const QString &deploy) const
    {
        return get(u"/deploys/"_s + deploy).body.value("status"_L1).toString();
    }
    QString liveDeploy() const
    {
        const QJsonArray all = list(u"/deploys"_s);
        for (const QJsonValue &entry : all) {
            if (entry["deploy"_L1]["status"_L1] == "live"_L1)
                return entry["deploy"_L1]["id"_L1].toString();
        }
        return {};
    }

private:
    QString ofService(const QString &path) const { return u"/v1/services/"_s + id() + path; }
    const RunningSandbox &m_sandbox;
};

} // namespace

class TestStorefront : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isReadyAndTheConsoleFindsItHealthyAndLeavesNothing()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({}));
        QCOMPARE(sandbox.get(u"/api/v1/health"_s).body.value("status"_L1).toString(), u"ok"_s);
        const auto ready = sandbox.get(u"/api/v1/ready"_s);
        QCOMPARE(ready.status, 200);
        QCOMPARE(ready.body.value("status"_L1).toString(), u"ready"_s);
        QCOMPARE(ready.body.value("isFallback"_L1), QJsonValue(false));
        QCOMPARE(ready.body.value("dependencies"_L1).toObject().keys(),
                 (QStringList{u"database"_s, u"openai"_s, u"push"_s, u"redis"_s, u"stripe"_s, u"weather"_s}));
        QProcess console;
        console.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                      {u"status"_s, u"--profile"_s, sandbox.directory() + u"/storefront.yaml"_s});
        QVERIFY(console.waitForFinished(settleMs));
        QCOMPARE(console.exitCode(), 0);
        const QByteArray said = console.readAllStandardOutput();
        QVERIFY2(said.contains("storefront \xC2\xB7 production   Healthy"), said.constData());
        for (const char *breaker : {"openai", "weather", "stripe", "push"}) {
            const QRegularExpression closed(u"^  %1 +Closed "_s.arg(QLatin1StringView(breaker)),
                                            QRegularExpression::MultilineOption);
            QVERIFY2(QString::fromUtf8(said).contains(closed), said.constData());
        }
        QList<int> pids;
        for (const QString &part : {u"sandbox"_s, u"redis"_s, u"postgresql"_s, u"service"_s})
            pids.append(sandbox.pid(part));
        QVERIFY(std::ranges::all_of(pids, [](int pid) { return runs(pid); }));
        QCOMPARE(sandbox.stop(), 0);
        QVERIFY(std::ranges::none_of(pids, [](int pid) { return runs(pid); }));
        QVERIFY(QDir(sandbox.temporaryDirectory()).isEmpty());
    }

    void limitsAreExpressRateLimits()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const auto first = sandbox.get(u"/api/v1/products/3"_s, "192.0.2.7");
        QCOMPARE(first.status, 200);
        QCOMPARE(first.header("RateLimit-Policy"), QByteArray("100;w=60"));
        QCOMPARE(first.header("RateLimit"), QByteArray("limit=100, remaining=99, reset=60"));
        QVERIFY(first.header("Retry-After").isEmpty());
        for (int i = 0; i < 99; ++i)
            QCOMPARE(sandbox.get(u"/api/v1/products/3"_s, "192.0.2.7").status, 200);
        const auto refused = sandbox.get(u"/api/v1/products/3"_s, "192.0.2.7");
        QCOMPARE(refused.status, 429);
        QCOMPARE(refused.text, QByteArray("Too many requests, please try again later."));
        QCOMPARE(refused.header("Content-Type"), QByteArray("text/html; charset=utf-8"));
        QVERIFY(refused.header("RateLimit").startsWith("limit=100, remaining=0, reset="));
        QVERIFY(refused.header("Retry-After").toInt() > 0 && refused.header("Retry-After").toInt() <= 60);
        QCOMPARE(sandbox.get(u"/api/v1/products/3"_s, "192.0.2.8").status, 200);
        QCOMPARE(sandbox.get(u"/api/v1/products/3"_s, "2001:db8:1:2:3::4").status, 200);
        RedisLink redis = redisOf(sandbox);
        QCOMPARE(redis.command({"GET", "rl:192.0.2.7"})->text, QByteArray("101"));
        QCOMPARE(redis.command({"GET", "rl:2001:db8:1::/56"})->text, QByteArray("1"));
        const qint64 pttl = redis.command({"PTTL", "rl:192.0.2.7"})->integer;
        QVERIFY(pttl > 0 && pttl <= 60'000);
        QCOMPARE(redis.command({"GET", "quarterdeck:environment"})->text, QByteArray("storefront/production"));
        // Probes, the page of metrics and the provider's webhooks are not limited.
        for (const QString &path : {u"/api/v1/health"_s, u"/api/v1/ready"_s, u"/metrics"_s})
            QCOMPARE(sandbox.get(path, "192.0.2.7").status, 200);
        QVERIFY(webhook(sandbox, "nobody's", 0).header("RateLimit").isEmpty());
    }

    void aBreakerOpensRefusesAndClosesAfterOneSuccess()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"3"_s}));
        QCOMPARE(sandbox.post(u"/api/v1/payments/sheet"_s).status, 201);
        QCOMPARE(stateOf(sandbox, u"stripe"_s), u"closed"_s);
        QVERIFY(std::isnan(metric(sandbox, R"(circuit{name="stripe",event="failure"})")));
        QVERIFY(sandbox.fault(u"stripe-down"_s));
        for (int i = 0; i < 4; ++i) {
            const auto failed = sandbox.post(u"/api/v1/payments/sheet"_s);
            QCOMPARE(failed.status, 503);
            QCOMPARE(failed.body.value("error"_L1).toString(), u"payment_unavailable"_s);
        }
        QCOMPARE(stateOf(sandbox, u"stripe"_s), u"open"_s);
        const auto ready = sandbox.get(u"/api/v1/ready"_s);
        QCOMPARE(ready.status, 200);
        QCOMPARE(ready.body.value("status"_L1).toString(), u"degraded"_s);
        QCOMPARE(ready.body.value("isFallback"_L1), QJsonValue(false)); // nothing stands in for a payment
        QVERIFY(sandbox.fault(u"stripe-down"_s, {}, false));
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(sandbox, u"stripe"_s), u"halfOpen"_s, settleMs);
        QCOMPARE(sandbox.post(u"/api/v1/payments/sheet"_s).status, 201);
        QCOMPARE(stateOf(sandbox, u"stripe"_s), u"closed"_s);
        QCOMPARE(metric(sandbox, R"(circuit{name="stripe",event="open"})"), 1.0);
        QCOMPARE(metric(sandbox, R"(circuit{name="stripe",event="close"})"), 1.0);
        QCOMPARE(metric(sandbox, R"(circuit{name="stripe",event="fire"})"), 6.0);
        const double failures = metric(sandbox, R"(circuit{name="stripe",event="failure"})");
        QCOMPARE(failures + metric(sandbox, R"(circuit{name="stripe",event="reject"})"), 4.0);
        QCOMPARE(metric(sandbox, R"(circuit_perf_count{name="stripe",event="failure"})"), failures);
        QVERIFY(std::isnan(metric(sandbox, R"(circuit{name="stripe",event="halfOpen"})")));
        QVERIFY(std::isnan(metric(sandbox, R"(circuit{name="stripe",event="fallback"})")));
    }

    void theConciergeFallsBackOnRecommendations()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QCOMPARE(sandbox.post(u"/api/v1/concierge"_s).body.value("isFallback"_L1), QJsonValue(false));
        QVERIFY(sandbox.fault(u"openai-down"_s));
        for (int i = 0; i < 3; ++i) {
            const auto degraded = sandbox.post(u"/api/v1/concierge"_s);
            QCOMPARE(degraded.status, 200);
            QCOMPARE(degraded.body.value("isFallback"_L1), QJsonValue(true));
            QCOMPARE(degraded.body.value("data"_L1).toArray().size(), 3);
        }
        QCOMPARE(stateOf(sandbox, u"openai"_s), u"open"_s);
        QCOMPARE(dependency(sandbox, u"openai"_s).value("isFallback"_L1), QJsonValue(true));
        QCOMPARE(sandbox.get(u"/api/v1/ready"_s).body.value("isFallback"_L1), QJsonValue(true));
        QCOMPARE(metric(sandbox, R"(circuit{name="openai",event="fallback"})"), 3.0);
    }

    void aSlowProviderRunsIntoTheTimeout()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QVERIFY(sandbox.fault(u"openai-slow"_s));
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(sandbox.post(u"/api/v1/concierge"_s).body.value("isFallback"_L1), QJsonValue(true));
        QVERIFY2(timer.elapsed() >= 3400 && timer.elapsed() < 10'000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(metric(sandbox, R"(circuit{name="openai",event="timeout"})"), 1.0);
        QCOMPARE(metric(sandbox, R"(circuit{name="openai",event="failure"})"), 1.0);
    }

    void worksOnWithoutRedisAndTakesItBack()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QVERIFY(sandbox.fault(u"redis-stop"_s));
        QCOMPARE(sandbox.get(u"/api/v1/products/3"_s).status, 200);
        const auto ready = sandbox.get(u"/api/v1/ready"_s);
        QCOMPARE(ready.status, 200);
        QCOMPARE(ready.body.value("status"_L1).toString(), u"degraded"_s);
        QCOMPARE(sandbox.oracle().value("limiter"_L1).toString(), u"memory"_s);
        for (int i = 0; i < 99; ++i)
            QCOMPARE(sandbox.get(u"/api/v1/products/3"_s).status, 200);
        QCOMPARE(sandbox.get(u"/api/v1/products/3"_s).status, 429);
        QVERIFY(sandbox.fault(u"redis-start"_s));
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/api/v1/ready"_s).body.value("status"_L1).toString(), u"ready"_s,
                                  settleMs);
        // The limiter looks for Redis itself, when it is asked.
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/api/v1/products/3"_s).status, 200, settleMs);
        QCOMPARE(sandbox.oracle().value("limiter"_L1).toString(), u"redis"_s);
    }

    void withoutItsDatabaseItIsNotReadyButAlive()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QVERIFY(sandbox.fault(u"postgres-stop"_s));
        const auto ready = sandbox.get(u"/api/v1/ready"_s);
        QCOMPARE(ready.status, 503);
        QCOMPARE(ready.body.value("status"_L1).toString(), u"unavailable"_s);
        QCOMPARE(sandbox.get(u"/api/v1/health"_s).status, 200);
        QVERIFY(sandbox.fault(u"heal"_s));
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/api/v1/ready"_s).status, 200, settleMs);
    }

    void pushIsTriedThreeTimesAndThenTheTokenExpires()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const auto test = [&](const QByteArray &body) {
            return sandbox.request("POST", u"/api/v1/internal/push/test"_s, {}, body);
        };
        QCOMPARE(test(R"({"userId":5})").status, 400);
        for (int user = 1; user <= 4; ++user)
            QCOMPARE(test("{\"message\":\"hello\",\"userId\":" + QByteArray::number(user) + '}').body.value("sent"_L1),
                     QJsonValue(true));
        QVERIFY(sandbox.fault(u"push-down"_s));
        QCOMPARE(test(R"({"userId":5,"message":"hello"})").body.value("sent"_L1), QJsonValue(false));
        QCOMPARE(metric(sandbox, R"(push_receipts_total{status="ok"})"), 4.0);
        QCOMPARE(metric(sandbox, R"(push_receipts_total{status="error"})"), 3.0);
        QCOMPARE(metric(sandbox, R"(push_receipts_total{status="expired"})"), 1.0);
        Database database = databaseOf(sandbox);
        const auto disabled = database.query(R"(SELECT "userId" FROM "PushToken" WHERE "disabledAt" IS NOT NULL)");
        QVERIFY2(disabled, disabled ? "" : qPrintable(disabled.error().message));
        QCOMPARE(*disabled, (Rows{{"5"}}));
    }

    void webhooksMustVerify()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const QByteArray secret = variable(sandbox, u"STRIPE_WEBHOOK_SECRET"_s);
        const qint64 now = QDateTime::currentSecsSinceEpoch();
        QCOMPARE(webhook(sandbox, secret, now).status, 200);
        QCOMPARE(webhook(sandbox, secret, now - 3600).status, 400);
        QCOMPARE(webhook(sandbox, "another", now).status, 400);
        QVERIFY(sandbox.fault(u"webhook-secret"_s));
        QCOMPARE(webhook(sandbox, secret, now).status, 400);
        QVERIFY(sandbox.fault(u"heal"_s));
        QCOMPARE(webhook(sandbox, secret, now).status, 200);
        QCOMPARE(metric(sandbox, R"(stripe_webhook_total{code="200"})"), 2.0);
        QCOMPARE(metric(sandbox, R"(stripe_webhook_total{code="400"})"), 3.0);
    }

    void tokensAreOfTheOneSecretAndOutliveARestart()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const QByteArray token = login(sandbox);
        QCOMPARE(profileWith(sandbox, token), 200);
        QCOMPARE(profileWith(sandbox, token + 'x'), 401);
        QCOMPARE(profileWith(sandbox, {}), 401);
        const QByteArray secret = variable(sandbox, u"JWT_SECRET"_s);
        QCOMPARE(profileWith(sandbox, signedToken({}, {{u"sub"_s, u"1"_s}, {u"exp"_s, 1}}, secret)), 401);
        QVERIFY(sandbox.fault(u"service-kill"_s));
        QVERIFY(sandbox.fault(u"service-start"_s));
        QCOMPARE(profileWith(sandbox, token), 200);
    }

    void eachAnswerTellsItsCorrelationId()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const auto given = sandbox.request("GET", u"/api/v1/products/9999"_s, {{"x-correlation-id", "abc-1"}});
        QCOMPARE(given.status, 404);
        QCOMPARE(given.header("x-correlation-id"), QByteArray("abc-1"));
        QCOMPARE(given.body.value("correlationId"_L1).toString(), u"abc-1"_s);
        QCOMPARE(sandbox.get(u"/api/v1/products/3"_s).header("x-correlation-id").size(), 36);
    }

    void itsOwnCountsEqualItsPageAndRedis()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({}));
        QTRY_VERIFY_WITH_TIMEOUT(sandbox.oracle().value("requests"_L1).toObject().value("total"_L1).toInt() > 80,
                                 settleMs);
        QVERIFY(sandbox.pauseLoad());
        const QJsonObject oracle = sandbox.oracle();
        const QJsonObject cache = oracle.value("cache"_L1).toObject();
        QCOMPARE(cache.keys(), (QStringList{u"products"_s, u"recommendations"_s, u"weather"_s}));
        QVERIFY(cache.value("products"_L1).toObject().value("hits"_L1).toInt() > 10);
        for (const QString &group : cache.keys()) {
            for (const auto &[kind, result] : {std::pair{u"hits"_s, "hit"}, std::pair{u"misses"_s, "miss"}}) {
                const qint64 counted = cache.value(group).toObject().value(kind).toInteger();
                const double told =
                    metric(sandbox, "cache_requests_total{cache=\"" + group.toUtf8() + "\",result=\"" + result + "\"}");
                QCOMPARE(std::isnan(told) ? 0 : static_cast<qint64>(told), counted);
            }
        }
        const QJsonObject metrics = oracle.value("metrics"_L1).toObject();
        int compared = 0;
        for (auto it = metrics.begin(); it != metrics.end(); ++it) {
            if (it.key().startsWith(u"process_"_s) || it.key().startsWith(u"circuit_perf_sum"_s) ||
                it.key().contains(u"seconds_sum"_s))
                continue;
            QCOMPARE(metric(sandbox, it.key().toUtf8()), it.value().toDouble());
            ++compared;
        }
        QVERIFY2(compared > 15, qPrintable(QString::number(compared)));
        RedisLink redis = redisOf(sandbox);
        const QJsonArray limits = oracle.value("limits"_L1).toArray();
        QVERIFY(limits.size() > 10);
        for (const QJsonValue &entry : limits) {
            const auto stored = redis.command({"GET", "rl:" + entry["client"_L1].toString().toUtf8()});
            // A window may have ended between the two questions.
            if (!stored->isNil)
                QCOMPARE(stored->text.toLongLong(), entry["used"_L1].toInteger());
        }
    }

    void theViewerSeesAllButSecrets()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        Database viewer({static_cast<quint16>(sandbox.port(u"postgresql"_s)), "storefront", "quarterdeck_viewer",
                         sandbox.file(u"viewer-password"_s), "test"});
        QCOMPARE(*viewer.query("SELECT deployment, environment FROM quarterdeck_environment"),
                 (Rows{{"storefront", "production"}}));
        QCOMPARE(*viewer.query(R"(SELECT migration_name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL )"
                               R"(AND rolled_back_at IS NULL ORDER BY finished_at DESC LIMIT 1)"),
                 (Rows{{"20260918070200_payment_status"}}));
        QVERIFY(viewer.query(R"(SELECT "email" FROM "User")"));
        QVERIFY(!viewer.query(R"(SELECT "passwordHash" FROM "User")"));
        QVERIFY(!viewer.query(R"(SELECT "token" FROM "PushToken")"));
        QVERIFY(!viewer.query(R"(DELETE FROM "Order")"));
        const QByteArray profile = sandbox.file(u"storefront.yaml"_s);
        QVERIFY(!profile.contains(variable(sandbox, u"JWT_SECRET"_s)));
        QVERIFY(!profile.contains(sandbox.file(u"viewer-password"_s)));
    }

    void backupsAreThirtyNightsOfPlainSql()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        const QDir backups(sandbox.directory() + u"/backups"_s);
        const QStringList files = backups.entryList(QDir::Files, QDir::Name);
        QCOMPARE(files.size(), 30);
        QVERIFY(QDate::fromString(files.last(), u"'backup-'yyyy-MM-dd'.sql'"_s).isValid());
        QVERIFY(sandbox.file(u"backups/"_s + files.last()).contains("CREATE TABLE public.\"Product\""));
        QVERIFY(sandbox.fault(u"age-backup"_s));
        QCOMPARE(backups.entryList(QDir::Files).size(), 27);
        QVERIFY(sandbox.fault(u"heal"_s));
        QCOMPARE(backups.entryList(QDir::Files, QDir::Name), files);
    }

    void aVariableIsLiveAfterTheNextDeployOnly()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"2"_s}));
        Render render(sandbox);
        QCOMPARE(render.get(u"/env-vars/CONCIERGE_DISABLED"_s).body,
                 (QJsonObject{{u"key"_s, u"CONCIERGE_DISABLED"_s}, {u"value"_s, u"false"_s}}));
        QCOMPARE(render.put(u"/env-vars/CONCIERGE_DISABLED"_s, R"({"value":"true"})").status, 200);
        QCOMPARE(render.get(u"/env-vars/CONCIERGE_DISABLED"_s).body.value("value"_L1).toString(), u"true"_s);
        QCOMPARE(sandbox.oracle().value("flags"_L1).toObject().value("CONCIERGE_DISABLED"_L1), QJsonValue(false));
        QVERIFY(sandbox.fault(u"service-kill"_s));
        QVERIFY(sandbox.fault(u"service-start"_s));
        QCOMPARE(render.post(u"/restart"_s).status, 200); // neither a crash nor a restart deploys
        QCOMPARE(sandbox.post(u"/api/v1/concierge"_s).status, 200);

        const auto deploy = render.post(u"/deploys"_s, R"({"clearCache":"do_not_clear"})");
        QCOMPARE(deploy.status, 201);
        QCOMPARE(deploy.body.value("trigger"_L1).toString(), u"api"_s);
        const QString id = deploy.body.value("id"_L1).toString();
        QCOMPARE(render.statusOf(id), u"build_in_progress"_s);
        QVERIFY(!deploy.body.contains("finishedAt"_L1));
        QTRY_COMPARE_WITH_TIMEOUT(render.statusOf(id), u"live"_s, settleMs);
        const auto concierge = sandbox.post(u"/api/v1/concierge"_s);
        QCOMPARE(concierge.status, 503);
        QCOMPARE(concierge.body.value("error"_L1).toString(), u"concierge_unavailable"_s);
        QCOMPARE(sandbox.oracle().value("flags"_L1).toObject().value("CONCIERGE_DISABLED"_L1), QJsonValue(true));
    }

    void aRestartEndsNoOutage()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        QVERIFY(sandbox.fault(u"stripe-down"_s));
        QCOMPARE(Render(sandbox).post(u"/restart"_s).status, 200);
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.post(u"/api/v1/payments/sheet"_s).status, 503, settleMs);
        QVERIFY(sandbox.fault(u"stripe-down"_s, {}, false));
        QCOMPARE(Render(sandbox).post(u"/restart"_s).status, 200);
        QCOMPARE(sandbox.post(u"/api/v1/payments/sheet"_s).status, 201);
    }

    void eachSwitchDoesWhatItsNameSays()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"100"_s}));
        Render render(sandbox);
        QCOMPARE(render.put(u"/env-vars/PUSH_NOTIFICATIONS_DISABLED"_s, R"({"value":"true"})").status, 200);
        QCOMPARE(render.put(u"/env-vars/RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s, R"({"value":"30"})").status, 200);
        const QString id = render.post(u"/deploys"_s).body.value("id"_L1).toString();
        QTRY_COMPARE_WITH_TIMEOUT(render.statusOf(id), u"live"_s, settleMs);
        const auto order = sandbox.post(u"/api/v1/orders"_s);
        QCOMPARE(order.status, 201);
        QCOMPARE(order.body.value("notified"_L1), QJsonValue(false));
        QVERIFY(std::isnan(metric(sandbox, R"(push_receipts_total{status="ok"})")));
        QVERIFY(sandbox.fault(u"empty-cache"_s, u"recommendations"_s));
        QCOMPARE(sandbox.get(u"/api/v1/recommendations/7"_s).status, 200);
        const qint64 ttl = redisOf(sandbox).command({"TTL", "recommendations:7"})->integer;
        QVERIFY2(ttl > 0 && ttl <= 30, qPrintable(QString::number(ttl)));
    }

    void aNewJwtSecretLogsEverybodyOutAndARollBackBringsTheOldOneBack()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"100"_s}));
        Render render(sandbox);
        const QByteArray token = login(sandbox);
        QCOMPARE(profileWith(sandbox, token), 200);
        const QString before = render.liveDeploy();
        const QByteArray secret = variable(sandbox, u"JWT_SECRET"_s);
        QCOMPARE(render.put(u"/env-vars/JWT_SECRET"_s, R"({"generateValue":true})").status, 200);
        QVERIFY(render.get(u"/env-vars/JWT_SECRET"_s).body.value("value"_L1).toString().toUtf8() != secret);
        const QString id = render.post(u"/deploys"_s).body.value("id"_L1).toString();
        QTRY_COMPARE_WITH_TIMEOUT(render.statusOf(id), u"live"_s, settleMs);
        QCOMPARE(render.statusOf(before), u"deactivated"_s);
        QCOMPARE(profileWith(sandbox, token), 401);
        QCOMPARE(profileWith(sandbox, login(sandbox)), 200);

        const auto back = render.rollBack(before);
        QCOMPARE(back.status, 201);
        QCOMPARE(back.body.value("trigger"_L1).toString(), u"rollback"_s);
        QTRY_COMPARE_WITH_TIMEOUT(render.statusOf(back.body.value("id"_L1).toString()), u"live"_s, settleMs);
        QCOMPARE(profileWith(sandbox, token), 200);
        // A roll-back does not touch what is set.
        QVERIFY(render.get(u"/env-vars/JWT_SECRET"_s).body.value("value"_L1).toString().toUtf8() != secret);
    }

    void aDeployThatDoesNotServeFailsAndTheOneBeforeServesOn()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"100"_s}));
        Render render(sandbox);
        const QByteArray token = login(sandbox);
        const QString before = render.liveDeploy();
        QCOMPARE(render.put(u"/env-vars/JWT_SECRET"_s, R"({"value":"short"})").status, 200);
        const QString id = render.post(u"/deploys"_s).body.value("id"_L1).toString();
        QTRY_COMPARE_WITH_TIMEOUT(render.statusOf(id), u"update_failed"_s, settleMs);
        QCOMPARE(render.statusOf(before), u"live"_s);
        QCOMPARE(profileWith(sandbox, token), 200);
        QCOMPARE(render.rollBack(id).status, 400);
    }

    void deploysWaitForOneAnother()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"2"_s}));
        Render render(sandbox);
        const auto first = render.post(u"/deploys"_s);
        const auto second = render.post(u"/deploys"_s);
        QCOMPARE(first.status, 201);
        QCOMPARE(second.status, 202);
        QCOMPARE(second.body.value("status"_L1).toString(), u"queued"_s);
        QTRY_COMPARE_WITH_TIMEOUT(render.statusOf(second.body.value("id"_L1).toString()), u"live"_s, settleMs);
        QCOMPARE(render.statusOf(first.body.value("id"_L1).toString()), u"deactivated"_s);
        const QJsonArray all = render.list(u"/deploys"_s);
        QCOMPARE(all.size(), 5);
        QCOMPARE(all.first()["deploy"_L1]["id"_L1], second.body.value("id"_L1));
        const QJsonArray page = render.list(u"/deploys?limit=2&cursor="_s + all.at(1)["cursor"_L1].toString());
        QCOMPARE(page.size(), 2);
        QCOMPARE(page.first(), all.at(2));
    }

    void rendersInterfaceRefusesWhatRenderRefuses()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--no-load"_s}));
        Render render(sandbox);
        const QString service = u"/v1/services/"_s + render.id();
        QCOMPARE(sandbox.ask(u"render"_s, "GET", service, {}).status, 401);
        QCOMPARE(sandbox
                     .ask(u"render"_s, "PUT", service + u"/env-vars/JWT_SECRET"_s,
                          {{"Authorization", "Bearer rnd_guess"}}, R"({"value":"x"})")
                     .status,
                 401);
        QVERIFY(variable(sandbox, u"JWT_SECRET"_s) ==
                render.get(u"/env-vars/JWT_SECRET"_s).body.value("value"_L1).toString().toUtf8());
        QCOMPARE(render.ask("GET", u"/v1/services/srv-another/deploys"_s).status, 404);
        QCOMPARE(render.get(u"/env-vars/NO_SUCH"_s).status, 404);
        QCOMPARE(render.put(u"/env-vars/JWT_SECRET"_s, "{}").status, 400);
        QCOMPARE(render.put(u"/env-vars/1%20bad"_s, R"({"value":"x"})").status, 400);
        QCOMPARE(render.rollBack(u"dep-none"_s).status, 404);
        QCOMPARE(render.ask("DELETE", service + u"/env-vars/NODE_ENV"_s).status, 204);
        QCOMPARE(render.get(u"/env-vars/NODE_ENV"_s).status, 404);
        const auto found = render.ask("GET", u"/v1/services?name=storefront"_s);
        QCOMPARE(QJsonDocument::fromJson(found.text).array().first()["service"_L1]["id"_L1].toString(), render.id());
        QVERIFY(sandbox.file(u"storefront.yaml"_s).contains("  render:\n    kind: http\n"));
    }

    void everyStoryEndsWithAHealthyShop_data()
    {
        QTest::addColumn<QString>("story");
        QTest::addColumn<std::function<bool(const RunningSandbox &)>>("seen");
        QTest::newRow("payment-outage") << u"payment-outage"_s << std::function([](const RunningSandbox &sandbox) {
            return metric(sandbox, R"(circuit{name="stripe",event="open"})") > 0; // it stays open for a moment only
        });
        QTest::newRow("slow-database") << u"slow-database"_s << std::function([](const RunningSandbox &sandbox) {
            return dependency(sandbox, u"database"_s).value("status"_L1) == "down"_L1;
        });
    }
    void everyStoryEndsWithAHealthyShop()
    {
        QFETCH(QString, story);
        QFETCH(std::function<bool(const RunningSandbox &)>, seen);
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--time-scale"_s, u"8"_s, u"--story"_s, story}));
        QTRY_VERIFY_WITH_TIMEOUT(seen(sandbox), settleMs);
        QTRY_COMPARE_WITH_TIMEOUT(sandbox.get(u"/api/v1/ready"_s).body.value("status"_L1).toString(), u"ready"_s,
                                  2 * settleMs);
    }

    void aQuietNightPagesNobodyAndLosesBackups()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({u"--time-scale"_s, u"100"_s, u"--story"_s, u"quiet-night"_s}));
        const QDir backups(sandbox.directory() + u"/backups"_s);
        QTRY_COMPARE_WITH_TIMEOUT(backups.entryList(QDir::Files).size(), 27, settleMs);
        QCOMPARE(sandbox.get(u"/api/v1/ready"_s).status, 200);
        QCOMPARE(stateOf(sandbox, u"weather"_s), u"closed"_s);
    }

    void serviceAndLoadAreLight()
    {
        RunningSandbox sandbox(u"storefront"_s);
        QVERIFY(sandbox.start({}));
        const auto used = [&] { return cpuSeconds(sandbox.pid(u"service"_s)) + cpuSeconds(sandbox.pid(u"sandbox"_s)); };
        const auto requests = [&] {
            return sandbox.oracle().value("requests"_L1).toObject().value("total"_L1).toInt();
        };
        QTRY_VERIFY_WITH_TIMEOUT(requests() > 30, settleMs); // the logins of the beginning
        const double before = used();
        const int first = requests();
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY_WITH_TIMEOUT(timer.elapsed() > 6000, 60'000);
        const double seconds = static_cast<double>(timer.elapsed()) / 1000.0;
        QVERIFY2((used() - before) / seconds < 0.05, qPrintable(QString::number((used() - before) / seconds)));
        const double rate = (requests() - first) / seconds;
        QVERIFY2(rate > 2.5 && rate < 7.5, qPrintable(QString::number(rate)));
    }
};

QTEST_GUILESS_MAIN(TestStorefront)
#include "tst_storefront.moc"
