/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/luckygas/luckygas_topology.h"

#include "parts/random_hex.h"

#include <algorithm>
#include <deque>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox::luckygas {

namespace {

constexpr int quorum = 2;
constexpr auto restoreWithin = 60s;
constexpr auto catchUpWithin = 30s;

QString sentinelName(int number)
{
    return u"redis-sentinel-%1"_s.arg(number);
}

/// "redis-replica", "redis-replica-2".
QString numbered(const QString &name, int number)
{
    return number == 1 ? name : u"%1-%2"_s.arg(name).arg(number);
}

/// What the Sentinels that answer say; nothing while they disagree or a failover runs.
std::optional<quint16> agreedMaster(const QList<RedisAddress> &sentinels)
{
    std::optional<quint16> agreed;
    for (const RedisAddress &sentinel : sentinels) {
        RedisLink link(sentinel);
        const auto answer = link.command({"SENTINEL", "MASTER", masterName});
        if (!answer || answer->isError)
            continue;
        const auto valueOf = [&](const char *field) { return answer->items.value(answer->items.indexOf(field) + 1); };
        const auto port = static_cast<quint16>(valueOf("port").toUInt());
        if (valueOf("flags").contains("failover_in_progress") || (agreed && *agreed != port))
            return std::nullopt;
        agreed = port;
    }
    return agreed;
}

enum class Role { Unknown, Master, Connecting, Replica };

Role roleOf(RedisLink &redis)
{
    const auto answer = redis.command({"ROLE"});
    if (!answer || answer->items.isEmpty())
        return Role::Unknown;
    if (answer->items.first() == "master")
        return Role::Master;
    return answer->items.value(3) == "connected" ? Role::Replica : Role::Connecting;
}

/// Sentinel would come to it by itself, after eight seconds; its clients must ask anew who is master.
void follow(RedisLink &redis, quint16 master)
{
    for (const QList<QByteArray> &command : {QList<QByteArray>{"REPLICAOF", "127.0.0.1", QByteArray::number(master)},
                                             {"CONFIG", "REWRITE"},
                                             {"CLIENT", "KILL", "TYPE", "normal"}})
        static_cast<void>(redis.command(command));
}

/// One step towards the first roles; true once they are reached. `links`: one for each of the set, in its order.
bool restoreStep(const RedisSet &set, std::deque<RedisLink> &links)
{
    const auto master = agreedMaster(set.sentinels);
    if (!master)
        return false;
    bool isWhole = true;
    for (qsizetype i = 0; i < set.redis.size(); ++i) {
        if (set.redis.at(i).port == *master)
            continue;
        RedisLink &other = links[static_cast<std::size_t>(i)];
        const Role role = roleOf(other);
        if (role == Role::Master)
            follow(other, *master);
        isWhole = isWhole && role == Role::Replica;
    }
    const bool isFirst = *master == set.redis.first().port;
    if (isWhole && !isFirst)
        static_cast<void>(RedisLink(set.sentinels.first()).command({"SENTINEL", "FAILOVER", masterName}));
    return isWhole && isFirst;
}

void restoreRoles(const std::stop_token &stop, const RedisSet &set)
{
    std::deque<RedisLink> links;
    for (const RedisAddress &redis : set.redis)
        links.emplace_back(redis);
    const auto until = std::chrono::steady_clock::now() + restoreWithin;
    while (!stop.stop_requested() && std::chrono::steady_clock::now() < until && !restoreStep(set, links))
        std::this_thread::sleep_for(200ms);
}

Result<QString> said(const Result<void> &done, const QString &words)
{
    if (!done)
        return std::unexpected(done.error());
    return words;
}

} // namespace

LuckygasTopology::LuckygasTopology(const TopologyBase &base)
    : m_base(base)
{
}

LuckygasTopology::~LuckygasTopology()
{
    m_restoring = {};
    if (m_bouncer)
        m_bouncer->stop();
    for (LocalPostgres &replica : m_replicas)
        replica.stop();
}

Result<void> LuckygasTopology::start()
{
    // The small ones get ready while the database is copied.
    using Step = Result<void> (LuckygasTopology::*)();
    for (const Step step :
         {&LuckygasTopology::launchRedisReplicas, &LuckygasTopology::launchSentinels,
          &LuckygasTopology::launchPgBouncer, &LuckygasTopology::launchReplicas, &LuckygasTopology::waitReady}) {
        if (auto done = (this->*step)(); !done)
            return done;
    }
    return {};
}

