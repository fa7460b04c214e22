/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "wire/postgres.h"

#include <libpq-fe.h>

#include <string>
#include <vector>

namespace qd {

/// True for pgBouncer's console: the database that is always called so. It knows neither statement_timeout nor any
/// other setting of PostgreSQL's, and refuses a connection that brings one.
[[nodiscard]] bool isPgBouncerConsole(const QString &database);

/// Connects to the first of the host's addresses that answers, without ever waiting past `deadline`, except for the CPU
/// time of a SCRAM exchange. Errors as PgConnection::open, Cancelled among them. The caller owns the connection.
/// `password`: in place of the one that the connection refers to.
[[nodiscard]] Result<PGconn *> connectPostgres(const PostgresConnection &connection,
                                               std::chrono::milliseconds statementTimeout,
                                               PgConnection::Deadline deadline, const QString &where,
                                               const PgConnection::Stop &stop, const Secret *password = nullptr);

/// The same with the addresses known (numeric; none: a Unix socket). One that keeps silent costs its share of the time
/// that is left; one that answers, and be it with a refusal, is the last to be asked.
[[nodiscard]] Result<PGconn *> connectToFirst(const std::vector<std::string> &addresses,
                                              const PostgresConnection &connection,
                                              std::chrono::milliseconds statementTimeout,
                                              PgConnection::Deadline deadline, const QString &where,
                                              const PgConnection::Stop &stop, const Secret *password = nullptr);

} // namespace qd
