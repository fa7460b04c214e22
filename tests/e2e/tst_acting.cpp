/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "e2e/live_sandbox.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
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
    void aFlagIsTakenBackByItself();
    void whatIsHalfWayIsSettled();
    void withoutItsNameProductionIsNotTouched();
    void aDamagedPlanIsFoundBeforeAnything();
    void whatIsMissingToActIsTold();
    void readOnlyNothingIsReached_data();
    void readOnlyNothingIsReached();
    void highRiskTakesASecondPerson_data();
    void highRiskTakesASecondPerson();
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
    [[nodiscard]] Outcome run(const QStringList &arguments, const QString &who = {}) const;
    [[nodiscard]] bool isLive();
    LiveSandbox m_sandbox;
    QTemporaryDir m_desk;
};

/// At the desk of `who`.
TestActing::Outcome TestActing::run(const QStringList &arguments, const QString &who) const
{
    QProcess process;
    process.setWorkingDirectory(m_desk.path());
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    if (!who.isEmpty())
        environment.insert(u"QUARTERDECK_OPERATOR"_s, who);
    process.setProcessEnvironment(environment);
    process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                  arguments + QStringList{u"--desk"_s, who.isEmpty() ? m_desk.path() : m_desk.filePath(who)});
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
    QVERIFY2(planned.out.contains(u" live sessions (counted in sessions)"_s), planned.all().constData());
    QVERIFY2(planned.out.contains(u"0 quotes per minute (counted in quotes)"_s), planned.all().constData());
    QVERIFY2(planned.out.contains(u"Next: quarterdeck-cli apply p.plan --profile %1 --confirm quoted"_s.arg(profile)),
             planned.all().constData());
    QVERIFY(!isLive());

    const Outcome applied = run({u"apply"_s, u"p.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s,
                                 u"--witness"_s, u"postgresql:operator"_s});
    QVERIFY2(applied.code == 0, applied.all().constData());
    QVERIFY2(applied.out.contains(u"Done"_s), applied.all().constData());
    QTRY_VERIFY_WITH_TIMEOUT(isLive(), 60'000); // the service reads its flags every 10 s

    // The deployment's own database has seen the journal.
    const auto key = QRegularExpression(u"key: ([^,]+),"_s).match(run({u"key"_s}).out).captured(1);
    QProcess verified;
    verified.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                   {u"audit"_s, u"verify"_s, m_desk.filePath(u"journal.sqlite"_s), u"--witness"_s,
                    u"postgresql:operator"_s, u"--profile"_s, profile, u"--key"_s, key});
    QVERIFY(verified.waitForFinished(60'000));
    QCOMPARE(verified.readAllStandardOutput(), QByteArray("Whole: 4 entries.\nThe witness covers all of it.\n"));

    const Outcome again = run({u"apply"_s, u"p.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s});
    QVERIFY2(again.code == 1, again.all().constData());
    QVERIFY2(again.error.contains(u"carried out before"_s), again.all().constData());

    const Outcome journal = run({u"unfinished"_s});
    QVERIFY2(journal.code == 0, journal.all().constData());
    QVERIFY2(journal.out.contains(u"The witness has seen all of the journal"_s), journal.all().constData());
    const Outcome late = run({u"ask"_s, u"p.plan"_s, u"--profile"_s, profile});
    QVERIFY2(late.code == 1 && late.error.contains(u"carried out before"_s), late.all().constData());
    const Outcome unconfirmed = run({u"undo"_s, u"p.plan"_s, u"--profile"_s, profile});
    QVERIFY2(unconfirmed.code == 1 && unconfirmed.error.contains(u"--confirm"_s), unconfirmed.all().constData());
    const Outcome unknown = run({u"undo"_s, u"0123456789ab"_s, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s});
    QVERIFY2(unknown.code == 1 && unknown.error.contains(u"no plan that was begun at this desk is called so"_s),
             unknown.all().constData());
    QVERIFY(isLive());
    const Outcome undone = run({u"undo"_s, u"p.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s});
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
    audit.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                {u"audit"_s, u"tail"_s, m_desk.filePath(u"journal.sqlite"_s)});
    QVERIFY(audit.waitForFinished(60'000));
    const QByteArray tail = audit.readAllStandardOutput();
    QVERIFY2(tail.contains("Turn voice_quotes on") && tail.contains("  undone  "), tail.constData());
    // The password of who acted is nowhere.
    QFile password(QFileInfo(profile).path() + u"/operator-password"_s);
    QVERIFY(password.open(QIODevice::ReadOnly));
    const QByteArray secret = password.readAll().trimmed();
    QVERIFY(secret.size() > 16);
    QFile database(m_desk.filePath(u"journal.sqlite"_s));
    QVERIFY(database.open(QIODevice::ReadOnly));
    QVERIFY(!entries.contains(secret) && !database.readAll().contains(secret) && !applied.all().contains(secret));
}

void TestActing::aFlagIsTakenBackByItself()
{
    const QString profile = m_sandbox.profile();
    const auto done = [&](const QString &time) {
        const QString plan = u"r.plan"_s;
        const Outcome planned = run({u"plan"_s, u"flags"_s, u"instant_demo"_s, u"enabled=false"_s, u"--profile"_s,
                                     profile, u"--revert-after"_s, time, u"--out"_s, plan},
                                    u"cy"_s);
        const bool isTold = planned.out.contains(u"reverts while a console is open; else at the next start"_s);
        const Outcome applied = run({u"apply"_s, plan, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s}, u"cy"_s);
        return planned.code == 0 && isTold && applied.code == 0;
    };
    QVERIFY(done(u"1h"_s));
    const Outcome waits = run({u"unfinished"_s}, u"cy"_s);
    QVERIFY2(waits.code == 0 && waits.out.contains(u"reverts in 1 h"_s), waits.all().constData());
    const Outcome early = run({u"revert-due"_s, u"--profile"_s, profile}, u"cy"_s);
    QVERIFY2(early.code == 0 && early.out.contains(u"Nothing of quoted is due"_s), early.all().constData());
    const Outcome kept = run(
        {u"keep"_s, u"r.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s, u"--reason"_s, u"for good"_s},
        u"cy"_s);
    QVERIFY2(kept.code == 0, kept.all().constData());
    QVERIFY(run({u"unfinished"_s}, u"cy"_s).out.contains(u"Nothing is unfinished"_s));
    QVERIFY(run({u"undo"_s, u"r.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s}, u"cy"_s).code == 0);

    QVERIFY(done(u"1s"_s));
    QTRY_COMPARE_WITH_TIMEOUT(run({u"unfinished"_s}, u"cy"_s).code, 2, 20'000);
    const Outcome readOnly = run({u"revert-due"_s, u"--profile"_s, profile, u"--read-only"_s}, u"cy"_s);
    QVERIFY2(readOnly.code == 1, readOnly.all().constData());
    const Outcome due = run({u"revert-due"_s, u"--profile"_s, profile}, u"cy"_s);
    QVERIFY2(due.code == 0 && due.out.contains(u"Undone"_s), due.all().constData());
    const Outcome again = run({u"revert-due"_s, u"--profile"_s, profile}, u"cy"_s);
    QVERIFY2(again.code == 0 && again.out.contains(u"Nothing of quoted is due"_s), again.all().constData());
    QProcess audit;
    audit.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                {u"audit"_s, u"tail"_s, m_desk.filePath(u"cy/journal.sqlite"_s)});
    QVERIFY(audit.waitForFinished(60'000));
    const QByteArray tail = audit.readAllStandardOutput();
    QVERIFY2(tail.contains("step 1  reverted") && tail.contains("Undo by itself: turn "), tail.constData());
}

void TestActing::whatIsHalfWayIsSettled()
{
    const Outcome none = run({u"settle"_s, u"0123456789ab"_s, u"--profile"_s, m_sandbox.profile(), u"--reason"_s,
                              u"it is gone"_s, u"--confirm"_s, u"quoted"_s},
                             u"cy"_s);
    QVERIFY2(none.code == 1 && none.error.contains(u"called so"_s), none.all().constData());
    const Outcome silent = run({u"settle"_s, u"r.plan"_s, u"--profile"_s, m_sandbox.profile()}, u"cy"_s);
    QVERIFY2(silent.code == 64 && silent.error.contains(u"--reason"_s), silent.all().constData());
    const Outcome ended = run({u"settle"_s, u"r.plan"_s, u"--profile"_s, m_sandbox.profile(), u"--reason"_s,
                               u"it is gone"_s, u"--confirm"_s, u"quoted"_s},
                              u"cy"_s);
    QVERIFY2(ended.code == 1 && ended.error.contains(u"came to its end already"_s), ended.all().constData());
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
        QVERIFY2(applied.error.contains(u"write --confirm and the name of the deployment"_s),
                 applied.all().constData());
        QCOMPARE(applied.error.contains(u"the plan is for quoted, and --confirm says quote"_s), !confirm.isEmpty());
    }
    QVERIFY(!isLive());
}

void TestActing::aDamagedPlanIsFoundBeforeAnything()
{
    const QString profile = m_sandbox.profile();
    const Outcome planned = run(
        {u"plan"_s, u"flags"_s, u"voice_quotes"_s, u"rollout=25"_s, u"--profile"_s, profile, u"--out"_s, u"d.plan"_s});
    QVERIFY2(planned.code == 0, planned.all().constData());
    QFile file(m_desk.filePath(u"d.plan"_s));
    QVERIFY(file.open(QIODevice::ReadWrite));
    QByteArray bytes = file.readAll();
    const qsizetype at = bytes.indexOf("25");
    QVERIFY(at > 0);
    bytes[at] = '9'; // still a plan, and another one
    QVERIFY(file.seek(0) && file.write(bytes) == bytes.size());
    file.close();
    for (const QString &deed : {u"apply"_s, u"ask"_s, u"approve"_s, u"undo"_s}) {
        const Outcome refused = run({deed, u"d.plan"_s, u"--profile"_s, profile, u"--confirm"_s, u"quoted"_s});
        QVERIFY2(refused.code == 1, refused.all().constData());
        QVERIFY2(refused.error.contains(deed == "approve"_L1 ? u"no policy"_s : u"the file is damaged"_s),
                 refused.all().constData());
    }
}

void TestActing::whatIsMissingToActIsTold()
{
    const auto check = [&](const QString &profile) {
        QProcess process;
        process.start(QCoreApplication::applicationDirPath() + u"/quarterdeck-cli"_s,
                      {u"profile"_s, u"check"_s, profile});
        return process.waitForFinished(60'000)
                   ? QString::number(process.exitCode()) + u' ' + QString::fromUtf8(process.readAllStandardOutput())
                   : QString();
    };
    const QString whole = check(m_sandbox.profile());
    QVERIFY2(whole.startsWith(u"0 "_s) && whole.contains(u"there is no policy.yaml beside it"_s), qPrintable(whole));
    QVERIFY2(whole.count(u"to act:"_s) == 1, qPrintable(whole));
    QFile original(m_sandbox.profile());
    QVERIFY(original.open(QIODevice::ReadOnly));
    QFile changed(m_desk.filePath(u"changed.yaml"_s));
    QVERIFY(changed.open(QIODevice::WriteOnly));
    changed.write(original.readAll()
                      .replace("/operator-password", "/nobodys-password")
                      .replace("  redis_operator:", "  redis_other:"));
    changed.close();
    const QString missing = check(changed.fileName());
    QVERIFY2(missing.startsWith(u"0 "_s), qPrintable(missing));
    QVERIFY2(missing.contains(u"nobodys-password"_s), qPrintable(missing));
    QVERIFY2(missing.contains(u"the Redis connection 'redis_operator', and the profile has none"_s),
             qPrintable(missing));
}

void TestActing::readOnlyNothingIsReached_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::newRow("plan") << QStringList{u"plan"_s, u"flags"_s, u"voice_quotes"_s, u"enabled=true"_s};
    QTest::newRow("apply") << QStringList{u"apply"_s, u"wall.plan"_s, u"--confirm"_s, u"quoted"_s};
    QTest::newRow("resume") << QStringList{u"resume"_s, u"7f3ac1d9"_s};
    QTest::newRow("undo") << QStringList{u"undo"_s, u"7f3ac1d9"_s};
    QTest::newRow("ask") << QStringList{u"ask"_s, u"wall.plan"_s};
    QTest::newRow("approve") << QStringList{u"approve"_s, u"wall.plan"_s, u"--confirm"_s, u"quoted"_s};
    QTest::newRow("key") << QStringList{u"key"_s};
    QTest::newRow("unfinished") << QStringList{u"unfinished"_s};
}

void TestActing::readOnlyNothingIsReached()
{
    QFETCH(QStringList, words);
    const QString profile = m_sandbox.profile();
    if (words.contains(u"wall.plan"_s)) {
        const Outcome planned = run({u"plan"_s, u"flags"_s, u"voice_quotes"_s, u"enabled=true"_s, u"--profile"_s,
                                     profile, u"--out"_s, u"wall.plan"_s});
        QVERIFY2(planned.code == 0, planned.all().constData());
    }
    if (words.first() != "unfinished"_L1 && words.first() != "key"_L1)
        words += {u"--profile"_s, profile};
    const Outcome outcome = run(words + QStringList{u"--read-only"_s});
    QCOMPARE(outcome.code, 1);
    QVERIFY2(outcome.error.contains(u"this console is read-only"_s), outcome.all().constData());
    QVERIFY(!isLive());
}

void TestActing::highRiskTakesASecondPerson_data()
{
    QTest::addColumn<bool>("byFile");
    QTest::newRow("in a file") << true;
    QTest::newRow("through the deployment's own table") << false;
}

void TestActing::highRiskTakesASecondPerson()
{
    QFETCH(bool, byFile);
    QFile policy(m_desk.filePath(u"team.yaml"_s));
    QVERIFY(policy.open(QIODevice::WriteOnly));
    QByteArray text = "quarterdeck_policy: 1\nroles: {lead: [{may: [act, approve]}]}\nrisks: [{at_least: high}]\n"
                      "operators:\n";
    for (const QString &who : {u"ada"_s, u"bob"_s}) {
        const Outcome key = run({u"key"_s}, who);
        QVERIFY2(key.code == 0, key.all().constData());
        text += "  - " + key.out.trimmed().replace(u"[]"_s, u"[lead]"_s).toUtf8() + '\n';
    }
    QVERIFY(policy.write(text) == text.size());
    policy.close();
    const QStringList there{u"--profile"_s, m_sandbox.profile(), u"--policy"_s, policy.fileName()};
    const QStringList confirmed = there + QStringList{u"--confirm"_s, u"quoted"_s};
    const QString flag = u"instant_demo"_s;
    const auto isOn = [&] {
        const Outcome same = run(QStringList{u"plan"_s, u"flags"_s, flag, u"enabled=true"_s} + there, u"ada"_s);
        return same.error.contains(u" is on already"_s);
    };
    QVERIFY(isOn());
    const QString file = byFile ? u"f.plan"_s : u"t.plan"_s;
    const Outcome planned =
        run(QStringList{u"plan"_s, u"flags"_s, flag, u"enabled=false"_s, u"--reason"_s, u"OPS-7"_s, u"--out"_s, file} +
                there,
            u"ada"_s);
    QVERIFY2(planned.code == 0 && planned.out.contains(u"High risk"_s), planned.all().constData());
    const Outcome silent =
        run(QStringList{u"plan"_s, u"flags"_s, flag, u"enabled=false"_s, u"--out"_s, u"s.plan"_s} + there, u"ada"_s);
    QVERIFY2(silent.out.contains(u"needs a reason"_s) && !planned.out.contains(u"needs a reason"_s),
             silent.all().constData());
    const Outcome stranger =
        run(QStringList{u"plan"_s, u"flags"_s, flag, u"enabled=false"_s, u"--out"_s, u"c.plan"_s} + there, u"cy"_s);
    QVERIFY2(stranger.out.contains(u"As things stand it would be refused"_s) &&
                 !planned.out.contains(u"would be refused"_s),
             stranger.all().constData());
    QVERIFY2(planned.out.contains(u" --policy "_s + policy.fileName()), planned.all().constData());
    const Outcome alone = run(QStringList{u"apply"_s, file} + confirmed, u"ada"_s);
    QVERIFY2(alone.code == 1 && alone.error.contains(u"no second person approved it yet"_s), alone.all().constData());
    const Outcome herself = run(QStringList{u"approve"_s, file, u"--out"_s, u"own"_s} + confirmed, u"ada"_s);
    QVERIFY2(herself.code == 1 && herself.error.contains(u"ada made the plan"_s), herself.all().constData());
    QVERIFY(!QFile::exists(m_desk.filePath(u"own"_s)));
    QStringList approval;
    if (byFile) {
        const Outcome approved =
            run(QStringList{u"approve"_s, file, u"--out"_s, u"f.approval"_s} + confirmed, u"bob"_s);
        QVERIFY2(approved.code == 0, approved.all().constData());
        approval = {u"--approval"_s, u"f.approval"_s};
        const Outcome brief = run(
            QStringList{u"approve"_s, file, u"--out"_s, u"s.approval"_s, u"--for"_s, u"1s"_s} + confirmed, u"bob"_s);
        QVERIFY2(brief.out.contains(u"it lasts 1 s. Send it to ada"_s), brief.all().constData());
    } else {
        const Outcome asked = run(QStringList{u"ask"_s, file} + there, u"ada"_s);
        QVERIFY2(asked.code == 0, asked.all().constData());
        const auto id = QRegularExpression(u"approve ([0-9a-f]{12}) "_s).match(asked.out).captured(1);
        const Outcome approved = run(QStringList{u"approve"_s, id} + confirmed, u"bob"_s);
        QVERIFY2(approved.code == 0, approved.all().constData());
    }
    QVERIFY(isOn());
    const Outcome applied = run(QStringList{u"apply"_s, file} + confirmed + approval, u"ada"_s);
    QVERIFY2(applied.code == 0 && applied.out.contains(u"bob approved it"_s), applied.all().constData());
    QVERIFY(!isOn());
    const Outcome again = run(QStringList{u"apply"_s, file} + confirmed + approval, u"ada"_s);
    QVERIFY2(again.code == 1 && again.out.contains(u"used before"_s), again.all().constData());
    const auto id = QRegularExpression(u"plan ([0-9a-f·]{14})"_s).match(planned.out).captured(1);
    // To take it back is another deed, and takes another approval.
    const Outcome early = run(QStringList{u"undo"_s, id} + confirmed + approval, u"ada"_s);
    QVERIFY2(early.code == 1 && early.error.contains(u"used before"_s), early.all().constData());
    QVERIFY(!isOn());
    const Outcome more = run(QStringList{u"approve"_s, file, u"--out"_s, u"undo.approval"_s} + confirmed, u"bob"_s);
    QVERIFY2(more.code == 0, more.all().constData());
    const Outcome undone = run(QStringList{u"undo"_s, id, u"--approval"_s, u"undo.approval"_s} + confirmed, u"ada"_s);
    QVERIFY2(undone.code == 0, undone.all().constData());
    QVERIFY2(undone.out.contains(u"set: false → true"_s) && !undone.out.contains(u"set: true → false"_s),
             undone.all().constData());
    QVERIFY(isOn());
}

void TestActing::whatCannotBeIsRefusedBeforeAnything_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("says");
    QTest::newRow("no such flag") << QStringList{u"flags"_s, u"voice"_s, u"enabled=true"_s}
                                  << u"there is no flag 'voice' in feature_flags; it has "
                                     "anthropic_first, "_s;
    QTest::newRow("no such action") << QStringList{u"flag"_s, u"voice_quotes"_s, u"enabled=true"_s}
                                    << u"it has flags"_s;
    QTest::newRow("nothing to set") << QStringList{u"flags"_s, u"voice_quotes"_s} << u"enabled=true"_s;
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
