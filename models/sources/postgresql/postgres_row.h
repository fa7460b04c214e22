/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/reading.h"
#include "wire/postgres.h"

namespace qd {

/// One statement and its answer.
struct PgAnswer
{
    QByteArray sql;
    Result<PgRows> rows = failure(ErrorCode::Cancelled, {});
};

/// Rows as JSON: a list of objects by column name; SQL NULL is null.
[[nodiscard]] QJsonDocument rowsAsJson(const PgRows &rows);

/// What shows an answer by hand, and what it was. The answer must have rows.
[[nodiscard]] Exchange psqlEvidence(const PostgresConnection &connection, const PgAnswer &answer);

/// One row of an answer as values with their origin. NULL, a missing column and what cannot be read are not measured.
class PgRow
{
public:
    /// `exchange`: where the answer stands in the reading. Keeps a reference.
    PgRow(const PgAnswer &answer, int exchange, qsizetype row = 0);

    [[nodiscard]] std::optional<QByteArray> cell(const char *column) const;
    [[nodiscard]] Origin origin(const char *column) const;
    [[nodiscard]] Origin origin() const; ///< the whole row
    /// Not below zero.
    [[nodiscard]] Value<qint64> count(const char *column) const;
    [[nodiscard]] Value<Bytes> bytes(const char *column) const;
    [[nodiscard]] Value<QString> text(const char *column) const;
    /// A column of milliseconds, fractions included; 0 where a clock that stepped back made it negative.
    [[nodiscard]] Value<Millis> millis(const char *column) const;
    /// A column of milliseconds since 1970.
    [[nodiscard]] Value<Instant> instant(const char *column) const;
    /// SQL with its secrets masked, on one line and cut.
    [[nodiscard]] Value<QString> statement(const char *column) const;

private:
    const PgAnswer &m_answer;
    int m_exchange;
    qsizetype m_row;
};

} // namespace qd
