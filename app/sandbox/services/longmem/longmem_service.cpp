/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/longmem/longmem_service.h"

#include "services/longmem/longmem.h"

#include <QRandomGenerator>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox::longmem {

namespace {

constexpr std::chrono::milliseconds healthLifetime = 10s;

std::map<QString, std::chrono::seconds> ttls(const ServiceConfig &config)
{
    const auto ttl = std::chrono::seconds(std::max(1, config.variables.value(u"REDIS_CACHE_TTL"_s).toInt()));
    return {{u"memory"_s, ttl}, {u"search"_s, ttl}, {u"context"_s, ttl}};
}

BucketLimits limits(const ServiceConfig &config)
{
    const auto number = [&](const QString &name) { return std::max(1.0, config.variables.value(name).toDouble()); };
    return {number(u"RATE_LIMIT_PER_MINUTE"_s), number(u"RATE_LIMIT_GLOBAL_PER_MINUTE"_s)};
}

} // namespace

std::unique_ptr<Service> create(const ServiceConfig &config)
{
    return std::make_unique<LongmemService>(config);
}

LongmemService::LongmemService(const ServiceConfig &config)
    : m_config(config)
    , m_jwtSecret(config.variables.value(u"JWT_SECRET_KEY"_s).toUtf8())
    , m_database(config.database)
    , m_cache(config.redis, {}, ttls(config), u"memory:cache:"_s)
    , m_probes(config.database, m_cache, m_model, config.directory,
               std::chrono::duration_cast<std::chrono::milliseconds>(healthLifetime / config.timeScale))
    , m_limiter(config.redis, limits(config))
{
}

LongmemService::~LongmemService() = default;

void LongmemService::declareMetrics()
{
    m_metrics.declareCounter("http_requests_total", "Requests by method, route and status.");
    m_metrics.declareHistogram("http_request_duration_seconds", "Time to answer a request.",
                               {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5});
    m_metrics.declareCounter("rate_limit_exceeded_total", "Requests refused by a token bucket.");
    m_metrics.declareCounter("rate_limit_fallback_total", "Requests that were limited in memory, without Redis.");
    m_metrics.declareHistogram("embedding_duration_seconds", "Time to embed a text.",
                               {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1});
    m_metrics.declareCounter("embedding_failures_total", "Texts that could not be embedded.");
    for (const char *scope : {"user", "global"})
        m_metrics.add("rate_limit_exceeded_total", {{"scope", scope}}, 0);
    m_metrics.add("rate_limit_fallback_total", {}, 0);
    m_metrics.add("embedding_failures_total", {}, 0);
}

void LongmemService::start()
{
    declareMetrics();
    m_cache.identify("longmem/production");
    warmUp();
}

void LongmemService::stop()
{
    m_model.stop();
}

void LongmemService::warmUp()
{
    if (!m_cache.ping())
        return;
    QRandomGenerator random(1); // the same keys each time
    const auto rows = m_database.query("SELECT id, row_to_json(m) FROM memories m");
    if (!rows)
        return;
    for (const auto &row : *rows) {
        const double part = random.generateDouble();
        if (part > 0.15) // some are left to be missed
            m_cache.warm(u"memory"_s, QString::fromUtf8(row.at(0)), row.at(1), part);
    }
}

void LongmemService::tick()
{
    m_cache.identify("longmem/production");
}

bool LongmemService::isHealthPath(const QString &path) const
{
    return path.startsWith("/health"_L1) || path == "/api/health"_L1 || path == "/metrics"_L1;
}

QJsonObject LongmemService::oracle()
{
    QJsonObject flags;
    for (const QString &name : {u"RATE_LIMIT_ENABLED"_s, u"SECURITY_HEADERS_ENABLED"_s})
        flags.insert(name, isOn(name));
    return {{u"cache"_s, m_cache.oracle()},
            {u"limits"_s, m_limiter.oracle()},
            {u"limiter"_s, m_limiter.backend()},
            {u"metrics"_s, m_metrics.oracle()},
            {u"flags"_s, flags}};
}

Result<QString> LongmemService::fault(const QString &name, const QString &argument, bool on)
{
    const bool all = name == "heal"_L1;
    const bool now = on && !all;
    bool known = all;
    const auto is = [&](QLatin1StringView one) {
        known = known || name == one;
        return all || name == one;
    };
    if (is("slow-database"_L1)) {
        m_database.setDrag(now ? 900ms : 0ms);
        m_probes.setDatabaseDrag(now ? 400ms : 0ms);
    }
    if (is("embedding-down"_L1))
        m_model.setFailing(now);
    if (is("embedding-slow"_L1))
        m_model.setSlow(now);
    if (is("disk-full"_L1))
        m_probes.setDiskFull(now);
    if (is("memory-high"_L1))
        m_probes.setMemoryFull(now);
    if (name == "empty-cache"_L1) {
        const QStringList groups = m_cache.oracle().keys();
        if (!groups.contains(argument))
            return failure(ErrorCode::BadInput,
                           u"no cache group '%1'; there are %2"_s.arg(argument, groups.join(u", "_s)));
        return u"%1 keys of %2 deleted"_s.arg(m_cache.empty(argument)).arg(argument);
    }
    if (!known)
        return failure(ErrorCode::BadInput, u"no fault '%1'"_s.arg(name));
    return all ? u"healed"_s : u"%1 %2"_s.arg(name, on ? u"on"_s : u"off"_s);
}

} // namespace qd::sandbox::longmem
