/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/value.h"

/// How the stores hang together, and what they are busy with.
namespace qd {

/// One standby, as the server that it follows sees it (pg_stat_replication, Redis' INFO replication).
struct Replica
{
    static constexpr const char *kind = "replica";
    QString system; ///< kind of the source that told: "postgresql", "redis"
    QString id;     ///< application name, or address and port
    Value<QString> address;
    Value<QString> state; ///< as written: "streaming", "online", "wait_bgsave"
    Value<QString> sync;  ///< PostgreSQL: "async", "sync", "quorum", "potential"
    Value<Bytes> lag;     ///< written by the primary, not replayed yet
    Value<Millis> delay;  ///< PostgreSQL: replay_lag; Redis: since its last acknowledgement, in whole seconds

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("address", Behaviour::Detail, f.address);
        visit("state", Behaviour::Detail, f.state);
        visit("sync", Behaviour::Detail, f.sync);
        visit("lag_bytes", Behaviour::Gauge, f.lag);
        visit("delay_ms", Behaviour::Gauge, f.delay);
    }

    [[nodiscard]] QString name() const { return system + u'/' + id; }
    bool operator==(const Replica &) const = default;
};

/// One pgBouncer pool (SHOW POOLS): a database and a user.
struct Pool
{
    static constexpr const char *kind = "pool";
    QString database;
    QString user;
    Value<QString> mode; ///< "transaction", "session", "statement"
    Value<qint64> clientsActive;
    Value<qint64> clientsWaiting;
    Value<qint64> serversActive;
    Value<qint64> serversIdle;
    Value<qint64> size;       ///< most server connections the pool may have
    Value<qint64> maxClients; ///< of the whole pgBouncer
    Value<Millis> longestWait;
    Value<qint64> isPaused; ///< 1 while PAUSE holds the database back

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("mode", Behaviour::Detail, f.mode);
        visit("clients_active", Behaviour::Gauge, f.clientsActive);
        visit("clients_waiting", Behaviour::Gauge, f.clientsWaiting);
        visit("servers_active", Behaviour::Gauge, f.serversActive);
        visit("servers_idle", Behaviour::Gauge, f.serversIdle);
        visit("size", Behaviour::Gauge, f.size);
        visit("max_clients", Behaviour::Gauge, f.maxClients);
        visit("longest_wait_ms", Behaviour::Gauge, f.longestWait);
        visit("is_paused", Behaviour::State, f.isPaused);
    }

    [[nodiscard]] QString name() const { return database + u'/' + user; }
    bool operator==(const Pool &) const = default;
};

/// One Sentinel and what it thinks of its master (SENTINEL MASTER, SENTINEL CKQUORUM).
struct Sentinel
{
    static constexpr const char *kind = "sentinel";
    QString id;     ///< its own address and port
    QString master; ///< name of the set
    Value<QString> masterAddress;
    Value<QString> flags;       ///< as written: "master", "s_down,o_down,master,failover_in_progress"
    Value<qint64> quorum;       ///< votes that call a master down
    Value<qint64> majority;     ///< votes that elect a leader for the failover
    Value<qint64> known;        ///< Sentinels it has ever met, itself included; the dead ones too
    Value<qint64> usable;       ///< Sentinels that it reaches now, itself included (ckquorum)
    Value<qint64> canDecide;    ///< 1: enough are usable for quorum and majority; 0: NOQUORUM
    Value<qint64> replicas;     ///< known ones; the dead too
    Value<Instant> silentSince; ///< while the master misses its pings, held for down or not yet: when it last answered
    Value<Instant> masterSince; ///< when it took this address for the master, or last saw the server's role change
    Value<qint64> epoch;        ///< of the configuration: grows with each failover

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("master_address", Behaviour::Detail, f.masterAddress);
        visit("flags", Behaviour::Detail, f.flags);
        visit("quorum", Behaviour::Gauge, f.quorum);
        visit("majority", Behaviour::Gauge, f.majority);
        visit("known", Behaviour::Gauge, f.known);
        visit("usable", Behaviour::Gauge, f.usable);
        visit("can_decide", Behaviour::State, f.canDecide);
        visit("replicas", Behaviour::Gauge, f.replicas);
        visit("silent_since", Behaviour::Detail, f.silentSince);
        visit("master_since", Behaviour::Detail, f.masterSince);
        visit("epoch", Behaviour::Gauge, f.epoch);
    }

    [[nodiscard]] QString name() const { return master + u'@' + id; }
    bool operator==(const Sentinel &) const = default;
};

/// One PostgreSQL backend that works, waits, or holds others up (pg_stat_activity, pg_blocking_pids()).
struct Session
{
    static constexpr const char *kind = "session";
    QString pid;
    Value<QString> user;
    Value<QString> application;
    Value<QString> state;     ///< "active", "idle in transaction"
    Value<QString> waitEvent; ///< "Lock: transactionid"; not measured while it runs
    Value<QString> statement; ///< passwords masked, cut
    Value<Millis> runningFor; ///< the statement; idle in transaction: the transaction
    Value<QString> blockedBy; ///< pids, "4711, 4712"; not measured where it waits for nobody
    Value<qint64> blocking;   ///< sessions that wait for this one

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("user", Behaviour::Detail, f.user);
        visit("application", Behaviour::Detail, f.application);
        visit("state", Behaviour::Detail, f.state);
        visit("wait_event", Behaviour::Detail, f.waitEvent);
        visit("statement", Behaviour::Detail, f.statement);
        visit("running_for_ms", Behaviour::Detail, f.runningFor);
        visit("blocked_by", Behaviour::Detail, f.blockedBy);
        visit("blocking", Behaviour::Detail, f.blocking);
    }

    [[nodiscard]] QString name() const { return pid; }
    bool operator==(const Session &) const = default;
};

/// One normalised statement (pg_stat_statements), the most expensive ones by total time.
struct Statement
{
    static constexpr const char *kind = "statement";
    QString id; ///< queryid, and the user's OID where several run it
    Value<QString> text;
    Value<qint64> calls;
    Value<Millis> total;
    Value<Millis> mean;
    Value<Millis> longest;
    Value<qint64> rows;

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("text", Behaviour::Detail, f.text);
        visit("calls", Behaviour::Detail, f.calls);
        visit("total_ms", Behaviour::Detail, f.total);
        visit("mean_ms", Behaviour::Detail, f.mean);
        visit("longest_ms", Behaviour::Detail, f.longest);
        visit("rows", Behaviour::Detail, f.rows);
    }

    [[nodiscard]] QString name() const { return id; }
    bool operator==(const Statement &) const = default;
};

/// One table, the largest ones (pg_class, pg_stat_user_tables).
struct Relation
{
    static constexpr const char *kind = "relation";
    QString relation;  ///< schema.table
    Value<Bytes> size; ///< with indexes and TOAST
    Value<qint64> rows;
    Value<qint64> deadRows;
    Value<Instant> vacuumedAt;

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("size_bytes", Behaviour::Detail, f.size);
        visit("rows", Behaviour::Detail, f.rows);
        visit("dead_rows", Behaviour::Detail, f.deadRows);
        visit("vacuumed_at", Behaviour::Detail, f.vacuumedAt);
    }

    [[nodiscard]] QString name() const { return relation; }
    bool operator==(const Relation &) const = default;
};

} // namespace qd
