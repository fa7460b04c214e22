/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/preflight/preflight_service.h"

#include "services/preflight/preflight.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox::preflight {

namespace {

constexpr qint64 keysEverySeconds = 4;
constexpr auto evaluationTakes = 90ms;

} // namespace

std::unique_ptr<Service> create(const ServiceConfig &config)
{
    return std::make_unique<PreflightService>(config);
}

PreflightService::PreflightService(const ServiceConfig &config)
    : m_config(config)
    , m_database(config.database)
    , m_healthDatabase(config.database)
    , m_keys(m_database, config.variables.value(u"API_KEY_SALT"_s).toUtf8())
    , m_limiter(config.redis, std::max(1, config.variables.value(u"RATE_LIMIT_PER_MINUTE"_s).toInt()))
    , m_evaluator(evaluationTakes)
{
}

PreflightService::~PreflightService() = default;

void PreflightService::declareMetrics()
{
    m_metrics.declareCounter("request_count_total", "Requests by method, endpoint and status.");
    m_metrics.declareHistogram("request_latency_seconds", "Time to answer a request.",
                               {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5});
    m_metrics.declareCounter("evaluations_total", "Evaluations by verdict.");
    m_metrics.declareHistogram("evaluation_latency_seconds", "Time that an evaluation takes.",
                               {0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2});
    m_metrics.declareCounter("rate_limit_hits_total", "Requests that were refused because of their rate.");
    m_metrics.declareCounter("rate_limit_failed_open_total", "Requests let through uncounted, without Redis.");
    for (const char *verdict : {"pass", "warn", "block", "error"})
        m_metrics.add("evaluations_total", {{"verdict", verdict}}, 0);
    m_metrics.add("rate_limit_hits_total", {}, 0);
    m_metrics.add("rate_limit_failed_open_total", {}, 0);
}

void PreflightService::start()
{
    declareMetrics();
    m_keys.refresh();
    m_limiter.identify("preflight/production");
}

void PreflightService::stop()
{
    m_evaluator.stop();
}

void PreflightService::tick()
{
    if (++m_ticks % keysEverySeconds == 0)
        m_keys.refresh();
    m_limiter.identify("preflight/production");
}

bool PreflightService::isHealthPath(const QString &path) const
{
    return path == "/health"_L1 || path == "/ready"_L1 || path == "/v1/status"_L1 || path == "/metrics"_L1;
}

QJsonObject PreflightService::oracle()
{
    return {{u"limits"_s, m_limiter.oracle()},
            {u"limiter"_s, m_limiter.mode()},
            {u"metrics"_s, m_metrics.oracle()},
            {u"keys"_s, QJsonObject{{u"active"_s, m_keys.active()}}},
            {u"flags"_s,
             QJsonObject{{u"ENABLE_DOCS"_s, areDocsOn()}, {u"RATE_LIMIT_PER_MINUTE"_s, m_limiter.perMinute()}}}};
}

Result<QString> PreflightService::fault(const QString &name, const QString &, bool on)
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
        m_healthDatabase.setDrag(now ? 400ms : 0ms);
    }
    if (is("evaluator-down"_L1))
        m_evaluator.setFailing(now);
    if (is("evaluator-slow"_L1))
        m_evaluator.setSlow(now);
    if (!known)
        return failure(ErrorCode::BadInput, u"no fault '%1'"_s.arg(name));
    return all ? u"healed"_s : u"%1 %2"_s.arg(name, on ? u"on"_s : u"off"_s);
}

} // namespace qd::sandbox::preflight
