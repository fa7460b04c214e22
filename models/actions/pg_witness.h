/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "audit/witness.h"
#include "wire/postgres.h"

/// The table `quarterdeck_witness` of a PostgreSQL as a journal's witness. Its owner makes it, in a migration; who acts
/// may add to it and read it. It may hold the heads of several operators' journals.
namespace qd {

/// Writes a head, over a connection that it opens. Errors: NotFound (there is no such table), Forbidden, and those of
/// the connection.
[[nodiscard]] WitnessWriter::Write witnessIn(const PostgresConnection &connection);

/// For each of `keys` the newest 10,000 heads that are signed with it, whatever else stands there under it, and some of
/// what is forged: heads of other journals say nothing about this one. Errors: also Timeout (too much is forged).
[[nodiscard]] Result<WitnessLines> readWitness(const PostgresConnection &connection, const QList<QByteArray> &keys,
                                               PgConnection::Deadline deadline);

/// The PostgreSQL connection of the profile in `file` that is called so. Errors: NotFound, and what is wrong with it.
[[nodiscard]] Result<PostgresConnection> witnessConnection(const QString &name, const QString &file);

/// What its owner runs, `role` being whom the console acts as.
[[nodiscard]] QByteArray witnessMigration(const QString &role);

} // namespace qd
