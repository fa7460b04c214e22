/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/jwt.h"
#include "services/longmem/longmem_service.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QUuid>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd::sandbox::longmem {

namespace {

constexpr qint64 tokenLifeSeconds = 24 * 3600;
constexpr qsizetype requestIdCap = 64;

double secondsSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

ServiceAnswer refused(int status, const QString &detail)
{
    return {.status = status, .body = {{u"detail"_s, detail}}};
}

ServiceAnswer page(const QByteArray &html)
{
    return {.text = html, .contentType = "text/html; charset=utf-8"};
}

/// 503 also when only degraded, as the document has it.
int statusCode(const QString &status)
{
    return status == "healthy"_L1 ? 200 : 503;
}

ServiceAnswer exceeded(const TokenBuckets::Verdict &verdict)
{
    const auto retryAfter = static_cast<qint64>(std::ceil(verdict.fullAfter));
    return {.status = 429,
            .body = {{u"error"_s, u"rate_limit_exceeded"_s},
                     {u"message"_s, u"Rate limit exceeded. Maximum %1 requests per minute allowed."_s.arg(
                                        static_cast<qint64>(verdict.limit))},
                     {u"retry_after"_s, retryAfter}},
            .headers = {{"Retry-After", QByteArray::number(retryAfter)}}};
}

const QList<std::pair<QByteArray, QByteArray>> &securityHeaders()
{
    static const QList<std::pair<QByteArray, QByteArray>> all{
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"X-XSS-Protection", "1; mode=block"},
        {"Strict-Transport-Security", "max-age=31536000; includeSubDomains"},
        {"Content-Security-Policy", "default-src 'self'"},
        {"Referrer-Policy", "strict-origin-when-cross-origin"}};
    return all;
}

} // namespace

/// `path` ends with `/` where an id follows; `tail` is what comes after the id.
struct LongmemService::Route
{
    QByteArray method;
    QString path;
    QString tail;
    Handler handler;
    enum Access { Probe, Exempt, Open, Users } access; ///< probes are not counted; the exempt are not limited
};

const QList<LongmemService::Route> &LongmemService::routes()
{
    using enum Route::Access;
    static const QList<Route> all{
        {"GET", u"/health"_s, {}, &LongmemService::health, Probe},
        {"GET", u"/api/health"_s, {}, &LongmemService::health, Probe},
        {"GET", u"/metrics"_s, {}, &LongmemService::metricsPage, Probe},
        {"GET", u"/health/detailed"_s, {}, &LongmemService::detailedHealth, Open},
        {"GET", u"/"_s, {}, &LongmemService::frontend, Exempt},
        {"GET", u"/static/"_s, {}, &LongmemService::frontend, Exempt},
        {"GET", u"/docs"_s, {}, &LongmemService::docs, Exempt},
        {"GET", u"/redoc"_s, {}, &LongmemService::docs, Open},
        {"GET", u"/api"_s, {}, &LongmemService::info, Open},
        {"POST", u"/api/auth/token"_s, {}, &LongmemService::token, Open},
        {"GET", u"/api/auth/me"_s, {}, &LongmemService::me, Users},
        {"POST", u"/api/memories/search"_s, {}, &LongmemService::search, Users},
        {"POST", u"/api/memories"_s, {}, &LongmemService::remember, Users},
        {"GET", u"/api/memories/"_s, {}, &LongmemService::memory, Users},
        {"GET", u"/api/conversations/"_s, u"/context"_s, &LongmemService::context, Users},
        {"POST", u"/api/conversations/"_s, u"/messages"_s, &LongmemService::say, Users},
    };
    return all;
}

const LongmemService::Route *LongmemService::findRoute(const ServiceRequest &request)
{
    const auto matches = [&](const Route &route) {
        if (route.method != request.method)
            return false;
        if (route.path == "/"_L1 || !route.path.endsWith(u'/'))
            return request.path == route.path;
        return request.path.startsWith(route.path) && request.path.endsWith(route.tail);
    };
    const auto it = std::ranges::find_if(routes(), matches);
    return it == routes().end() ? nullptr : &*it;
}

QString LongmemService::userOf(const ServiceRequest &request) const
{
    const auto claims = verifiedClaims(request.bearer, m_jwtSecret);
    return claims ? claims->value("sub"_L1).toString() : QString();
}

ServiceAnswer LongmemService::answer(const ServiceRequest &request)
{
    const auto start = std::chrono::steady_clock::now();
    const Route *route = findRoute(request);
    ServiceAnswer answer = dispatch(request, route);
    const double took = secondsSince(start);
    addHeaders(request, took, answer);
    if (!route || route->access != Route::Probe) {
        const bool hasId = route && route->path.size() > 1 && route->path.endsWith(u'/');
        const QString label = route ? route->path + (hasId ? u"{id}"_s : QString()) + route->tail : u"unknown"_s;
        m_metrics.add(
            "http_requests_total",
            {{"method", request.method}, {"path", label.toUtf8()}, {"status", QByteArray::number(answer.status)}});
        m_metrics.observe("http_request_duration_seconds", {{"method", request.method}, {"path", label.toUtf8()}},
                          took);
    }
    return answer;
}

