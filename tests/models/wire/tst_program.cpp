/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "profile/profile.h"
#include "wire/program.h"

#include <QCoreApplication>
#include <QFile>
#include <QProcess>
#include <QProcessEnvironment>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
/// Runs it to its end.
Result<ProgramReply> run(const ProgramRequest &request)
{
    std::optional<Result<ProgramReply>> reply;
    const Call call = runProgram(request, [&](Result<ProgramReply> told) { reply = std::move(told); });
    if (!QTest::qWaitFor([&] { return reply.has_value(); }, 20'000))
        return failure(ErrorCode::Internal, u"nothing was delivered"_s);
    return std::move(*reply);
}

ErrorCode codeOf(const Result<ProgramReply> &reply)
{
    return reply ? ErrorCode::Cancelled : reply.error().code;
}
} // namespace

/// Real programs of the system.
class TestProgram : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void argumentsReachItAsTheyAre();
    void nothingIsAddedToItsEnvironment();
    void whatAProfileNamesAsASecretIsNotInherited();
    void whatItWritesAndEndsWithIsTold();
    void whatCannotBeRunIsSaid();
    void itEndsWithItsDeadlineAndSoDoesWhatItStarted();
    void aDroppedCallEndsItAndDeliversNothing();
    void endlessOutputIsCutOff();
    void itDiesWithWhoeverRunsIt();

private:
    /// A shell that writes the pid of what it started to a file and waits.
    [[nodiscard]] QString waiting() const { return u"sleep 300 & echo $! > %1; wait"_s.arg(m_file); }
    [[nodiscard]] pid_t started() const
    {
        QFile file(m_file);
        return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().toInt() : 0;
    }
    /// It may wait for somebody to reap it: it was not our child.
    [[nodiscard]] static bool isGone(pid_t pid)
    {
        QFile stat(u"/proc/%1/stat"_s.arg(pid));
        return pid > 0 && (!stat.open(QIODevice::ReadOnly) || stat.readAll().contains(") Z "));
    }

    QTemporaryDir m_directory;
    const QString m_file = m_directory.filePath(u"pid"_s);
};

void TestProgram::argumentsReachItAsTheyAre()
{
    const ProgramRequest request{.program = u"printf"_s,
                                 .arguments = {u"<%s>"_s, u"$(id); `id` 'a\"b"_s, u""_s, u"-n"_s}};
    const auto reply = run(request);
    QVERIFY2(reply, reply ? "" : qPrintable(reply.error().message));
    QCOMPARE(reply->output, QByteArray("<$(id); `id` 'a\"b><><-n>"));
    QCOMPARE(commandLine(request), u"printf '<%s>' '$(id); `id` '\\''a\"b' '' -n"_s);
}

void TestProgram::nothingIsAddedToItsEnvironment()
{
    const auto reply = run({.program = u"env"_s, .arguments = {u"-0"_s}});
    QVERIFY2(reply, reply ? "" : qPrintable(reply.error().message));
    QStringList told = QString::fromLocal8Bit(reply->output).split(u'\0', Qt::SkipEmptyParts);
    QStringList own = QProcessEnvironment::systemEnvironment().toStringList();
    told.sort();
    own.sort();
    QVERIFY(!own.isEmpty());
    QCOMPARE(told, own);
}

void TestProgram::whatAProfileNamesAsASecretIsNotInherited()
{
    qputenv("QD_TEST_PASSWORD", "correct-horse");
    qputenv("QD_TEST_REGION", "eu-west-1");
    const auto profile = parseProfile(
        "connections: {http: {url: 'http://127.0.0.1:1', bearer: 'env:QD_TEST_PASSWORD'}}", u"shop.yaml"_s);
    QVERIFY(!profile); // it has no name: a reference is known even so
    const auto reply = run({.program = u"env"_s, .arguments = {}});
    QVERIFY(reply);
    QVERIFY(reply->output.contains("QD_TEST_REGION=eu-west-1"));
    QVERIFY(!reply->output.contains("QD_TEST_PASSWORD"));
    QVERIFY(!reply->output.contains("correct-horse"));
}

