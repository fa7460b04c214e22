/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/metrics.h"
#include "parts/provider.h"
#include "services/preflight/api_keys.h"
#include "services/preflight/minute_limiter.h"
#include "services/service.h"

namespace qd::sandbox::preflight {

class PreflightService final : public Service
{
public:
    explicit PreflightService(const ServiceConfig &config);
    ~PreflightService() override;

    void start() override;
    void stop() override;
    void tick() override;
    ServiceAnswer answer(const ServiceRequest &request) override;
    bool isHealthPath(const QString &path) const override;
    QJsonObject oracle() override;
    Result<QString> fault(const QString &name, const QString &argument, bool on) override;

private:
    using Handler = ServiceAnswer (PreflightService::*)(const ServiceRequest &request, const QString &caller);
    struct Route;
    static const QList<Route> &routes();

    void declareMetrics();
    [[nodiscard]] QString variable(const QString &name) const { return m_config.variables.value(name); }
    [[nodiscard]] bool areDocsOn() const
    {
        return variable(QStringLiteral("ENABLE_DOCS")) == QLatin1StringView("true");
    }
    [[nodiscard]] QJsonObject services();
    [[nodiscard]] std::optional<ServiceAnswer> probe(const QString &path);
    [[nodiscard]] QString callerOf(const ServiceRequest &request);
    [[nodiscard]] ServiceAnswer authenticated(const Route &route, const ServiceRequest &request);

    ServiceAnswer ready();
    ServiceAnswer docs(const ServiceRequest &request, const QString &caller);
    ServiceAnswer status(const ServiceRequest &request, const QString &caller);
    ServiceAnswer token(const ServiceRequest &request, const QString &caller);
    ServiceAnswer evaluate(const ServiceRequest &request, const QString &caller);
    ServiceAnswer evaluation(const ServiceRequest &request, const QString &caller);

    const ServiceConfig m_config;
    const std::chrono::steady_clock::time_point m_startedAt = std::chrono::steady_clock::now();
    Metrics m_metrics;
    Database m_database;
    Database m_healthDatabase; ///< connections of its own, so that health never waits behind requests
    ApiKeys m_keys;
    MinuteLimiter m_limiter;
    Provider m_evaluator;
    qint64 m_ticks = 0;
};

} // namespace qd::sandbox::preflight
