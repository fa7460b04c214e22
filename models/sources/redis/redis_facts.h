/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/clock.h"
#include "sources/redis/limit_counters.h"
#include "sources/source.h"
#include "wire/redis.h"

namespace qd {

/// What to read besides INFO. Empty texts: not asked for.
struct RedisOptions
{
    QString statsHash;   ///< hash with the cache's counters
    QString hitsField;   ///< "hits:{group}"
    QString missesField; ///< "misses:{group}"
    QString cacheKeys;   ///< "cache:{group}:*"
    QStringList groups;  ///< of these alone keys are counted; empty: whatever the pattern finds
    LimitLayout limits;
};

/// What INFO (Redis 7.0) says. `exchange` is where the text stands in the reading.
[[nodiscard]] RedisServer redisServer(const QByteArray &info, int exchange);

/// The replicas that INFO lists, by address; nothing where it does not say how many there are.
[[nodiscard]] std::optional<QList<Replica>> redisReplicas(const QByteArray &info, int exchange);

/// The counters of the stats hash, by group; groups that only the profile knows are not among them.
[[nodiscard]] QList<Cache> cacheCounters(const RedisReply &hash, const RedisOptions &options, int exchange);

/// The group in a cache key, for a pattern such as "cache:{group}:*". Nothing where it does not match.
[[nodiscard]] std::optional<QString> groupIn(const QString &text, const QString &pattern);

/// `text` with the characters that MATCH would take for wildcards escaped.
[[nodiscard]] QByteArray globEscaped(const QString &text);

/// What TIME says; nothing where it was refused.
[[nodiscard]] std::optional<Instant> redisTime(const RedisReply &reply);

/// Asks one Redis; `clock` is the console's, and outlives the source.
[[nodiscard]] std::unique_ptr<Source> redisSource(const RedisConnection &connection, const QString &server,
                                                  const RedisOptions &options, const QList<TierPolicy> &tiers,
                                                  std::chrono::milliseconds deadline, const Clock &clock);

/// The registry's entry: options `cache_stats`, `cache_keys` and `limits`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> redisFactory(const SourceSpec &spec, const Profile &profile);

} // namespace qd
