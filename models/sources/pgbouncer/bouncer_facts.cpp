/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/pgbouncer/bouncer_facts.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype poolCap = 200;

/// The row of `answer` whose `column` is `value`; one past the last, which has no cells, if none is.
PgRow find(const PgAnswer &answer, int exchange, const char *column, const std::optional<QByteArray> &value)
{
    qsizetype index = 0;
    const qsizetype end = answer.rows ? answer.rows->rows.size() : 0;
    while (index < end && answer.rows->at(index, QString::fromLatin1(column)) != value)
        ++index;
    return {answer, exchange, index};
}

/// The sum of two columns, which its row shows; a column that this version does not have counts nothing.
template <class T>
Value<T> sum(const PgRow &row, const Value<T> &first, const std::optional<T> &second)
{
    if (!first.has() || !second)
        return first;
    return {.value = *first + *second, .origin = row.origin()};
}

Pool pool(const PgRow &row, const PgRow &database, const PgRow &config)
{
    Pool pool{.database = row.text("database").valueOr({}), .user = row.text("user").valueOr({})};
    pool.mode = row.text("pool_mode");
    pool.clientsActive = row.count("cl_active");
    pool.clientsWaiting = row.count("cl_waiting");
    pool.serversActive = row.count("sv_active");
    // "used" are those that have been idle for so long that they are checked before the next use.
    pool.serversIdle = sum(row, row.count("sv_idle"), row.count("sv_used").value);
    const Value<qint64> seconds = row.count("maxwait");
    const Value<Millis> whole{.value =
                                  seconds.value.transform([](qint64 s) { return Millis(std::chrono::seconds(s)); }),
                              .origin = seconds.origin};
    pool.longestWait =
        sum(row, whole,
            row.count("maxwait_us").value.transform([](qint64 us) { return Millis(std::chrono::microseconds(us)); }));
    pool.size = database.count("pool_size");
    pool.isPaused = database.count("paused");
    pool.maxClients = config.count("value");
    return pool;
}
} // namespace

Result<Findings> bouncerFindings(const BouncerAnswers &answers, const PostgresConnection &connection)
{
    if (!answers.pools.rows) {
        Error error = answers.pools.rows.error();
        if (error.code == ErrorCode::Forbidden)
            error.message = u"%1 may not ask pgBouncer's console; write it into stats_users in pgbouncer.ini, "
                            "and RELOAD"_s.arg(connection.user);
        return std::unexpected(error);
    }
    Findings findings;
    int exchange = 1;
    const int databases = answers.databases.rows ? exchange++ : -1;
    const int config = answers.config.rows ? exchange : -1;
    const PgRow maxClients = find(answers.config, config, "key", "max_client_conn");
    for (qsizetype i = 0; i < answers.pools.rows->rows.size() && findings.facts.size() < poolCap; ++i) {
        const PgRow row(answers.pools, 0, i);
        if (row.cell("database") != "pgbouncer")
            findings.facts.append(
                pool(row, find(answers.databases, databases, "name", row.cell("database")), maxClients));
    }
    if (!answers.databases.rows)
        findings.refusals.append({u"pool/size"_s, answers.databases.rows.error()});
    if (!answers.config.rows)
        findings.refusals.append({u"pool/max_clients"_s, answers.config.rows.error()});
    return findings;
}

} // namespace qd
