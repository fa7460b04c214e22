/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/redis_link.h"
#include "servers/local_pgbouncer.h"
#include "services/luckygas/luckygas_monitoring.h"
#include "services/topology.h"

#include <array>
#include <thread>
#include <vector>

namespace qd::sandbox::luckygas {

/// What the Sentinels call their set.
inline const QByteArray masterName = "luckygas-master";

/// A Redis, its replicas and the three Sentinels that watch them; what a thread needs to talk to them.
struct RedisSet
{
    QList<RedisAddress> redis; ///< the first is the master at the start
    QList<RedisAddress> sentinels;
};

/// A streaming replica of PostgreSQL, pgBouncer, a Redis replica and three Sentinels; in full, two replicas each, and
/// what watches them where it is installed.
class LuckygasTopology final : public Topology
{
public:
    explicit LuckygasTopology(const TopologyBase &base);
    ~LuckygasTopology() override;

    Result<void> start() override;
    Result<void> settle(const ServiceConfig &service) override;
    void lead(ServiceConfig &config) const override;
    QList<Server> servers() const override;
    std::optional<Result<QString>> fault(const QString &name, const QString &argument) override;
    Result<void> heal() override;

private:
    [[nodiscard]] int replicaCount() const { return m_base.isFull ? 2 : 1; }
    [[nodiscard]] Result<void> launchRedisReplicas();
    [[nodiscard]] Result<void> launchSentinels();
    [[nodiscard]] Result<void> launchPgBouncer();
    [[nodiscard]] Result<void> launchReplicas();
    [[nodiscard]] Result<void> waitReady();
    [[nodiscard]] Result<void> catchUp(const LocalPostgres &standby);

    [[nodiscard]] std::optional<Result<QString>> redisFault(const QString &name);
    [[nodiscard]] Result<QString> sentinelFault(const QString &argument, bool start);
    [[nodiscard]] Result<QString> stopRedisMaster();
    [[nodiscard]] Result<void> startRedis();
    template <class Program>
    [[nodiscard]] Result<void> startAgain(Program &server);
    template <class Program>
    [[nodiscard]] Result<void> startAgain(std::vector<Program> &servers);

    const TopologyBase m_base;
    RedisSet m_set;
    std::vector<LocalRedis> m_redisReplicas;
    std::array<std::optional<LocalRedis>, 3> m_sentinels;
    std::vector<LocalPostgres> m_replicas;
    std::optional<LocalPgBouncer> m_bouncer;
    std::optional<Monitoring> m_monitoring;
    std::jthread m_restoring; ///< gives each Redis its first role again
};

} // namespace qd::sandbox::luckygas