Result<void> LuckygasTopology::launchRedisReplicas()
{
    const QByteArray password = m_base.redis.options().password;
    m_set.redis.append({.port = m_base.redis.port(), .password = password});
    for (int number = 1; number <= replicaCount(); ++number) {
        const auto directory = m_base.makeDirectory(numbered(u"redis-replica"_s, number));
        if (!directory)
            return std::unexpected(directory.error());
        LocalRedis::Options options = m_base.redis.options();
        options.directory = *directory;
        options.port = 0;
        options.configLines.append("replicaof 127.0.0.1 " + QByteArray::number(m_base.redis.port()));
        if (number > 1) // it is never promoted, so that everybody knows who is next
            options.configLines.append("replica-priority 0");
        auto replica = LocalRedis::launch(options);
        if (!replica)
            return std::unexpected(replica.error());
        m_base.guard(replica->pid());
        m_set.redis.append({.port = replica->port(), .password = password});
        m_redisReplicas.push_back(std::move(*replica));
    }
    for (std::size_t i = 0; i < m_sentinels.size(); ++i) {
        const auto port = freePort();
        if (!port)
            return std::unexpected(port.error());
        m_set.sentinels.append({.port = *port, .password = password});
    }
    return {};
}

/// Whom they would find within seconds they know from the start, as after a restart.
Result<void> LuckygasTopology::launchSentinels()
{
    QList<QByteArray> ids;
    QList<QByteArray> common{
        "sentinel monitor " + masterName + " 127.0.0.1 " + QByteArray::number(m_set.redis.first().port) + ' ' +
            QByteArray::number(quorum),
        "sentinel auth-pass " + masterName + ' ' + m_set.redis.first().password,
        "sentinel down-after-milliseconds " + masterName + " 5000",
        "sentinel failover-timeout " + masterName + " 5000", // after twice that they vote again
        "sentinel parallel-syncs " + masterName + " 1",
    };
    for (const LocalRedis &replica : m_redisReplicas)
        common.append("sentinel known-replica " + masterName + " 127.0.0.1 " + QByteArray::number(replica.port()));
    for (const RedisAddress &sentinel : std::as_const(m_set.sentinels)) {
        ids.append(randomHex(20));
        common.append("sentinel known-sentinel " + masterName + " 127.0.0.1 " + QByteArray::number(sentinel.port) +
                      ' ' + ids.last());
    }
    for (int i = 0; i < ids.size(); ++i) {
        const auto directory = m_base.makeDirectory(sentinelName(i + 1));
        if (!directory)
            return std::unexpected(directory.error());
        QList<QByteArray> own = common;
        own.removeIf([&](const QByteArray &line) { return line.endsWith(ids.at(i)); });
        own.prepend("sentinel myid " + ids.at(i));
        auto sentinel = LocalRedis::launch({.directory = *directory,
                                            .password = m_set.sentinels.at(i).password,
                                            .configLines = own,
                                            .port = m_set.sentinels.at(i).port,
                                            .isSentinel = true});
        if (!sentinel)
            return std::unexpected(sentinel.error());
        m_base.guard(sentinel->pid());
        m_sentinels.at(static_cast<std::size_t>(i)).emplace(std::move(*sentinel));
    }
    return {};
}

Result<void> LuckygasTopology::launchPgBouncer()
{
    const auto directory = m_base.makeDirectory(u"pgbouncer"_s);
    if (!directory)
        return std::unexpected(directory.error());
    auto bouncer = LocalPgBouncer::launch(
        {.directory = *directory,
         .serverPort = m_base.postgres.port(),
         .database = m_base.database.database,
         .users = {{m_base.database.user, m_base.database.password}, {"quarterdeck_viewer", m_base.viewer.password}},
         .statsUser = "quarterdeck_viewer"});
    if (!bouncer)
        return std::unexpected(bouncer.error());
    m_bouncer.emplace(std::move(*bouncer));
    m_base.guard(m_bouncer->pid());
    return {};
}

