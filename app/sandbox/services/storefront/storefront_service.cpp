/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/storefront/storefront_service.h"

#include "services/storefront/storefront.h"

#include <QDateTime>
#include <QFile>
#include <QRandomGenerator>

#include <cstdio>
#include <cstdlib>

#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox::storefront {

namespace {

constexpr int shortestSecret = 32;

std::map<QString, std::chrono::seconds> ttls(const QHash<QString, QString> &variables)
{
    const int override = variables.value(u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s).toInt();
    return {{u"products"_s, 900s},
            {u"recommendations"_s, override > 0 ? std::chrono::seconds(override) : 600s},
            {u"weather"_s, 300s}};
}

Opossum::Options options(std::chrono::milliseconds usual, bool hasFallback, const ServiceConfig &config)
{
    const auto scaled = [&](std::chrono::milliseconds time) {
        return std::chrono::milliseconds(static_cast<qint64>(static_cast<double>(time.count()) / config.timeScale));
    };
    Opossum::Options options;
    options.usualLatency = usual;
    if (const int timeout = config.variables.value(u"EXTERNAL_API_TIMEOUT_MS"_s).toInt(); timeout > 0)
        options.timeout = std::chrono::milliseconds(timeout);
    options.resetTimeout = scaled(options.resetTimeout);
    options.rollingCountTimeout = scaled(options.rollingCountTimeout);
    options.hasFallback = hasFallback;
    return options;
}

/// Seconds of CPU that this process used, and the bytes that it holds.
std::pair<double, double> processUse()
{
    const auto fields = [](const char *path) {
        QFile file(QString::fromLatin1(path));
        return file.open(QIODevice::ReadOnly) ? file.readAll().simplified().split(' ') : QList<QByteArray>();
    };
    const QList<QByteArray> stat = fields("/proc/self/stat"); // our own name holds no space
    const double ticks = stat.value(13).toDouble() + stat.value(14).toDouble();
    return {ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)),
            fields("/proc/self/statm").value(1).toDouble() * static_cast<double>(::sysconf(_SC_PAGESIZE))};
}

} // namespace

std::unique_ptr<Service> create(const ServiceConfig &config)
{
    return std::make_unique<StorefrontService>(config);
}

StorefrontService::StorefrontService(const ServiceConfig &config)
    : m_config(config)
    , m_metrics(Metrics::Writer::PromClient)
    , m_database(config.database)
    , m_healthDatabase(config.database)
    , m_limiter(config.redis, LimitKeys::ExpressRateLimit)
    , m_cache(config.redis, {}, ttls(config.variables), {},
              [this](const QString &group, bool hit) {
                  m_metrics.add("cache_requests_total", {{"cache", group.toUtf8()}, {"result", hit ? "hit" : "miss"}});
              })
    , m_openai(u"openai"_s, options(900ms, true, config), m_metrics)
    , m_weather(u"weather"_s, options(150ms, true, config), m_metrics)
    , m_stripe(u"stripe"_s, options(220ms, false, config), m_metrics)
    , m_push(u"push"_s, options(120ms, false, config), m_metrics)
{
    m_running.start();
    declareMetrics();
}

StorefrontService::~StorefrontService() = default;

void StorefrontService::declareMetrics()
{
    Opossum::declare(m_metrics);
    m_metrics.declareHistogram("http_request_duration_seconds", "Duration of HTTP requests in seconds",
                               {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});
    m_metrics.declareCounter("cache_requests_total", "Reads of cached routes by cache and result");
    m_metrics.declareCounter("orders_total", "Orders placed");
    m_metrics.declareCounter("push_receipts_total", "Expo push receipts by status");
    m_metrics.declareCounter("stripe_webhook_total", "Stripe webhook deliveries by answered status code");
    m_metrics.declareCounter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
    m_metrics.declareGauge("process_resident_memory_bytes", "Resident memory size in bytes.");
    m_metrics.declareGauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");
    m_metrics.set("process_start_time_seconds", {}, static_cast<double>(QDateTime::currentSecsSinceEpoch()));
    m_metrics.add("orders_total", {}, 0); // prom-client writes a counter without labels from the start
}

void StorefrontService::start()
{
    // As its environment's validation does: a backend that cannot sign sessions must not come up.
    if (m_config.variables.value(u"JWT_SECRET"_s).size() < shortestSecret) {
        std::fprintf(stderr, "Environment validation failed: JWT_SECRET must have at least %d characters\n",
                     shortestSecret);
        std::fflush(stderr);
        std::_Exit(1);
    }
    m_cache.identify("storefront/production");
    primeCaches();
}

void StorefrontService::stop()
{
    for (Opossum *breaker : breakers())
        breaker->provider().stop();
}

void StorefrontService::primeCaches()
{
    if (!m_cache.ping())
        return;
    QRandomGenerator random(1); // the same keys each time
    static const std::array<std::pair<const char *, const char *>, 3> groups{
        std::pair{"products", R"(SELECT id, row_to_json(p) FROM "Product" p)"},
        std::pair{"recommendations", R"(SELECT "userId", "products" FROM "Recommendation")"},
        std::pair{"weather", R"(SELECT "city", "report" FROM "WeatherReport")"}};
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

void StorefrontService::tick()
{
    m_cache.identify("storefront/production");
}

bool StorefrontService::isHealthPath(const QString &path) const
{
    return path == "/api/v1/health"_L1 || path == "/api/v1/ready"_L1 || path == "/metrics"_L1;
}

bool StorefrontService::isOn(const QString &variable) const
{
    return m_config.variables.value(variable) == "true"_L1;
}

std::optional<ServiceAnswer> StorefrontService::probe(const QString &path)
{
    if (path == "/api/v1/health"_L1)
        return health();
    if (path == "/api/v1/ready"_L1)
        return ready();
    if (path == "/metrics"_L1)
        return metricsPage();
    return std::nullopt;
}

ServiceAnswer StorefrontService::health() const
{
    return {.body = {{u"status"_s, u"ok"_s},
                     {u"uptime"_s, static_cast<double>(m_running.elapsed()) / 1000},
                     {u"timestamp"_s, QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs)}}};
}

