/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/postgresql/postgres_facts.h"
#include "sources/evidence.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// The row of the statement's answer as values with their origin.
class Row
{
public:
    Row(const PgAnswer &answer, int exchange)
        : m_answer(answer)
        , m_exchange(exchange)
    {
    }

    [[nodiscard]] std::optional<QByteArray> cell(const char *column) const
    {
        return m_answer.rows ? m_answer.rows->at(0, QString::fromLatin1(column)) : std::nullopt;
    }
    [[nodiscard]] Origin origin(const char *column) const
    {
        return {m_exchange, u"/0/"_s + QString::fromLatin1(column)};
    }
    [[nodiscard]] Value<qint64> count(const char *column) const
    {
        const auto found = cell(column);
        return {.value = found ? countIn(*found) : std::nullopt, .origin = origin(column)};
    }
    [[nodiscard]] Value<QString> text(const char *column) const
    {
        Value<QString> value{.value = {}, .origin = origin(column)};
        if (const auto found = cell(column))
            value.value = safeText(QString::fromUtf8(*found));
        return value;
    }
    [[nodiscard]] Value<Millis> millis(const char *column) const
    {
        Value<Millis> value{.value = {}, .origin = origin(column)};
        const auto found = cell(column);
        bool ok = false;
        const double number = found ? found->toDouble(&ok) : 0;
        if (ok && std::isfinite(number))
            value.value = Millis(std::max(0.0, number)); // a clock that steps back makes it negative
        return value;
    }

private:
    const PgAnswer &m_answer;
    int m_exchange;
};

QByteArray identifier(const QString &name)
{
    QStringList parts = name.split(u'.');
    for (QString &part : parts)
        part = u'"' + part + u'"';
    return parts.join(u'.').toUtf8();
}

/// A part that could not be read, with what to do about it.
Refusal refusal(const QString &part, const Error &error, const QString &table, const QString &user)
{
    Error told = error;
    if (error.code == ErrorCode::NotFound)
        told.message =
            u"the table %1 does not exist here; create it, or take it out of the source's options"_s.arg(table);
    else if (error.code == ErrorCode::Forbidden)
        told.message = u"%1 may not read %2; GRANT SELECT ON %2 TO %1"_s.arg(user, table);
    return {u"database/"_s + part, told};
}
} // namespace

PgAnswers postgresStatements(const PostgresOptions &options)
{
    PgAnswers ask;
    ask.statistics.sql = "SELECT current_database() AS database, current_setting('server_version') AS version, "
                         "current_setting('max_connections') AS max_connections, pg_database_size(s.datid) AS size, "
                         "s.numbackends, s.xact_commit, s.xact_rollback, s.blks_hit, s.blks_read, s.deadlocks "
                         "FROM pg_stat_database s WHERE s.datname = current_database()";
    // Without pg_read_all_stats others' rows are there, but say nothing of what they run.
    ask.activity.sql =
        "SELECT count(*) FILTER (WHERE state = 'active') AS active, "
        "count(*) FILTER (WHERE query = '<insufficient privilege>') AS hidden, "
        "coalesce(1000 * extract(epoch FROM max(clock_timestamp() - query_start) FILTER (WHERE state = 'active')), 0) "
        "AS longest_query_ms "
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    if (options.schemaTable.section(u'.', -1) == "_prisma_migrations"_L1)
        ask.schema.sql = "SELECT migration_name AS version_num FROM " + identifier(options.schemaTable) +
                         " WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL "
                         "ORDER BY migration_name DESC LIMIT 1";
    else if (!options.schemaTable.isEmpty())
        ask.schema.sql = "SELECT version_num FROM " + identifier(options.schemaTable) + " LIMIT 1";
    if (!options.environmentTable.isEmpty())
        ask.environment.sql =
            "SELECT deployment, environment FROM " + identifier(options.environmentTable) + " LIMIT 1";
    return ask;
}

QByteArray rowsAsJson(const PgRows &rows)
{
    QJsonArray all;
    for (const auto &row : rows.rows) {
        QJsonObject object;
        for (qsizetype i = 0; i < row.size() && i < rows.columns.size(); ++i)
            object.insert(rows.columns[i], row[i] ? QJsonValue(QString::fromUtf8(*row[i])) : QJsonValue());
        all.append(object);
    }
    return QJsonDocument(all).toJson(QJsonDocument::Compact);
}

Result<Findings> postgresFindings(const PgAnswers &answers, const PostgresOptions &options,
                                  const PostgresConnection &connection)
{
    if (!answers.statistics.rows)
        return std::unexpected(answers.statistics.rows.error());
    int exchange = 0;
    const Row statistics(answers.statistics, exchange++);
    Findings findings;
    Database database;
    database.database = cleaned(QString::fromUtf8(statistics.cell("database").value_or(connection.database.toUtf8())));
    database.version = statistics.text("version");
    database.connections = statistics.count("numbackends");
    database.maxConnections = statistics.count("max_connections");
    database.commitsTotal = statistics.count("xact_commit");
    database.rollbacksTotal = statistics.count("xact_rollback");
    database.blocksHitTotal = statistics.count("blks_hit");
    database.blocksReadTotal = statistics.count("blks_read");
    database.deadlocksTotal = statistics.count("deadlocks");
    const Value<qint64> size = statistics.count("size");
    database.size.origin = size.origin;
    if (size.has())
        database.size.value = Bytes{*size};

    if (answers.activity.rows) {
        const Row activity(answers.activity, exchange++);
        database.active = activity.count("active");
        database.longestQuery = activity.millis("longest_query_ms");
        const Value<qint64> hidden = activity.count("hidden");
        if (hidden.valueOr(0) > 0) {
            database.active.value.reset();
            database.longestQuery.value.reset();
            findings.refusals.append(
                {u"database/activity"_s,
                 {ErrorCode::Forbidden,
                  u"%1 backends do not show %2 what they run; GRANT pg_read_all_stats TO %2"_s.arg(*hidden).arg(
                      connection.user),
                  u"pg_stat_activity"_s}});
        }
    } else {
        findings.refusals.append(
            refusal(u"activity"_s, answers.activity.rows.error(), u"pg_stat_activity"_s, connection.user));
    }
    if (answers.schema.rows) {
        database.schemaVersion = Row(answers.schema, exchange++).text("version_num");
    } else if (!answers.schema.sql.isEmpty()) {
        findings.refusals.append(
            refusal(u"schema_version"_s, answers.schema.rows.error(), options.schemaTable, connection.user));
    }
    if (answers.environment.rows) {
        const Row row(answers.environment, exchange++);
        const auto deployment = row.text("deployment");
        const auto environment = row.text("environment");
        database.environment.origin = environment.origin;
        if (deployment.has() && environment.has())
            database.environment.value = *deployment + u'/' + *environment;
    } else if (!answers.environment.sql.isEmpty()) {
        findings.refusals.append(
            refusal(u"environment"_s, answers.environment.rows.error(), options.environmentTable, connection.user));
    }
    findings.facts.append(database);
    return findings;
}

} // namespace qd
