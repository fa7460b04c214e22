/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/postgresql/ask.h"
#include "sources/postgresql/postgres_facts.h"

using namespace Qt::StringLiterals;

/// What PostgreSQL is asked: PostgreSQL 13 and later, everything readable with pg_monitor.
namespace qd {
namespace {
// What was received is read first and what was replayed last: WAL that came in between must not look like a delay.
// pg_last_xact_replay_timestamp() alone grows while nobody writes.
constexpr auto statistics = R"(
SELECT s.datname AS database, current_setting('server_version') AS version,
    current_setting('max_connections') AS max_connections, pg_is_in_recovery()::int AS is_standby,
    pg_database_size(s.datid) AS size, s.numbackends, s.xact_commit, s.xact_rollback, s.blks_hit, s.blks_read,
    s.deadlocks, age(d.datfrozenxid) AS oldest_transaction_ids,
    current_setting('autovacuum_freeze_max_age') AS wraparound_limit,
    CASE WHEN archives THEN a.archived_count END AS archived, CASE WHEN archives THEN a.failed_count END AS failed,
    (1000 * extract(epoch FROM CASE WHEN archives THEN a.last_archived_time END))::bigint AS last_archived_at_ms,
    (1000 * extract(epoch FROM CASE WHEN archives THEN a.last_failed_time END))::bigint AS last_failed_at_ms,
    e.extnamespace::regnamespace AS statements_schema,
    CASE WHEN pg_is_in_recovery() THEN
        CASE WHEN received.lsn <= pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
        ELSE 1000 * extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
    END AS replay_delay_ms
FROM (SELECT pg_last_wal_receive_lsn() AS lsn OFFSET 0) received, pg_stat_archiver a,
    (SELECT current_setting('archive_mode') = 'always'
        OR current_setting('archive_mode') = 'on' AND NOT pg_is_in_recovery() AS archives) mode,
    pg_stat_database s JOIN pg_database d ON d.oid = s.datid
    LEFT JOIN pg_extension e ON e.extname = 'pg_stat_statements'
WHERE s.datname = current_database())";

// Without pg_read_all_stats others' rows are there, but say nothing of what they do.
constexpr auto activity = R"(
SELECT count(*) FILTER (WHERE state = 'active') AS active,
    count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting,
    count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
    count(*) FILTER (WHERE query = '<insufficient privilege>') AS hidden,
    coalesce(1000 * extract(epoch FROM max(clock_timestamp() - query_start) FILTER (WHERE state = 'active')), 0)
        AS longest_query_ms
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())";

// A slot that nobody reads from holds back WAL: a physical one for a standby that is gone, a logical one for a
// subscriber that may be paused.
constexpr auto replication = R"(
SELECT r.application_name AS name, host(r.client_addr) AS address, r.client_port AS port, r.state, r.sync_state,
    greatest(0, here.lsn - r.replay_lsn)::bigint AS lag_bytes,
    1000 * extract(epoch FROM coalesce(r.replay_lag, CASE WHEN r.replay_lsn >= here.lsn THEN interval '0' END))
        AS delay_ms
FROM pg_stat_replication r, LATERAL (SELECT CASE WHEN pg_is_in_recovery()
    THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) ELSE pg_current_wal_lsn() END AS lsn) here
WHERE r.state IS DISTINCT FROM 'backup'
UNION ALL
SELECT s.slot_name, NULL, NULL,
    CASE s.slot_type WHEN 'logical' THEN 'logical, ' ELSE '' END
        || CASE s.wal_status WHEN 'lost' THEN 'lost' ELSE 'inactive' END, NULL,
    greatest(0, here.lsn - coalesce(s.confirmed_flush_lsn, s.restart_lsn))::bigint, NULL
FROM pg_replication_slots s, LATERAL (SELECT CASE WHEN pg_is_in_recovery()
    THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) ELSE pg_current_wal_lsn() END AS lsn) here
WHERE NOT s.active AND s.wal_status IS NOT NULL
LIMIT 100)";

// pg_blocking_pids() stops the lock manager for a moment: it is asked for those that wait alone.
constexpr auto sessions = R"(
WITH backend AS MATERIALIZED (
    SELECT *, CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) END AS blockers
    FROM pg_stat_activity WHERE pid <> pg_backend_pid()),
blocker AS (
    SELECT blocking AS pid, count(DISTINCT b.pid) AS waiting FROM backend b, unnest(b.blockers) blocking GROUP BY 1)
SELECT b.pid, b.usename AS user, b.application_name AS application, b.state,
    b.wait_event_type || ': ' || b.wait_event AS wait_event, left(b.query, 1000) AS statement,
    1000 * extract(epoch FROM clock_timestamp() -
        CASE WHEN b.state LIKE 'idle in transaction%' THEN b.xact_start ELSE b.query_start END) AS running_for_ms,
    (SELECT string_agg(DISTINCT CASE pid WHEN 0 THEN 'a prepared transaction' ELSE pid::text END, ', ')
        FROM unnest(b.blockers) pid) AS blocked_by,
    coalesce(o.waiting, 0) AS blocking
