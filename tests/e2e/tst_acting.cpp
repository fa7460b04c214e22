/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using qd::testing::LiveSandbox;

/// Acting from a terminal on a real deployment, which is seen to have changed.
class TestActing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aFlagIsPlannedSetAndTakenBack();
    void withoutItsNameProductionIsNotTouched();
    void readOnlyNothingIsReached_data();
    void readOnlyNothingIsReached();
    void whatCannotBeIsRefusedBeforeAnything_data();
    void whatCannotBeIsRefusedBeforeAnything();

private:
    struct Outcome
    {
        int code = -1;
        QString out;
        QString error;
        [[nodiscard]] QByteArray all() const { return (out + error).toUtf8(); }
    };
    [[nodiscard]] Outcome run(const QStringList &arguments) const;
    [[nodiscard]] bool isLive();
    LiveSandbox m_sandbox;
    QTemporaryDir m_desk;
};

TestActing::Outcome TestActing::run(const QStringList &arguments) const
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

/// As the service itself has voice_quotes.
bool TestActing::isLive()
{
    return m_sandbox.get(u"/api/info"_s).value("voice_quotes"_L1).toBool();
}

void TestActing::initTestCase()
{
    QVERIFY2(m_sandbox.start({u"--no-load"_s}), qPrintable(m_sandbox.lastError()));
}

