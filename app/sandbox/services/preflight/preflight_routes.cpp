/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/jwt.h"
#include "services/preflight/preflight_service.h"

#include <QDateTime>
#include <QRandomGenerator>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox::preflight {

namespace {

constexpr qint64 tokenLifeSeconds = 900;
constexpr auto evaluationTimeout = 3s;

ServiceAnswer refused(int status, const QString &detail)
{
    return {.status = status, .body = {{u"detail"_s, detail}}};
}

/// {"healthy", "latency_ms"}; no latency where it is not.
QJsonObject dependency(std::optional<double> latencyMs)
{
    if (!latencyMs)
        return {{u"healthy"_s, false}};
    return {{u"healthy"_s, true}, {u"latency_ms"_s, std::round(*latencyMs * 100) / 100}};
}

bool areHealthy(const QJsonObject &services)
{
    return std::ranges::all_of(services, [](const auto &service) { return service["healthy"_L1].toBool(); });
}

double secondsSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

QByteArray someVerdict()
{
    const double which = QRandomGenerator::global()->generateDouble();
    return which < 0.82 ? "pass" : which < 0.95 ? "warn" : "block";
}

} // namespace

/// `path` ends with `/` where an id follows.
struct PreflightService::Route
{
    QByteArray method;
    QString path;
    Handler handler;
    bool isOpen = false; ///< to everybody
};

const QList<PreflightService::Route> &PreflightService::routes()
{
    static const QList<Route> all{
        {"GET", u"/docs"_s, &PreflightService::docs, true},
        {"GET", u"/v1/status"_s, &PreflightService::status},
        {"POST", u"/v1/token"_s, &PreflightService::token},
        {"POST", u"/v1/evaluate"_s, &PreflightService::evaluate},
        {"GET", u"/v1/evaluations/"_s, &PreflightService::evaluation},
    };
    return all;
}

/// What the cluster asks; not counted.
std::optional<ServiceAnswer> PreflightService::probe(const QString &path)
{
    if (path == "/health"_L1)
        return ServiceAnswer{.body = {{u"status"_s, u"healthy"_s}}};
    if (path == "/ready"_L1)
        return ready();
    if (path == "/metrics"_L1)
        return ServiceAnswer{.text = m_metrics.page(), .contentType = Metrics::contentType};
    return std::nullopt;
}

ServiceAnswer PreflightService::answer(const ServiceRequest &request)
{
    if (auto probed = probe(request.path))
        return *probed;
    const auto start = std::chrono::steady_clock::now();
    const auto matches = [&](const Route &route) {
        return route.method == request.method &&
               (route.path.endsWith(u'/') ? request.path.startsWith(route.path) : request.path == route.path);
    };
    const auto route = std::ranges::find_if(routes(), matches);
    ServiceAnswer answer;
    QByteArray endpoint = "unknown";
    if (route == routes().end()) {
        answer = refused(404, u"Not Found"_s);
    } else {
        endpoint = route->path.toUtf8() + (route->path.endsWith(u'/') ? "{id}" : "");
        answer = route->isOpen ? (this->*route->handler)(request, {}) : authenticated(*route, request);
    }
    m_metrics.add("request_count_total",
                  {{"method", request.method}, {"endpoint", endpoint}, {"status", QByteArray::number(answer.status)}});
    m_metrics.observe("request_latency_seconds", {{"endpoint", endpoint}}, secondsSince(start));
    return answer;
}

/// The prefix of the caller's key, by the key itself or by a token that it was exchanged for; empty: nobody's.
QString PreflightService::callerOf(const ServiceRequest &request)
{
    if (const QByteArray key = request.header("X-API-Key"); !key.isEmpty())
        return m_keys.use(key).value_or(QString());
    const auto claims = verifiedClaims(request.bearer, variable(u"JWT_SECRET"_s).toUtf8());
    const QString prefix = claims ? claims->value("sub"_L1).toString() : QString();
    return m_keys.isActive(prefix) ? prefix : QString();
}