Result<void> LuckygasTopology::launchReplicas()
{
    const QByteArray user = "luckygas_replica";
    DatabaseAddress cluster = m_base.database;
    cluster.database = "postgres";
    // Nobody but the replica itself ever needs this password.
    const QByteArray password = randomHex(20);
    if (auto made = Database(cluster).query("CREATE ROLE " + user + " LOGIN REPLICATION PASSWORD '" + password + '\'');
        !made)
        return std::unexpected(made.error());
    for (int number = 1; number <= replicaCount(); ++number) {
        const auto directory = m_base.makeDirectory(numbered(u"postgresql-replica"_s, number));
        if (!directory)
            return std::unexpected(directory.error());
        const QByteArray name = "replica_" + QByteArray::number(number);
        LocalPostgres::Options options = m_base.postgres.options();
        options.directory = *directory;
        options.port = 0;
        options.primary = {m_base.postgres.port(), user, password, name};
        // It looks for its primary each second, and tells itself apart in pg_stat_replication.
        options.configLines += {"cluster_name = '" + name + '\'', "wal_retrieve_retry_interval = 1s"};
        auto replica = LocalPostgres::launch(options);
        if (!replica)
            return std::unexpected(replica.error());
        m_base.guard(replica->pid());
        m_replicas.push_back(std::move(*replica));
    }
    return {};
}

Result<void> LuckygasTopology::waitReady()
{
    for (LocalPostgres &replica : m_replicas) {
        if (auto ready = replica.waitReady(); !ready)
            return ready;
        m_base.guard(replica.pid());
    }
    if (auto ready = m_bouncer->waitReady(); !ready)
        return ready;
    for (LocalRedis &replica : m_redisReplicas) {
        if (auto ready = replica.waitReady(); !ready)
            return ready;
    }
    for (auto &sentinel : m_sentinels) {
        if (auto ready = sentinel->waitReady(); !ready)
            return ready;
    }
    return {};
}

Result<void> LuckygasTopology::settle(const ServiceConfig &service)
{
    for (const LocalPostgres &replica : m_replicas) {
        if (auto done = catchUp(replica); !done)
            return done;
    }
    if (!m_base.isFull)
        return {};
    const auto directory = m_base.makeDirectory(u"monitoring"_s);
    if (!directory)
        return std::unexpected(directory.error());
    m_monitoring.emplace(MonitoringTargets{.directory = *directory,
                                           .service = service.port,
                                           .redis = m_set.redis.first(),
                                           .database = m_base.database,
                                           .databasePort = m_base.postgres.port()});
    m_monitoring->start();
    for (const MonitoringProgram &program : m_monitoring->programs())
        m_base.guard(program.process.pid());
    return {};
}

/// A replica is sent only what its primary has flushed. The last bytes of a primary at rest are flushed when its next
/// snapshot of running transactions is, after up to 15 s: one commit that waits for its own flush does it at once.
Result<void> LuckygasTopology::catchUp(const LocalPostgres &standby)
{
    DatabaseAddress cluster = m_base.database;
    cluster.database = "postgres";
    Database primary(cluster);
    if (auto flushed =
            primary.execute("SET synchronous_commit = local; SELECT pg_logical_emit_message(true, 'settle', '')");
        !flushed)
        return flushed;
    const auto written = primary.query("SELECT pg_current_wal_flush_lsn()");
    if (!written)
        return std::unexpected(written.error());
    cluster.port = standby.port();
    Database replica(cluster);
    const auto until = std::chrono::steady_clock::now() + catchUpWithin;
    while (std::chrono::steady_clock::now() < until) {
        const auto replayed =
            replica.query("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", {written->first().first()});
        if (replayed && replayed->first().first() == "t")
            return {};
        std::this_thread::sleep_for(50ms);
    }
    return failure(ErrorCode::Timeout, u"it does not replay what its primary writes"_s, u"postgresql-replica"_s);
}

void LuckygasTopology::lead(ServiceConfig &config) const
{
    config.database.port = m_bouncer->port();
    config.replicas.clear();
    for (const LocalPostgres &replica : m_replicas)
        config.replicas.append(replica.port());
    for (const RedisAddress &sentinel : m_set.sentinels)
        config.redis.sentinels.append(sentinel.port);
    config.redis.sentinelMaster = masterName;
}

