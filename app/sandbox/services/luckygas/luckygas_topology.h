/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/redis_link.h"
#include "servers/local_pgbouncer.h"
#include "services/topology.h"

#include <array>
#include <thread>

namespace qd::sandbox::luckygas {

/// What the Sentinels call their set.
inline const QByteArray masterName = "luckygas-master";

/// Two Redis and the three Sentinels that watch them; what a thread needs to talk to them.
struct RedisSet
{
    RedisAddress first;  ///< the master at the start
    RedisAddress second; ///< its replica at the start
    QList<RedisAddress> sentinels;
};

/// A streaming replica of PostgreSQL, pgBouncer, a Redis replica and three Sentinels.
class LuckygasTopology final : public Topology
{
public:
    explicit LuckygasTopology(const TopologyBase &base);
    ~LuckygasTopology() override;

    Result<void> start() override;
    Result<void> catchUp() override;
    void lead(ServiceConfig &config) const override;
    QList<Server> servers() const override;
    std::optional<Result<QString>> fault(const QString &name, const QString &argument) override;
    Result<void> heal() override;

private:
    [[nodiscard]] Result<void> launchRedisReplica();
    [[nodiscard]] Result<void> launchSentinels();
    [[nodiscard]] Result<void> launchPgBouncer();
    [[nodiscard]] Result<void> launchReplica();
    [[nodiscard]] Result<void> waitReady();

    [[nodiscard]] std::optional<Result<QString>> redisFault(const QString &name);
    [[nodiscard]] Result<QString> sentinelFault(const QString &argument, bool start);
    [[nodiscard]] Result<QString> stopRedisMaster();
    [[nodiscard]] Result<void> startRedis();
    template <class Program>
    [[nodiscard]] Result<void> startAgain(Program &server);

    const TopologyBase m_base;
    RedisSet m_set;
    std::optional<LocalRedis> m_redisReplica;
    std::array<std::optional<LocalRedis>, 3> m_sentinels;
    std::optional<LocalPostgres> m_replica;
    std::optional<LocalPgBouncer> m_bouncer;
    std::jthread m_restoring; ///< gives the two Redis their first roles again
};

} // namespace qd::sandbox::luckygas