ServiceAnswer PreflightService::authenticated(const Route &route, const ServiceRequest &request)
{
    const QString caller = callerOf(request);
    if (caller.isEmpty())
        return refused(401, u"Invalid or missing API key"_s);
    const auto verdict = m_limiter.hit(caller);
    if (!verdict.isCounted)
        m_metrics.add("rate_limit_failed_open_total");
    if (verdict.allowed)
        return (this->*route.handler)(request, caller);
    m_metrics.add("rate_limit_hits_total");
    ServiceAnswer answer = refused(429, u"Rate limit exceeded"_s);
    answer.headers.append({"Retry-After", QByteArray::number(verdict.retryAfter)});
    return answer;
}

QJsonObject PreflightService::services()
{
    const auto start = std::chrono::steady_clock::now();
    std::optional<double> databaseMs;
    if (m_healthDatabase.query("SELECT 1", {}, 2s))
        databaseMs = secondsSince(start) * 1000;
    return {{u"database"_s, dependency(databaseMs)}, {u"redis"_s, dependency(m_limiter.ping())}};
}

ServiceAnswer PreflightService::ready()
{
    const QJsonObject all = services();
    const bool isReady = areHealthy(all);
    return {.status = isReady ? 200 : 503,
            .body = {{u"status"_s, isReady ? u"ready"_s : u"not_ready"_s}, {u"services"_s, all}}};
}

ServiceAnswer PreflightService::docs(const ServiceRequest &, const QString &)
{
    if (!areDocsOn())
        return refused(404, u"Not Found"_s);
    return {.text = "<!doctype html><title>Preflight API</title><p>API", .contentType = "text/html; charset=utf-8"};
}

ServiceAnswer PreflightService::status(const ServiceRequest &, const QString &)
{
    const QJsonObject all = services();
    return {.body = {{u"status"_s, areHealthy(all) ? u"operational"_s : u"degraded"_s},
                     {u"version"_s, u"0.9.3"_s},
                     {u"uptime_seconds"_s, std::floor(secondsSince(m_startedAt))},
                     {u"services"_s, all},
                     {u"rate_limiter"_s,
                      QJsonObject{{u"mode"_s, m_limiter.mode()}, {u"limit_per_minute"_s, m_limiter.perMinute()}}},
                     {u"docs_enabled"_s, areDocsOn()}}};
}

ServiceAnswer PreflightService::token(const ServiceRequest &, const QString &caller)
{
    const QByteArray token =
        signedToken({}, {{u"sub"_s, caller}, {u"exp"_s, QDateTime::currentSecsSinceEpoch() + tokenLifeSeconds}},
                    variable(u"JWT_SECRET"_s).toUtf8());
    return {.body = {{u"access_token"_s, QString::fromLatin1(token)}, {u"expires_in"_s, tokenLifeSeconds}}};
}

ServiceAnswer PreflightService::evaluate(const ServiceRequest &, const QString &caller)
{
    const auto start = std::chrono::steady_clock::now();
    if (m_evaluator.call(evaluationTimeout) != Provider::Outcome::Answered) {
        m_metrics.add("evaluations_total", {{"verdict", "error"}});
        return refused(503, u"evaluator unavailable"_s);
    }
    const QByteArray verdict = someVerdict();
    const auto rows = m_database.query("INSERT INTO evaluations (api_key, verdict) VALUES ($1, $2) RETURNING id",
                                       {caller.toUtf8(), verdict});
    if (!rows) {
        m_metrics.add("evaluations_total", {{"verdict", "error"}});
        return refused(503, u"database unavailable"_s);
    }
    m_metrics.observe("evaluation_latency_seconds", {}, secondsSince(start));
    m_metrics.add("evaluations_total", {{"verdict", verdict}});
    return {.status = 201,
            .body = {{u"id"_s, rows->first().first().toLongLong()}, {u"verdict"_s, QString::fromLatin1(verdict)}}};
}

ServiceAnswer PreflightService::evaluation(const ServiceRequest &request, const QString &)
{
    const QByteArray id = QByteArray::number(request.path.section(u'/', -1).toLongLong());
    const auto rows = m_database.query("SELECT verdict FROM evaluations WHERE id = $1::bigint", {id});
    if (!rows)
        return refused(503, u"database unavailable"_s);
    if (rows->isEmpty())
        return refused(404, u"Not Found"_s);
    return {.body = {{u"id"_s, id.toLongLong()}, {u"verdict"_s, QString::fromUtf8(rows->first().first())}}};
}

} // namespace qd::sandbox::preflight
