/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/pg_witness.h"

#include "sources/postgresql/ask.h"
#include "sources/source.h"

#include <limits>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto patience = 10s;
constexpr qsizetype mostHeads = 10'000;
constexpr qsizetype page = 10'000;
constexpr int mostForged = 10; ///< that are told: more would hide what the genuine ones say

/// Newest first, page by page: whoever may write there may write anything under a key, and as much of it as they like,
/// but cannot sign with it.
Result<void> readHeads(PgConnection &connection, const QByteArray &key, WitnessLines &lines,
                       PgConnection::Deadline deadline)
{
    qsizetype genuine = 0;
    int forged = 0;
    QByteArray before = QByteArray::number(std::numeric_limits<qint64>::max());
    while (genuine < mostHeads) {
        const auto rows = connection.query("SELECT id, line FROM quarterdeck_witness WHERE key = $1 AND id < $2::bigint"
                                           " ORDER BY id DESC LIMIT $3::bigint",
                                           {key.toBase64(), before, QByteArray::number(page)}, deadline);
        if (!rows)
            return std::unexpected(rows.error());
        for (qsizetype i = 0; i < rows->rows.size() && genuine < mostHeads; ++i) {
            before = rows->at(i, u"id").value_or(QByteArray());
            const auto head = headFromLine(rows->at(i, u"line").value_or(QByteArray()));
            if (!head) {
                ++lines.unreadable;
            } else if (head->key == key && isGenuine(*head)) {
                lines.heads.append(*head);
                ++genuine;
            } else if (forged++ < mostForged) {
                lines.heads.append(*head);
            }
        }
        if (rows->rows.size() < page)
            break;
        if (std::chrono::steady_clock::now() > deadline)
            return failure(ErrorCode::Timeout,
                           u"quarterdeck_witness holds so much under this key that its heads cannot be read in time: "
                           "somebody filled it"_s);
    }
    return {};
}
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
        if (const auto read = readHeads(*opened, key, lines, deadline); !read)
            return std::unexpected(read.error());
    }
    return lines;
}

Result<PostgresConnection> witnessConnection(const QString &name, const QString &file)
{
    const auto profile = loadWhole(file);
    if (!profile)
        return std::unexpected(profile.error().first());
    if (const auto *connection = profile->connection<PostgresConnection>(name))
        return *connection;
    return failure(ErrorCode::NotFound, u"the profile has no PostgreSQL connection '%1'"_s.arg(name), file);
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
