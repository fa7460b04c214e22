/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using qd::testing::LiveSandbox;

/// What is looked at after a deploy, on the real services, from the terminal.
class TestVerifyLive : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aSoundDeploymentPasses_data();
    void aSoundDeploymentPasses();
    void aBrokenOneFailsAndTheEvidenceIsKept();

private:
    struct Outcome
    {
        int code = -1;
        QMap<QString, QString> results; ///< by name
        QMap<QString, QString> says;
    };
    [[nodiscard]] Outcome verify(const LiveSandbox &sandbox, const QStringList &more = {}) const;
    QTemporaryDir m_desk;
};

TestVerifyLive::Outcome TestVerifyLive::verify(const LiveSandbox &sandbox, const QStringList &more) const
{
    QProcess cli;
    cli.start(QString::fromLocal8Bit(QD_CLI), QStringList{u"verify"_s, u"--json"_s, u"--timeout"_s, u"30s"_s,
                                                          u"--desk"_s, m_desk.filePath(u"desk"_s), sandbox.profile()} +
                                                  more);
    if (!cli.waitForFinished(120'000))
        qFatal("it did not end");
    Outcome outcome{.code = cli.exitCode()};
    const QJsonArray items = QJsonDocument::fromJson(cli.readAllStandardOutput())["items"_L1].toArray();
    if (items.isEmpty())
        qWarning("%s", cli.readAllStandardError().constData());
    for (const QJsonValue &item : items) {
        outcome.results.insert(item["name"_L1].toString(), item["result"_L1].toString());
        outcome.says.insert(item["name"_L1].toString(), item["says"_L1].toString());
    }
    return outcome;
}

void TestVerifyLive::aSoundDeploymentPasses_data()
{
    QTest::addColumn<QStringList>("passed");
    QTest::addColumn<QStringList>("skipped");
    QTest::newRow("longmem") << QStringList{u"cors"_s,          u"docs"_s,     u"health"_s, u"hsts"_s,
                                            u"limit-headers"_s, u"liveness"_s, u"schema"_s, u"security-headers"_s}
                             << QStringList{u"rate-limit"_s};
    QTest::newRow("preflight") << QStringList{u"docs"_s,      u"liveness"_s, u"locked"_s,
                                              u"readiness"_s, u"schema"_s,   u"status"_s}
                               << QStringList();
    QTest::newRow("luckygas") << QStringList{u"breakers"_s, u"health"_s, u"locked"_s, u"schema"_s,
                                             u"security-headers"_s}
                              << QStringList();
    // Whether its caches are warm yet is another question.
    QTest::newRow("storefront") << QStringList{u"breakers"_s, u"liveness"_s, u"readiness"_s, u"schema"_s, u"trace"_s}
                                << QStringList();
}

void TestVerifyLive::aSoundDeploymentPasses()
{
    QFETCH(QStringList, passed);
    QFETCH(QStringList, skipped);
    LiveSandbox sandbox(QString::fromLatin1(QTest::currentDataTag()));
    QVERIFY2(sandbox.start(), qPrintable(sandbox.lastError()));
    const Outcome outcome = verify(sandbox, {u"--bursts"_s});
    for (const QString &name : std::as_const(passed))
        QVERIFY2(outcome.results.value(name) == "passed"_L1, qPrintable(name + u": "_s + outcome.says.value(name)));
    for (const QString &name : std::as_const(skipped))
        QVERIFY2(outcome.results.value(name) == "skipped"_L1, qPrintable(name + u": "_s + outcome.says.value(name)));
    const qsizetype others = outcome.results.contains(u"hit-rate"_s) ? 1 : 0;
    QCOMPARE(outcome.results.size(), passed.size() + skipped.size() + others);
}

void TestVerifyLive::aBrokenOneFailsAndTheEvidenceIsKept()
{
    LiveSandbox sandbox;
    QVERIFY2(sandbox.start(), qPrintable(sandbox.lastError()));
    QVERIFY2(sandbox.pauseLoad(), qPrintable(sandbox.lastError()));
    Outcome outcome = verify(sandbox);
    QCOMPARE(outcome.results.value(u"cache"_s), u"passed"_s);
    QCOMPARE(outcome.results.value(u"rate-limit"_s), u"skipped"_s);
    // The profile of the sandbox allows it, and here somebody agrees: the service itself counts the refusal.
    const auto refused = [&] {
        return sandbox.get(u"/health/full"_s)["rate_limiting"_L1]["rejected_total"_L1]["reads"_L1].toInteger(-1);
    };
    const qint64 before = refused();
    outcome = verify(sandbox, {u"--bursts"_s});
    QCOMPARE(outcome.results.value(u"rate-limit"_s), u"passed"_s);
    QVERIFY(before >= 0);
    QVERIFY(refused() > before);

    QVERIFY2(sandbox.fault(u"redis-stop"_s), qPrintable(sandbox.lastError()));
    outcome = verify(sandbox);
    QCOMPARE(outcome.code, 1);
    QCOMPARE(outcome.results.value(u"cache"_s), u"failed"_s);
    QCOMPARE(outcome.results.value(u"liveness"_s), u"passed"_s); // it asks the database alone

    QProcess audit;
    audit.start(QString::fromLocal8Bit(QD_CLI),
                {u"audit"_s, u"export"_s, u"--json"_s, m_desk.filePath(u"desk/journal.sqlite"_s)});
    QVERIFY(audit.waitForFinished(30'000));
    QCOMPARE(audit.exitCode(), 0);
    const QList<QByteArray> lines = audit.readAllStandardOutput().trimmed().split('\n');
    const QJsonObject last = QJsonDocument::fromJson(lines.last()).object();
    QCOMPARE(last["kind"_L1].toString(), u"check"_s);
    QCOMPARE(last["deployment"_L1].toString(), u"quoted"_s);
    QVERIFY(QJsonDocument(last["evidence"_L1].toArray()).toJson().contains("\"failed\""));
}

QTEST_GUILESS_MAIN(TestVerifyLive)
#include "tst_verify_live.moc"
