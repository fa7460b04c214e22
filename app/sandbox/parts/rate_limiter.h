/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/redis_link.h"

#include <QHash>
#include <QJsonArray>
#include <QJsonObject>
#include <QString>

#include <map>

namespace qd::sandbox {

/// A tier of limits: `limit` requests per `window` for each client, in fixed windows.
struct Tier
{
    QString name;  ///< "auth"
    QString scope; ///< a route ("/login") or a shared scope ("reads")
    int limit = 0;
    std::chrono::seconds window{60};
    QString granularity; ///< "minute", "hour": slowapi's word for the window
};

/// Whose counters they are; each runs past its limit.
enum class LimitKeys {
    Limits,           ///< slowapi over limits ≥ 3.7: `LIMITS:LIMITER/CLIENT/SCOPE/LIMIT/1/GRANULARITY`, EX
    ExpressRateLimit, ///< rate-limit-redis: `rl:CLIENT`, PX, an IPv6 client by its /56
};

/// Counters in Redis. Keeps its own counts beside, to be compared with what stands in Redis.
class RateLimiter
{
public:
    struct Verdict
    {
        bool allowed = true;
        bool couldCount = true; ///< false where Redis is gone and nothing stands in for it
        qint64 used = 0;
        double resetsAt = 0;   ///< epoch seconds
        double retryAfter = 0; ///< seconds
    };

    enum class WithoutRedis { CountInMemory, Refuse };
    explicit RateLimiter(RedisAddress redis, LimitKeys keys = LimitKeys::Limits,
                         WithoutRedis without = WithoutRedis::CountInMemory);

    [[nodiscard]] Verdict hit(const Tier &tier, const QString &client);
    /// "redis" or "memory": where the last counts went.
    [[nodiscard]] QString backend() const;
    [[nodiscard]] QJsonObject rejected() const;
    /// [{client, scope, used, limit}] of the windows that still run in Redis.
    [[nodiscard]] QJsonArray oracle() const;
    /// So that each tier is told from the start, with zero.
    void declare(const Tier &tier);

private:
    using Clock = std::chrono::steady_clock;
    struct Window
    {
        QString client;
        QString scope;
        int limit = 0;
        qint64 used = 0;
        Clock::time_point ends{};
    };
    [[nodiscard]] std::optional<Window> hitRedis(const Tier &tier, const QString &client);
    [[nodiscard]] Window hitMemory(const Tier &tier, const QString &client);

    [[nodiscard]] QByteArray keyOf(const Tier &tier, const QString &client) const;

    const LimitKeys m_keys;
    mutable std::mutex m_mutex;
    RedisLink m_redis;
    const WithoutRedis m_without;
    QByteArray m_runId;
    bool m_inMemory = false;
    QHash<QByteArray, Window> m_counted; ///< what we counted into Redis
    QHash<QByteArray, Window> m_memory;  ///< what stands in for Redis
    std::map<QString, qint64> m_rejected;
};

} // namespace qd::sandbox
