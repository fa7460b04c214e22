/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/metrics.h"
#include "services/longmem/health_probes.h"
#include "services/longmem/token_buckets.h"
#include "services/service.h"

namespace qd::sandbox::longmem {

class LongmemService final : public Service
{
public:
    explicit LongmemService(const ServiceConfig &config);
    ~LongmemService() override;

    void start() override;
    void stop() override;
    void tick() override;
    ServiceAnswer answer(const ServiceRequest &request) override;
    bool isHealthPath(const QString &path) const override;
    QJsonObject oracle() override;
    Result<QString> fault(const QString &name, const QString &argument, bool on) override;

private:
    /// Who asks, and the id in the path.
    struct Call
    {
        const ServiceRequest &request;
        QString user; ///< the token's subject; empty: nobody
        QString id;
    };
    using Handler = ServiceAnswer (LongmemService::*)(const Call &call);
    struct Route;
    static const QList<Route> &routes();
    static const Route *findRoute(const ServiceRequest &request);

    void declareMetrics();
    void warmUp();
    [[nodiscard]] QString variable(const QString &name) const { return m_config.variables.value(name); }
    [[nodiscard]] bool isOn(const QString &name) const { return variable(name) == QLatin1StringView("true"); }
    [[nodiscard]] QString userOf(const ServiceRequest &request) const;
    [[nodiscard]] ServiceAnswer dispatch(const ServiceRequest &request, const Route *route);
    [[nodiscard]] ServiceAnswer limited(const Route *route, const ServiceRequest &request);
    [[nodiscard]] ServiceAnswer call(const Route *route, const Call &call);
    void addHeaders(const ServiceRequest &request, double tookSeconds, ServiceAnswer &answer) const;
    [[nodiscard]] bool embed();

    ServiceAnswer health(const Call &call);
    ServiceAnswer detailedHealth(const Call &call);
    ServiceAnswer metricsPage(const Call &call);
    ServiceAnswer frontend(const Call &call);
    ServiceAnswer docs(const Call &call);
    ServiceAnswer info(const Call &call);
    ServiceAnswer token(const Call &call);
    ServiceAnswer me(const Call &call);
    ServiceAnswer memory(const Call &call);
    ServiceAnswer remember(const Call &call);
    ServiceAnswer search(const Call &call);
    ServiceAnswer context(const Call &call);
    ServiceAnswer say(const Call &call);
    ServiceAnswer readThrough(const QString &group, const QString &key, const QByteArray &sql,
                              const QList<QByteArray> &parameters);

    const ServiceConfig m_config;
    const QByteArray m_jwtSecret;
    Metrics m_metrics;
    Database m_database;
    CacheGroups m_cache;
    EmbeddingModel m_model;
    HealthProbes m_probes;
    TokenBuckets m_limiter;
};

} // namespace qd::sandbox::longmem
