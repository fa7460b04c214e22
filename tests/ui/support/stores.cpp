/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "ui/support/stores.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::test {
namespace {
constexpr auto stepLength = 5s;
const Instant storesStart{1'794'837'731s}; // 2026-11-16 13:02:11 UTC

/// Found at `key` of the first reply.
template <class T>
Value<T> at(const char *key, T value)
{
    return {.value = std::move(value), .origin = {0, u'/' + QString::fromLatin1(key)}};
}

Session session(const QString &pid, const QString &state, Millis runningFor, const QString &statement)
{
    Session made;
    made.pid = pid;
    made.user = at("user", u"app"_s);
    made.application = at("application", u"luckygas-api"_s);
    made.state = at("state", state);
    made.runningFor = at("running_for_ms", runningFor);
    made.statement = at("statement", statement);
    made.blocking = at("blocking", qint64{0});
    return made;
}

Session waiting(Session session, const QString &blockedBy)
{
    session.waitEvent = at("wait_event", u"Lock: transactionid"_s);
    session.blockedBy = at("blocked_by", blockedBy);
    return session;
}

Sentinel sentinel(const QString &id)
{
    Sentinel made;
    made.id = id;
    made.master = u"luckygas"_s;
    made.masterAddress = at("master_address", u"127.0.0.1:6379"_s);
    made.flags = at("flags", u"master"_s);
    made.quorum = at("quorum", qint64{2});
    made.majority = at("majority", qint64{2});
    made.known = at("known", qint64{3});
    made.usable = at("usable", qint64{3});
    made.canDecide = at("can_decide", qint64{1});
    made.replicas = at("replicas", qint64{1});
    made.epoch = at("epoch", qint64{4});
    return made;
}

Replica replica(const QString &system, const QString &id, const QString &state, qint64 lag, Millis delay)
{
    Replica made;
    made.system = system;
    made.id = id;
    made.address = at("address", u"127.0.0.1:50123"_s);
    made.state = at("state", state);
    made.lag = at("lag_bytes", Bytes{lag});
    made.delay = at("delay_ms", delay);
    return made;
}

Pool pool(const QString &database, const QString &user, qint64 active, qint64 servers)
{
    Pool made;
    made.database = database;
    made.user = user;
    made.mode = at("mode", u"transaction"_s);
    made.clientsActive = at("clients_active", active);
    made.clientsWaiting = at("clients_waiting", qint64{0});
    made.serversActive = at("servers_active", servers);
    made.serversIdle = at("servers_idle", qint64{4});
    made.size = at("size", qint64{20});
    made.maxClients = at("max_clients", qint64{200});
    made.longestWait = at("longest_wait_ms", Millis{0});
    made.isPaused = at("is_paused", qint64{0});
    return made;
}

Statement statement(const QString &id, const QString &text, qint64 calls, Millis total, Millis longest)
{
    Statement made;
    made.id = id;
    made.text = at("text", text);
    made.calls = at("calls", calls);
    made.total = at("total_ms", total);
    made.mean = at("mean_ms", total / static_cast<double>(calls));
    made.longest = at("longest_ms", longest);
    made.rows = at("rows", calls * 3);
    return made;
}

Relation relation(const QString &name, qint64 size, qint64 rows, qint64 dead)
{
    Relation made;
    made.relation = name;
    made.size = at("size_bytes", Bytes{size});
    made.rows = at("rows", rows);
    made.deadRows = at("dead_rows", dead);
    made.vacuumedAt = at("vacuumed_at", storesStart - 7h);
    return made;
}

SourceSpec source(const QString &id)
{
    SourceSpec spec;
    spec.id = id;
    spec.kind = id == "sentinel"_L1 ? u"redis-sentinel"_s : id == "standby"_L1 ? u"postgresql"_s : id;
    spec.interval = stepLength;
    return spec;
}
} // namespace

Profile storesProfile(const QStringList &sources)
{
    Profile profile;
    profile.name = u"luckygas"_s;
    profile.title = u"Gas delivery"_s;
    profile.environment = u"production"_s;
    for (const QString &id : sources)
        profile.sources.append(source(id));
    if (sources.contains(u"postgresql"_s))
        profile.connections[u"postgresql"_s] = PostgresConnection{};
    if (sources.contains(u"redis"_s)) {
        RedisConnection redis;
        redis.host = u"127.0.0.1"_s;
        profile.connections[u"redis"_s] = redis;
    }
    return profile;
}

Stores::Stores(Profile profile)
    : m_clock(storesStart)
    , m_logbook(std::move(profile), m_clock)
{
    primary.database = u"luckygas"_s;
    primary.version = at("version", u"15.8 (Debian 15.8-0+deb12u1)"_s);
    primary.connections = at("connections", qint64{18});
    primary.maxConnections = at("max_connections", qint64{100});
    primary.active = at("active", qint64{3});
    primary.waiting = at("waiting", qint64{0});
    primary.idleInTransaction = at("idle_in_transaction", qint64{1});
    primary.longestQuery = at("longest_query_ms", Millis{412});
    primary.size = at("size_bytes", Bytes{1'290'000'000});
    primary.isStandby = at("is_standby", qint64{0});
    primary.oldestTransactionIds = at("oldest_transaction_ids", qint64{41'203'118});
    primary.wraparoundLimit = at("wraparound_limit", qint64{200'000'000});
    primary.deadlocksTotal = at("deadlocks_total", qint64{2});
    primary.archiveFailuresTotal = at("archive_failures_total", qint64{0});
    primary.lastArchivedAt = at("last_archived_at", storesStart + 3s);
    primary.schemaVersion = at("schema_version", u"e41c7a9d2b10"_s);

    redis.version = at("version", u"7.0.15"_s);
    redis.role = at("role", u"master"_s);
    redis.usedMemory = at("used_memory_bytes", Bytes{222'000'000});
    redis.maxMemory = at("max_memory_bytes", Bytes{536'870'912});
    redis.clients = at("clients", qint64{14});

    replicas = {replica(u"postgresql"_s, u"replica_1"_s, u"streaming"_s, 12'480, Millis{31}),
                replica(u"redis"_s, u"127.0.0.1:6380"_s, u"online"_s, 0, Millis{0})};
    replicas.first().sync = at("sync", u"async"_s);
    pools = {pool(u"luckygas"_s, u"app"_s, 12, 8), pool(u"luckygas"_s, u"reports"_s, 1, 1)};
    sentinels = {sentinel(u"127.0.0.1:26379"_s), sentinel(u"127.0.0.1:26380"_s), sentinel(u"127.0.0.1:26381"_s)};
    sessions = {session(u"4711"_s, u"active"_s, Millis{412}, u"SELECT * FROM orders WHERE status = $1 ORDER BY due"_s),
                session(u"4712"_s, u"active"_s, Millis{8}, u"INSERT INTO deliveries (order_id, at) VALUES ($1, $2)"_s),
                session(u"4720"_s, u"idle in transaction"_s, Millis{2'300}, u"UPDATE routes SET driver = $1"_s)};
    statements = {statement(u"11"_s, u"SELECT * FROM orders WHERE status = $1 ORDER BY due"_s, 91'204, Millis{812'400},
                            Millis{912}),
                  statement(u"12"_s, u"UPDATE customers SET balance = balance - $1 WHERE id = $2"_s, 40'100,
                            Millis{201'000}, Millis{4'100}),
                  statement(u"13"_s, u"INSERT INTO deliveries (order_id, at) VALUES ($1, $2)"_s, 30'500, Millis{60'500},
                            Millis{88}),
                  statement(u"14"_s, u"SELECT count(*) FROM predictions"_s, 320, Millis{48'000}, Millis{740})};
    relations = {relation(u"public.orders"_s, 640'000'000, 2'410'300, 41'200),
                 relation(u"public.deliveries"_s, 390'000'000, 1'902'000, 1'020),
                 relation(u"public.customers"_s, 88'000'000, 120'400, 310),
                 relation(u"public.alembic_version"_s, 8'192, 1, 0)};
}

void Stores::live(std::chrono::seconds length)
{
    for (auto lived = 0s; lived < length; lived += stepLength) {
        m_clock.advance(stepLength);
        step();
    }
}

void Stores::setFailing(const QString &source, std::optional<Error> error)
{
    if (error)
        m_failing.insert(source, *error);
    else
        m_failing.remove(source);
}

void Stores::setQuorumLost()
{
    sentinels = {sentinel(u"127.0.0.1:26379"_s)};
    sentinels.first().usable = at("usable", qint64{1});
    sentinels.first().canDecide = at("can_decide", qint64{0});
}

void Stores::setBlocked()
{
    Session head =
        session(u"4711"_s, u"idle in transaction"_s, Millis{252'000}, u"LOCK TABLE orders IN EXCLUSIVE MODE"_s);
    head.application = at("application", u"psql"_s);
    head.blocking = at("blocking", qint64{2});
    Session second = waiting(
        session(u"4712"_s, u"active"_s, Millis{240'000}, u"UPDATE orders SET status = $1 WHERE id = $2"_s), u"4711"_s);
    second.blocking = at("blocking", qint64{1});
    const Session third =
        waiting(session(u"4713"_s, u"active"_s, Millis{201'000}, u"UPDATE orders SET driver = $1 WHERE id = $2"_s),
                u"4712, 4711"_s);
    const Session other = session(u"4702"_s, u"active"_s, Millis{8}, u"SELECT 1"_s);
    sessions = {other, head, second, third};
    primary.waiting = at("waiting", qint64{2});
}

void Stores::step()
{
    ++m_steps;
    const double wave = std::sin(m_steps / 9.0);
    const qint64 steps = m_steps;
    primary.connections = at("connections", static_cast<qint64>(std::lround(18 + 4 * wave)));
    primary.commitsTotal = at("commits_total", 40'000 + steps * 610 + static_cast<qint64>(400 * wave));
    primary.rollbacksTotal = at("rollbacks_total", 90 + steps * 3);
    primary.blocksHitTotal = at("blocks_hit_total", 900'000 + steps * 41'000);
    primary.blocksReadTotal = at("blocks_read_total", 4'000 + steps * 420);
    primary.archivedTotal = at("archived_total", 1'200 + steps / 12);

    QList<Fact> database{primary};
    QList<Fact> cache{redis};
    for (const Replica &replica : std::as_const(replicas)) {
        if (replica.system == "redis"_L1)
            cache.append(replica);
        else
            database.append(replica);
    }
    const auto append = [&](const auto &facts) {
        for (const auto &fact : facts)
            database.append(fact);
    };
    append(sessions);
    append(statements);
    append(relations);
    QList<Fact> pooled;
    for (const Pool &pool : std::as_const(pools))
        pooled.append(pool);
    QList<Fact> watched;
    for (const Sentinel &sentinel : std::as_const(sentinels))
        watched.append(sentinel);
    tell(u"postgresql"_s, database, refusals);
    tell(u"redis"_s, cache);
    tell(u"pgbouncer"_s, pooled);
    tell(u"sentinel"_s, watched);
    if (standby)
        tell(u"standby"_s, {*standby});
    m_logbook.tick();
}

void Stores::tell(const QString &source, QList<Fact> facts, const QList<Refusal> &refused)
{
    const auto &sources = m_logbook.profile().sources;
    if (std::ranges::find(sources, source, &SourceSpec::id) == sources.end())
        return;
    Reading reading{.deployment = m_logbook.profile().name,
                    .source = source,
                    .takenAt = m_clock.now(),
                    .latency = Millis{2.1},
                    .outcome = {},
                    .exchanges = {{.command = u"psql -h 127.0.0.1 luckygas"_s,
                                   .reply = "{\"connections\": 18}",
                                   .format = Exchange::Format::Json,
                                   .truncated = false}}};
    if (m_failing.contains(source))
        reading.outcome = std::unexpected(m_failing.value(source));
    else
        reading.outcome = Findings{.facts = std::move(facts), .refusals = refused};
    m_logbook.take(reading);
}

} // namespace qd::test
