/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/pg_witness.h"

#include "sources/postgresql/ask.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto patience = 10s;
} // namespace

WitnessWriter::Write witnessIn(const PostgresConnection &connection)
{
    return [connection](const Head &head) -> Result<void> {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        auto opened = PgConnection::open(connection, deadline);
        if (!opened)
            return std::unexpected(opened.error());
        const auto added = opened->query("INSERT INTO quarterdeck_witness (key, line) VALUES ($1, $2)"
                                         " ON CONFLICT DO NOTHING",
                                         {head.key.toBase64(), toLine(head)}, deadline);
        return added ? Result<void>() : std::unexpected(added.error());
    };
}

Result<WitnessLines> readWitness(const PostgresConnection &connection, const QList<QByteArray> &keys,
                                 PgConnection::Deadline deadline)
{
    auto opened = PgConnection::open(connection, deadline);
    if (!opened)
        return std::unexpected(opened.error());
    WitnessLines lines;
    for (const QByteArray &key : keys) {
        const auto rows =
            opened->query("SELECT line FROM quarterdeck_witness WHERE key = $1 ORDER BY id DESC LIMIT 10000",
                          {key.toBase64()}, deadline);
        if (!rows)
            return std::unexpected(rows.error());
        for (qsizetype i = 0; i < rows->rows.size(); ++i) {
            if (const auto head = headFromLine(rows->at(i, u"line").value_or(QByteArray())))
                lines.heads.append(*head);
            else
                ++lines.unreadable;
        }
    }
    return lines;
}

QByteArray witnessMigration(const QString &role)
{
    return "CREATE TABLE quarterdeck_witness (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
           "    key text NOT NULL, line text NOT NULL UNIQUE, at timestamptz NOT NULL DEFAULT now());\n"
           "CREATE INDEX ON quarterdeck_witness (key, id);\n"
           "GRANT SELECT, INSERT ON quarterdeck_witness TO " +
           identifier(role) + ";\n";
}

} // namespace qd
