/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/cache_groups.h"
#include "parts/key_ring.h"
#include "parts/rate_limiter.h"
#include "parts/request_stats.h"
#include "parts/storage.h"
#include "parts/upstream.h"
#include "services/service.h"

namespace qd::sandbox::quoted {

class QuotedService final : public Service
{
public:
    explicit QuotedService(const ServiceConfig &config);
    ~QuotedService() override;

    void start() override;
    void stop() override;
    void tick() override;
    ServiceAnswer answer(const ServiceRequest &request) override;
    bool isHealthPath(const QString &path) const override;
    QJsonObject oracle() override;
    Result<QString> fault(const QString &name, const QString &argument, bool on) override;

private:
    using Handler = ServiceAnswer (QuotedService::*)(const ServiceRequest &request, const QString &id);
    struct Route;
    static const QList<Route> &routes();

    void declareTiers();
    void warmUp();
    [[nodiscard]] ServiceAnswer health();
    [[nodiscard]] ServiceAnswer fullHealth();
    [[nodiscard]] QJsonObject breakers() const;
    [[nodiscard]] QString overall(bool databaseOk, bool cacheOk) const;
    [[nodiscard]] ServiceAnswer limited(const Route &route, const ServiceRequest &request, const QString &id);

    ServiceAnswer info(const ServiceRequest &request, const QString &id);
    ServiceAnswer me(const ServiceRequest &request, const QString &id);
    ServiceAnswer contractor(const ServiceRequest &request, const QString &id);
    ServiceAnswer pricing(const ServiceRequest &request, const QString &id);
    ServiceAnswer quoteTemplate(const ServiceRequest &request, const QString &id);
    ServiceAnswer updateContractor(const ServiceRequest &request, const QString &id);
    ServiceAnswer updateTemplate(const ServiceRequest &request, const QString &id);
    ServiceAnswer quote(const ServiceRequest &request, const QString &id);
    ServiceAnswer payment(const ServiceRequest &request, const QString &id);
    ServiceAnswer magicLink(const ServiceRequest &request, const QString &id);
    ServiceAnswer login(const ServiceRequest &request, const QString &id);
    ServiceAnswer demoQuote(const ServiceRequest &request, const QString &id);
    ServiceAnswer readThrough(const QString &group, const QByteArray &sql, const QString &id);
    ServiceAnswer update(const QString &group, const QByteArray &sql, const QString &id);

    const ServiceConfig m_config;
    AlertCounts m_alerts;
    RequestStats m_requests;
    Database m_database;
    Database m_healthDatabase; ///< connections of its own, so that health never waits behind requests
    RateLimiter m_limiter;
    CacheGroups m_cache;
    KeyRing m_keys;
    std::chrono::seconds m_keysEvery;
    FeatureFlags m_flags;
    Upstream m_openai;
    Upstream m_anthropic;
    Upstream m_stripe;
    Upstream m_resend;
    Upstream m_s3;
    ObjectStorage m_storage;
    qint64 m_ticks = 0;
};

} // namespace qd::sandbox::quoted
