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
    Value<QString> version;
    Value<QString> role;
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

    [[nodiscard]] QString name() const { return {}; }
    bool operator==(const RedisServer &) const = default;
};

/// A PostgreSQL database (pg_stat_database, pg_stat_activity, PostgreSQL 15).
struct Database
{
    static constexpr const char *kind = "database";
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
    Value<QString> schemaVersion; ///< alembic_version
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
        visit("schema_version", Behaviour::Gauge, f.schemaVersion);
        visit("environment", Behaviour::Gauge, f.environment);
    }

    [[nodiscard]] QString name() const { return database; }
    bool operator==(const Database &) const = default;
};

} // namespace qd
