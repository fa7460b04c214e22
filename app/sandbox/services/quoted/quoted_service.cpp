/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/quoted/quoted_service.h"

#include <QRandomGenerator>

#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox::quoted {

namespace {

constexpr qint64 flagsEverySeconds = 5;

const std::map<QString, std::chrono::seconds> &ttls()
{
    static const std::map<QString, std::chrono::seconds> all{
        {u"contractor"_s, 600s}, {u"pricing"_s, 1800s}, {u"templates"_s, 300s}};
    return all;
}

CircuitBreaker::Policy breaker(int failures, std::chrono::milliseconds recovery, double timeScale)
{
    return {failures,
            std::chrono::milliseconds(static_cast<qint64>(static_cast<double>(recovery.count()) / timeScale))};
}

Upstream::Behaviour takes(std::chrono::milliseconds usual, double timeScale)
{
    Upstream::Behaviour behaviour;
    behaviour.usualLatency = usual;
    behaviour.firstBackOff = std::chrono::milliseconds(static_cast<qint64>(200 / timeScale) + 1);
    return behaviour;
}

} // namespace

std::unique_ptr<Service> create(const ServiceConfig &config)
{
    return std::make_unique<QuotedService>(config);
}

QuotedService::QuotedService(const ServiceConfig &config)
    : m_config(config)
    , m_database(config.database)
    , m_healthDatabase(config.database)
    , m_limiter(config.redis)
    , m_cache(config.redis, "quoted:cache:stats", ttls())
    , m_keys(m_database)
    , m_keysEvery(keysEvery(config.timeScale))
    , m_flags(m_database)
    , m_openai(u"openai"_s, takes(850ms, config.timeScale), breaker(5, 60s, config.timeScale),
               [this](const QString &) { m_alerts.raise(u"circuit_breaker"_s); })
    , m_anthropic(u"anthropic"_s, takes(700ms, config.timeScale), breaker(3, 30s, config.timeScale),
                  [this](const QString &) { m_alerts.raise(u"circuit_breaker"_s); })
    , m_stripe(u"stripe"_s, takes(180ms, config.timeScale), breaker(3, 30s, config.timeScale),
               [this](const QString &) { m_alerts.raise(u"circuit_breaker"_s); })
    , m_resend(u"resend"_s, takes(120ms, config.timeScale), breaker(5, 60s, config.timeScale),
               [this](const QString &) { m_alerts.raise(u"circuit_breaker"_s); })
    , m_s3(u"s3"_s, takes(25ms, config.timeScale), breaker(5, 30s, config.timeScale),
           [this](const QString &) { m_alerts.raise(u"external_service"_s); })
    , m_storage(config.directory, m_s3)
{
}

QuotedService::~QuotedService() = default;

void QuotedService::start()
{
    declareTiers();
    m_keys.refresh();
    m_flags.refresh();
    m_cache.identify("quoted/production");
    warmUp();
}

void QuotedService::stop()
{
    for (Upstream *upstream : {&m_openai, &m_anthropic, &m_stripe, &m_resend, &m_s3})
        upstream->stop();
}

void QuotedService::warmUp()
{
    static const std::array<std::pair<const char *, const char *>, 3> groups{
        std::pair{"contractor", "SELECT id, row_to_json(c) FROM contractors c"},
        std::pair{"pricing", "SELECT id, row_to_json(c) FROM pricing_categories c"},
        std::pair{"templates", "SELECT id, row_to_json(c) FROM quote_templates c"}};
    if (!m_cache.ping())
        return;
    QRandomGenerator random(1); // the same keys each time
    for (const auto &[group, sql] : groups) {
        const auto rows = m_database.query(sql);
        if (!rows)
            return;
        for (const auto &row : *rows) {
            const double part = random.generateDouble();
            if (part > 0.08) // some are left to be missed
                m_cache.warm(QString::fromLatin1(group), QString::fromUtf8(row.at(0)), row.at(1), part);
        }
    }
}

void QuotedService::tick()
{
    ++m_ticks;
    if (m_ticks % flagsEverySeconds == 0)
        m_flags.refresh();
    if (m_ticks % m_keysEvery.count() == 0)
        m_keys.refresh();
    m_cache.identify("quoted/production");
}

bool QuotedService::isHealthPath(const QString &path) const
{
    return path.startsWith(u"/health"_s);
}

ServiceAnswer QuotedService::health()
{
    if (m_healthDatabase.query("SELECT 1", {}, 2s))
        return {.body = {{u"status"_s, u"healthy"_s}, {u"database"_s, u"ok"_s}}};
    return {.status = 503, .body = {{u"status"_s, u"unhealthy"_s}, {u"database"_s, u"error"_s}}};
}

