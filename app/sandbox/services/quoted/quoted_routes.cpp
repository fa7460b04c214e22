/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/quoted/quoted_service.h"

#include <QJsonDocument>

#include <array>

using namespace Qt::StringLiterals;

namespace qd::sandbox::quoted {

namespace {

enum TierId { Auth, Demo, Reads, Writes };

const Tier &tier(TierId id)
{
    static const std::array<Tier, 4> tiers{
        Tier{u"auth"_s, u"/login"_s, 5, std::chrono::minutes(1), u"minute"_s},
        Tier{u"demo"_s, u"/demo/quotes"_s, 5, std::chrono::hours(1), u"hour"_s},
        Tier{u"reads"_s, u"reads"_s, 120, std::chrono::minutes(1), u"minute"_s},
        Tier{u"writes"_s, u"writes"_s, 60, std::chrono::minutes(1), u"minute"_s},
    };
    return tiers[id];
}

ServiceAnswer unavailable(const QString &what)
{
    return {.status = 503, .body = {{u"detail"_s, what}}};
}

QJsonObject parsed(const QByteArray &json)
{
    return QJsonDocument::fromJson(json).object();
}

} // namespace

/// `path` ends with `/` where an id follows.
struct QuotedService::Route
{
    QByteArray method;
    QString path;
    TierId tier;
    Handler handler;
};

const QList<QuotedService::Route> &QuotedService::routes()
{
    static const QList<Route> all{
        {"GET", u"/api/info"_s, Reads, &QuotedService::info},
        {"GET", u"/api/me"_s, Reads, &QuotedService::me},
        {"GET", u"/api/contractors/"_s, Reads, &QuotedService::contractor},
        {"GET", u"/api/pricing/"_s, Reads, &QuotedService::pricing},
        {"GET", u"/api/templates/"_s, Reads, &QuotedService::quoteTemplate},
        {"PUT", u"/api/contractors/"_s, Writes, &QuotedService::updateContractor},
        {"PUT", u"/api/templates/"_s, Writes, &QuotedService::updateTemplate},
        {"POST", u"/api/quotes"_s, Writes, &QuotedService::quote},
        {"POST", u"/api/payments"_s, Writes, &QuotedService::payment},
        {"POST", u"/auth/magic-link"_s, Writes, &QuotedService::magicLink},
        {"POST", u"/login"_s, Auth, &QuotedService::login},
        {"POST", u"/demo/quotes"_s, Demo, &QuotedService::demoQuote},
    };
    return all;
}

void QuotedService::declareTiers()
{
    for (const TierId id : {Auth, Demo, Reads, Writes})
        m_limiter.declare(tier(id));
}

ServiceAnswer QuotedService::answer(const ServiceRequest &request)
{
    // Probes of load balancers and consoles are not traffic: they are not counted.
    if (request.path == "/health"_L1)
        return health();
    if (request.path == "/health/full"_L1)
        return fullHealth();
    const auto start = std::chrono::steady_clock::now();
    ServiceAnswer answer{.status = 404, .body = {{u"detail"_s, u"Not Found"_s}}};
    for (const Route &route : routes()) {
        const bool withId = route.path.endsWith(u'/');
        if (route.method != request.method ||
            !(withId ? request.path.startsWith(route.path) : request.path == route.path))
            continue;
        answer = limited(route, request, withId ? request.path.mid(route.path.size()) : QString());
        break;
    }
    m_requests.count(answer.status, std::chrono::steady_clock::now() - start);
    return answer;
}

ServiceAnswer QuotedService::limited(const Route &route, const ServiceRequest &request, const QString &id)
{
    const Tier &limits = tier(route.tier);
    const auto verdict = m_limiter.hit(limits, request.client);
    ServiceAnswer answer;
    if (verdict.allowed) {
        answer = (this->*route.handler)(request, id);
    } else {
        answer.status = 429;
        answer.body = {{u"error"_s, u"Rate limit exceeded: %1 per 1 %2"_s.arg(limits.limit).arg(limits.granularity)}};
        if (route.tier == Auth)
            m_alerts.raise(u"security"_s);
    }
    answer.headers.append({"X-RateLimit-Limit", QByteArray::number(limits.limit)});
    answer.headers.append(
        {"X-RateLimit-Remaining", QByteArray::number(std::max<qint64>(0, limits.limit - verdict.used))});
    answer.headers.append({"X-RateLimit-Reset", QByteArray::number(verdict.resetsAt, 'f', 3)});
    answer.headers.append({"Retry-After", QByteArray::number(static_cast<qint64>(verdict.retryAfter) + 1)});
    return answer;
}

ServiceAnswer QuotedService::info(const ServiceRequest &request, const QString &)
{
    return {.body = {{u"name"_s, u"quoted"_s},
                     {u"version"_s, u"2.8.1"_s},
                     {u"voice_quotes"_s, m_flags.isOn(u"voice_quotes"_s, request.client)}}};
}

ServiceAnswer QuotedService::me(const ServiceRequest &request, const QString &)
{
    if (!m_keys.verifies(request.bearer))
        return {.status = 401, .body = {{u"detail"_s, u"Invalid or expired token"_s}}};
    return {.body = {{u"authenticated"_s, true}}};
}

ServiceAnswer QuotedService::readThrough(const QString &group, const QByteArray &sql, const QString &id)
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
        return {.body = parsed(*value)};
    if (databaseFailed)
        return unavailable(u"database unavailable"_s);
    return {.status = 404, .body = {{u"detail"_s, u"Not Found"_s}}};
}

