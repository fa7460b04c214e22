/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "platform.h"
#include "platform_program.h"
#include "render_api.h"
#include "servers/local_postgres.h"
#include "servers/local_redis.h"
#include "servers/local_sshd.h"
#include "services/service.h"
#include "services/topology.h"
#include "watchdog.h"
#include "workspace.h"

#include <QNetworkAccessManager>
#include <QTimer>

#include <memory>

namespace qd::sandbox {

struct SandboxOptions
{
    QString program;         ///< ourselves, to run the services with
    QString directory;       ///< empty: a new temporary one
    QStringList deployments; ///< empty: all
    double timeScale = 1;
    bool load = true;
    bool isFull = false; ///< every server that luckygas has in its document
};

/// What the faults that every deployment has are called.
[[nodiscard]] const QList<FaultName> &commonFaults();

/// One deployment with everything it stands on: Redis, PostgreSQL, the service, its load, its backups, its faults.
class Deployment : public QObject
{
    Q_OBJECT

public:
    using Told = std::function<void(Result<QString>)>;
    using Answered = std::function<void(int status, const QJsonObject &body)>;

    Deployment(const ServiceKind &kind, const SandboxOptions &options, const Workspace &workspace,
               const Watchdog &watchdog);
    ~Deployment() override;

    [[nodiscard]] const QString &name() const { return m_kind.name; }
    [[nodiscard]] const QString &profile() const { return m_profile; }
    /// Starts the stores and does not wait, so that those of all deployments get ready side by side.
    [[nodiscard]] Result<void> launchStores();
    /// Waits for the stores, fills them, and starts what stands on them.
    [[nodiscard]] Result<void> start();
    /// Waits until its replicas have all that start() wrote, and starts what watches it.
    [[nodiscard]] Result<void> settle() { return m_topology ? m_topology->settle(m_config) : Result<void>(); }
    /// Its part of the state file: pids and ports.
    [[nodiscard]] QJsonObject state() const;
    [[nodiscard]] LoadGenerator &load() { return *m_load; }
    /// What its platform's program answers; nothing where the platform has none.
    [[nodiscard]] std::optional<ProgramAnswer> runProgram(const QStringList &arguments, const QString &input);
    /// The service's own counts.
    void oracle(const Answered &answered);
    /// Makes (or ends) a fault; `told` runs once, perhaps later. Errors: BadInput, and what failed.
    void fault(const QString &name, const QString &argument, bool on, const Told &told);

Q_SIGNALS:
    /// The platform started the service anew: it has another pid.
    void serviceRestarted();

private:
    [[nodiscard]] Result<void> startTopology();
    [[nodiscard]] Result<void> createDatabase();
    [[nodiscard]] Result<void> makeBackups();
    [[nodiscard]] Result<void> startService();
    static void readLogins(ServiceConfig &told);
    [[nodiscard]] Result<void> restartService(const Platform::Variables &variables);
    [[nodiscard]] Result<void> startPlatform();
    [[nodiscard]] Result<void> startRender();
    [[nodiscard]] Result<void> writeProgram();
    [[nodiscard]] Result<void> startSshd();
    [[nodiscard]] Result<void> writeProfile();
    [[nodiscard]] QString path(const QString &name) const { return m_kind.name + u'/' + name; }
    void forward(const QByteArray &method, const QString &path, const QJsonObject &body, const Answered &answered);
    /// Tells a service that was started anew what is wrong around it: a restart ends no provider's outage.
    void renewFaults();
    [[nodiscard]] std::optional<Result<QString>> ownFault(const QString &name, const QString &argument, bool on);
    [[nodiscard]] Result<QString> flood(const QString &tier, bool on);
    [[nodiscard]] Result<QString> ageBackups(bool on);
    [[nodiscard]] Result<QString> heal();

    const ServiceKind &m_kind;
    const SandboxOptions &m_options;
    const Workspace &m_workspace;
    const Watchdog &m_watchdog;
    std::optional<LocalRedis> m_redis;
    std::optional<LocalPostgres> m_postgres;
    std::unique_ptr<Topology> m_topology;
    std::optional<ChildProcess> m_service;
    std::optional<Backups> m_backups;
    std::optional<Platform> m_platform;
    std::optional<RenderApi> m_render;
    std::unique_ptr<PlatformProgram> m_program;
    QString m_programs; ///< the directory that it is in
    std::optional<LocalSshd> m_sshd;
    quint16 m_renderPort = 0;
    QString m_renderToken; ///< the file that holds it
    ServiceConfig m_config;
    QString m_profile;
    QByteArray m_viewerPassword;
    QByteArray m_operatorPassword;
    std::unique_ptr<LoadGenerator> m_load;
    QStringList m_standing; ///< faults of the service's surroundings that were not ended yet
    QNetworkAccessManager m_network;
    QTimer m_nightly;
};

} // namespace qd::sandbox