void TestActing::aFlagIsPlannedSetAndTakenBack()
{
    const QString profile = m_sandbox.profile();
    QVERIFY(!isLive());
    const Outcome planned = run({u"plan"_s, u"flags"_s, u"voice_quotes"_s, u"enabled=true"_s, u"rollout=100"_s,
                                 u"--profile"_s, profile, u"--reason"_s, u"OPS-311"_s, u"--out"_s, u"p.plan"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    QVERIFY2(planned.out.contains(u"set: false → true"_s), planned.all().constData());
    QVERIFY2(planned.out.contains(u"rollout, in percent: 0 → 100"_s), planned.all().constData());
    QVERIFY2(planned.out.contains(u"Medium risk"_s), planned.all().constData());
    QVERIFY(!isLive());

    const Outcome applied = run({u"apply"_s, u"p.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s});
    QVERIFY2(applied.code == 0, applied.all().constData());
    QVERIFY2(applied.out.contains(u"Done"_s), applied.all().constData());
    QTRY_VERIFY_WITH_TIMEOUT(isLive(), 60'000); // the service reads its flags every 10 s

    const Outcome again = run({u"apply"_s, u"p.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s});
    QVERIFY2(again.code == 1, again.all().constData());
    QVERIFY2(again.error.contains(u"carried out before"_s), again.all().constData());

    const Outcome journal = run({u"unfinished"_s});
    QVERIFY2(journal.code == 0, journal.all().constData());
    QFile file(m_desk.filePath(u"p.plan"_s));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString id =
        QString::fromLatin1(QCryptographicHash::hash(file.readAll(), QCryptographicHash::Sha256).toHex().first(8));
    const Outcome undone = run({u"undo"_s, id, u"--profile"_s, profile});
    QVERIFY2(undone.code == 0, undone.all().constData());
    QTRY_VERIFY_WITH_TIMEOUT(!isLive(), 60'000);

    QProcess audit;
    audit.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                {u"audit"_s, u"export"_s, m_desk.filePath(u"journal.sqlite"_s), u"--json"_s});
    QVERIFY(audit.waitForFinished(60'000));
    const QByteArray entries = audit.readAllStandardOutput();
    QCOMPARE(audit.exitCode(), 0);
    for (const char *kind : {"start", "intent", "outcome", "end", "undo"})
        QVERIFY2(entries.contains(QByteArray("\"kind\":\"") + kind), entries.constData());
    QVERIFY2(entries.contains("OPS-311"), entries.constData());
    // The password of who acted is nowhere.
    QFile password(QFileInfo(profile).path() + u"/operator-password"_s);
    QVERIFY(password.open(QIODevice::ReadOnly));
    const QByteArray secret = password.readAll().trimmed();
    QVERIFY(secret.size() > 16);
    QFile database(m_desk.filePath(u"journal.sqlite"_s));
    QVERIFY(database.open(QIODevice::ReadOnly));
    QVERIFY(!entries.contains(secret) && !database.readAll().contains(secret) && !applied.all().contains(secret));
}

void TestActing::withoutItsNameProductionIsNotTouched()
{
    const QString profile = m_sandbox.profile();
    const Outcome planned = run({u"plan"_s, u"flags"_s, u"voice_quotes"_s, u"enabled=true"_s, u"--profile"_s, profile,
                                 u"--out"_s, u"q.plan"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    for (const QStringList &confirm : {QStringList(), QStringList{u"--confirm"_s, u"quote"_s}}) {
        const Outcome applied = run(QStringList{u"apply"_s, u"q.plan"_s, u"--profile"_s, profile} + confirm);
        QVERIFY2(applied.code == 1, applied.all().constData());
        QVERIFY2(applied.error.contains(u"--confirm"_s), applied.all().constData());
    }
    QVERIFY(!isLive());
}

void TestActing::readOnlyNothingIsReached_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::newRow("plan") << QStringList{u"plan"_s, u"flags"_s, u"voice_quotes"_s, u"enabled=true"_s};
    QTest::newRow("apply") << QStringList{u"apply"_s, u"wall.plan"_s, u"--confirm"_s, u"quoted"_s};
    QTest::newRow("resume") << QStringList{u"resume"_s, u"7f3ac1d9"_s};
    QTest::newRow("undo") << QStringList{u"undo"_s, u"7f3ac1d9"_s};
    QTest::newRow("unfinished") << QStringList{u"unfinished"_s};
}

void TestActing::readOnlyNothingIsReached()
{
    QFETCH(QStringList, words);
    const QString profile = m_sandbox.profile();
    if (words.first() == "apply"_L1) {
        const Outcome planned = run({u"plan"_s, u"flags"_s, u"voice_quotes"_s, u"enabled=true"_s, u"--profile"_s,
                                     profile, u"--out"_s, u"wall.plan"_s});
        QVERIFY2(planned.code == 0, planned.all().constData());
    }
    if (words.first() != "unfinished"_L1)
        words += {u"--profile"_s, profile};
    const Outcome outcome = run(words + QStringList{u"--read-only"_s});
    QCOMPARE(outcome.code, 1);
    QVERIFY2(outcome.error.contains(u"this console is read-only"_s), outcome.all().constData());
    QVERIFY(!isLive());
}

void TestActing::whatCannotBeIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("says");
    QTest::newRow("no such flag") << QStringList{u"flags"_s, u"voice"_s, u"enabled=true"_s} << u"'voice'"_s;
    QTest::newRow("no such action") << QStringList{u"flag"_s, u"voice_quotes"_s, u"enabled=true"_s}
                                    << u"it has flags"_s;
    QTest::newRow("no value") << QStringList{u"flags"_s, u"voice_quotes"_s, u"enabled"_s} << u"NAME=VALUE"_s;
    QTest::newRow("a value it cannot have")
        << QStringList{u"flags"_s, u"voice_quotes"_s, u"enabled=perhaps"_s} << u"true or false"_s;
}

void TestActing::whatCannotBeIsRefusedBeforeAnything()
{
    QFETCH(QStringList, words);
    QFETCH(QString, says);
    const Outcome outcome = run(QStringList{u"plan"_s} + words + QStringList{u"--profile"_s, m_sandbox.profile()});
    QVERIFY2(outcome.code == 1, outcome.all().constData());
    QVERIFY2(outcome.error.contains(says), outcome.all().constData());
}

QTEST_GUILESS_MAIN(TestActing)
#include "tst_acting.moc"
