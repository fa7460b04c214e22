/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include <QCoreApplication>
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
    void init() { m_own.clear(); }
    void aVariableIsSetAndWaitsForADeploy();
    void aVariableIsSetAndDeployedAndTakenBack();
    void aServiceIsRestarted();
    void aServiceIsRolledBack();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();
    void whoActsNowIsNamed();
    void aProgramsVariableIsSetAndDeployed_data();
    void aProgramsVariableIsSetAndDeployed();
    void aComposedServiceIsRecreatedAndRestarted_data();
    void aComposedServiceIsRecreatedAndRestarted();
    void whatAPlatformCannotDoIsSaid_data();
    void whatAPlatformCannotDoIsSaid();

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
    /// For this test: with this action, and with a flag on Railway.
    void useOwnProfile(const QString &deployment, const QByteArray &action);
    [[nodiscard]] Outcome plan(const QStringList &words, const QString &deployment = u"storefront"_s) const;
    [[nodiscard]] Outcome apply(const QString &deployment = u"storefront"_s) const;
    [[nodiscard]] Outcome undo(const QString &deployment = u"storefront"_s) const;
    /// What the deployment's platform program writes.
    [[nodiscard]] QByteArray program(const QString &deployment, const QStringList &arguments) const;
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
    QString m_own; ///< a profile
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

QString TestActingPlatform::profile(const QString &deployment) const
{
    if (!m_own.isEmpty())
        return m_own;
    for (const QString &path : m_sandbox.profiles()) {
        if (QFileInfo(path).completeBaseName() == deployment)
            return path;
    }
    return {};
}

void TestActingPlatform::useOwnProfile(const QString &deployment, const QByteArray &action)
{
    QFile original(profile(deployment));
    QVERIFY(original.open(QIODevice::ReadOnly));
    QByteArray text = original.readAll();
    text.replace("    service: quoted\n", "    service: quoted\n    flags: {LOG_LEVEL: text}\n");
    QFile own(m_desk.filePath(deployment + u".yaml"_s));
    QVERIFY(own.open(QIODevice::WriteOnly));
    own.write(text + "actions:\n  " + action + '\n');
    own.close();
    m_own = own.fileName();
}

TestActingPlatform::Outcome TestActingPlatform::plan(const QStringList &words, const QString &deployment) const
{
    return run(QStringList{u"plan"_s} + words +
               QStringList{u"--profile"_s, profile(deployment), u"--out"_s, u"p.plan"_s});
}

TestActingPlatform::Outcome TestActingPlatform::apply(const QString &deployment) const
{
    return run({u"apply"_s, u"p.plan"_s, u"--profile"_s, profile(deployment), u"--confirm"_s, deployment});
}

TestActingPlatform::Outcome TestActingPlatform::undo(const QString &deployment) const
{
    return run({u"undo"_s, u"p.plan"_s, u"--profile"_s, profile(deployment), u"--confirm"_s, deployment});
}

