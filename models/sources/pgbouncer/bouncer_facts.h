/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/postgresql/postgres_row.h"
#include "sources/source.h"

#include <array>

namespace qd {

/// What pgBouncer's console (1.12 and later) is asked. Its columns differ by version: they are read by name.
struct BouncerAnswers
{
    PgAnswer pools{.sql = "SHOW POOLS"};
    PgAnswer databases{.sql = "SHOW DATABASES"};
    PgAnswer config{.sql = "SHOW CONFIG"};

    /// In this order their exchanges are numbered, those without an answer left out.
    [[nodiscard]] std::array<PgAnswer *, 3> all() { return {&pools, &databases, &config}; }
    [[nodiscard]] std::array<const PgAnswer *, 3> all() const { return {&pools, &databases, &config}; }
};

/// The pools, without the console's own. Without SHOW POOLS there is nothing; of the others only their part is missing.
[[nodiscard]] Result<Findings> bouncerFindings(const BouncerAnswers &answers, const PostgresConnection &connection);

/// The registry's entry: a connection of kind postgresql to the database `pgbouncer`; no options.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> bouncerFactory(const SourceSpec &spec, const Profile &profile);

} // namespace qd
