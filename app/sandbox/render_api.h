/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/http_server.h"
#include "platform.h"

namespace qd::sandbox {

/// Render's REST interface to one service of one platform (api-docs.render.com, v1): services, env-vars, deploys,
/// restart and rollback, behind a bearer token.
class RenderApi
{
public:
    /// `name` is the service's.
    RenderApi(Platform &platform, QString name, QByteArray token);

    /// On a free port of loopback. Error: Unavailable.
    [[nodiscard]] Result<quint16> listen() { return m_server.listenOnLoopback(0); }
    [[nodiscard]] const QString &serviceId() const { return m_id; }

private:
    [[nodiscard]] ServiceAnswer answer(const ServiceRequest &request);
    [[nodiscard]] ServiceAnswer ofService(const ServiceRequest &request, const QStringList &path);
    [[nodiscard]] ServiceAnswer variables(const ServiceRequest &request, const QString &key);
    [[nodiscard]] ServiceAnswer setVariable(const ServiceRequest &request, const QString &key);
    [[nodiscard]] ServiceAnswer deploys(const ServiceRequest &request, const QString &id);
    [[nodiscard]] ServiceAnswer events(const ServiceRequest &request) const;
    [[nodiscard]] ServiceAnswer rollBack(const ServiceRequest &request);
    [[nodiscard]] ServiceAnswer restart();
    [[nodiscard]] QJsonObject service() const;

    Platform &m_platform;
    const QString m_name;
    const QByteArray m_token;
    const QString m_id;
    HttpServer m_server;
};

} // namespace qd::sandbox