void LongmemService::addHeaders(const ServiceRequest &request, double tookSeconds, ServiceAnswer &answer) const
{
    QByteArray id = request.header("X-Request-ID").left(requestIdCap);
    if (id.isEmpty())
        id = QUuid::createUuid().toByteArray(QUuid::WithoutBraces);
    answer.headers.append({"X-Request-ID", id});
    answer.headers.append({"X-Process-Time", QByteArray::number(tookSeconds, 'f', 4)});
    if (isOn(u"SECURITY_HEADERS_ENABLED"_s))
        answer.headers.append(securityHeaders());
    const QByteArray origin = request.header("Origin");
    if (!origin.isEmpty() && variable(u"CORS_ORIGINS"_s).split(u',').contains(QString::fromLatin1(origin))) {
        answer.headers.append({"Access-Control-Allow-Origin", origin});
        answer.headers.emplaceBack("Access-Control-Allow-Credentials", "true");
    }
}

ServiceAnswer LongmemService::dispatch(const ServiceRequest &request, const Route *route)
{
    const bool isExempt = route && (route->access == Route::Probe || route->access == Route::Exempt);
    if (isExempt || !isOn(u"RATE_LIMIT_ENABLED"_s))
        return call(route, {request, userOf(request), {}});
    return limited(route, request);
}

ServiceAnswer LongmemService::limited(const Route *route, const ServiceRequest &request)
{
    const QString user = userOf(request);
    const auto verdict = m_limiter.take(user.isEmpty() ? request.client : user);
    if (m_limiter.backend() == "memory"_L1)
        m_metrics.add("rate_limit_fallback_total");
    if (!verdict.allowed)
        m_metrics.add("rate_limit_exceeded_total", {{"scope", verdict.scope.toUtf8()}});
    ServiceAnswer answer = verdict.allowed ? call(route, {request, user, {}}) : exceeded(verdict);
    const auto remaining = verdict.allowed ? static_cast<qint64>(verdict.left) : 0;
    answer.headers.append({"X-RateLimit-Limit", QByteArray::number(static_cast<qint64>(verdict.limit))});
    answer.headers.append({"X-RateLimit-Remaining", QByteArray::number(remaining)});
    answer.headers.append({"X-RateLimit-Reset", QByteArray::number(static_cast<qint64>(std::ceil(verdict.fullAt)))});
    return answer;
}

ServiceAnswer LongmemService::call(const Route *route, const Call &call)
{
    if (!route)
        return refused(404, u"Not Found"_s);
    if (route->access == Route::Users && call.user.isEmpty())
        return refused(401, u"Invalid or expired token"_s);
    const qsizetype idSize = call.request.path.size() - route->path.size() - route->tail.size();
    return (this->*route->handler)({call.request, call.user, call.request.path.mid(route->path.size(), idSize)});
}

ServiceAnswer LongmemService::health(const Call &)
{
    const auto report = m_probes.latest();
    return {.status = statusCode(report.status),
            .body = {{u"status"_s, report.status}, {u"timestamp"_s, report.checkedAt.toString(Qt::ISODateWithMs)}}};
}

ServiceAnswer LongmemService::detailedHealth(const Call &)
{
    const auto report = m_probes.latest();
    return {.status = statusCode(report.status),
            .body = {{u"status"_s, report.status},
                     {u"timestamp"_s, report.checkedAt.toString(Qt::ISODateWithMs)},
                     {u"components"_s, report.components},
                     {u"rate_limiting"_s, QJsonObject{{u"enabled"_s, isOn(u"RATE_LIMIT_ENABLED"_s)},
                                                      {u"backend"_s, m_limiter.backend()}}}}};
}

ServiceAnswer LongmemService::metricsPage(const Call &)
{
    return {.text = m_metrics.page(), .contentType = Metrics::contentType};
}

ServiceAnswer LongmemService::frontend(const Call &)
{
    return page("<!doctype html><title>Long-form memory</title><p>Long-form memory");
}

ServiceAnswer LongmemService::docs(const Call &)
{
    if (variable(u"ENVIRONMENT"_s) == "production"_L1)
        return refused(404, u"Not Found"_s);
    return page("<!doctype html><title>Long-form memory: API</title><p>API");
}

ServiceAnswer LongmemService::info(const Call &)
{
    return {.body = {{u"name"_s, u"Long-Form Memory System"_s},
                     {u"version"_s, u"1.4.2"_s},
                     {u"environment"_s, variable(u"ENVIRONMENT"_s)},
                     {u"rate_limit_per_minute"_s, variable(u"RATE_LIMIT_PER_MINUTE"_s).toInt()}}};
}

