/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/postgresql/postgres_facts.h"
#include "sources/evidence.h"
#include "sources/postgresql/ask.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Gathers the facts of one poll, answer after answer.
class Reader
{
public:
    Reader(const PgAnswers &answers, const PostgresOptions &options, const PostgresConnection &connection)
        : m_answers(answers)
        , m_options(options)
        , m_connection(connection)
    {
        int exchange = 0;
        for (const PgAnswer *answer : answers.all())
            m_exchanges.append(answer->rows ? exchange++ : -1);
    }

    Findings run()
    {
        Database database = statistics();
        activity(database);
        schema(database);
        environment(database);
        m_findings.facts.append(database);
        replication();
        sessions();
        statements();
        relations();
        return std::move(m_findings);
    }

private:
    [[nodiscard]] PgRow row(const PgAnswer &answer, qsizetype index = 0) const
    {
        const auto all = m_answers.all();
        return {answer, m_exchanges.at(std::ranges::find(all, &answer) - all.begin()), index};
    }

    template <class Read>
    void eachRow(const PgAnswer &answer, Read read)
    {
        for (qsizetype i = 0; answer.rows && i < answer.rows->rows.size(); ++i)
            read(row(answer, i));
    }

    void refuse(const QString &what, ErrorCode code, const QString &message, const QString &where)
    {
        m_findings.refusals.append({what, {code, message, where}});
    }
    /// A part that could not be read, with what to do about it. True if so.
    bool isRefused(const QString &what, const PgAnswer &answer, const QString &table)
    {
        if (answer.rows || answer.sql.isEmpty())
            return false;
        Error told = answer.rows.error();
        if (told.code == ErrorCode::NotFound)
            told.message =
                u"the table %1 does not exist here; create it, or take it out of the source's options"_s.arg(table);
        else if (told.code == ErrorCode::Forbidden)
            told.message = u"%1 may not read %2; GRANT SELECT ON %2 TO %1"_s.arg(m_connection.user, table);
        m_findings.refusals.append({what, told});
        return true;
    }
    /// Others' rows show nothing without that right, and no error tells so.
    void refuseHidden(const QString &what, const QString &view)
    {
        refuse(what, ErrorCode::Forbidden,
               u"%1 does not see what others do; GRANT pg_read_all_stats TO %1"_s.arg(m_connection.user), view);
    }

    Database statistics() const
    {
        const PgRow read = row(m_answers.statistics);
        Database database;
        database.server = m_options.server;
        database.database = cleaned(QString::fromUtf8(read.cell("database").value_or(m_connection.database.toUtf8())));
        database.version = read.text("version");
        database.connections = read.count("numbackends");
        database.maxConnections = read.count("max_connections");
        database.commitsTotal = read.count("xact_commit");
        database.rollbacksTotal = read.count("xact_rollback");
        database.blocksHitTotal = read.count("blks_hit");
        database.blocksReadTotal = read.count("blks_read");
        database.deadlocksTotal = read.count("deadlocks");
        database.size = read.bytes("size");
        database.isStandby = read.count("is_standby");
        database.replayDelay = read.millis("replay_delay_ms");
        database.oldestTransactionIds = read.count("oldest_transaction_ids");
        database.wraparoundLimit = read.count("wraparound_limit");
        database.archivedTotal = read.count("archived");
        database.archiveFailuresTotal = read.count("failed");
        database.lastArchivedAt = read.instant("last_archived_at_ms");
        database.lastArchiveFailureAt = read.instant("last_failed_at_ms");
        return database;
    }

    void activity(Database &database)
    {
        if (isRefused(u"database/activity"_s, m_answers.activity, u"pg_stat_activity"_s))
            return;
        const PgRow read = row(m_answers.activity);
        m_isHidden = read.count("hidden").valueOr(0) > 0;
        if (m_isHidden) {
            refuseHidden(u"database/activity"_s, u"pg_stat_activity"_s);
            return;
        }
        database.active = read.count("active");
        database.longestQuery = read.millis("longest_query_ms");
        database.waiting = read.count("waiting");
        database.idleInTransaction = read.count("idle_in_transaction");
    }

    void schema(Database &database)
    {
        if (!isRefused(u"database/schema_version"_s, m_answers.schema, m_options.schemaTable))
            database.schemaVersion = row(m_answers.schema).text("version_num");
    }

    void environment(Database &database)
    {
        if (isRefused(u"database/environment"_s, m_answers.environment, m_options.environmentTable))
            return;
        const PgRow read = row(m_answers.environment);
        const auto deployment = read.text("deployment");
        const auto environment = read.text("environment");
        database.environment.origin = environment.origin;
        if (deployment.has() && environment.has())
            database.environment.value = *deployment + u'/' + *environment;
    }

