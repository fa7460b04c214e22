/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/engine.h"
#include "bench.h"

#include <QCoreApplication>
#include <QDir>
#include <QProcess>
#include <QTest>

#include <csignal>
#include <unistd.h>

namespace qd::test {

/// Another console on the same deployment: the test's own program, started anew and killed while it acts.
struct OtherConsole
{
    PostgresConnection connection;
    QString directory; ///< holds its journal, and whatever else it needs
    int boundary = 0;  ///< of its engine, at which it is killed; 0: the first

    /// What the test started; nothing: this process is the test itself.
    [[nodiscard]] static std::optional<OtherConsole> told()
    {
        const QStringList arguments = QCoreApplication::arguments();
        if (arguments.value(1) != word)
            return std::nullopt;
        return OtherConsole{
            .connection = {.host = u"127.0.0.1"_s,
                           .port = arguments[2].toUShort(),
                           .database = u"app"_s,
                           .user = arguments[3],
                           .password = SecretRef{.scheme = SecretRef::Scheme::File, .name = arguments[4]},
                           .sslmode = u"disable"_s},
            .directory = arguments[5],
            .boundary = arguments[6].toInt()};
    }

    /// Starts it and waits for its end: "killed", or what it ended with.
    [[nodiscard]] QString run() const
    {
        QProcess process;
        process.start(QCoreApplication::applicationFilePath(),
                      {word, QString::number(connection.port), connection.user, connection.password->name, directory,
                       QString::number(boundary)});
        if (!process.waitForFinished(60'000))
            return u"still running: "_s + process.errorString();
        return process.exitStatus() == QProcess::CrashExit ? u"killed"_s : u"ended with %1"_s.arg(process.exitCode());
    }

    [[nodiscard]] Result<std::unique_ptr<Journal>> journal() const
    {
        return Journal::open({.path = QDir(directory).filePath(u"journal.sqlite"_s)}, patience);
    }

    void dieIn(Engine &engine) const
    {
        engine.setBoundary([left = boundary](const QString &) mutable {
            if (left-- == 0)
                ::kill(::getpid(), SIGKILL);
        });
    }

private:
    inline static const QString word = u"other-console"_s;
};

/// The main() of such a program. `act` is what the other console does: its exit code, if it lives.
template <class Test>
int runWithOther(int (*act)(const OtherConsole &), int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    if (const auto other = OtherConsole::told())
        return act(*other);
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace qd::test
