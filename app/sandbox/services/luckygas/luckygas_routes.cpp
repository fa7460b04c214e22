/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/luckygas/luckygas_service.h"

#include <QJsonDocument>
#include <QRegularExpression>

#include <array>

using namespace Qt::StringLiterals;

namespace qd::sandbox::luckygas {

namespace {

ServiceAnswer refusal(int status, const QString &detail)
{
    return {.status = status, .body = {{u"detail"_s, detail}}};
}

ServiceAnswer databaseUnavailable()
{
    return refusal(503, u"database unavailable"_s);
}

QJsonObject parsed(const QByteArray &json)
{
    return QJsonDocument::fromJson(json).object();
}

/// A tier's two windows: requests by hour and by minute.
struct Limits
{
    QString tier;
    int hourly;
    int byMinute;
};

const std::array<Limits, 4> &tierLimits()
{
    static const std::array<Limits, 4> all{{{u"basic"_s, 100, 20},
                                            {u"standard"_s, 1000, 100},
                                            {u"premium"_s, 10'000, 500},
                                            {u"enterprise"_s, 100'000, 2000}}};
    return all;
}

int multiplierOf(const QString &role)
{
    if (role == "admin"_L1)
        return 10;
    if (role == "manager"_L1)
        return 5;
    return role == "office"_L1 ? 2 : 1;
}

/// In the order in which slowapi counts them; a key of an unknown tier counts as basic.
std::array<Tier, 2> windowsOf(const ApiKey &key)
{
    const auto *limits = std::ranges::find(tierLimits(), key.tier, &Limits::tier);
    if (limits == tierLimits().end())
        limits = tierLimits().begin();
    const int times = multiplierOf(key.role);
    return {Tier{limits->tier, limits->tier, limits->hourly * times, std::chrono::hours(1), u"hour"_s},
            Tier{limits->tier, limits->tier, limits->byMinute * times, std::chrono::minutes(1), u"minute"_s}};
}

void addLimitHeaders(ServiceAnswer &answer, const Tier &window, const RateLimiter::Verdict &verdict)
{
    answer.headers.append({"X-RateLimit-Limit", QByteArray::number(window.limit)});
    answer.headers.append(
        {"X-RateLimit-Remaining", QByteArray::number(std::max<qint64>(0, window.limit - verdict.used))});
    answer.headers.append({"X-RateLimit-Reset", QByteArray::number(verdict.resetsAt, 'f', 3)});
    answer.headers.append({"Retry-After", QByteArray::number(static_cast<qint64>(verdict.retryAfter) + 1)});
}

/// What an attack on the database or the page looks like.
bool isSuspicious(const ServiceRequest &request)
{
    static const QRegularExpression pattern(
        u"\\bunion\\s+(all\\s+)?select\\b|;\\s*(drop|delete|update|insert)\\b|'\\s*or\\s+'?\\d|<\\s*script|javascript:"_s,
        QRegularExpression::CaseInsensitiveOption);
    return pattern.match(request.path).hasMatch() || pattern.match(QString::fromUtf8(request.body)).hasMatch();
}

/// Those that OWASP recommends.
void addSecurityHeaders(ServiceAnswer &answer)
{
    answer.headers.append({{"Strict-Transport-Security", "max-age=31536000; includeSubDomains"},
                           {"X-Content-Type-Options", "nosniff"},
                           {"X-Frame-Options", "DENY"},
                           {"Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"},
                           {"Referrer-Policy", "strict-origin-when-cross-origin"}});
}

} // namespace

/// `path` ends with `/` where an id follows.
struct LuckygasService::Route
{
    QByteArray method;
    QString path;
    Handler handler;

    /// As FastAPI calls it.
    [[nodiscard]] QByteArray endpoint() const { return path.toUtf8() + (path.endsWith(u'/') ? "{id}" : ""); }
};

const QList<LuckygasService::Route> &LuckygasService::routes()
{
    static const QList<Route> all{
        {"GET", u"/api/v1/customers/"_s, &LuckygasService::customer},
        {"GET", u"/api/v1/products/"_s, &LuckygasService::product},
        {"GET", u"/api/v1/routes/"_s, &LuckygasService::deliveryRoute},
        {"GET", u"/api/v1/orders/"_s, &LuckygasService::order},
        {"GET", u"/api/v1/predictions/"_s, &LuckygasService::prediction},
        {"POST", u"/api/v1/orders"_s, &LuckygasService::placeOrder},
        {"POST", u"/api/v1/deliveries"_s, &LuckygasService::deliver},
        {"POST", u"/api/v1/payments"_s, &LuckygasService::pay},
    };
    return all;
}

void LuckygasService::declareMetrics()
{
    m_metrics.declareCounter("http_requests_total", "Requests by endpoint, method and status");
    m_metrics.declareHistogram("http_request_duration_seconds", "Time a request took",
                               {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});
    m_metrics.declareCounter("rate_limit_hits_total", "Requests refused by the rate limiter");
    m_metrics.declareCounter("suspicious_requests_total", "Requests blocked by pattern detection");
    m_metrics.declareGauge("circuit_breaker_state", "State of the circuit breaker");
    m_metrics.declareCounter("circuit_breaker_calls_total", "Calls through the circuit breaker");
    m_metrics.declareCounter("orders_total", "Orders taken");
    m_metrics.declareCounter("deliveries_total", "Orders delivered");
    m_metrics.declareCounter("revenue_twd_total", "Revenue in New Taiwan dollars");
    m_metrics.declareHistogram("prediction_latency_seconds", "Time a demand prediction took",
                               {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5});
    m_metrics.declareGauge("order_processing_delay_seconds", "How long the oldest pending order has waited");
    for (const char *name : {"orders_total", "deliveries_total", "revenue_twd_total", "suspicious_requests_total"})
        m_metrics.add(name, {}, 0);
    for (const Limits &limits : tierLimits())
        m_metrics.add("rate_limit_hits_total", {{"tier", limits.tier.toUtf8()}}, 0);
}

/// As client_python's Enum tells it: one series per state, of which one is 1.
ServiceAnswer LuckygasService::metrics()
{
    for (const Upstream *upstream : upstreams()) {
        const QByteArray name = upstream->breaker().name().toUtf8();
        const QJsonObject told = upstream->breaker().toJson();
        const QByteArray state = told.value("state"_L1).toString().toUtf8();
        for (const char *each : {"closed", "half_open", "open"})
            m_metrics.set("circuit_breaker_state", {{"circuit_breaker_state", each}, {"name", name}}, state == each);
        const auto count = [&](const char *result, double value) {
            m_metrics.set("circuit_breaker_calls_total", {{"name", name}, {"result", result}}, value);
        };
        const double failures = told.value("failures_total"_L1).toDouble();
        count("failure", failures);
        count("rejected", told.value("rejected_total"_L1).toDouble());
        count("success", std::max(0.0, told.value("calls_total"_L1).toDouble() - failures));
    }
    return {.text = m_metrics.page(), .contentType = Metrics::contentType};
}

ServiceAnswer LuckygasService::answer(const ServiceRequest &request)
{
    ServiceAnswer answer = refusal(404, u"Not Found"_s);
    // Probes of load balancers and consoles are not traffic: they are neither counted nor limited.
    if (request.path == "/api/v1/health"_L1) {
        answer = health();
    } else if (request.path == "/metrics"_L1) {
        return metrics();
    } else {
        const auto start = std::chrono::steady_clock::now();
        QByteArray endpoint = "none";
        for (const Route &route : routes()) {
            const bool withId = route.path.endsWith(u'/');
            if (route.method != request.method ||
                !(withId ? request.path.startsWith(route.path) : request.path == route.path))
                continue;
            endpoint = route.endpoint();
            answer = checked(route, request, withId ? request.path.mid(route.path.size()) : QString());
            break;
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        m_metrics.add(
            "http_requests_total",
            {{"endpoint", endpoint}, {"method", request.method}, {"status", QByteArray::number(answer.status)}});
        m_metrics.observe("http_request_duration_seconds", {{"endpoint", endpoint}, {"method", request.method}},
                          took.count());
    }
    addSecurityHeaders(answer);
    return answer;
}

ServiceAnswer LuckygasService::checked(const Route &route, const ServiceRequest &request, const QString &id)
{
    if (isSuspicious(request)) {
        m_metrics.add("suspicious_requests_total");
        return refusal(400, u"Request blocked"_s);
    }
    const QByteArray presented = request.header("X-API-Key");
    const auto key = presented.isEmpty() ? std::nullopt : m_keys.find(presented);
    if (!key)
        return refusal(401, u"Invalid or missing API key"_s);
    return limited(route, *key, request, id);
}

ServiceAnswer LuckygasService::limited(const Route &route, const ApiKey &key, const ServiceRequest &request,
                                       const QString &id)
{
    const auto windows = windowsOf(key);
    RateLimiter::Verdict verdict;
    for (const Tier &window : windows) {
        verdict = m_limiter.hit(window, QString::fromUtf8(key.prefix));
        if (!verdict.couldCount)
            return refusal(503, u"Rate limiting unavailable"_s);
        if (verdict.allowed)
            continue;
        m_metrics.add("rate_limit_hits_total", {{"tier", window.name.toUtf8()}});
        ServiceAnswer refused{
            .status = 429,
            .body = {{u"error"_s, u"Rate limit exceeded: %1 per 1 %2"_s.arg(window.limit).arg(window.granularity)}}};
        addLimitHeaders(refused, window, verdict);
        return refused;
    }
    ServiceAnswer answer = (this->*route.handler)(request, id);
    addLimitHeaders(answer, windows.back(), verdict);
    return answer;
}

Result<Rows> LuckygasService::readOnly(const QByteArray &sql, const QList<QByteArray> &parameters)
{
    for (const auto &replica : m_replicas) {
        if (auto rows = replica->query(sql, parameters, std::chrono::seconds(2)))
            return rows;
    }
    return m_database.query(sql, parameters);
}

ServiceAnswer LuckygasService::readThrough(const QString &group, const QByteArray &sql, const QString &id)
{
    bool databaseFailed = false;
    const auto value = m_cache.read(group, id, [&]() -> std::optional<QByteArray> {
        const auto rows = readOnly(sql, {QByteArray::number(id.toInt())});
        databaseFailed = !rows;
        if (!rows || rows->isEmpty())
            return std::nullopt;
        return rows->first().first();
    });
    if (value)
        return {.body = parsed(*value)};
    return databaseFailed ? databaseUnavailable() : refusal(404, u"Not Found"_s);
}

ServiceAnswer LuckygasService::customer(const ServiceRequest &, const QString &id)
{
    return readThrough(u"customers"_s, "SELECT row_to_json(c) FROM customers c WHERE id = $1::int", id);
}

ServiceAnswer LuckygasService::product(const ServiceRequest &, const QString &id)
{
    return readThrough(u"products"_s, "SELECT row_to_json(p) FROM products p WHERE id = $1::int", id);
}

ServiceAnswer LuckygasService::deliveryRoute(const ServiceRequest &, const QString &id)
{
    return readThrough(u"routes"_s, "SELECT row_to_json(r) FROM routes r WHERE id = $1::int", id);
}

ServiceAnswer LuckygasService::order(const ServiceRequest &, const QString &id)
{
    const auto rows =
        readOnly("SELECT row_to_json(o) FROM orders o WHERE id = $1::bigint", {QByteArray::number(id.toLongLong())});
    if (!rows)
        return databaseUnavailable();
    return rows->isEmpty() ? refusal(404, u"Not Found"_s) : ServiceAnswer{.body = parsed(rows->first().first())};
}

ServiceAnswer LuckygasService::prediction(const ServiceRequest &, const QString &id)
{
    const auto value = m_cache.read(u"predictions"_s, id, [&]() -> std::optional<QByteArray> {
        const auto start = std::chrono::steady_clock::now();
        const bool predicted = m_google.call();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        m_metrics.observe("prediction_latency_seconds", {}, took.count());
        if (!predicted)
            return std::nullopt;
        return QJsonDocument(QJsonObject{{u"customer"_s, id.toInt()}, {u"cylinders"_s, 1 + id.toInt() % 4}})
            .toJson(QJsonDocument::Compact);
    });
    return value ? ServiceAnswer{.body = parsed(*value)} : refusal(503, u"prediction service unavailable"_s);
}

ServiceAnswer LuckygasService::placeOrder(const ServiceRequest &request, const QString &)
{
    const int customerId = 1 + request.json().value("customer"_L1).toInt() % 300;
    const int cylinders = 1 + request.json().value("cylinders"_L1).toInt() % 4;
    const auto rows = m_database.query("INSERT INTO orders (customer_id, cylinders, amount_twd) "
                                       "VALUES ($1::int, $2::int, $2::int * 820) RETURNING id",
                                       {QByteArray::number(customerId), QByteArray::number(cylinders)});
    if (!rows)
        return databaseUnavailable();
    m_metrics.add("orders_total");
    // An order stands also where the customer could not be told.
    const bool told = m_sms.call();
    return {.status = 201, .body = {{u"id"_s, rows->first().first().toLongLong()}, {u"sms_sent"_s, told}}};
}

ServiceAnswer LuckygasService::deliver(const ServiceRequest &, const QString &)
{
    const auto rows = m_database.query("UPDATE orders SET status = 'delivered', delivered_at = now() WHERE id = "
                                       "(SELECT id FROM orders WHERE status = 'pending' AND NOT held ORDER BY "
                                       "created_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, amount_twd");
    if (!rows)
        return databaseUnavailable();
    if (rows->isEmpty())
        return refusal(404, u"no order is waiting"_s);
    m_metrics.add("deliveries_total");
    m_metrics.add("revenue_twd_total", {}, rows->first().at(1).toDouble());
    const bool invoiced = m_einvoice.call();
    return {.body = {{u"id"_s, rows->first().first().toLongLong()}, {u"invoiced"_s, invoiced}}};
}

ServiceAnswer LuckygasService::pay(const ServiceRequest &, const QString &)
{
    if (!m_banking.call())
        return refusal(503, u"bank unavailable"_s);
    if (!m_database.query("INSERT INTO payments (amount_twd) VALUES (820)"))
        return databaseUnavailable();
    return {.status = 201, .body = {{u"state"_s, u"paid"_s}}};
}

} // namespace qd::sandbox::luckygas
