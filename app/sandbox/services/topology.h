/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "servers/local_postgres.h"
#include "servers/local_redis.h"
#include "services/service.h"

#include <functional>

namespace qd::sandbox {

/// What a topology is built on: the deployment's own Redis and PostgreSQL, which serve already.
struct TopologyBase
{
    LocalRedis &redis;
    LocalPostgres &postgres;
    DatabaseAddress database; ///< as its owner, who is a superuser
    ViewerAccess viewer;
    bool isFull = false; ///< all that the deployment has, not what a laptop bears easily
    std::function<Result<QString>(const QString &name)> makeDirectory;
    std::function<void(pid_t pid)> guard; ///< to be told of each process that is started
};

/// What a deployment has beside its one Redis and its one PostgreSQL: replicas, Sentinels, poolers. Ends its processes
/// when it goes away. Its calls block, on the main thread.
class Topology
{
public:
    virtual ~Topology() = default;

    /// Returns when everything serves. The databases are empty yet.
    [[nodiscard]] virtual Result<void> start() = 0;
    /// Once `service` and all else runs: returns when the replicas have what stands in the database now.
    [[nodiscard]] virtual Result<void> settle(const ServiceConfig &service) = 0;
    /// Tells the service whom to connect to.
    virtual void lead(ServiceConfig &config) const = 0;
    struct Server
    {
        QString name; ///< in the state file
        qint64 pid = 0;
        quint16 port = 0;
    };
    [[nodiscard]] virtual QList<Server> servers() const = 0;
    /// Its own faults, and those of every deployment that mean something else here; nothing where it is neither.
    [[nodiscard]] virtual std::optional<Result<QString>> fault(const QString &name, const QString &argument) = 0;
    /// Starts what was stopped and gives each server its first role again (which may go on after the return).
    [[nodiscard]] virtual Result<void> heal() = 0;
};

} // namespace qd::sandbox
