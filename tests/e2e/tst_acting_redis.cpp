/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"
#include "e2e/sandbox_redis.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using qd::testing::LiveSandbox;

/// Acting from a terminal in the Redis of real deployments, which are seen to have changed.
class TestActingRedis : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aBlockedClientIsLetInAgainAndBlocked();
    void aBucketIsFull();
    void aClientIsUnblockedThroughSentinels();
    void aGroupIsEmptied();
    void aGroupIsWarmedAndItsHitRateIsBack();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();
    void anotherDeploymentsRedisIsNotTouched();

private:
    struct Outcome
    {
        int code = -1;
        QString out;
        QString error;
        [[nodiscard]] QByteArray all() const { return (out + error).toUtf8(); }
    };
    [[nodiscard]] Outcome run(const QStringList &arguments) const;
    [[nodiscard]] QString profile(const QString &deployment) const;
    [[nodiscard]] QByteArray redis(const QString &deployment, const QList<QByteArray> &words) const;
    [[nodiscard]] QString idOf(const QString &plan) const;
    /// Plans and applies; the plan stays in "p.plan".
    void act(const QString &deployment, const QStringList &words);
    LiveSandbox m_sandbox;
    QTemporaryDir m_desk;
};

TestActingRedis::Outcome TestActingRedis::run(const QStringList &arguments) const
{
    QProcess process;
    process.setWorkingDirectory(m_desk.path());
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  arguments + QStringList{u"--desk"_s, m_desk.path()});
    if (!process.waitForFinished(120'000))
        process.kill();
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

QString TestActingRedis::profile(const QString &deployment) const
{
    for (const QString &path : m_sandbox.profiles()) {
        if (QFileInfo(path).completeBaseName() == deployment)
            return path;
    }
    return {};
}

QByteArray TestActingRedis::redis(const QString &deployment, const QList<QByteArray> &words) const
{
    return qd::testing::askRedis(m_sandbox, deployment, words);
}

QString TestActingRedis::idOf(const QString &plan) const
{
    QFile file(m_desk.filePath(plan));
    return file.open(QIODevice::ReadOnly) ? QString::fromLatin1(file.readLine().split(' ').value(2).first(8))
                                          : QString();
}

void TestActingRedis::act(const QString &deployment, const QStringList &words)
{
    const Outcome planned =
        run(QStringList{u"plan"_s} + words + QStringList{u"--profile"_s, profile(deployment), u"--out"_s, u"p.plan"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    const Outcome applied =
        run({u"apply"_s, u"p.plan"_s, u"--profile"_s, profile(deployment), u"--confirm"_s, deployment});
    QVERIFY2(applied.code == 0, applied.all().constData());
    QVERIFY2(applied.out.contains(u"Done"_s), applied.all().constData());
}

void TestActingRedis::initTestCase()
{
    QVERIFY2(m_sandbox.start({u"longmem"_s, u"luckygas"_s, u"--no-load"_s}), qPrintable(m_sandbox.lastError()));
    for (const QString &deployment : {u"quoted"_s, u"longmem"_s, u"luckygas"_s})
        QVERIFY(!profile(deployment).isEmpty());
}

void TestActingRedis::aBlockedClientIsLetInAgainAndBlocked()
{
    const QList<std::pair<QByteArray, QByteArray>> client{{"X-Forwarded-For", "10.1.2.3"}};
    const auto isRefused = [&] {
        return m_sandbox.page(u"/api/contractors/7"_s, client).contains("Rate limit exceeded");
    };
    bool refused = false;
    for (int call = 0; call < 260 && !refused; ++call) // of a window that may end meanwhile
        refused = isRefused();
    QVERIFY(refused);
    const Outcome planned =
        run({u"plan"_s, u"unblock"_s, u"10.1.2.3"_s, u"--profile"_s, profile(u"quoted"_s), u"--out"_s, u"p.plan"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    QVERIFY2(planned.out.contains(u"Unblock 10.1.2.3 in quoted · production"_s), planned.all().constData());
    QVERIFY2(planned.out.contains(QRegularExpression(u"1[2-9][0-9] of 120 in reads, over in [0-9]+ s"_s)),
             planned.all().constData());
    QVERIFY2(planned.out.contains(u"Medium risk"_s), planned.all().constData());
    const Outcome applied =
        run({u"apply"_s, u"p.plan"_s, u"--profile"_s, profile(u"quoted"_s), u"--confirm"_s, u"quoted"_s});
    QVERIFY2(applied.code == 0, applied.all().constData());
    QVERIFY(!isRefused());
    // It was counted since.
    const Outcome late =
        run({u"undo"_s, idOf(u"p.plan"_s), u"--profile"_s, profile(u"quoted"_s), u"--confirm"_s, u"quoted"_s});
    QVERIFY2(late.code == 2, late.all().constData());
    QVERIFY(!isRefused());
    const Outcome resumed =
        run({u"resume"_s, idOf(u"p.plan"_s), u"--profile"_s, profile(u"quoted"_s), u"--confirm"_s, u"quoted"_s});
    QVERIFY2(resumed.code == 0, resumed.all().constData());
    QCOMPARE(run({u"unfinished"_s}).code, 0);

    const QByteArray key = "LIMITS:LIMITER/10.1.2.4//login/5/1/minute";
    QCOMPARE(redis(u"quoted"_s, {"SET", key, "7", "PX", "55000"}), QByteArray("OK"));
    act(u"quoted"_s, {u"unblock"_s, u"10.1.2.4"_s});
    QCOMPARE(redis(u"quoted"_s, {"EXISTS", key}), QByteArray("0"));
    const Outcome undone =
        run({u"undo"_s, idOf(u"p.plan"_s), u"--profile"_s, profile(u"quoted"_s), u"--confirm"_s, u"quoted"_s});
    QVERIFY2(undone.code == 0, undone.all().constData());
    QCOMPARE(redis(u"quoted"_s, {"GET", key}), QByteArray("7"));
    const qint64 left = redis(u"quoted"_s, {"PTTL", key}).toLongLong();
    QVERIFY2(left > 0 && left < 55'000, qPrintable(QString::number(left)));
}

void TestActingRedis::aBucketIsFull()
{
    const QByteArray now = QByteArray::number(QDateTime::currentSecsSinceEpoch());
    QCOMPARE(redis(u"longmem"_s, {"HSET", "ratelimit:user:77", "tokens", "0.4", "updated_at", now}), QByteArray("2"));
    act(u"longmem"_s, {u"unblock"_s, u"77"_s, u"tier=user"_s});
    QCOMPARE(redis(u"longmem"_s, {"EXISTS", "ratelimit:user:77"}), QByteArray("0"));
}

void TestActingRedis::aClientIsUnblockedThroughSentinels()
{
    const QByteArray minute = "LIMITS:LIMITER/lg_1a2b/basic/20/1/minute";
    const QByteArray hour = "LIMITS:LIMITER/lg_1a2b/basic/100/1/hour";
    QCOMPARE(redis(u"luckygas"_s, {"SET", minute, "21", "PX", "55000"}), QByteArray("OK"));
    QCOMPARE(redis(u"luckygas"_s, {"SET", hour, "101", "PX", "3000000"}), QByteArray("OK"));
    act(u"luckygas"_s, {u"unblock"_s, u"lg_1a2b"_s, u"tier=all"_s});
    QCOMPARE(redis(u"luckygas"_s, {"EXISTS", minute}), QByteArray("0"));
    QCOMPARE(redis(u"luckygas"_s, {"EXISTS", hour}), QByteArray("0"));
}

void TestActingRedis::aGroupIsEmptied()
{
    for (int id = 1; id <= 20; ++id)
        static_cast<void>(m_sandbox.page(u"/api/contractors/%1"_s.arg(id)));
    QCOMPARE(redis(u"quoted"_s, {"EXISTS", "cache:contractor:7"}), QByteArray("1"));
    QCOMPARE(redis(u"quoted"_s, {"SET", "cache:pricing:1", "x", "EX", "600"}), QByteArray("OK"));
    const Outcome planned =
        run({u"plan"_s, u"flush"_s, u"contractor"_s, u"--profile"_s, profile(u"quoted"_s), u"--out"_s, u"p.plan"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    QVERIFY2(planned.out.contains(u"Empty the cache contractor in quoted"_s), planned.all().constData());
    QVERIFY2(planned.out.contains(u"hits a minute"_s), planned.all().constData());
    QVERIFY2(planned.out.contains(u"this cannot be undone"_s), planned.all().constData());
    QVERIFY2(!planned.out.contains(u"not measured"_s), planned.all().constData());
    const Outcome applied =
        run({u"apply"_s, u"p.plan"_s, u"--profile"_s, profile(u"quoted"_s), u"--confirm"_s, u"quoted"_s});
    QVERIFY2(applied.code == 0, applied.all().constData());
    QCOMPARE(redis(u"quoted"_s, {"EXISTS", "cache:contractor:7"}), QByteArray("0"));
    QCOMPARE(redis(u"quoted"_s, {"EXISTS", "cache:pricing:1"}), QByteArray("1"));
    const Outcome undone =
        run({u"undo"_s, idOf(u"p.plan"_s), u"--profile"_s, profile(u"quoted"_s), u"--confirm"_s, u"quoted"_s});
    QVERIFY2(undone.code == 1 && undone.error.contains(u"cannot be undone"_s), undone.all().constData());
    // Another keeps its counters elsewhere: what it will cost is said to be unknown.
    QCOMPARE(redis(u"longmem"_s, {"SET", "memory:cache:search:1", "x", "EX", "600"}), QByteArray("OK"));
    const Outcome unknown =
        run({u"plan"_s, u"flush"_s, u"search"_s, u"--profile"_s, profile(u"longmem"_s), u"--out"_s, u"q.plan"_s});
    QVERIFY2(unknown.code == 0 && unknown.out.contains(u"hits a minute: not measured"_s), unknown.all().constData());
}

void TestActingRedis::aGroupIsWarmedAndItsHitRateIsBack()
{
    int reader = 0;
    const auto read = [&] {
        ++reader;
        static_cast<void>(m_sandbox.page(u"/api/pricing/%1"_s.arg(1 + reader % 50),
                                         {{"X-Forwarded-For", "203.0.113." + QByteArray::number(reader % 200)}}));
    };
    const auto counted = [&](const QByteArray &field) {
        return redis(u"quoted"_s, {"HGET", "quoted:cache:stats", field + ":pricing"}).toLongLong();
    };
    for (int i = 0; i < 400; ++i)
        read();
    const Outcome planned = run({u"plan"_s, u"flush"_s, u"pricing"_s, u"then=prewarm"_s, u"--profile"_s,
                                 profile(u"quoted"_s), u"--out"_s, u"p.plan"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    QVERIFY2(planned.out.contains(u"Ask the service for 50 pages of pricing"_s), planned.all().constData());
    QVERIFY2(planned.out.contains(u"until its hit rate is 80 % again"_s), planned.all().constData());
    const qint64 misses = counted("misses");
    QProcess terminal;
    terminal.setWorkingDirectory(m_desk.path());
    terminal.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                   {u"apply"_s, u"p.plan"_s, u"--profile"_s, profile(u"quoted"_s), u"--confirm"_s, u"quoted"_s,
                    u"--desk"_s, m_desk.path()});
    QVERIFY(QTest::qWaitFor(
        [&] {
            read();
            return terminal.state() == QProcess::NotRunning;
        },
        120'000));
    const QByteArray said = terminal.readAllStandardOutput() + terminal.readAllStandardError();
    QVERIFY2(terminal.exitCode() == 0, said.constData());
    QVERIFY2(said.contains("The hit rate of pricing is back"), said.constData());
    QVERIFY2(said.contains("50 × 200"), said.constData());
    // It went down, and came back.
    QVERIFY2(counted("misses") >= misses + 45, QByteArray::number(counted("misses") - misses).constData());
    const qint64 hits = counted("hits");
    const qint64 now = counted("misses");
    for (int i = 0; i < 50; ++i)
        read();
    QCOMPARE(counted("hits") - hits, 50);
    QCOMPARE(counted("misses"), now);
    // Lookups that a page of metrics alone counts tell what it will cost, too.
    QCOMPARE(redis(u"luckygas"_s, {"SET", "cache:routes:1", "x", "EX", "600"}), QByteArray("OK"));
    const Outcome scraped =
        run({u"plan"_s, u"flush"_s, u"routes"_s, u"--profile"_s, profile(u"luckygas"_s), u"--out"_s, u"q.plan"_s});
    QVERIFY2(scraped.code == 0 && scraped.out.contains(u"hits a minute (metrics)"_s), scraped.all().constData());
}

void TestActingRedis::whatCannotBeIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("says");
    QTest::newRow("nobody") << QStringList{u"unblock"_s, u"10.9.9.9"_s} << u"nothing counts against"_s;
    QTest::newRow("no such group") << QStringList{u"flush"_s, u"orders"_s} << u"but contractor, pricing"_s;
    QTest::newRow("no such action") << QStringList{u"breaker"_s, u"stripe"_s}
                                    << u"it has flags, unblock, flush, prewarm"_s;
}

void TestActingRedis::whatCannotBeIsRefusedBeforeAnything()
{
    QFETCH(QStringList, words);
    QFETCH(QString, says);
    const Outcome outcome = run(QStringList{u"plan"_s} + words + QStringList{u"--profile"_s, profile(u"quoted"_s)});
    QVERIFY2(outcome.code == 1, outcome.all().constData());
    QVERIFY2(outcome.error.contains(says), outcome.all().constData());
}

/// A profile whose port leads to another deployment's Redis.
void TestActingRedis::anotherDeploymentsRedisIsNotTouched()
{
    const QByteArray key = "LIMITS:LIMITER/10.1.2.5//login/5/1/minute";
    QCOMPARE(redis(u"quoted"_s, {"SET", key, "7", "PX", "55000"}), QByteArray("OK"));
    const Outcome planned =
        run({u"plan"_s, u"unblock"_s, u"10.1.2.5"_s, u"--profile"_s, profile(u"quoted"_s), u"--out"_s, u"p.plan"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    const auto server = [&](const QString &deployment) {
        return m_sandbox.description()
            .value("deployments"_L1)
            .toObject()
            .value(deployment)
            .toObject()
            .value("redis"_L1)
            .toObject()
            .value("port"_L1)
            .toInt();
    };
    QFile original(profile(u"quoted"_s));
    QVERIFY(original.open(QIODevice::ReadOnly));
    QByteArray text = original.readAll();
    const QByteArray directory = QFileInfo(profile(u"quoted"_s)).path().toUtf8();
    text.replace("port: " + QByteArray::number(server(u"quoted"_s)),
                 "port: " + QByteArray::number(server(u"longmem"_s)));
    text.replace(directory + "/operator-password",
                 QFileInfo(profile(u"longmem"_s)).path().toUtf8() + "/operator-password");
    QFile swapped(m_desk.filePath(u"quoted.yaml"_s));
    QVERIFY(swapped.open(QIODevice::WriteOnly) && swapped.write(text) == text.size());
    swapped.close();
    const Outcome applied =
        run({u"apply"_s, u"p.plan"_s, u"--profile"_s, swapped.fileName(), u"--confirm"_s, u"quoted"_s});
    QVERIFY2(applied.code == 1 && applied.error.contains(u"calls itself longmem/production"_s),
             applied.all().constData());
    QCOMPARE(redis(u"longmem"_s, {"EXISTS", "quarterdeck:lease"}), QByteArray("0"));
    QCOMPARE(redis(u"quoted"_s, {"GET", key}), QByteArray("7"));
}

QTEST_GUILESS_MAIN(TestActingRedis)
#include "tst_acting_redis.moc"
