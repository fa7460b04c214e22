/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "servers/child_process.h"

namespace qd::sandbox {

/// A real PostgreSQL cluster of its own (initdb, postgres) on a free loopback port, without a Unix socket; passwords
/// by SCRAM. Runs as an unprivileged user where we are root. Its durability is off: it is there to be thrown away.
class LocalPostgres
{
public:
    /// Whom a streaming replica follows, and by which replication slot.
    struct Primary
    {
        quint16 port = 0;
        QByteArray user; ///< with REPLICATION
        QByteArray password;
        QByteArray slot; ///< made there
    };
    struct Options
    {
        QString directory{};            ///< must exist; where we are root, others must be able to traverse to it
        QByteArray superuser = "owner"; ///< the cluster's first role
        QByteArray password = "owner-password";        ///< of that role
        QList<QByteArray> configLines{};               ///< postgresql.conf lines added at the end
        QList<std::pair<QString, QByteArray>> files{}; ///< written beside postgresql.conf, 0600 (server.key)
        quint16 port = 0;                              ///< 0: a free one
        std::optional<Primary> primary{};              ///< a replica: its data are copied from there, not by initdb
    };

    /// Begins to make its data (initdb, about a second; pg_basebackup for a replica) and does not wait for them:
    /// several clusters get ready side by side.
    /// Errors: NotFound (says what to install), ServerError (with the log's last lines), Timeout.
    [[nodiscard]] static Result<LocalPostgres> launch(Options options);
    /// launch() and waitReady().
    [[nodiscard]] static Result<LocalPostgres> start(Options options);
    /// Until its data are made, and the server that starts on them accepts connections.
    [[nodiscard]] Result<void> waitReady(std::chrono::milliseconds atMost = std::chrono::seconds(60));

    [[nodiscard]] quint16 port() const { return m_options.port; }
    /// Of the server; until it is ready first, of what makes its data.
    [[nodiscard]] pid_t pid() const { return m_process.pid(); }
    [[nodiscard]] const Options &options() const { return m_options; }
    [[nodiscard]] bool isRunning() { return m_process.isRunning(); }
    /// A fast shutdown (sessions are ended), then SIGKILL; returns when it is gone.
    void stop();
    /// An immediate shutdown (SIGQUIT), as after a crash, but without leaving a shared memory segment behind.
    void kill();
    /// Starts it again on the same port and data, and waits until it is ready.
    [[nodiscard]] Result<void> restart();
    /// For SIGSTOP and SIGCONT: a server that accepts and does not answer.
    void sendSignal(int signal) const { m_process.sendSignal(signal); }

private:
    [[nodiscard]] Result<void> beginData();
    [[nodiscard]] Result<void> finishData();
    [[nodiscard]] Result<ChildOptions> makingCluster() const;
    [[nodiscard]] ChildOptions copyingPrimary() const;
    [[nodiscard]] Result<void> run();
    [[nodiscard]] QString passwordFile() const;
    [[nodiscard]] QString data() const;
    [[nodiscard]] QString log() const;
    Options m_options;
    QString m_binaries;
    std::optional<UnprivilegedUser> m_user;
    std::optional<ChildOptions> m_making; ///< what makes its data, until they are made
    ChildProcess m_process;
};

/// Where a client or server program of PostgreSQL lies; the newest version under /usr/lib/postgresql, or PATH.
[[nodiscard]] Result<QString> findPostgresProgram(const QString &name);

} // namespace qd::sandbox
