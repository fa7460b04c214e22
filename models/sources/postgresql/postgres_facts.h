/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/source.h"
#include "wire/postgres.h"

namespace qd {

/// Tables to read besides the statistics; empty: not asked for.
struct PostgresOptions
{
    QString schemaTable;      ///< "alembic_version": one row, column version_num; or Prisma's own
    QString environmentTable; ///< "quarterdeck_environment": one row, columns deployment and environment
};

/// One statement and its answer.
struct PgAnswer
{
    QByteArray sql;
    Result<PgRows> rows = failure(ErrorCode::Cancelled, {});
};

/// The answers of one poll; the optional ones stay without SQL where they are not asked for.
struct PgAnswers
{
    PgAnswer statistics;
    PgAnswer activity;
    PgAnswer schema;
    PgAnswer environment;
};

/// The statements that a poll asks, without answers.
[[nodiscard]] PgAnswers postgresStatements(const PostgresOptions &options);

/// What the answers say. Exchanges are numbered in the order of PgAnswers' members, those without an answer left out.
[[nodiscard]] Result<Findings> postgresFindings(const PgAnswers &answers, const PostgresOptions &options,
                                                const PostgresConnection &connection);

/// Rows as JSON: a list of objects by column name; SQL NULL is null.
[[nodiscard]] QByteArray rowsAsJson(const PgRows &rows);

/// The registry's entry: options `schema_version` and `environment`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> postgresFactory(const SourceSpec &spec,
                                                                         const Profile &profile);

} // namespace qd
