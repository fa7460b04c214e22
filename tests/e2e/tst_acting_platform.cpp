/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using qd::testing::LiveSandbox;

/// Acting from a terminal on the platform of a real deployment, whose service is seen to run with what was set.
class TestActingPlatform : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aVariableIsSetAndWaitsForADeploy();
    void aVariableIsSetAndDeployedAndTakenBack();
    void aServiceIsRestarted();
    void aServiceIsRolledBack();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();
    void whoActsNowIsNamed();

private:
    struct Outcome
    {
        int code = -1;
        QString out;
        QString error;
        [[nodiscard]] QByteArray all() const { return (out + error).toUtf8(); }
    };
    [[nodiscard]] Outcome run(const QStringList &arguments) const;
    [[nodiscard]] Outcome plan(const QStringList &words) const;
    [[nodiscard]] Outcome apply() const;
    [[nodiscard]] Outcome undo() const;
    /// Seconds, as the running service has it.
    [[nodiscard]] int liveTtl()
    {
        return m_sandbox.oracle().value("flags"_L1).toObject().value("RECOMMENDATIONS_CACHE_TTL"_L1).toInt();
    }
    /// Counted by the running process; a new one begins at 0.
    [[nodiscard]] int requests()
    {
        return m_sandbox.oracle().value("requests"_L1).toObject().value("total"_L1).toInt();
    }
    LiveSandbox m_sandbox{u"storefront"_s};
    QTemporaryDir m_desk;
};

TestActingPlatform::Outcome TestActingPlatform::run(const QStringList &arguments) const
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

TestActingPlatform::Outcome TestActingPlatform::plan(const QStringList &words) const
{
    return run(QStringList{u"plan"_s} + words +
               QStringList{u"--profile"_s, m_sandbox.profile(), u"--out"_s, u"p.plan"_s});
}

TestActingPlatform::Outcome TestActingPlatform::apply() const
{
    return run({u"apply"_s, u"p.plan"_s, u"--profile"_s, m_sandbox.profile(), u"--confirm"_s, u"storefront"_s});
}

TestActingPlatform::Outcome TestActingPlatform::undo() const
{
    QFile file(m_desk.filePath(u"p.plan"_s));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray id = QCryptographicHash::hash(file.readAll(), QCryptographicHash::Sha256).toHex().first(12);
    return run(
        {u"undo"_s, QString::fromLatin1(id), u"--profile"_s, m_sandbox.profile(), u"--confirm"_s, u"storefront"_s});
}

void TestActingPlatform::initTestCase()
{
    QVERIFY2(m_sandbox.start({u"--no-load"_s, u"--time-scale"_s, u"6"_s}), qPrintable(m_sandbox.lastError()));
    QCOMPARE(liveTtl(), 600);
}

