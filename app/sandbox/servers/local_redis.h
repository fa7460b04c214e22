/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "servers/child_process.h"

namespace qd::sandbox {

/// A real redis-server on a free loopback port, with its files in `directory` (which must exist).
class LocalRedis
{
public:
    struct Options
    {
        QString directory;
        QByteArray password{};           ///< of the default user; empty: none
        QList<QByteArray> configLines{}; ///< redis.conf lines added at the end ("user viewer on >pw ~* +@read")
        quint16 port = 0;                ///< 0: a free one
        bool isSentinel = false;         ///< watches others in place of storing anything
    };

    /// Writes redis.conf (0600: it holds the password) and starts the server; does not wait.
    /// Errors: NotFound (says what to install), Internal.
    [[nodiscard]] static Result<LocalRedis> launch(Options options);
    /// launch() and waitReady().
    [[nodiscard]] static Result<LocalRedis> start(Options options);
    /// Until it answers at its port. Errors: Timeout, ServerError (it ended; with the log's last lines).
    [[nodiscard]] Result<void> waitReady(std::chrono::milliseconds atMost = std::chrono::seconds(30));

    [[nodiscard]] quint16 port() const { return m_options.port; }
    [[nodiscard]] const Options &options() const { return m_options; }
    [[nodiscard]] pid_t pid() const { return m_process.pid(); }
    [[nodiscard]] bool isRunning() { return m_process.isRunning(); }
    /// SIGTERM, then SIGKILL; returns when it is gone.
    void stop();
    /// SIGKILL; returns when it is gone.
    void kill() { m_process.kill(); }
    /// Starts it again on the same port, empty unless configLines make it persistent, and waits until it answers.
    [[nodiscard]] Result<void> restart();
    /// For SIGSTOP and SIGCONT: a server that accepts and does not answer.
    void sendSignal(int signal) const { m_process.sendSignal(signal); }

private:
    [[nodiscard]] Result<void> run();
    Options m_options;
    QString m_program;
    ChildProcess m_process;
};

} // namespace qd::sandbox
