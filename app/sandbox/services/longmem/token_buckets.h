/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/redis_link.h"

#include <QHash>
#include <QJsonArray>
#include <QString>

#include <mutex>

namespace qd::sandbox::longmem {

/// A full bucket may be spent at once; it fills evenly within a minute.
struct BucketLimits
{
    double userPerMinute = 100;
    double globalPerMinute = 1000;
};

/// A token bucket per user and one for all, as hashes `ratelimit:user:ID` and `ratelimit:global` {tokens, updated_at};
/// a request takes one token from both or none. In memory while Redis is gone. Keeps its own arithmetic beside, to be
/// compared with what stands in Redis. Thread-safe.
class TokenBuckets
{
public:
    struct Verdict
    {
        bool allowed = true;
        QString scope;        ///< "user" or "global": the bucket that the rest is about
        double limit = 0;     ///< requests per minute
        double left = 0;      ///< tokens
        double fullAt = 0;    ///< epoch seconds
        double fullAfter = 0; ///< seconds
    };

    TokenBuckets(RedisAddress redis, BucketLimits limits);

    [[nodiscard]] Verdict take(const QString &user);
    /// "redis" or "memory": where the last tokens came from.
    [[nodiscard]] QString backend() const;
    /// [{key, tokens, updated_at, limit}] of what we took from Redis.
    [[nodiscard]] QJsonArray oracle() const;

private:
    struct Bucket
    {
        double perMinute = 0;
        double tokens = 0;
        double updatedAt = 0; ///< epoch seconds
    };
    using Buckets = QHash<QByteArray, Bucket>;

    [[nodiscard]] std::optional<Verdict> takeFromRedis(const QByteArray &user, double now);
    [[nodiscard]] Verdict takeFromMemory(const QByteArray &user, double now);
    [[nodiscard]] double perMinute(const QByteArray &key) const;
    [[nodiscard]] static Verdict verdict(const Bucket &user, const Bucket &global, bool allowed, double now);

    const BucketLimits m_limits;
    mutable std::mutex m_mutex;
    RedisLink m_redis;
    QByteArray m_runId;
    bool m_inMemory = false;
    Buckets m_counted; ///< what we took from Redis
    Buckets m_memory;  ///< what stands in for Redis
};

} // namespace qd::sandbox::longmem
