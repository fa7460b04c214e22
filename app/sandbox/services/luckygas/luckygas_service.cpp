/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/luckygas/luckygas_service.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox::luckygas {

namespace {

constexpr qint64 keysEverySeconds = 8;
constexpr qint64 ordersEverySeconds = 2;

const std::map<QString, std::chrono::seconds> &ttls()
{
    static const std::map<QString, std::chrono::seconds> all{
        {u"customers"_s, 600s}, {u"predictions"_s, 900s}, {u"products"_s, 1800s}, {u"routes"_s, 300s}};
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

double msSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

QString worded(const QString &upstreamStatus)
{
    if (upstreamStatus == "ok"_L1)
        return u"healthy"_s;
    return upstreamStatus == "down"_L1 ? u"unhealthy"_s : upstreamStatus;
}

QString statusOf(const QJsonObject &component)
{
    return component.value("status"_L1).toString();
}

} // namespace

std::unique_ptr<Service> create(const ServiceConfig &config)
{
    return std::make_unique<LuckygasService>(config);
}

LuckygasService::LuckygasService(const ServiceConfig &config)
    : m_database(config.database)
    , m_healthDatabase(config.database)
    , m_limiter(config.redis, LimitKeys::Limits, RateLimiter::WithoutRedis::Refuse)
    , m_cache(config.redis, m_metrics, ttls())
    , m_healthRedis(config.redis)
    , m_keys(m_database)
    , m_google(u"google_api"_s, takes(160ms, config.timeScale), breaker(5, 60s, config.timeScale), {})
    , m_sms(u"sms_api"_s, takes(90ms, config.timeScale), breaker(3, 120s, config.timeScale), {})
    , m_banking(u"banking_api"_s, takes(220ms, config.timeScale), breaker(3, 180s, config.timeScale), {})
    , m_einvoice(u"einvoice_api"_s, takes(130ms, config.timeScale), breaker(5, 120s, config.timeScale), {})
{
    for (const quint16 port : config.replicas) {
        DatabaseAddress replica = config.database;
        replica.port = port;
        m_replicas.push_back(std::make_unique<Database>(replica));
    }
}

LuckygasService::~LuckygasService() = default;

void LuckygasService::start()
{
    declareMetrics();
    m_keys.refresh();
    m_cache.identify("luckygas/production");
    measureOrders();
}

void LuckygasService::stop()
{
    for (Upstream *upstream : upstreams())
        upstream->stop();
}

void LuckygasService::tick()
{
    ++m_ticks;
    if (m_ticks % keysEverySeconds == 0) {
        m_keys.refresh();
        m_keys.noteUses();
    }
    if (m_ticks % ordersEverySeconds == 0)
        measureOrders();
    m_cache.identify("luckygas/production");
}

bool LuckygasService::isHealthPath(const QString &path) const
{
    return path == u"/api/v1/health"_s || path == u"/metrics"_s;
}

QList<Upstream *> LuckygasService::upstreams()
{
    return {&m_google, &m_sms, &m_banking, &m_einvoice};
}

void LuckygasService::measureOrders()
{
    const auto waiting = m_healthDatabase.query(
        "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM orders WHERE status = 'pending'", {}, 2s);
    if (waiting)
        m_metrics.set("order_processing_delay_seconds", {}, waiting->first().first().toDouble());
}

QJsonObject LuckygasService::databaseHealth()
{
    const auto start = std::chrono::steady_clock::now();
    const bool ok = m_healthDatabase.query("SELECT 1", {}, 2s).has_value();
    return {{u"status"_s, ok ? u"healthy"_s : u"unhealthy"_s},
            {u"latency_ms"_s, ok ? QJsonValue(msSince(start)) : QJsonValue()}};
}

QJsonObject LuckygasService::replicasHealth()
{
    int available = 0;
    int streaming = 0;
    QJsonValue lag;
    for (const auto &replica : m_replicas) {
        const auto rows = replica->query("SELECT (SELECT status FROM pg_stat_wal_receiver) = 'streaming', CASE WHEN "
                                         "pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 ELSE "
                                         "extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END",
                                         {}, 2s);
        if (!rows)
            continue;
        ++available;
        streaming += rows->first().at(0) == "t" ? 1 : 0;
        lag = std::max(lag.toDouble(), rows->first().at(1).toDouble());
    }
    const auto configured = static_cast<int>(m_replicas.size());
    QString status = u"healthy"_s;
    if (available == 0)
        status = u"unhealthy"_s;
    else if (streaming < configured)
        status = u"degraded"_s;
    return {{u"status"_s, status},
            {u"configured"_s, configured},
            {u"available"_s, available},
            {u"streaming"_s, streaming},
            {u"lag_seconds"_s, lag}};
}

QJsonObject LuckygasService::redisHealth()
{
    const std::lock_guard lock(m_healthRedisMutex);
    const auto start = std::chrono::steady_clock::now();
    const auto answer = m_healthRedis.command({"PING"});
    const bool ok = answer && !answer->isError;
    return {{u"status"_s, ok ? u"healthy"_s : u"unhealthy"_s},
            {u"latency_ms"_s, ok ? QJsonValue(msSince(start)) : QJsonValue()}};
}

QJsonObject LuckygasService::apisHealth() const
{
    QJsonObject all;
    for (const Upstream *upstream : {&m_google, &m_sms, &m_banking, &m_einvoice}) {
        QJsonObject health = upstream->health();
        health.insert(u"status"_s, worded(statusOf(health)));
        all.insert(upstream->breaker().name(), health);
    }
    return all;
}

ServiceAnswer LuckygasService::health()
{
    const QJsonObject database = databaseHealth();
    const QJsonObject replicas = replicasHealth();
    const QJsonObject redis = redisHealth();
    const QJsonObject apis = apisHealth();
    // Without Redis nothing can be counted, and what cannot be counted is refused.
    const bool serves = statusOf(database) == "healthy"_L1 && statusOf(redis) == "healthy"_L1;
    bool isWhole = statusOf(replicas) == "healthy"_L1;
    for (const QJsonValue &api : apis)
        isWhole = isWhole && statusOf(api.toObject()) == "healthy"_L1;
    ServiceAnswer answer;
    answer.status = serves ? 200 : 503;
    answer.body = {{u"status"_s, !serves   ? u"unhealthy"_s
                                 : isWhole ? u"healthy"_s
                                           : u"degraded"_s},
                   {u"version"_s, u"3.1.0"_s},
                   {u"timestamp"_s, QDateTime::currentDateTimeUtc().toString(Qt::ISODate)},
                   {u"components"_s, QJsonObject{{u"database"_s, database},
                                                 {u"replicas"_s, replicas},
                                                 {u"redis"_s, redis},
                                                 {u"external_apis"_s, apis}}}};
    return answer;
}

QJsonObject LuckygasService::oracle()
{
    static_cast<void>(metrics());
    return {{u"metrics"_s, m_metrics.oracle()},
            {u"limits"_s, m_limiter.oracle()},
            {u"rejected"_s, m_limiter.rejected()},
            {u"keys"_s, m_keys.oracle()}};
}

Result<QString> LuckygasService::stallOrders(bool on)
{
    const auto done = on ? m_database.query("INSERT INTO orders (customer_id, cylinders, amount_twd, held, created_at) "
                                            "VALUES (7, 2, 1640, true, now() - interval '3 hours')")
                         : m_database.query("UPDATE orders SET status = 'delivered', held = false, "
                                            "delivered_at = now() WHERE held");
    if (!done)
        return std::unexpected(done.error());
    measureOrders();
    return on ? u"an order waits for three hours now"_s : u"no order is held up"_s;
}

Result<QString> LuckygasService::fault(const QString &name, const QString &argument, bool on)
{
    const bool all = name == "heal"_L1;
    if (all || name == "slow-database"_L1) {
        m_database.setDrag(on && !all ? 900ms : 0ms);
        m_healthDatabase.setDrag(on && !all ? 400ms : 0ms);
    }
    if (name == "empty-cache"_L1) {
        if (!ttls().contains(argument))
            return failure(ErrorCode::BadInput,
                           u"no cache group '%1'; there are customers, predictions, products, routes"_s.arg(argument));
        return u"%1 keys of %2 deleted"_s.arg(m_cache.empty(argument)).arg(argument);
    }
    if (name == "orders-stall"_L1)
        return stallOrders(on);
    bool known = all || name == "slow-database"_L1;
    for (Upstream *upstream : upstreams()) {
        const QString &own = upstream->breaker().name();
        if (all || name == own + "-down"_L1) {
            upstream->setFailing(on && !all);
            known = true;
        }
        if (all || name == own + "-slow"_L1 || name == "upstream-slow"_L1) {
            upstream->setSlow(on && !all);
            known = true;
        }
    }
    if (all) {
        const auto done = stallOrders(false);
        return done ? Result<QString>(u"healed"_s) : done;
    }
    if (!known)
        return failure(ErrorCode::BadInput, u"no fault '%1'"_s.arg(name));
    return u"%1 %2"_s.arg(name, on ? u"on"_s : u"off"_s);
}

} // namespace qd::sandbox::luckygas