ServiceAnswer QuotedService::contractor(const ServiceRequest &, const QString &id)
{
    return readThrough(u"contractor"_s, "SELECT row_to_json(c) FROM contractors c WHERE id = $1::int", id);
}

ServiceAnswer QuotedService::pricing(const ServiceRequest &, const QString &id)
{
    return readThrough(u"pricing"_s, "SELECT row_to_json(c) FROM pricing_categories c WHERE id = $1::int", id);
}

ServiceAnswer QuotedService::quoteTemplate(const ServiceRequest &, const QString &id)
{
    return readThrough(u"templates"_s, "SELECT row_to_json(c) FROM quote_templates c WHERE id = $1::int", id);
}

ServiceAnswer QuotedService::update(const QString &group, const QByteArray &sql, const QString &id)
{
    if (!m_database.query(sql, {QByteArray::number(id.toInt())}))
        return unavailable(u"database unavailable"_s);
    m_cache.invalidate(group, id);
    return {.body = {{u"updated"_s, id}}};
}

ServiceAnswer QuotedService::updateContractor(const ServiceRequest &, const QString &id)
{
    return update(u"contractor"_s, "UPDATE contractors SET updated_at = now() WHERE id = $1::int", id);
}

ServiceAnswer QuotedService::updateTemplate(const ServiceRequest &, const QString &id)
{
    return update(u"templates"_s, "UPDATE quote_templates SET updated_at = now() WHERE id = $1::int", id);
}

ServiceAnswer QuotedService::quote(const ServiceRequest &request, const QString &)
{
    // One provider first by the flag's share of clients, the other when it fails.
    Upstream *first = &m_openai;
    Upstream *second = &m_anthropic;
    if (m_flags.isOn(u"anthropic_first"_s, request.client))
        std::swap(first, second);
    Upstream *used = first->call() ? first : second->call() ? second : nullptr;
    if (!used) {
        m_alerts.raise(u"external_service"_s);
        return unavailable(u"no quote provider available"_s);
    }
    const int contractorId = 1 + request.json().value("contractor"_L1).toInt() % 200;
    m_storage.put(u"quote"_s, "%PDF-1.4 quote for contractor " + QByteArray::number(contractorId) + '\n');
    const auto rows = m_database.query("INSERT INTO quotes (contractor_id, total, provider) VALUES ($1::int, 1250, $2) "
                                       "RETURNING id",
                                       {QByteArray::number(contractorId), used->breaker().name().toUtf8()});
    if (!rows)
        return unavailable(u"database unavailable"_s);
    return {.status = 201, .body = {{u"id"_s, rows->first().first().toLongLong()}}};
}

ServiceAnswer QuotedService::payment(const ServiceRequest &, const QString &)
{
    const bool paid = m_stripe.call();
    if (!paid)
        m_alerts.raise(u"payment_failed"_s);
    const auto rows =
        m_database.query("INSERT INTO payments (amount, state) VALUES (1250, $1)", {paid ? "paid" : "failed"});
    if (!paid || !rows)
        return unavailable(paid ? u"database unavailable"_s : u"payment provider unavailable"_s);
    return {.status = 201, .body = {{u"state"_s, u"paid"_s}}};
}

ServiceAnswer QuotedService::magicLink(const ServiceRequest &, const QString &)
{
    if (!m_resend.call())
        return unavailable(u"e-mail provider unavailable"_s);
    return {.body = {{u"sent"_s, true}}};
}

ServiceAnswer QuotedService::login(const ServiceRequest &request, const QString &)
{
    const QString user = request.json().value("user"_L1).toString();
    if (user.isEmpty())
        return {.status = 401, .body = {{u"detail"_s, u"Invalid credentials"_s}}};
    const auto token = m_keys.issue(user);
    if (!token)
        return unavailable(u"no session can be stored"_s);
    return {.body = {{u"access_token"_s, QString::fromLatin1(*token)}, {u"token_type"_s, u"bearer"_s}}};
}

ServiceAnswer QuotedService::demoQuote(const ServiceRequest &, const QString &)
{
    if (!m_openai.call())
        return unavailable(u"no quote provider available"_s);
    return {.status = 201, .body = {{u"demo"_s, true}, {u"total"_s, 1250}}};
}

} // namespace qd::sandbox::quoted
