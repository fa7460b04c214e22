/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "servers/child_process.h"

namespace qd::sandbox {

/// A real pgBouncer on a free loopback port before one PostgreSQL, pooling by transaction; passwords by SCRAM. Runs as
/// an unprivileged user where we are root.
class LocalPgBouncer
{
public:
    struct Options
    {
        QString directory; ///< must exist; where we are root, others must be able to traverse to it
        quint16 serverPort = 0;
        QByteArray database;
        QList<std::pair<QByteArray, QByteArray>> users; ///< names and passwords, the same as PostgreSQL's
        QByteArray statsUser;                           ///< who may read its console
        int poolSize = 25;
        int maxClients = 1000;
        quint16 port = 0; ///< 0: a free one
    };

    /// Writes its files (0600: they hold passwords) and starts it; does not wait.
    /// Errors: NotFound (says what to install), Forbidden, Internal.
    [[nodiscard]] static Result<LocalPgBouncer> launch(Options options);
    /// Until it accepts connections. Errors: Timeout, ServerError (it ended; with the log's last lines).
    [[nodiscard]] Result<void> waitReady(std::chrono::milliseconds atMost = std::chrono::seconds(30));

    [[nodiscard]] quint16 port() const { return m_options.port; }
    [[nodiscard]] pid_t pid() const { return m_process.pid(); }
    [[nodiscard]] bool isRunning() { return m_process.isRunning(); }
    /// Its clients are cut off; returns when it is gone.
    void stop();
    /// Starts it again on the same port and waits until it accepts connections.
    [[nodiscard]] Result<void> restart();

private:
    [[nodiscard]] Result<void> writeFiles() const;
    [[nodiscard]] Result<void> run();
    [[nodiscard]] QString path(const QString &name) const { return m_options.directory + u'/' + name; }
    Options m_options;
    QString m_program;
    std::optional<UnprivilegedUser> m_user;
    ChildProcess m_process;
};

} // namespace qd::sandbox