QJsonObject StorefrontService::dependency(Opossum &breaker)
{
    const auto state = breaker.state();
    QString status = u"up"_s;
    if (state == Opossum::State::Open)
        status = u"down"_s;
    else if (state == Opossum::State::HalfOpen || breaker.provider().isLate())
        status = u"degraded"_s;
    const auto latency = breaker.provider().latency();
    return {{u"status"_s, status},
            {u"latencyMs"_s, latency ? QJsonValue(*latency) : QJsonValue()},
            {u"isFallback"_s, breaker.isFallback()},
            {u"breaker"_s, breaker.toJson()}};
}

ServiceAnswer StorefrontService::ready()
{
    QElapsedTimer asked;
    asked.start();
    const bool databaseUp = m_healthDatabase.query("SELECT 1", {}, 2s).has_value();
    const auto databaseMs = static_cast<double>(asked.nsecsElapsed()) / 1e6;
    const auto cacheMs = m_cache.ping();
    const auto store = [](bool up, double latency) {
        return QJsonObject{{u"status"_s, up ? u"up"_s : u"down"_s},
                           {u"latencyMs"_s, up ? QJsonValue(latency) : QJsonValue()}};
    };
    QJsonObject dependencies{{u"database"_s, store(databaseUp, databaseMs)},
                             {u"redis"_s, store(cacheMs.has_value(), cacheMs.value_or(0))}};
    bool allUp = cacheMs.has_value();
    bool isFallback = false;
    for (Opossum *breaker : breakers()) {
        const QJsonObject told = dependency(*breaker);
        allUp = allUp && told.value("status"_L1) == "up"_L1;
        isFallback = isFallback || breaker->isFallback();
        dependencies.insert(breaker->name(), told);
    }
    return {.status = databaseUp ? 200 : 503,
            .body = {{u"status"_s, !databaseUp ? u"unavailable"_s
                                   : allUp     ? u"ready"_s
                                               : u"degraded"_s},
                     {u"isFallback"_s, isFallback},
                     {u"dependencies"_s, dependencies}}};
}

ServiceAnswer StorefrontService::metricsPage()
{
    const auto [cpu, memory] = processUse();
    m_metrics.set("process_cpu_seconds_total", {}, cpu);
    m_metrics.set("process_resident_memory_bytes", {}, memory);
    return {.text = m_metrics.page(), .contentType = Metrics::contentType};
}

QJsonObject StorefrontService::flags() const
{
    return {{u"PUSH_NOTIFICATIONS_DISABLED"_s, isOn(u"PUSH_NOTIFICATIONS_DISABLED"_s)},
            {u"CONCIERGE_DISABLED"_s, isOn(u"CONCIERGE_DISABLED"_s)},
            {u"RECOMMENDATIONS_CACHE_TTL"_s, qint64(ttls(m_config.variables).at(u"recommendations"_s).count())}};
}

QJsonObject StorefrontService::oracle()
{
    QJsonObject told;
    for (Opossum *breaker : breakers())
        told.insert(breaker->name(), breaker->toJson().value("state"_L1));
    return {{u"cache"_s, m_cache.oracle()},
            {u"limits"_s, m_limiter.oracle()},
            {u"limiter"_s, m_limiter.backend()},
            {u"rejected"_s, m_limiter.rejected()},
            {u"requests"_s, QJsonObject{{u"total"_s, m_requests.load()}}},
            {u"breakers"_s, told},
            {u"flags"_s, flags()},
            {u"metrics"_s, m_metrics.oracle()}};
}

Result<QString> StorefrontService::fault(const QString &name, const QString &argument, bool on)
{
    const QString word = on ? u"on"_s : u"off"_s;
    const bool heals = name == "heal"_L1;
    if (heals || name == "slow-database"_L1) {
        m_database.setDrag(on && !heals ? 900ms : 0ms);
        m_healthDatabase.setDrag(on && !heals ? 400ms : 0ms);
    }
    if (heals || name == "webhook-secret"_L1)
        m_signedByAnother = on && !heals;
    if (name == "empty-cache"_L1) {
        if (!ttls({}).contains(argument))
            return failure(ErrorCode::BadInput,
                           u"no cache group '%1'; there are products, recommendations and weather"_s.arg(argument));
        return u"%1 keys of %2 deleted"_s.arg(m_cache.empty(argument)).arg(argument);
    }
    bool known = heals || name == "slow-database"_L1 || name == "webhook-secret"_L1;
    for (Opossum *breaker : breakers()) {
        if (heals || name == breaker->name() + "-down"_L1)
            breaker->provider().setFailing(on && !heals);
        else if (name != breaker->name() + "-slow"_L1)
            continue;
        if (heals || name.endsWith("-slow"_L1))
            breaker->provider().setSlow(on && !heals);
        known = true;
    }
    if (!known)
        return failure(ErrorCode::BadInput, u"no fault '%1'"_s.arg(name));
    return heals ? u"healed"_s : u"%1 %2"_s.arg(name, word);
}

} // namespace qd::sandbox::storefront
