/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "backup/toc.h"
#include "profile/profile.h"
#include "wire/program.h"

#include <memory>

class QTemporaryFile;

namespace qd {

/// Where PostgreSQL's client programs lie: `directory`, or else what is newest of this machine, or PATH. Errors:
/// NotFound (and what to install).
[[nodiscard]] Result<QString> pgProgram(const QString &name, const QString &directory);

/// The environment that leads a client program to one database, and a passfile that only we can read; it is gone with
/// this. Nothing of it stands in arguments.
class PgAccess
{
public:
    /// Errors: BadInput (a name that a client would take for a connection string), Forbidden (no file can be made).
    [[nodiscard]] static Result<PgAccess> to(const PostgresConnection &connection, const QString &database,
                                             const Secret &password);
    PgAccess(PgAccess &&) noexcept;
    PgAccess &operator=(PgAccess &&) noexcept;
    ~PgAccess();

    [[nodiscard]] const QMap<QString, QString> &environment() const { return m_environment; }

private:
    PgAccess();
    QMap<QString, QString> m_environment;
    std::unique_ptr<QTemporaryFile> m_passwords;
};

/// Before these a client can be made to run what a dump or a server says (CVE-2025-8714 and -8715).
[[nodiscard]] bool isSafeClient(PgVersion version);

} // namespace qd
