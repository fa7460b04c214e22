/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "servers/child_process.h"

namespace qd::sandbox {

/// A real OpenSSH server on a free loopback port that lets ourselves in by a key of its own, to run commands and
/// nothing else.
class LocalSshd
{
public:
    /// True where it is installed.
    [[nodiscard]] static bool isInstalled();
    /// Makes the keys in `directory`, which must exist and be ours alone, and waits until it accepts connections.
    /// Errors: NotFound, Forbidden, Internal, ServerError (it ended; with the log's last lines), Timeout.
    [[nodiscard]] static Result<LocalSshd> start(const QString &directory, const QString &alias);

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] pid_t pid() const { return m_process.pid(); }
    /// For `ssh -F`: leads to this server by its alias.
    [[nodiscard]] QString clientConfig() const { return m_clientConfig; }

private:
    quint16 m_port = 0;
    QString m_clientConfig;
    ChildProcess m_process;
};

} // namespace qd::sandbox
