/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/storefront/storefront_service.h"

#include "parts/jwt.h"
#include "services/storefront/storefront.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QUuid>

#include <cmath>

using namespace Qt::StringLiterals;

namespace qd::sandbox::storefront {

namespace {

constexpr int pushAttempts = 3;
constexpr int firstPushBackOffMs = 200; ///< doubled after each attempt
constexpr qint64 tokenLifeSeconds = 7 * 24 * 3600;
constexpr qint64 webhookToleranceSeconds = 300;
constexpr int users = 60;

/// express-rate-limit: one limiter before all of /api/v1.
const Tier &apiTier()
{
    static const Tier tier{u"api"_s, u"/api/v1"_s, 100, std::chrono::minutes(1), u"minute"_s};
    return tier;
}

ServiceAnswer refused(int status, const QString &error)
{
    return {.status = status, .body = {{u"error"_s, error}}};
}

QJsonValue parsed(const QByteArray &json)
{
    const QJsonDocument document = QJsonDocument::fromJson(json);
    return document.isArray() ? QJsonValue(document.array()) : QJsonValue(document.object());
}

int userOf(const ServiceRequest &request)
{
    return std::clamp(request.json().value("userId"_L1).toInt(1), 1, users);
}

/// draft-7 of the IETF's header fields.
void addLimitHeaders(ServiceAnswer &answer, const RateLimiter::Verdict &verdict)
{
    const Tier &tier = apiTier();
    const QByteArray reset = QByteArray::number(static_cast<qint64>(std::ceil(verdict.retryAfter)));
    const qint64 remaining = std::max<qint64>(0, tier.limit - verdict.used);
    answer.headers.append(
        {"RateLimit-Policy", QByteArray::number(tier.limit) + ";w=" + QByteArray::number(qint64(tier.window.count()))});
    answer.headers.append({"RateLimit", "limit=" + QByteArray::number(tier.limit) +
                                            ", remaining=" + QByteArray::number(remaining) + ", reset=" + reset});
    if (!verdict.allowed)
        answer.headers.append({"Retry-After", reset});
}

} // namespace

QByteArray webhookSignature(const QByteArray &body, const QByteArrayList &secrets, qint64 seconds)
{
    const QByteArray time = QByteArray::number(seconds);
    QByteArray header = "t=" + time;
    for (const QByteArray &secret : secrets) {
        if (!secret.isEmpty())
            header += ",v1=" + hmacSha256(time + '.' + body, secret).toHex();
    }
    return header;
}

/// `path` ends with `/` where an id follows.
struct StorefrontService::Route
{
    QByteArray method;
    QString path;
    bool isLimited;
    Handler handler;
};

const QList<StorefrontService::Route> &StorefrontService::routes()
{
    static const QList<Route> all{
        {"GET", u"/api/v1/products/"_s, true, &StorefrontService::product},
        {"GET", u"/api/v1/recommendations/"_s, true, &StorefrontService::recommendations},
        {"GET", u"/api/v1/weather/"_s, true, &StorefrontService::weather},
        {"GET", u"/api/v1/profile"_s, true, &StorefrontService::profile},
        {"POST", u"/api/v1/concierge"_s, true, &StorefrontService::concierge},
        {"POST", u"/api/v1/orders"_s, true, &StorefrontService::order},
        {"POST", u"/api/v1/payments/sheet"_s, true, &StorefrontService::paymentSheet},
        {"POST", u"/api/v1/auth/login"_s, true, &StorefrontService::login},
        {"POST", u"/api/v1/stripe/webhook"_s, false, &StorefrontService::webhook},
        {"POST", u"/api/v1/internal/push/test"_s, false, &StorefrontService::pushTest},
    };
    return all;
}

ServiceAnswer StorefrontService::answer(const ServiceRequest &request)
{
    // Probes of load balancers and consoles are not traffic: they are not counted.
    if (request.method == "GET") {
        if (auto probed = probe(request.path))
            return *probed;
    }
    const auto start = std::chrono::steady_clock::now();
    QByteArray correlation = request.header("x-correlation-id").left(64);
    if (correlation.isEmpty())
        correlation = QUuid::createUuid().toByteArray(QUuid::WithoutBraces);
    ServiceAnswer answer = refused(404, u"not_found"_s);
    QByteArray label = "unmatched";
    for (const Route &route : routes()) {
        const bool withId = route.path.endsWith(u'/');
        if (route.method != request.method ||
            !(withId ? request.path.startsWith(route.path) : request.path == route.path))
            continue;
        label = route.path.toUtf8() + (withId ? ":id" : "");
        answer = limited(route, request, withId ? request.path.mid(route.path.size()) : QString());
        break;
    }
    answer.headers.append({"x-correlation-id", correlation});
    if (answer.status >= 400 && answer.contentType == "application/json")
        answer.body.insert(u"correlationId"_s, QString::fromUtf8(correlation));
    ++m_requests;
    m_metrics.observe(
        "http_request_duration_seconds",
        {{"method", request.method}, {"route", label}, {"status_code", QByteArray::number(answer.status)}},
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    return answer;
}

ServiceAnswer StorefrontService::limited(const Route &route, const ServiceRequest &request, const QString &id)
{
    if (!route.isLimited)
        return (this->*route.handler)(request, id);
    const auto verdict = m_limiter.hit(apiTier(), request.client);
    ServiceAnswer answer;
    if (verdict.allowed)
        answer = (this->*route.handler)(request, id);
    else
        answer = {.status = 429,
                  .text = "Too many requests, please try again later.",
                  .contentType = "text/html; charset=utf-8"};
    addLimitHeaders(answer, verdict);
    return answer;
}

ServiceAnswer StorefrontService::readThrough(const QString &group, const QByteArray &sql, const QString &id)
{
    bool databaseFailed = false;
    const auto value = m_cache.read(group, id, [&]() -> std::optional<QByteArray> {
        const auto rows = m_database.query(sql, {QByteArray::number(id.toInt())});
        databaseFailed = !rows;
        if (!rows || rows->isEmpty())
            return std::nullopt;
        return rows->first().first();
    });
    if (value)
        return {.body = {{u"data"_s, parsed(*value)}}};
    return databaseFailed ? refused(503, u"database_unavailable"_s) : refused(404, u"not_found"_s);
}

ServiceAnswer StorefrontService::product(const ServiceRequest &, const QString &id)
{
    return readThrough(u"products"_s, R"(SELECT row_to_json(p) FROM "Product" p WHERE "id" = $1::int)", id);
}

ServiceAnswer StorefrontService::recommendations(const ServiceRequest &, const QString &id)
{
    return readThrough(u"recommendations"_s, R"(SELECT "products" FROM "Recommendation" WHERE "userId" = $1::int)", id);
}

QJsonObject StorefrontService::weatherIn(const QString &city)
{
    const auto value = m_cache.read(u"weather"_s, city, [&]() -> std::optional<QByteArray> {
        if (m_weather.fire() != Opossum::Outcome::Success)
            return std::nullopt;
        return QJsonDocument(QJsonObject{{u"city"_s, city}, {u"celsius"_s, 8 + city.size()}})
            .toJson(QJsonDocument::Compact);
    });
    if (value)
        return {{u"data"_s, parsed(*value)}, {u"isFallback"_s, false}};
    // What it was like when anybody last wrote it down.
    const auto rows = m_database.query(R"(SELECT "report" FROM "WeatherReport" WHERE "city" = $1)", {city.toUtf8()});
    return {{u"data"_s, rows && !rows->isEmpty() ? parsed(rows->first().first()) : QJsonValue()},
            {u"isFallback"_s, true}};
}

ServiceAnswer StorefrontService::weather(const ServiceRequest &, const QString &id)
{
    return {.body = weatherIn(id.left(40))};
}

ServiceAnswer StorefrontService::concierge(const ServiceRequest &request, const QString &)
{
    if (isOn(u"CONCIERGE_DISABLED"_s))
        return refused(503, u"concierge_unavailable"_s);
    const QJsonObject outside = weatherIn(u"Lisbon"_s);
    const bool answered = m_openai.fire() == Opossum::Outcome::Success;
    if (answered && !outside.value("isFallback"_L1).toBool())
        return {.body = {{u"reply"_s, u"Three things for today's weather"_s}, {u"isFallback"_s, false}}};
    ServiceAnswer degraded = recommendations(request, QString::number(userOf(request)));
    if (degraded.status == 200)
        degraded.body.insert(u"isFallback"_s, true);
    return degraded;
}

ServiceAnswer StorefrontService::order(const ServiceRequest &request, const QString &)
{
    const int user = userOf(request);
    const auto rows = m_database.query(
        R"(INSERT INTO "Order" ("userId", "totalCents", "status") VALUES ($1::int, 4290, 'PLACED') RETURNING "id")",
        {QByteArray::number(user)});
    if (!rows)
        return refused(503, u"database_unavailable"_s);
    m_metrics.add("orders_total");
    const bool told = push(user);
    return {.status = 201, .body = {{u"id"_s, rows->first().first().toLongLong()}, {u"notified"_s, told}}};
}

ServiceAnswer StorefrontService::paymentSheet(const ServiceRequest &request, const QString &)
{
    const bool made = m_stripe.fire() == Opossum::Outcome::Success;
    const auto rows =
        m_database.query(R"(INSERT INTO "Payment" ("userId", "amountCents", "status") VALUES ($1::int, 4290, $2))",
                         {QByteArray::number(userOf(request)), made ? "REQUIRES_CONFIRMATION" : "FAILED"});
    if (!made)
        return refused(503, u"payment_unavailable"_s);
    return rows ? ServiceAnswer{.status = 201, .body = {{u"status"_s, u"requires_confirmation"_s}}}
                : refused(503, u"database_unavailable"_s);
}

ServiceAnswer StorefrontService::webhook(const ServiceRequest &request, const QString &)
{
    const QByteArray given = request.header("stripe-signature");
    const qint64 signedAt = given.mid(2, given.indexOf(',') - 2).toLongLong();
    const QByteArray secret =
        m_signedByAnother ? QByteArray("another") : m_config.variables.value(u"STRIPE_WEBHOOK_SECRET"_s).toUtf8();
    const bool isRecent = std::abs(QDateTime::currentSecsSinceEpoch() - signedAt) <= webhookToleranceSeconds;
    const QByteArray ours = webhookSignature(request.body, {secret}, signedAt).split(',').value(1);
    const QByteArrayList signatures = given.split(',').mid(1);
    const bool genuine = isRecent && !ours.isEmpty() &&
                         std::ranges::any_of(signatures, [&](const QByteArray &each) { return isSame(each, ours); });
    m_metrics.add("stripe_webhook_total", {{"code", genuine ? "200" : "400"}});
    return genuine ? ServiceAnswer{.body = {{u"received"_s, true}}} : refused(400, u"invalid_signature"_s);
}

ServiceAnswer StorefrontService::login(const ServiceRequest &request, const QString &)
{
    const int user = userOf(request);
    const auto rows = m_database.query(R"(UPDATE "PushToken" SET "disabledAt" = NULL WHERE "userId" = $1::int)",
                                       {QByteArray::number(user)}); // pushService.registerToken
    if (!rows)
        return refused(503, u"database_unavailable"_s);
    const QJsonObject claims{{u"sub"_s, QString::number(user)},
                             {u"exp"_s, QDateTime::currentSecsSinceEpoch() + tokenLifeSeconds}};
    return {.body = {{u"accessToken"_s, QString::fromLatin1(signedToken(
                                            {}, claims, m_config.variables.value(u"JWT_SECRET"_s).toUtf8()))}}};
}

ServiceAnswer StorefrontService::profile(const ServiceRequest &request, const QString &)
{
    const auto claims = verifiedClaims(request.bearer, m_config.variables.value(u"JWT_SECRET"_s).toUtf8());
    if (!claims)
        return refused(401, u"invalid_token"_s);
    return {.body = {{u"userId"_s, claims->value("sub"_L1).toString().toInt()}}};
}

bool StorefrontService::push(int user)
{
    if (isOn(u"PUSH_NOTIFICATIONS_DISABLED"_s))
        return false;
    const auto receipt = [&](const char *status) { m_metrics.add("push_receipts_total", {{"status", status}}); };
    const QByteArray who = QByteArray::number(user);
    const auto token =
        m_database.query(R"(SELECT 1 FROM "PushToken" WHERE "userId" = $1::int AND "disabledAt" IS NULL)", {who});
    if (!token || token->isEmpty())
        return false;
    auto backOff = std::chrono::milliseconds(static_cast<qint64>(firstPushBackOffMs / m_config.timeScale) + 1);
    for (int attempt = 0; attempt < pushAttempts; ++attempt) {
        const auto outcome = m_push.fire();
        receipt(outcome == Opossum::Outcome::Success ? "ok" : "error");
        if (outcome == Opossum::Outcome::Success)
            return true;
        // Nobody refused the token while the breaker let nothing through.
        if (outcome == Opossum::Outcome::Rejected)
            return false;
        if (attempt + 1 < pushAttempts && !m_push.provider().wait(backOff))
            return false;
        backOff *= 2;
    }
    if (m_database.query(R"(UPDATE "PushToken" SET "disabledAt" = now() WHERE "userId" = $1::int)", {who}))
        receipt("expired");
    return false;
}

ServiceAnswer StorefrontService::pushTest(const ServiceRequest &request, const QString &)
{
    if (request.json().value("message"_L1).toString().isEmpty())
        return refused(400, u"message_required"_s);
    return {.body = {{u"sent"_s, push(userOf(request))}}};
}

} // namespace qd::sandbox::storefront
