/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "load_generator.h"
#include "parts/http_server.h"
#include "servers/local_postgres.h"
#include "servers/local_redis.h"
#include "services/service.h"
#include "watchdog.h"
#include "workspace.h"

#include <QNetworkAccessManager>

#include <memory>

namespace qd::sandbox {

struct SandboxOptions
{
    QString program;   ///< ourselves, to run the services with
    QString directory; ///< empty: a new temporary one
    double timeScale = 1;
    bool load = true;
};

/// One deployment with everything it stands on: Redis, PostgreSQL, the service, its load, its faults.
class Sandbox : public QObject
{
    Q_OBJECT

public:
    using Told = std::function<void(Result<QString>)>;

    Sandbox(SandboxOptions options, const Watchdog &watchdog);
    ~Sandbox() override;

    [[nodiscard]] Result<void> start();
    /// What `READY` says and what stands in the state file.
    [[nodiscard]] QJsonObject state() const;
    /// Makes (or ends) a fault; `told` runs once, perhaps later. Errors: BadInput, and what failed.
    void fault(const QString &name, const QString &argument, bool on, const Told &told);

private:
    [[nodiscard]] Result<void> startStores();
    [[nodiscard]] Result<void> createDatabase();
    [[nodiscard]] Result<void> makeBackups();
    [[nodiscard]] Result<void> startService();
    [[nodiscard]] Result<void> startControl();
    [[nodiscard]] Result<void> writeProfile();
    void writeState();
    void control(const ServiceRequest &request, const HttpServer::Respond &respond);
    void forward(const QByteArray &method, const QString &path, const QJsonObject &body,
                 const std::function<void(int, QJsonObject)> &done);
    [[nodiscard]] std::optional<Result<QString>> ownFault(const QString &name, const QString &argument, bool on);
    [[nodiscard]] Result<QString> heal();
    [[nodiscard]] Result<QString> ageBackups(bool on);
    void play(const QString &story);

    const SandboxOptions m_options;
    const Watchdog &m_watchdog;
    const ServiceKind &m_kind;
    // Destroyed in the opposite order: the directory last.
    std::optional<Workspace> m_workspace;
    std::optional<LocalRedis> m_redis;
    std::optional<LocalPostgres> m_postgres;
    std::optional<ChildProcess> m_service;
    ServiceConfig m_config;
    QString m_profile;
    QString m_configFile;
    QString m_redisPasswordFile;
    QByteArray m_viewerPassword;
    std::unique_ptr<HttpServer> m_control;
    quint16 m_controlPort = 0;
    std::unique_ptr<LoadGenerator> m_load;
    QNetworkAccessManager m_network;
    QObject m_story; ///< owns the story's timers
};

/// What the faults are called and what they do, for --help: name, description.
[[nodiscard]] const QList<std::pair<QString, QString>> &faultNames();

} // namespace qd::sandbox
