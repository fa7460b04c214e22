/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace {
struct Outcome
{
    QProcess::ExitStatus status = QProcess::CrashExit;
    int code = -1;
    QString out;
    QString err;
};

/// The console where nothing can be shown, and no platform was asked for.
Outcome runWithoutDisplay(const QStringList &arguments)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const auto name : {"DISPLAY"_L1, "WAYLAND_DISPLAY"_L1, "WAYLAND_SOCKET"_L1, "QT_QPA_PLATFORM"_L1})
        environment.remove(name);
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(QD_CONSOLE), arguments);
    if (!process.waitForFinished()) {
        process.kill();
        process.waitForFinished();
    }
    return {.status = process.exitStatus(),
            .code = process.exitCode(),
            .out = QString::fromUtf8(process.readAllStandardOutput()),
            .err = QString::fromUtf8(process.readAllStandardError())};
}
} // namespace

class ConsoleProcessTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void withoutADisplayItSaysSoInOneLine()
    {
        const Outcome outcome = runWithoutDisplay({});
        QCOMPARE(outcome.status, QProcess::NormalExit);
        QCOMPARE(outcome.code, 1);
        QCOMPARE(outcome.err.count(u'\n'), 1);
        for (const QString &way :
             {u"no display"_s, u"--screens DIR"_s, u"QT_QPA_PLATFORM=offscreen"_s, u"quarterdeck-cli"_s})
            QVERIFY2(outcome.err.contains(way), qPrintable(outcome.err));
    }

    void aWitnessThatCannotBeHadStartsNothing()
    {
        const QStringList there{u"-platform"_s, u"offscreen"_s, u"--witness"_s, u"postgresql:operator"_s};
        const Outcome nowhere = runWithoutDisplay(there);
        QCOMPARE(nowhere.code, 64);
        QVERIFY2(nowhere.err.contains(u"--profile FILE"_s), qPrintable(nowhere.err));
        const QTemporaryDir directory;
        QFile profile(directory.filePath(u"x.yaml"_s));
        QVERIFY(profile.open(QIODevice::WriteOnly));
        profile.write("quarterdeck: 1\nname: x\nenvironment: test\nconnections: {http: {url: 'http://127.0.0.1:1'}}\n"
                      "sources: {health: {kind: http-health, path: /h, shape: actuator}}\n");
        profile.close();
        const Outcome missing = runWithoutDisplay(there + QStringList{u"--profile"_s, profile.fileName()});
        QCOMPARE(missing.code, 64);
        QVERIFY2(missing.err.contains(u"no PostgreSQL connection 'operator'"_s), qPrintable(missing.err));
    }

    void whatNeedsNoDisplayWorksWithout()
    {
        const Outcome outcome = runWithoutDisplay({u"--version"_s});
        QCOMPARE(outcome.status, QProcess::NormalExit);
        QCOMPARE(outcome.code, 0);
        QVERIFY2(outcome.out.startsWith(u"quarterdeck "_s), qPrintable(outcome.out));
    }
};

QTEST_GUILESS_MAIN(ConsoleProcessTest)
#include "tst_console_process.moc"
