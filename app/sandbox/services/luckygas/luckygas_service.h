/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/metrics.h"
#include "parts/rate_limiter.h"
#include "parts/upstream.h"
#include "services/luckygas/api_keys.h"
#include "services/luckygas/response_cache.h"
#include "services/service.h"

namespace qd::sandbox::luckygas {

class LuckygasService final : public Service
{
public:
    explicit LuckygasService(const ServiceConfig &config);
    ~LuckygasService() override;

    void start() override;
    void stop() override;
    void tick() override;
    ServiceAnswer answer(const ServiceRequest &request) override;
    bool isHealthPath(const QString &path) const override;
    QJsonObject oracle() override;
    Result<QString> fault(const QString &name, const QString &argument, bool on) override;

private:
    using Handler = ServiceAnswer (LuckygasService::*)(const ServiceRequest &request, const QString &id);
    struct Route;
    static const QList<Route> &routes();

    [[nodiscard]] ServiceAnswer health();
    [[nodiscard]] QJsonObject databaseHealth();
    [[nodiscard]] QJsonObject replicasHealth();
    [[nodiscard]] QJsonObject redisHealth();
    [[nodiscard]] QJsonObject apisHealth() const;
    [[nodiscard]] ServiceAnswer metrics();
    void declareMetrics();
    void measureOrders();
    [[nodiscard]] QList<Upstream *> upstreams();

    [[nodiscard]] ServiceAnswer checked(const Route &route, const ServiceRequest &request, const QString &id);
    [[nodiscard]] ServiceAnswer limited(const Route &route, const ApiKey &key, const ServiceRequest &request,
                                        const QString &id);

    ServiceAnswer customer(const ServiceRequest &request, const QString &id);
    ServiceAnswer product(const ServiceRequest &request, const QString &id);
    ServiceAnswer deliveryRoute(const ServiceRequest &request, const QString &id);
    ServiceAnswer order(const ServiceRequest &request, const QString &id);
    ServiceAnswer prediction(const ServiceRequest &request, const QString &id);
    ServiceAnswer placeOrder(const ServiceRequest &request, const QString &id);
    ServiceAnswer deliver(const ServiceRequest &request, const QString &id);
    ServiceAnswer pay(const ServiceRequest &request, const QString &id);
    ServiceAnswer readThrough(const QString &group, const QByteArray &sql, const QString &id);
    /// From a replica, else from the primary.
    [[nodiscard]] Result<Rows> readOnly(const QByteArray &sql, const QList<QByteArray> &parameters);
    [[nodiscard]] Result<QString> stallOrders(bool on);

    Metrics m_metrics;
    Database m_database;
    Database m_healthDatabase; ///< connections of its own, so that health never waits behind requests
    std::vector<std::unique_ptr<Database>> m_replicas;
    RateLimiter m_limiter;
    ResponseCache m_cache;
    std::mutex m_healthRedisMutex;
    RedisLink m_healthRedis;
    ApiKeys m_keys;
    Upstream m_google;
    Upstream m_sms;
    Upstream m_banking;
    Upstream m_einvoice;
    qint64 m_ticks = 0;
};

} // namespace qd::sandbox::luckygas
