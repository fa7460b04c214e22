/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/config.h"
#include "wire/postgres.h"

/// What every source that reads tables does alike.
namespace qd {

/// In a read-only transaction of its own, so that a statement that is refused spoils no other. Nor does it wait long
/// for a table that somebody else has locked: just then the rest has to be told.
[[nodiscard]] Result<PgRows> askReadOnly(PgConnection &connection, const QByteArray &sql,
                                         PgConnection::Deadline deadline);

/// The psql line that shows the same; "…" is where whoever runs it puts the password.
[[nodiscard]] QString lineByHand(const PostgresConnection &connection, const QByteArray &sql);

/// `name`, with its schema or without, as a statement takes it: each part quoted.
[[nodiscard]] QByteArray identifier(const QString &name);

/// The name of a table under `key`, with its schema or without; "" after reporting anything else.
[[nodiscard]] QString tableName(ConfigReader &reader, QStringView key);

/// The name of a column under `key`; "" after reporting anything else.
[[nodiscard]] QString columnName(ConfigReader &reader, QStringView key);

} // namespace qd
