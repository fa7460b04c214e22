/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/backups.h"
#include "parts/database.h"
#include "parts/http_server.h"
#include "parts/load_generator.h"
#include "parts/redis_link.h"

#include <QHash>
#include <QJsonObject>
#include <QString>

#include <memory>
#include <optional>

namespace qd::sandbox {

class Topology;
struct TopologyBase;

/// What a service is told at its start, through a file of its own (0600: it holds passwords).
struct ServiceConfig
{
    QString directory; ///< where it may write
    quint16 port = 0;
    quint16 controlPort = 0;
    RedisAddress redis{};
    DatabaseAddress database{};
    QList<quint16> replicas{};           ///< ports of read-only copies of the database
    QHash<QString, QString> variables{}; ///< the environment that its platform sets
    double timeScale = 1;                ///< breakers recover and retries come so many times faster

    [[nodiscard]] QJsonObject toJson() const;
    [[nodiscard]] static ServiceConfig fromJson(const QJsonObject &json);
};

/// A deployment's service. answer() runs on many threads at once and may block; the rest on the main thread.
class Service
{
public:
    virtual ~Service() = default;
    /// Reads what it needs from its stores; called before it listens.
    virtual void start() = 0;
    /// Ends all waiting of answers under way.
    virtual void stop() = 0;
    /// Called once a second, on a worker thread.
    virtual void tick() = 0;
    [[nodiscard]] virtual ServiceAnswer answer(const ServiceRequest &request) = 0;
    /// Told on threads of its own, so that it never waits behind others.
    [[nodiscard]] virtual bool isHealthPath(const QString &path) const = 0;
    /// The service's own counts, for tests to compare with what the console shows.
    [[nodiscard]] virtual QJsonObject oracle() = 0;
    /// Errors: BadInput for a fault that it does not know.
    [[nodiscard]] virtual Result<QString> fault(const QString &name, const QString &argument, bool on) = 0;
};

struct ViewerAccess
{
    QByteArray password;         ///< of quarterdeck_viewer
    QByteArray operatorPassword; ///< of quarterdeck_operator, who may change what the console acts on
};

/// What a profile must say to lead to a running deployment.
struct ProfileFacts
{
    quint16 httpPort = 0;
    quint16 redisPort = 0;
    QString redisPasswordFile;
    quint16 postgresPort = 0;
    QString viewerPasswordFile;
    quint16 renderPort = 0; ///< where it runs on Render
    QString renderTokenFile{};
    QString renderService{};            ///< its id
    QString programs{};                 ///< the directory of the platform's program
    QString sshConfig{};                ///< leads to its machine, by the deployment's name; empty: this machine
    QHash<QString, quint16> topology{}; ///< ports, by server
    QString backups{};                  ///< where they lie; empty where it makes none
    QString secretFiles{};              ///< the directory that ServiceKind::secretFiles are in
};

/// Whose interface the platform of a deployment speaks.
enum class PlatformKind { None, Render, Railway, Kubernetes, Compose };

/// A fault and what it does, for --help.
struct FaultName
{
    QString name;
    QString description;
};

/// One row per deployment: all that the sandbox must know of it.
struct ServiceKind
{
    QString name;
    std::unique_ptr<Service> (*create)(const ServiceConfig &config);
    QByteArray (*schema)(const ViewerAccess &viewer); ///< SQL, run in the service's own database as its owner
    QByteArray (*profile)(const ProfileFacts &facts); ///< YAML
    std::unique_ptr<LoadGenerator> (*load)(quint16 port);
    QHash<QString, QString> variables{};      ///< that the platform sets at the first deploy
    QHash<QString, QByteArray> secretFiles{}; ///< beside the profile: keys that its users were given, by file name
    /// It logs in to its stores with what the platform's variables DATABASE_URL and REDIS_URL say, to PostgreSQL as one
    /// of two roles, NAME_a and NAME_b.
    bool hasLogins = false;
    PlatformKind platform = PlatformKind::None;
    QString composeService = QStringLiteral("api"); ///< what a compose file calls it
    bool isRemote = false;                          ///< docker runs on a machine that is reached by ssh
    std::optional<BackupFormat> backups;            ///< nothing where somebody else makes them
    QList<QByteArray> redisSettings{"maxmemory 64mb", "maxmemory-policy allkeys-lru"}; ///< redis.conf
    QByteArray operatorKeys{}; ///< of Redis, as its ACL has them: what quarterdeck_operator may change
    std::unique_ptr<Topology> (*topology)(const TopologyBase &base) = nullptr; ///< null: Redis and PostgreSQL alone
    QList<FaultName> faults; ///< its own, beside those that every deployment has
};

/// In the order in which they start.
[[nodiscard]] const QList<ServiceKind> &serviceKinds();

/// Runs one service in this process until SIGTERM; the program's exit code.
int runService(const ServiceKind &kind, const ServiceConfig &config);

} // namespace qd::sandbox