QList<Topology::Server> LuckygasTopology::servers() const
{
    QList<Server> all{{u"pgbouncer"_s, m_bouncer->pid(), m_bouncer->port()}};
    const auto add = [&all](const QString &name, const auto &replicas) {
        int number = 0;
        for (const auto &replica : replicas)
            all.append({numbered(name, ++number), replica.pid(), replica.port()});
    };
    add(u"postgresql-replica"_s, m_replicas);
    add(u"redis-replica"_s, m_redisReplicas);
    if (m_monitoring) {
        for (const MonitoringProgram &program : m_monitoring->programs())
            all.append({program.name, program.process.pid(), program.port});
    }
    int number = 0;
    for (const auto &sentinel : m_sentinels)
        all.append({sentinelName(++number), sentinel->pid(), sentinel->port()});
    return all;
}

template <class Program>
Result<void> LuckygasTopology::startAgain(Program &server)
{
    auto done = server.isRunning() ? Result<void>() : server.restart();
    m_base.guard(server.pid());
    return done;
}

template <class Program>
Result<void> LuckygasTopology::startAgain(std::vector<Program> &servers)
{
    for (Program &server : servers) {
        if (auto done = startAgain(server); !done)
            return done;
    }
    return {};
}

std::optional<Result<QString>> LuckygasTopology::fault(const QString &name, const QString &argument)
{
    if (name == "replica-stop"_L1) {
        for (LocalPostgres &replica : m_replicas)
            replica.stop();
        return u"what replicates PostgreSQL is stopped"_s;
    }
    if (name == "replica-start"_L1)
        return said(startAgain(m_replicas), u"what replicates PostgreSQL is started"_s);
    if (name == "pgbouncer-stop"_L1) {
        m_bouncer->stop();
        return u"pgBouncer is stopped"_s;
    }
    if (name == "pgbouncer-start"_L1)
        return said(startAgain(*m_bouncer), u"pgBouncer is started"_s);
    if (name == "sentinel-stop"_L1 || name == "sentinel-start"_L1)
        return sentinelFault(argument, name == "sentinel-start"_L1);
    return redisFault(name);
}

std::optional<Result<QString>> LuckygasTopology::redisFault(const QString &name)
{
    if (name == "redis-master-stop"_L1)
        return stopRedisMaster();
    if (name == "redis-stop"_L1) {
        m_restoring = {};
        m_base.redis.kill();
        for (LocalRedis &replica : m_redisReplicas)
            replica.kill();
        return u"every Redis is stopped"_s;
    }
    if (name == "redis-start"_L1)
        return said(startRedis(), u"every Redis is started"_s);
    return std::nullopt;
}

Result<QString> LuckygasTopology::sentinelFault(const QString &argument, bool start)
{
    const auto number = argument.toUInt();
    if (number < 1 || number > m_sentinels.size())
        return failure(ErrorCode::BadInput, u"no Sentinel '%1'; there are 1, 2, 3"_s.arg(argument));
    LocalRedis &sentinel = *m_sentinels.at(number - 1);
    if (start)
        return said(startAgain(sentinel), u"Sentinel %1 is started"_s.arg(number));
    sentinel.kill();
    return u"Sentinel %1 is stopped"_s.arg(number);
}

Result<QString> LuckygasTopology::stopRedisMaster()
{
    m_restoring = {};
    const auto master = agreedMaster(m_set.sentinels);
    if (!master)
        return failure(ErrorCode::Unavailable, u"the Sentinels do not agree on a master just now"_s);
    const auto replica = std::ranges::find(m_redisReplicas, *master, &LocalRedis::port);
    LocalRedis &redis = replica == m_redisReplicas.end() ? m_base.redis : *replica;
    redis.kill();
    return u"the Redis master at port %1 is stopped"_s.arg(*master);
}

Result<void> LuckygasTopology::startRedis()
{
    if (auto done = startAgain(m_base.redis); !done)
        return done;
    return startAgain(m_redisReplicas);
}

Result<void> LuckygasTopology::heal()
{
    if (auto done = startAgain(m_replicas); !done)
        return done;
    if (auto done = startAgain(*m_bouncer); !done)
        return done;
    for (auto &sentinel : m_sentinels) {
        if (auto done = startAgain(*sentinel); !done)
            return done;
    }
    if (auto done = startRedis(); !done)
        return done;
    // A switch back takes Sentinel some seconds, for which the load of all deployments must not stand still.
    m_restoring = std::jthread([set = m_set](const std::stop_token &stop) { restoreRoles(stop, set); });
    return {};
}

} // namespace qd::sandbox::luckygas