    void replication()
    {
        if (isRefused(u"replica"_s, m_answers.replication, u"pg_stat_replication"_s))
            return;
        QList<PgRow> all;
        bool isHidden = false;
        eachRow(m_answers.replication, [&](const PgRow &read) {
            isHidden = isHidden || !read.cell("state");
            all.append(read);
        });
        if (isHidden) {
            refuseHidden(u"replica"_s, u"pg_stat_replication"_s);
            return;
        }
        for (const PgRow &read : std::as_const(all)) {
            // "walreceiver" is what every standby is called that nobody gave a name.
            const auto isNamesake = [&](const PgRow &other) { return other.cell("name") == read.cell("name"); };
            const QString name = read.text("name").valueOr({});
            const bool isName = !name.isEmpty() && std::ranges::count_if(all, isNamesake) == 1;
            Replica replica{.system = u"postgresql"_s, .id = name};
            replica.address = read.text("address");
            if (const auto port = read.cell("port"); port && replica.address.has())
                replica.address.value = u"%1:%2"_s.arg(*replica.address, QString::fromLatin1(*port));
            if (!isName && replica.address.has())
                replica.id = *replica.address;
            replica.state = read.text("state");
            replica.sync = read.text("sync_state");
            replica.lag = read.bytes("lag_bytes");
            replica.delay = read.millis("delay_ms");
            m_findings.facts.append(replica);
        }
    }

    void sessions()
    {
        if (m_isHidden)
            refuseHidden(u"session"_s, u"pg_stat_activity"_s);
        else if (!isRefused(u"session"_s, m_answers.sessions, u"pg_stat_activity"_s))
            eachRow(m_answers.sessions, [this](const PgRow &read) {
                Session session{.pid = read.text("pid").valueOr({})};
                session.user = read.text("user");
                session.application = read.text("application");
                session.state = read.text("state");
                session.waitEvent = read.text("wait_event");
                session.statement = read.statement("statement");
                session.runningFor = read.millis("running_for_ms");
                session.blockedBy = read.text("blocked_by");
                session.blocking = read.count("blocking");
                m_findings.facts.append(session);
            });
    }

    void statements()
    {
        if (!m_options.hasStatements)
            return;
        const QString view = u"pg_stat_statements"_s;
        if (m_answers.statements.sql.isEmpty()) {
            refuse(u"statement"_s, ErrorCode::NotFound,
                   u"pg_stat_statements is not in the database %1; write it into shared_preload_libraries, restart "
                   "PostgreSQL, and CREATE EXTENSION pg_stat_statements there"_s.arg(m_connection.database),
                   view);
            return;
        }
        if (!m_answers.statements.rows) {
            Error error = m_answers.statements.rows.error();
            if (error.code == ErrorCode::NotFound) // a column of a later version
                error.message = u"pg_stat_statements is of an old version; ALTER EXTENSION pg_stat_statements UPDATE"_s;
            else if (error.code == ErrorCode::Forbidden)
                error.message =
                    u"%1 may not read pg_stat_statements; GRANT pg_monitor TO %1, and USAGE ON its schema"_s.arg(
                        m_connection.user);
            m_findings.refusals.append({u"statement"_s, error});
            return;
        }
        if (row(m_answers.statements).count("hidden").valueOr(0) > 0) {
            refuseHidden(u"statement"_s, view);
            return;
        }
        eachRow(m_answers.statements, [this](const PgRow &read) {
            // queryid is a signed number.
            Statement statement{.id = read.text("queryid").valueOr({})};
            if (read.count("users").valueOr(1) > 1)
                statement.id += u'/' + read.text("userid").valueOr({});
            statement.text = read.statement("statement");
            statement.calls = read.count("calls");
            statement.total = read.millis("total_ms");
            statement.mean = read.millis("mean_ms");
            statement.longest = read.millis("longest_ms");
            statement.rows = read.count("rows");
            m_findings.facts.append(statement);
        });
    }

    void relations()
    {
        if (m_answers.relations.rows || m_answers.relations.sql.isEmpty())
            eachRow(m_answers.relations, [this](const PgRow &read) {
                Relation relation{.relation = read.text("relation").valueOr({})};
                relation.size = read.bytes("size");
                relation.rows = read.count("rows");
                relation.deadRows = read.count("dead_rows");
                relation.vacuumedAt = read.instant("vacuumed_at_ms");
                m_findings.facts.append(relation);
            });
        else
            m_findings.refusals.append({u"relation"_s, m_answers.relations.rows.error()});
    }

    const PgAnswers &m_answers;
    const PostgresOptions &m_options;
    const PostgresConnection &m_connection;
    QList<int> m_exchanges; ///< by place in PgAnswers::all()
    Findings m_findings;
    bool m_isHidden = false;
};
} // namespace

Result<Findings> postgresFindings(const PgAnswers &answers, const PostgresOptions &options,
                                  const PostgresConnection &connection)
{
    if (!answers.statistics.rows)
        return std::unexpected(answers.statistics.rows.error());
    return Reader(answers, options, connection).run();
}

} // namespace qd