QJsonObject QuotedService::breakers() const
{
    QJsonObject all;
    for (const Upstream *upstream : {&m_openai, &m_anthropic, &m_stripe, &m_resend})
        all.insert(upstream->breaker().name(), upstream->breaker().toJson());
    return all;
}

QString QuotedService::overall(bool databaseOk, bool cacheOk) const
{
    if (!databaseOk)
        return u"unhealthy"_s;
    bool degraded = !cacheOk || m_storage.isFallback();
    for (const Upstream *upstream : {&m_openai, &m_anthropic, &m_stripe, &m_resend})
        degraded = degraded || upstream->breaker().state() != CircuitBreaker::State::Closed;
    return degraded ? u"degraded"_s : u"healthy"_s;
}

ServiceAnswer QuotedService::fullHealth()
{
    const auto start = std::chrono::steady_clock::now();
    const bool databaseOk = m_healthDatabase.query("SELECT 1", {}, 2s).has_value();
    const double databaseMs =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    const auto cacheMs = m_cache.ping();
    QJsonObject external;
    for (const Upstream *upstream : {&m_openai, &m_anthropic, &m_stripe, &m_resend})
        external.insert(upstream->breaker().name(), upstream->health());
    ServiceAnswer answer;
    answer.status = databaseOk ? 200 : 503;
    answer.body = {{u"status"_s, overall(databaseOk, cacheMs.has_value())},
                   {u"database"_s, QJsonObject{{u"status"_s, databaseOk ? u"ok"_s : u"error"_s},
                                               {u"latency_ms"_s, databaseOk ? QJsonValue(databaseMs) : QJsonValue()}}},
                   {u"cache"_s, QJsonObject{{u"available"_s, cacheMs.has_value()},
                                            {u"latency_ms"_s, cacheMs ? QJsonValue(*cacheMs) : QJsonValue()}}},
                   {u"storage"_s, m_storage.health()},
                   {u"external"_s, external},
                   {u"circuit_breakers"_s, breakers()},
                   {u"rate_limiting"_s,
                    QJsonObject{{u"backend"_s, m_limiter.backend()}, {u"rejected_total"_s, m_limiter.rejected()}}},
                   {u"requests"_s, m_requests.toJson()},
                   {u"alerts"_s, m_alerts.toJson()},
                   {u"key_rotation"_s, m_keys.counts()}};
    return answer;
}

QJsonObject QuotedService::oracle()
{
    return {{u"cache"_s, m_cache.oracle()},       {u"limits"_s, m_limiter.oracle()},
            {u"limiter"_s, m_limiter.backend()},  {u"rejected"_s, m_limiter.rejected()},
            {u"requests"_s, m_requests.toJson()}, {u"breakers"_s, breakers()},
            {u"flags"_s, m_flags.effective()},    {u"alerts"_s, m_alerts.toJson()},
            {u"tokens"_s, m_keys.tokens()}};
}

Result<QString> QuotedService::fault(const QString &name, const QString &argument, bool on)
{
    const QString word = on ? u"on"_s : u"off"_s;
    if (name == "slow-database"_L1) {
        m_database.setDrag(on ? 900ms : 0ms);
        m_healthDatabase.setDrag(on ? 400ms : 0ms);
        return u"slow-database %1"_s.arg(word);
    }
    if (name == "empty-cache"_L1) {
        if (!ttls().contains(argument))
            return failure(ErrorCode::BadInput,
                           u"no cache group '%1'; there are %2"_s.arg(
                               argument, QStringList{u"contractor"_s, u"pricing"_s, u"templates"_s}.join(u", "_s)));
        return u"%1 keys of %2 deleted"_s.arg(m_cache.empty(argument)).arg(argument);
    }
    bool known = false;
    for (Upstream *upstream : {&m_openai, &m_anthropic, &m_stripe, &m_resend, &m_s3}) {
        const QString &own = upstream->breaker().name();
        const bool all = name == "heal"_L1;
        if (all || name == own + "-down"_L1) {
            upstream->setFailing(on && !all);
            known = true;
        }
        if (all || name == own + "-slow"_L1 || name == "upstream-slow"_L1) {
            upstream->setSlow(on && !all);
            known = true;
        }
    }
    if (name == "heal"_L1) {
        m_database.setDrag(0ms);
        m_healthDatabase.setDrag(0ms);
        return u"healed"_s;
    }
    if (!known)
        return failure(ErrorCode::BadInput, u"no fault '%1'"_s.arg(name));
    return u"%1 %2"_s.arg(name, word);
}

} // namespace qd::sandbox::quoted