ServiceAnswer LongmemService::token(const Call &call)
{
    const int user = call.request.json().value("user"_L1).toInt();
    const auto rows = m_database.query("SELECT id FROM users WHERE id = $1::int", {QByteArray::number(user)});
    if (!rows)
        return refused(503, u"database unavailable"_s);
    if (rows->isEmpty())
        return refused(401, u"Invalid credentials"_s);
    const QByteArray token = signedToken(
        {}, {{u"sub"_s, QString::number(user)}, {u"exp"_s, QDateTime::currentSecsSinceEpoch() + tokenLifeSeconds}},
        m_jwtSecret);
    return {.body = {{u"access_token"_s, QString::fromLatin1(token)}, {u"token_type"_s, u"bearer"_s}}};
}

ServiceAnswer LongmemService::me(const Call &call)
{
    return {.body = {{u"id"_s, call.user}}};
}

bool LongmemService::embed()
{
    const auto start = std::chrono::steady_clock::now();
    const bool done = m_model.embed();
    if (done)
        m_metrics.observe("embedding_duration_seconds", {}, secondsSince(start));
    else
        m_metrics.add("embedding_failures_total");
    return done;
}

ServiceAnswer LongmemService::readThrough(const QString &group, const QString &key, const QByteArray &sql,
                                          const QList<QByteArray> &parameters)
{
    bool databaseFailed = false;
    const auto value = m_cache.read(group, key, [&]() -> std::optional<QByteArray> {
        const auto rows = m_database.query(sql, parameters);
        databaseFailed = !rows;
        if (!rows || rows->isEmpty() || rows->first().first().isEmpty())
            return std::nullopt;
        return rows->first().first();
    });
    if (value)
        return {.body = QJsonDocument::fromJson(*value).object()};
    return databaseFailed ? refused(503, u"database unavailable"_s) : refused(404, u"Not Found"_s);
}

ServiceAnswer LongmemService::memory(const Call &call)
{
    const QByteArray id = QByteArray::number(call.id.toInt());
    return readThrough(u"memory"_s, QString::fromLatin1(id), "SELECT row_to_json(m) FROM memories m WHERE id = $1::int",
                       {id});
}

ServiceAnswer LongmemService::search(const Call &call)
{
    const QString query = call.request.json().value("query"_L1).toString().left(100);
    if (query.isEmpty())
        return refused(400, u"query is missing"_s);
    if (!embed())
        return refused(503, u"embedding model unavailable"_s);
    const QString key = call.user + u':' + QString::fromLatin1(hmacSha256(query.toUtf8(), "search").toHex().left(16));
    return readThrough(
        u"search"_s, key,
        "SELECT json_build_object('memories', coalesce(json_agg(row_to_json(m)), '[]')) FROM (SELECT id, "
        "content, importance FROM memories WHERE user_id = $1::int AND content ILIKE '%' || $2 || '%' "
        "ORDER BY importance DESC, created_at DESC LIMIT 5) m",
        {call.user.toUtf8(), query.toUtf8()});
}

ServiceAnswer LongmemService::remember(const Call &call)
{
    const QString content = call.request.json().value("content"_L1).toString().left(2000);
    if (content.isEmpty())
        return refused(400, u"content is missing"_s);
    if (!embed())
        return refused(503, u"embedding model unavailable"_s);
    const auto rows = m_database.query("INSERT INTO memories (user_id, content, importance) VALUES ($1::int, $2, 0.5) "
                                       "RETURNING id",
                                       {call.user.toUtf8(), content.toUtf8()});
    if (!rows)
        return refused(503, u"database unavailable"_s);
    return {.status = 201, .body = {{u"id"_s, rows->first().first().toLongLong()}}};
}

ServiceAnswer LongmemService::context(const Call &call)
{
    const QByteArray id = QByteArray::number(call.id.toInt());
    return readThrough(
        u"context"_s, QString::fromLatin1(id),
        "SELECT json_build_object('conversation', $1::int, 'messages', json_agg(row_to_json(m))) FROM "
        "(SELECT role, content FROM messages WHERE conversation_id = $1::int ORDER BY id DESC LIMIT 20) m "
        "HAVING count(*) > 0",
        {id});
}

ServiceAnswer LongmemService::say(const Call &call)
{
    const QByteArray id = QByteArray::number(call.id.toInt());
    const auto rows =
        m_database.query("INSERT INTO messages (conversation_id, role, content) SELECT id, 'user', $2 FROM "
                         "conversations WHERE id = $1::int RETURNING id",
                         {id, call.request.json().value("content"_L1).toString().left(2000).toUtf8()});
    if (!rows)
        return refused(503, u"database unavailable"_s);
    if (rows->isEmpty())
        return refused(404, u"Not Found"_s);
    m_cache.invalidate(u"context"_s, QString::fromLatin1(id));
    return {.status = 201, .body = {{u"id"_s, rows->first().first().toLongLong()}}};
}

} // namespace qd::sandbox::longmem
