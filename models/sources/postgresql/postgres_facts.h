/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/postgresql/postgres_row.h"
#include "sources/source.h"

#include <array>

namespace qd {

struct PostgresOptions
{
    QString server;                ///< Database::server
    QString schemaTable = {};      ///< "alembic_version": one row, column version_num; or Prisma's own. Empty: none
    QString environmentTable = {}; ///< "quarterdeck_environment": columns deployment and environment. Empty: none
    bool hasStatements = true;     ///< false where the profile says that there is no pg_stat_statements here
};

/// The answers of one poll; some stay without SQL where they are not asked for.
struct PgAnswers
{
    PgAnswer statistics;
    PgAnswer activity;
    PgAnswer schema;
    PgAnswer environment;
    PgAnswer replication;
    PgAnswer sessions;
    PgAnswer statements; ///< this and the next read much: they are asked at every sixth poll, and kept until then
    PgAnswer relations;

    /// In this order their exchanges are numbered, those without an answer left out.
    [[nodiscard]] std::array<PgAnswer *, 8> all();
    [[nodiscard]] std::array<const PgAnswer *, 8> all() const;
};

/// The statements that a poll asks, without answers and without the two that statistics decides about.
[[nodiscard]] PgAnswers postgresStatements(const PostgresOptions &options);

/// What is asked of pg_stat_statements and of the tables, as `answers.statistics` tells that this server has them.
void askDetails(PgAnswers &answers, const PostgresOptions &options);

/// What the answers say.
[[nodiscard]] Result<Findings> postgresFindings(const PgAnswers &answers, const PostgresOptions &options,
                                                const PostgresConnection &connection);

/// The registry's entry: options `schema_version` and `environment`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> postgresFactory(const SourceSpec &spec,
                                                                         const Profile &profile);

} // namespace qd