QByteArray TestActingPlatform::program(const QString &deployment, const QStringList &arguments) const
{
    QProcess process;
    process.start(m_sandbox.description()
                      .value("deployments"_L1)
                      .toObject()
                      .value(deployment)
                      .toObject()
                      .value("program"_L1)
                      .toString(),
                  arguments);
    process.waitForFinished(30'000);
    return process.readAllStandardOutput();
}

void TestActingPlatform::initTestCase()
{
    QVERIFY2(m_sandbox.start(
                 {u"quoted"_s, u"longmem"_s, u"luckygas"_s, u"preflight"_s, u"--no-load"_s, u"--time-scale"_s, u"6"_s}),
             qPrintable(m_sandbox.lastError()));
    QCOMPARE(liveTtl(), 600);
}

void TestActingPlatform::aVariableIsSetAndWaitsForADeploy()
{
    const Outcome planned = plan({u"variables"_s, u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s, u"value=120"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    QVERIFY2(planned.out.contains(u"Set RECOMMENDATIONS_CACHE_TTL_OVERRIDE to 120 s in storefront · production"_s),
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
    QVERIFY(QFile::copy(m_desk.filePath(u"p.plan"_s), m_desk.filePath(u"first.plan"_s)));
    QVERIFY2(plan({u"variables"_s, u"CONCIERGE_DISABLED"_s, u"value=true"_s}).code == 0, "no plan");
    const QStringList other{u"--desk"_s, m_desk.filePath(u"other"_s)};
    const QString cli = QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s;
    QProcess first;
    first.setWorkingDirectory(m_desk.path());
    first.start(cli, QStringList{u"apply"_s, u"first.plan"_s, u"--profile"_s, profile(u"storefront"_s), u"--confirm"_s,
                                 u"storefront"_s} +
                         other);
    QVERIFY(first.waitForStarted());
    QTRY_COMPARE_WITH_TIMEOUT(QProcess::execute(cli, QStringList{u"unfinished"_s} + other), 2, 30'000);
    const Outcome second = apply();
    QVERIFY2(second.error.contains(u"acts on this deployment now"_s), second.all().constData());
    QCOMPARE(second.code, 1);
    QVERIFY(first.waitForFinished(60'000));
    QVERIFY2(first.exitCode() == 0, (first.readAllStandardOutput() + first.readAllStandardError()).constData());
}

void TestActingPlatform::aProgramsVariableIsSetAndDeployed_data()
{
    QTest::addColumn<QString>("deployment");
    QTest::addColumn<QString>("variable");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("before");
    QTest::addColumn<QStringList>("shown"); ///< how its program shows what is set
    QTest::newRow("kubectl") << u"preflight"_s << u"RATE_LIMIT_PER_MINUTE"_s << u"42"_s << u"60"_s
                             << QStringList{u"--namespace"_s,      u"preflight"_s, u"get"_s, u"configmap"_s,
                                            u"preflight-config"_s, u"--output"_s,  u"json"_s};
    QTest::newRow("railway") << u"quoted"_s << u"LOG_LEVEL"_s << u"debug"_s << u"info"_s
                             << QStringList{u"variables"_s, u"--service"_s, u"quoted"_s, u"--json"_s};
}

void TestActingPlatform::aProgramsVariableIsSetAndDeployed()
{
    QFETCH(QString, deployment);
    QFETCH(QString, variable);
    QFETCH(QString, value);
    QFETCH(QString, before);
    QFETCH(QStringList, shown);
    const auto isSet = [&](const QString &to) {
        return program(deployment, shown).contains((u"\"%1\": \"%2\""_s.arg(variable, to)).toUtf8());
    };
    QVERIFY(isSet(before));
    if (deployment == "quoted"_L1)
        useOwnProfile(deployment, "variables: {kind: platform-variable, environment: ENVIRONMENT}");
    const Outcome planned = plan({u"variables"_s, variable, u"value="_s + value, u"then=redeploy"_s}, deployment);
    QVERIFY2(planned.code == 0, planned.all().constData());
    QVERIFY2(planned.out.contains(u"goes on with what it was started with"_s), planned.all().constData());
    const Outcome applied = apply(deployment);
    QVERIFY2(applied.code == 0, applied.all().constData());
    const QStringList withOperator{u"quoted"_s, u"preflight"_s, u"luckygas"_s};
    QCOMPARE(applied.out.contains(u"warned  Nobody else acts"_s), !withOperator.contains(deployment));
    QVERIFY2(applied.out.contains(u"is live, and its health is good"_s), applied.all().constData());
    QVERIFY(isSet(value));
    const Outcome undone = undo(deployment);
    QVERIFY2(undone.code == 0, undone.all().constData());
    QVERIFY(isSet(before));
}

void TestActingPlatform::aComposedServiceIsRecreatedAndRestarted_data()
{
    QTest::addColumn<QString>("deployment");
    QTest::addColumn<QString>("service");
    QTest::newRow("here") << u"longmem"_s << u"api"_s;
    QTest::newRow("over ssh") << u"luckygas"_s << u"backend"_s;
}

void TestActingPlatform::aComposedServiceIsRecreatedAndRestarted()
{
    QFETCH(QString, deployment);
    QFETCH(QString, service);
    const auto container = [&] {
        return program(deployment,
                       {u"compose"_s, u"--file"_s, QFileInfo(profile(deployment)).path() + u"/docker-compose.yml"_s,
                        u"ps"_s, u"--quiet"_s, service});
    };
    const QByteArray first = container();
    QVERIFY(!first.isEmpty());
    const Outcome planned = plan({u"redeploy"_s, service}, deployment);
    QVERIFY2(planned.code == 0 && planned.out.contains(u"this cannot be undone"_s), planned.all().constData());
    const Outcome redeployed = apply(deployment);
    QVERIFY2(redeployed.code == 0, redeployed.all().constData());
    const QByteArray second = container();
    QVERIFY(!second.isEmpty() && second != first);
    const Outcome again = plan({u"restart"_s, service}, deployment);
    QVERIFY2(again.code == 0, again.all().constData());
    const Outcome restarted = apply(deployment);
    QVERIFY2(restarted.code == 0, restarted.all().constData());
    QCOMPARE(container(), second);
}

void TestActingPlatform::whatAPlatformCannotDoIsSaid_data()
{
    QTest::addColumn<QString>("deployment");
    QTest::addColumn<QString>("action"); ///< as a profile would have it
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("says");
    QTest::newRow("railway, roll-back") << u"quoted"_s << u"x: {kind: roll-back}"_s << QStringList{u"x"_s, u"quoted"_s}
                                        << u"program has no roll-back"_s;
    QTest::newRow("railway, restart") << u"quoted"_s << u"x: {kind: restart}"_s << QStringList{u"x"_s, u"quoted"_s}
                                      << u"does not tell whether a service was restarted"_s;
    QTest::newRow("compose, roll-back") << u"longmem"_s << u"x: {kind: roll-back}"_s << QStringList{u"x"_s, u"api"_s}
                                        << u"keeps no earlier deploy"_s;
    QTest::newRow("compose, variable away")
        << u"longmem"_s << u"x: {kind: platform-variable}"_s
        << QStringList{u"x"_s, u"RATE_LIMIT_ENABLED"_s, u"remove=true"_s} << u"no line is taken out of"_s;
    QTest::newRow("kubectl, roll-back") << u"preflight"_s << u"x: {kind: roll-back}"_s
                                        << QStringList{u"x"_s, u"preflight-api"_s} << u"not rolled back from here"_s;
    QTest::newRow("kubectl, a secret") << u"preflight"_s << u"x: {kind: platform-variable}"_s
                                       << QStringList{u"x"_s, u"API_KEY_SALT"_s, u"value=x"_s}
                                       << u"it has no 'API_KEY_SALT'"_s;
}

void TestActingPlatform::whatAPlatformCannotDoIsSaid()
{
    QFETCH(QString, deployment);
    QFETCH(QString, action);
    QFETCH(QStringList, words);
    QFETCH(QString, says);
    useOwnProfile(deployment, action.toUtf8());
    const Outcome outcome = plan(words, deployment);
    QVERIFY2(outcome.code == 1, outcome.all().constData());
    QVERIFY2(outcome.error.contains(says), outcome.all().constData());
}

QTEST_GUILESS_MAIN(TestActingPlatform)
#include "tst_acting_platform.moc"