void TestProgram::whatItWritesAndEndsWithIsTold()
{
    const auto reply = run({.program = u"/bin/sh"_s, .arguments = {u"-c"_s, u"cat; echo out; echo no >&2; exit 7"_s}});
    QVERIFY(reply);
    QCOMPARE(reply->output, QByteArray("out\n")); // and nothing to read
    QCOMPARE(reply->errors, QByteArray("no\n"));
    QCOMPARE(reply->exitCode, 7);
    QCOMPARE(codeOf(run({.program = u"/bin/sh"_s, .arguments = {u"-c"_s, u"kill -9 $$"_s}})), ErrorCode::Unavailable);
}

void TestProgram::whatCannotBeRunIsSaid()
{
    QCOMPARE(codeOf(run({.program = u"quarterdeck-no-such-program"_s, .arguments = {}})), ErrorCode::NotFound);
    QCOMPARE(codeOf(run({.program = m_directory.filePath(u"none"_s), .arguments = {}})), ErrorCode::NotFound);
    QFile file(m_directory.filePath(u"text"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("no program");
    file.close();
    QCOMPARE(codeOf(run({.program = file.fileName(), .arguments = {}})), ErrorCode::Forbidden);
}

void TestProgram::itEndsWithItsDeadlineAndSoDoesWhatItStarted()
{
    QFile::remove(m_file);
    const auto reply = run({.program = u"/bin/sh"_s, .arguments = {u"-c"_s, waiting()}, .deadline = 500ms});
    QCOMPARE(codeOf(reply), ErrorCode::Timeout);
    QTRY_VERIFY(isGone(started()));
}

void TestProgram::aDroppedCallEndsItAndDeliversNothing()
{
    QFile::remove(m_file);
    bool isDelivered = false;
    Call call = runProgram({.program = u"/bin/sh"_s, .arguments = {u"-c"_s, waiting()}},
                           [&](const Result<ProgramReply> &) { isDelivered = true; });
    QTRY_VERIFY(started() > 0);
    QVERIFY(!isGone(started()));
    call.drop();
    QTRY_VERIFY(isGone(started()));
    // Dropped before it began, it never begins.
    QFile::remove(m_file);
    call = runProgram({.program = u"/bin/sh"_s, .arguments = {u"-c"_s, waiting()}},
                      [&](const Result<ProgramReply> &) { isDelivered = true; });
    call.drop();
    QVERIFY(run({.program = u"/bin/true"_s, .arguments = {}}));
    QVERIFY(!QFile::exists(m_file));
    QVERIFY(!isDelivered);
}

void TestProgram::endlessOutputIsCutOff()
{
    QCOMPARE(codeOf(run({.program = u"yes"_s, .arguments = {}, .maxBytes = 100'000})), ErrorCode::TooLarge);
    const auto reply = run({.program = u"/bin/sh"_s, .arguments = {u"-c"_s, u"yes | head -c 1000000 >&2"_s}});
    QVERIFY(reply);
    QCOMPARE(reply->errors.size(), 16 * 1024);
}

void TestProgram::itDiesWithWhoeverRunsIt()
{
    QFile::remove(m_file);
    QProcess runner;
    runner.start(QCoreApplication::applicationFilePath(), {u"--run"_s, m_file});
    QTRY_VERIFY(started() > 0);
    QVERIFY(!isGone(started()));
    runner.kill(); // SIGKILL: it ends nothing itself
    QVERIFY(runner.waitForFinished());
    QTRY_VERIFY(isGone(started()));
}

int main(int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    if (const QStringList arguments = QCoreApplication::arguments(); arguments.value(1) == "--run"_L1) {
        const Call call = runProgram({.program = u"/bin/sh"_s,
                                      .arguments = {u"-c"_s, u"echo $$ > %1; exec sleep 300"_s.arg(arguments.value(2))},
                                      .deadline = 300s},
                                     [](const Result<ProgramReply> &) {});
        return QCoreApplication::exec();
    }
    TestProgram test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_program.moc"
