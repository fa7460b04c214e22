/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QIODevice>
#include <QString>
#include <QStringList>

#include <chrono>
#include <optional>

#include <sys/types.h>

namespace qd::sandbox {

/// The user to run as when we are root and the program refuses to be (PostgreSQL).
struct UnprivilegedUser
{
    QString name;
    uid_t uid = 0;
    gid_t gid = 0;
};

/// `postgres`, else `nobody`, if we are root; nothing if we are not root and need no other user.
[[nodiscard]] Result<std::optional<UnprivilegedUser>> unprivilegedUser();

struct ChildOptions
{
    QString program; ///< absolute path
    QStringList arguments;
    QString workingDirectory;
    QString logFile; ///< stdout and stderr are appended here; empty: /dev/null
    std::optional<UnprivilegedUser> user;
    int deathSignal = 9;           ///< what the child gets when the thread that started it ends, for whatever reason
    QList<QByteArray> environment; ///< NAME=value, added to ours
    bool ownProcessGroup = true;   ///< so that Ctrl+C in the terminal reaches us alone
};

/// One child process, started without a shell. It gets its death signal when this object goes away (and SIGKILL if that
/// does not end it), and from the kernel when the thread that started it ends: start children from a thread that lives
/// as long as they should.
class ChildProcess
{
public:
    ChildProcess() = default;
    ChildProcess(ChildProcess &&other) noexcept;
    ChildProcess &operator=(ChildProcess &&other) noexcept;
    ChildProcess(const ChildProcess &) = delete;
    ChildProcess &operator=(const ChildProcess &) = delete;
    ~ChildProcess();

    /// Errors: NotFound (no such program), Forbidden, Internal (no process to be had).
    [[nodiscard]] static Result<ChildProcess> start(const ChildOptions &options);

    [[nodiscard]] pid_t pid() const { return m_pid; }
    [[nodiscard]] bool isRunning();
    /// The exit code once it has ended by itself, 128 + signal where a signal ended it.
    [[nodiscard]] std::optional<int> exitCode();
    /// Waits for its end.
    bool waitForEnd(std::chrono::milliseconds atMost);
    void sendSignal(int signal) const;
    /// Sends `signal`, then SIGKILL if it has not ended after `grace`; returns when it is gone.
    void stop(int signal, std::chrono::milliseconds grace);
    void kill() { stop(9, std::chrono::milliseconds(0)); }

private:
    void reap(int flags);
    void end();
    pid_t m_pid = 0;
    int m_endSignal = 9;
    bool m_running = false;
    int m_exitCode = 0;
};

/// Waits until a program that was started with `options` has ended well. Returns what it wrote to `options.logFile` as
/// the error's message if it failed.
[[nodiscard]] Result<void> awaitEnd(ChildProcess &child, const ChildOptions &options, std::chrono::milliseconds atMost);
/// Runs a program to its end.
[[nodiscard]] Result<void> runToEnd(const ChildOptions &options, std::chrono::milliseconds atMost);

/// Makes a directory the user's own; nothing to do where we are not root.
[[nodiscard]] Result<void> giveTo(const std::optional<UnprivilegedUser> &owner, const QString &path);
/// Writes a file that only `owner` (we, where there is none) can read.
[[nodiscard]] Result<void> writeFor(const std::optional<UnprivilegedUser> &owner, const QString &path,
                                    const QByteArray &text, QIODevice::OpenMode mode = QIODevice::WriteOnly);

/// A program on PATH, or in one of `directories`. The error says which package to install.
[[nodiscard]] Result<QString> findProgram(const QString &name, const QStringList &directories, const QString &package);

/// A port of 127.0.0.1 that nobody listens on, below the range that outgoing connections take theirs from, so that a
/// server that is stopped can be started on it again.
[[nodiscard]] Result<quint16> freePort();

/// The last lines of a log file, for error messages.
[[nodiscard]] QString tailOf(const QString &file, int lines = 8);

} // namespace qd::sandbox
