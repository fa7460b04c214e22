/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

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
    QString limitPrefix; ///< "LIMITS:LIMITER/": fixed windows of the Python library limits
};

/// What INFO (Redis 7.0) says. `exchange` is where the text stands in the reading.
[[nodiscard]] RedisServer redisServer(const QByteArray &info, int exchange);

/// The counters of the stats hash, by group; groups that only the profile knows are not among them.
[[nodiscard]] QList<Cache> cacheCounters(const RedisReply &hash, const RedisOptions &options, int exchange);

/// `key` read from the right: ‹prefix›CLIENT/SCOPE/AMOUNT/MULTIPLES/GRANULARITY (limits ≥ 3.7, fixed window). Client
/// and scope may hold '/' and ':' themselves. Nothing if it is no such key.
struct LimitKey
{
    QString client;
    QString scope;
    qint64 amount = 0;
    std::chrono::seconds window{0};
    bool operator==(const LimitKey &) const = default;
};
[[nodiscard]] std::optional<LimitKey> limitKey(const QByteArray &key, const QString &prefix);

/// The profile's name for a limit: the tier with this amount and window whose scopes hold `key.scope`, else one with
/// this amount and window without scopes, else the scope itself.
[[nodiscard]] QString tierOf(const LimitKey &key, const QList<TierPolicy> &tiers);

/// One counter from the replies to GET and PTTL. Nothing where the key is gone or is no counter.
[[nodiscard]] std::optional<RateLimit> rateLimit(const QByteArray &key, const RedisReply &value, const RedisReply &pttl,
                                                 const QString &prefix, const QList<TierPolicy> &tiers, Instant now,
                                                 int exchange);

/// The group in a cache key, for a pattern such as "cache:{group}:*". Nothing where it does not match.
[[nodiscard]] std::optional<QString> groupIn(const QString &text, const QString &pattern);

/// `text` with the characters that MATCH would take for wildcards escaped.
[[nodiscard]] QByteArray globEscaped(const QString &text);

/// The registry's entry: options `cache_stats`, `cache_keys` and `limits`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> redisFactory(const SourceSpec &spec, const Profile &profile);

} // namespace qd
