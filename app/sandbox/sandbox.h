/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment.h"
#include "parts/http_server.h"
#include "story.h"

#include <memory>
#include <vector>

namespace qd::sandbox {

/// The deployments side by side, and the port on which tests and stories control them.
class Sandbox : public QObject
{
    Q_OBJECT

public:
    Sandbox(SandboxOptions options, const Watchdog &watchdog);
    ~Sandbox() override;

    [[nodiscard]] Result<void> start();
    /// What `READY` says and what stands in the state file.
    [[nodiscard]] QJsonObject state() const;
    /// Begins it anew; a deployment of it that does not run is left out. Errors: BadInput.
    [[nodiscard]] Result<QString> play(const QString &story);

private:
    [[nodiscard]] Result<void> startControl();
    [[nodiscard]] Deployment *find(const QString &name) const;
    void writeState();
    void control(const ServiceRequest &request, const HttpServer::Respond &respond);
    void controlDeployment(Deployment &deployment, const QString &what, const ServiceRequest &request,
                           const HttpServer::Respond &respond);
    void fault(Deployment &deployment, const QString &name, const QString &argument, bool on,
               const Deployment::Told &told);

    const SandboxOptions m_options;
    const Watchdog &m_watchdog;
    // Destroyed in the opposite order: the directory last.
    std::optional<Workspace> m_workspace;
    std::vector<std::unique_ptr<Deployment>> m_deployments;
    std::unique_ptr<HttpServer> m_control;
    quint16 m_controlPort = 0;
    QObject m_story; ///< owns the story's timers
};

} // namespace qd::sandbox
