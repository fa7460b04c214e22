/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "wire/postgres.h"

#include <libpq-fe.h>

namespace qd {

/// Connects without ever waiting past `deadline`, except for the CPU time of a SCRAM exchange. Errors as
/// PgConnection::open, Cancelled among them. The caller owns the connection.
[[nodiscard]] Result<PGconn *> connectPostgres(const PostgresConnection &connection,
                                               std::chrono::milliseconds statementTimeout,
                                               PgConnection::Deadline deadline, const QString &where,
                                               const PgConnection::Stop &stop);

} // namespace qd
