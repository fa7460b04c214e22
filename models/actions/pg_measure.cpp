/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/pg_measure.h"

#include "base/cleaned.h"
#include "sources/postgresql/ask.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto patience = 3s; // a plan does not wait long for a number beside it
constexpr qsizetype longestReason = 200;
} // namespace

QList<PgMeasure> readMeasures(ConfigReader &reader, QList<Error> &errors)
{
    QList<PgMeasure> measures;
    for (const ConfigNode &node : reader.maps(u"measures")) {
        ConfigReader one(node, &errors);
        PgMeasure measure{.what = one.requiredString(u"what"),
                          .table = tableName(one, u"table"),
                          .expiresAt = columnName(one, u"expires_at"),
                          .revokedAt = columnName(one, u"revoked_at"),
                          .at = columnName(one, u"at")};
        if (!one.has(u"table"))
            one.error(node, u"'table' is missing"_s);
        if (one.has(u"expires_at") == one.has(u"at"))
            one.error(node, u"expected either 'expires_at' (rows that live now are counted) or 'at' (rows of the last "
                            "minute)"_s);
        one.finish();
        measures.append(std::move(measure));
    }
    return measures;
}

Measure measured(PgStore &store, const PgMeasure &measure, PgStore::Deadline deadline)
{
    const bool areAlive = !measure.expiresAt.isEmpty();
    QByteArray sql = "SELECT count(*) AS number FROM " + identifier(measure.table) + " WHERE ";
    if (areAlive)
        sql += identifier(measure.expiresAt) + " > now()";
    else
        sql += identifier(measure.at) + " > now() - interval '1 minute' AND " + identifier(measure.at) + " <= now()";
    if (!measure.revokedAt.isEmpty())
        sql += " AND " + identifier(measure.revokedAt) + " IS NULL";
    Measure result{.what = measure.what,
                   .number = {},
                   .unit = areAlive ? u"count"_s : u"per-minute"_s,
                   .source = u"counted in %1"_s.arg(measure.table)};
    const auto rows = store.ask(sql, {}, std::min(deadline, std::chrono::steady_clock::now() + patience));
    if (!rows) {
        result.source = u"%1: %2"_s.arg(measure.table, cleaned(rows.error().message).left(longestReason));
        return result;
    }
    bool ok = false;
    const qint64 number = rows->at(0, u"number").value_or(QByteArray()).toLongLong(&ok);
    if (ok)
        result.number = number;
    return result;
}

} // namespace qd
