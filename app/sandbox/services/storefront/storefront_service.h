/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/cache_groups.h"
#include "parts/database.h"
#include "parts/rate_limiter.h"
#include "services/service.h"
#include "services/storefront/opossum.h"

#include <QElapsedTimer>

#include <array>

namespace qd::sandbox::storefront {

class StorefrontService final : public Service
{
public:
    explicit StorefrontService(const ServiceConfig &config);
    ~StorefrontService() override;

    void start() override;
    void stop() override;
    void tick() override;
    ServiceAnswer answer(const ServiceRequest &request) override;
    bool isHealthPath(const QString &path) const override;
    QJsonObject oracle() override;
    Result<QString> fault(const QString &name, const QString &argument, bool on) override;

private:
    struct Route;
    using Handler = ServiceAnswer (StorefrontService::*)(const ServiceRequest &request, const QString &id);
    static const QList<Route> &routes();

    void declareMetrics();
    /// The catalogue's cache, as cacheService.primeProducts does, and what earlier visitors left in the others.
    void primeCaches();
    [[nodiscard]] std::optional<ServiceAnswer> probe(const QString &path);
    [[nodiscard]] ServiceAnswer health() const;
    [[nodiscard]] ServiceAnswer ready();
    [[nodiscard]] ServiceAnswer metricsPage();
    [[nodiscard]] QJsonObject dependency(Opossum &breaker);
    [[nodiscard]] ServiceAnswer limited(const Route &route, const ServiceRequest &request, const QString &id);
    [[nodiscard]] bool isOn(const QString &variable) const; ///< a switch of the environment
    [[nodiscard]] QJsonObject flags() const;
    [[nodiscard]] std::array<Opossum *, 4> breakers() { return {&m_openai, &m_weather, &m_stripe, &m_push}; }

    ServiceAnswer product(const ServiceRequest &request, const QString &id);
    ServiceAnswer recommendations(const ServiceRequest &request, const QString &id);
    ServiceAnswer weather(const ServiceRequest &request, const QString &id);
    ServiceAnswer concierge(const ServiceRequest &request, const QString &id);
    ServiceAnswer order(const ServiceRequest &request, const QString &id);
    ServiceAnswer paymentSheet(const ServiceRequest &request, const QString &id);
    ServiceAnswer webhook(const ServiceRequest &request, const QString &id);
    ServiceAnswer login(const ServiceRequest &request, const QString &id);
    ServiceAnswer profile(const ServiceRequest &request, const QString &id);
    ServiceAnswer pushTest(const ServiceRequest &request, const QString &id);

    ServiceAnswer readThrough(const QString &group, const QByteArray &sql, const QString &id);
    /// pushService.sendWithBackoff: three attempts, then the token expires. False if it was not sent.
    bool push(int user);
    /// The city's weather, or what stands in for it.
    [[nodiscard]] QJsonObject weatherIn(const QString &city);

    const ServiceConfig m_config;
    QElapsedTimer m_running;
    Metrics m_metrics;
    Database m_database;
    Database m_healthDatabase; ///< connections of its own, so that health never waits behind requests
    RateLimiter m_limiter;
    CacheGroups m_cache;
    Opossum m_openai;
    Opossum m_weather;
    Opossum m_stripe;
    Opossum m_push;
    std::atomic<bool> m_signedByAnother = false; ///< the fault "webhook-secret"
    std::atomic<qint64> m_requests = 0;
};

} // namespace qd::sandbox::storefront
