/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/value.h"

/// What the servers under a service say.
namespace qd {

/// A Redis server (INFO, Redis 7.0).
struct RedisServer
{
    static constexpr const char *kind = "redis";
    QString server; ///< the profile's name of a connection that is not the usual one; else empty
    Value<QString> version;
    Value<QString> role;       ///< "master", "slave"
    Value<QString> follows;    ///< of a replica: its master's address and port
    Value<QString> masterLink; ///< of a replica: "up", "down"

    Value<Bytes> usedMemory;
    Value<Bytes> maxMemory; ///< not measured where INFO says 0 (no limit)
    Value<QString> evictionPolicy;
    Value<qint64> evictedTotal;
    Value<qint64> expiredTotal;
    Value<qint64> clients;
    Value<qint64> keyspaceHitsTotal;
    Value<qint64> keyspaceMissesTotal;
    Value<qint64> commandsTotal;
    Value<Millis> uptime;

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("version", Behaviour::Gauge, f.version);
        visit("role", Behaviour::Gauge, f.role);
        visit("follows", Behaviour::Detail, f.follows);
        visit("master_link", Behaviour::Detail, f.masterLink);
        visit("used_memory_bytes", Behaviour::Gauge, f.usedMemory);
        visit("max_memory_bytes", Behaviour::Gauge, f.maxMemory);
        visit("eviction_policy", Behaviour::Gauge, f.evictionPolicy);
        visit("evicted_total", Behaviour::Counter, f.evictedTotal);
        visit("expired_total", Behaviour::Counter, f.expiredTotal);
        visit("clients", Behaviour::Gauge, f.clients);
        visit("keyspace_hits_total", Behaviour::Counter, f.keyspaceHitsTotal);
        visit("keyspace_misses_total", Behaviour::Counter, f.keyspaceMissesTotal);
        visit("commands_total", Behaviour::Counter, f.commandsTotal);
        visit("uptime_ms", Behaviour::Gauge, f.uptime);
    }

    [[nodiscard]] QString name() const { return server; }
    bool operator==(const RedisServer &) const = default;
};

/// A PostgreSQL database (pg_stat_database, pg_stat_activity, PostgreSQL 15).
struct Database
{
    static constexpr const char *kind = "database";
    QString server; ///< the profile's name of a connection that is not the usual one; else empty
    QString database;
    Value<QString> version;
    Value<qint64> connections;
    Value<qint64> maxConnections;
    Value<qint64> active;       ///< backends running a statement now; not measured without pg_read_all_stats
    Value<Millis> longestQuery; ///< running now
    Value<Bytes> size;
    Value<qint64> commitsTotal;
    Value<qint64> rollbacksTotal;
    Value<qint64> blocksHitTotal;
    Value<qint64> blocksReadTotal;
    Value<qint64> deadlocksTotal;
    Value<qint64> isStandby;   ///< 1: it follows a primary (pg_is_in_recovery())
    Value<Millis> replayDelay; ///< of a standby: since the last commit that it replayed; 0 while there is none to come
    Value<qint64> waiting;     ///< backends that wait for a lock
    Value<qint64> idleInTransaction;
    Value<qint64> oldestTransactionIds; ///< age of the oldest unfrozen transaction id (age(datfrozenxid))
    Value<qint64> wraparoundLimit;      ///< age at which PostgreSQL forces a vacuum (autovacuum_freeze_max_age)
    Value<qint64> archivedTotal;        ///< WAL files (pg_stat_archiver)
    Value<qint64> archiveFailuresTotal;
    Value<Instant> lastArchivedAt;
    Value<Instant> lastArchiveFailureAt;
    Value<QString> schemaVersion; ///< alembic_version, _prisma_migrations
    Value<QString> environment;   ///< quarterdeck_environment: "deployment/environment"

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("version", Behaviour::Gauge, f.version);
        visit("connections", Behaviour::Gauge, f.connections);
        visit("max_connections", Behaviour::Gauge, f.maxConnections);
        visit("active", Behaviour::Gauge, f.active);
        visit("longest_query_ms", Behaviour::Gauge, f.longestQuery);
        visit("size_bytes", Behaviour::Gauge, f.size);
        visit("commits_total", Behaviour::Counter, f.commitsTotal);
        visit("rollbacks_total", Behaviour::Counter, f.rollbacksTotal);
        visit("blocks_hit_total", Behaviour::Counter, f.blocksHitTotal);
        visit("blocks_read_total", Behaviour::Counter, f.blocksReadTotal);
        visit("deadlocks_total", Behaviour::Counter, f.deadlocksTotal);
        visit("is_standby", Behaviour::State, f.isStandby);
        visit("replay_delay_ms", Behaviour::Gauge, f.replayDelay);
        visit("waiting", Behaviour::Gauge, f.waiting);
        visit("idle_in_transaction", Behaviour::Gauge, f.idleInTransaction);
        visit("oldest_transaction_ids", Behaviour::Gauge, f.oldestTransactionIds);
        visit("wraparound_limit", Behaviour::Gauge, f.wraparoundLimit);
        visit("archived_total", Behaviour::Counter, f.archivedTotal);
        visit("archive_failures_total", Behaviour::Counter, f.archiveFailuresTotal);
        visit("last_archived_at", Behaviour::Detail, f.lastArchivedAt);
        visit("last_archive_failure_at", Behaviour::Detail, f.lastArchiveFailureAt);
        visit("schema_version", Behaviour::Gauge, f.schemaVersion);
        visit("environment", Behaviour::Gauge, f.environment);
    }

    [[nodiscard]] QString name() const { return server.isEmpty() ? database : server; }
    bool operator==(const Database &) const = default;
};

} // namespace qd