FROM backend b LEFT JOIN blocker o ON o.pid = b.pid
WHERE o.waiting > 0 OR b.datname = current_database() AND b.state <> 'idle'
ORDER BY (o.waiting > 0 OR cardinality(b.blockers) > 0) IS TRUE DESC, running_for_ms DESC NULLS LAST, b.pid
LIMIT 50)";

constexpr auto statements = R"(
SELECT now() AS asked_at, s.queryid, s.userid, count(*) OVER (PARTITION BY s.queryid) AS users,
    left(min(s.query), 4000) AS statement, sum(s.calls)::bigint AS calls, sum(s.total_exec_time) AS total_ms,
    sum(s.total_exec_time) / nullif(sum(s.calls), 0) AS mean_ms, max(s.max_exec_time) AS longest_ms,
    sum(s.rows)::bigint AS rows, sum(count(*) FILTER (WHERE s.queryid IS NULL)) OVER () AS hidden
FROM %1.pg_stat_statements s
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY s.queryid, s.userid ORDER BY total_ms DESC, s.queryid LIMIT 20)";

// pg_total_relation_size() waits for whoever holds a table or an index of it exclusively: their size is left out. What
// the counters of a server that crashed or follows do not know is the planner's estimate.
constexpr auto relations = R"(
WITH held AS MATERIALIZED (
    SELECT coalesce(i.indrelid, l.relation) AS oid FROM pg_locks l LEFT JOIN pg_index i ON i.indexrelid = l.relation
    WHERE l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())),
largest AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relpages, c.reltuples, pg_stat_get_live_tuples(c.oid) AS live,
        pg_stat_get_dead_tuples(c.oid) AS dead
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname !~ '^(pg_|information_schema$)'
    ORDER BY c.relpages DESC, live DESC LIMIT 200)
SELECT now() AS asked_at, t.nspname || '.' || t.relname AS relation, size.bytes AS size,
    CASE WHEN t.live + t.dead > 0 THEN t.live WHEN t.reltuples >= 0 THEN t.reltuples::bigint END AS rows,
    CASE WHEN t.live + t.dead > 0 OR t.reltuples = 0 THEN t.dead END AS dead_rows,
    (1000 * extract(epoch FROM greatest(pg_stat_get_last_vacuum_time(t.oid),
        pg_stat_get_last_autovacuum_time(t.oid))))::bigint AS vacuumed_at_ms
FROM largest t, LATERAL (SELECT CASE WHEN t.oid NOT IN (SELECT oid FROM held) THEN pg_total_relation_size(t.oid) END
    AS bytes) size
ORDER BY coalesce(size.bytes, t.relpages::bigint * 8192) DESC, relation LIMIT 20)";

QByteArray schemaVersion(const QString &table)
{
    if (table.section(u'.', -1) == "_prisma_migrations"_L1)
        return "SELECT migration_name AS version_num FROM " + identifier(table) +
               " WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name DESC LIMIT 1";
    return "SELECT version_num FROM " + identifier(table) + " LIMIT 1";
}

/// As written above, on one line: it is shown as a command to be copied.
QByteArray oneLine(const char *sql)
{
    return QByteArray(sql).simplified();
}
} // namespace

std::array<PgAnswer *, 8> PgAnswers::all()
{
    return {&statistics, &activity, &schema, &environment, &replication, &sessions, &statements, &relations};
}

std::array<const PgAnswer *, 8> PgAnswers::all() const
{
    return {&statistics, &activity, &schema, &environment, &replication, &sessions, &statements, &relations};
}

PgAnswers postgresStatements(const PostgresOptions &options)
{
    PgAnswers ask;
    ask.statistics.sql = oneLine(statistics);
    ask.activity.sql = oneLine(activity);
    if (!options.schemaTable.isEmpty())
        ask.schema.sql = schemaVersion(options.schemaTable);
    if (!options.environmentTable.isEmpty())
        ask.environment.sql =
            "SELECT deployment, environment FROM " + identifier(options.environmentTable) + " LIMIT 1";
    ask.replication.sql = oneLine(replication);
    ask.sessions.sql = oneLine(sessions);
    return ask;
}

void askDetails(PgAnswers &answers, const PostgresOptions &options)
{
    const PgRow row(answers.statistics, 0);
    const auto schema = row.cell("statements_schema");
    if (options.hasStatements && schema)
        answers.statements.sql = oneLine(statements).replace("%1", *schema);
    // A standby has its primary's tables, which the source of the primary tells.
    if (options.server.isEmpty() || row.count("is_standby").valueOr(0) == 0)
        answers.relations.sql = oneLine(relations);
}

} // namespace qd
