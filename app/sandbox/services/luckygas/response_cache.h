/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/metrics.h"
#include "parts/redis_link.h"

#include <QString>

#include <functional>
#include <map>

namespace qd::sandbox::luckygas {

/// Responses in Redis, `cache:GROUP:ID` with a TTL per group; hits and misses are counted in the metrics
/// `cache_hits_total` and `cache_misses_total`. Without Redis every read goes to its origin and counts as neither.
/// Thread-safe.
class ResponseCache
{
public:
    ResponseCache(RedisAddress redis, Metrics &metrics, std::map<QString, std::chrono::seconds> ttls);

    using Origin = std::function<std::optional<QByteArray>()>;
    /// From the cache, else from `origin` (and then into the cache). Nothing when the origin has nothing.
    [[nodiscard]] std::optional<QByteArray> read(const QString &group, const QString &id, const Origin &origin);
    void invalidate(const QString &group, const QString &id);
    /// Deletes all keys of a group; how many.
    qint64 empty(const QString &group);
    /// Writes whose Redis this is, where it does not say so yet: `quarterdeck:environment`.
    void identify(const QByteArray &deploymentAndEnvironment);

private:
    std::mutex m_mutex;
    RedisLink m_redis;
    Metrics &m_metrics;
    const std::map<QString, std::chrono::seconds> m_ttls;
};

} // namespace qd::sandbox::luckygas