void TestActingPlatform::aVariableIsSetAndWaitsForADeploy()
{
    const Outcome planned = plan({u"variables"_s, u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s, u"value=120"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    QVERIFY2(planned.out.contains(u"Set RECOMMENDATIONS_CACHE_TTL_OVERRIDE to 120 s of storefront · production"_s),
             planned.all().constData());
    QVERIFY2(planned.out.contains(u"set: not set → 120"_s), planned.all().constData());
    const Outcome applied = apply();
    QVERIFY2(applied.code == 0, applied.all().constData());
    QVERIFY2(applied.out.contains(u"is set, not live until redeploy"_s), applied.all().constData());
    QVERIFY2(applied.out.contains(u"passed  Nobody else acts on this deployment"_s), applied.all().constData());
    QCOMPARE(liveTtl(), 600);
    const Outcome undone = undo();
    QVERIFY2(undone.code == 0, undone.all().constData());
    const Outcome again = plan({u"variables"_s, u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s, u"remove=true"_s});
    QVERIFY2(again.code == 1 && again.error.contains(u"nothing would change"_s), again.all().constData());
}

void TestActingPlatform::aVariableIsSetAndDeployedAndTakenBack()
{
    const Outcome planned =
        plan({u"variables"_s, u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s, u"value=300"_s, u"then=redeploy"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    QVERIFY2(planned.out.contains(u"Have Render deploy storefront again"_s), planned.all().constData());
    const Outcome applied = apply();
    QVERIFY2(applied.code == 0, applied.all().constData());
    QVERIFY2(applied.out.contains(u"storefront is live, and its health is good"_s), applied.all().constData());
    QCOMPARE(liveTtl(), 300);
    const Outcome undone = undo();
    QVERIFY2(undone.code == 0, undone.all().constData());
    QCOMPARE(liveTtl(), 600);
    QCOMPARE(run({u"unfinished"_s}).code, 0);
}

void TestActingPlatform::aServiceIsRestarted()
{
    for (int i = 0; i < 40; ++i)
        static_cast<void>(m_sandbox.page(u"/api/v1/products/7"_s));
    const int before = requests();
    QVERIFY(before >= 40);
    const Outcome planned = plan({u"restart"_s, u"storefront"_s});
    QVERIFY2(planned.code == 0 && planned.out.contains(u"this cannot be undone"_s), planned.all().constData());
    const Outcome applied = apply();
    QVERIFY2(applied.code == 0, applied.all().constData());
    QVERIFY(requests() < before);
    const Outcome undone = undo();
    QVERIFY2(undone.code == 1 && undone.error.contains(u"cannot be undone"_s), undone.all().constData());
}

void TestActingPlatform::aServiceIsRolledBack()
{
    const Outcome set =
        plan({u"variables"_s, u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s, u"value=240"_s, u"then=redeploy"_s});
    QVERIFY2(set.code == 0, set.all().constData());
    QVERIFY(apply().code == 0);
    QCOMPARE(liveTtl(), 240);
    const Outcome planned = plan({u"roll-back"_s, u"storefront"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    const Outcome applied = apply();
    QVERIFY2(applied.code == 0, applied.all().constData());
    QCOMPARE(liveTtl(), 600);
    // What is set stays as it is, and lives again after the next deploy.
    QVERIFY2(plan({u"redeploy"_s, u"storefront"_s}).code == 0, planned.all().constData());
    const Outcome redeployed = apply();
    QVERIFY2(redeployed.code == 0, redeployed.all().constData());
    QCOMPARE(liveTtl(), 240);
}

void TestActingPlatform::whatCannotBeIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("says");
    QTest::newRow("a secret") << QStringList{u"variables"_s, u"JWT_SECRET"_s, u"value=x"_s}
                              << u"it has no 'JWT_SECRET', but CONCIERGE_DISABLED"_s;
    QTest::newRow("no boolean") << QStringList{u"variables"_s, u"CONCIERGE_DISABLED"_s, u"value=7"_s}
                                << u"expected true or false"_s;
    QTest::newRow("another service") << QStringList{u"restart"_s, u"till"_s} << u"the service is called storefront"_s;
}

void TestActingPlatform::whatCannotBeIsRefusedBeforeAnything()
{
    QFETCH(QStringList, words);
    QFETCH(QString, says);
    const Outcome outcome = plan(words);
    QVERIFY2(outcome.code == 1, outcome.all().constData());
    QVERIFY2(outcome.error.contains(says), outcome.all().constData());
}

/// Two consoles at once: the deployment's own PostgreSQL has the lease.
void TestActingPlatform::whoActsNowIsNamed()
{
    QVERIFY2(plan({u"redeploy"_s, u"storefront"_s}).code == 0, "no plan");
    QProcess first;
    first.setWorkingDirectory(m_desk.path());
    first.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                {u"apply"_s, u"p.plan"_s, u"--profile"_s, m_sandbox.profile(), u"--confirm"_s, u"storefront"_s,
                 u"--desk"_s, m_desk.filePath(u"other"_s)});
    QVERIFY(first.waitForStarted());
    Outcome second;
    QTRY_VERIFY_WITH_TIMEOUT(
        (second = plan({u"variables"_s, u"CONCIERGE_DISABLED"_s, u"value=true"_s}), second = apply(),
         second.error.contains(u"acts on this deployment now"_s) || first.state() == QProcess::NotRunning),
        60'000);
    QVERIFY2(second.error.contains(u"acts on this deployment now"_s), second.all().constData());
    QCOMPARE(second.code, 1);
    QVERIFY(first.waitForFinished(60'000));
    QVERIFY2(first.exitCode() == 0, (first.readAllStandardOutput() + first.readAllStandardError()).constData());
}

QTEST_GUILESS_MAIN(TestActingPlatform)
#include "tst_acting_platform.moc"
