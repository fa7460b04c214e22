/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/reading.h"
#include "profile/config.h"
#include "profile/profile.h"
#include "wire/redis.h"

#include <QJsonObject>

namespace qd {

/// Where a rate limiter looks up what a client may in place of what its tier says: a number under a key, or in a field
/// of a hash.
struct LimitOverrides
{
    QString key;   ///< "limits:override:{client}"; empty: nowhere
    QString field; ///< empty: the key holds the number itself

    [[nodiscard]] QByteArray keyOf(const QString &client) const;
    /// What reads it.
    [[nodiscard]] RedisCommand command(const QString &client) const;
    bool operator==(const LimitOverrides &) const = default;
};

/// How a rate limiter writes its counters.
struct LimitLayout
{
    enum class Kind {
        Limits, ///< the Python library limits, fixed window: ‹prefix›CLIENT/SCOPE/AMOUNT/MULTIPLES/GRANULARITY
        LimitsSlidingWindow, ///< the same key in braces, and the window before under KEY/-1
        ExpressRateLimit,    ///< rate-limit-redis: ‹prefix›CLIENT, a count that expires with its window
        RateLimiterFlexible, ///< the same; below zero where points were given back
        MinuteWindow,        ///< INCR of ‹prefix›CLIENT:MINUTE, minutes since 1970
        TokenBucket,         ///< ‹prefix›SCOPE[:CLIENT], a hash {tokens, updated_at (seconds since 1970)}
        FastapiLimiter,      ///< ‹prefix›CLIENT:PATH:ROUTE:DEPENDENCY, a count that stops at its limit
        PyrateLimiter,       ///< ‹prefix›CLIENT, a sorted set of calls (milliseconds since 1970) that never expires
    };
    Kind kind = Kind::Limits;
    QString prefix;                ///< empty: counters are not read
    QString tier;                  ///< where the keys do not say the limit: the profile's tier that does
    LimitOverrides overrides = {}; ///< of that tier's limit
    bool operator==(const LimitLayout &) const = default;
};

/// `key` read from the right: limits' own keys (≥ 3.7, fixed window). Client and scope may hold '/' and ':'
/// themselves. Nothing if it is no such key.
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
/// this amount and window without scopes, else one with this window whose scopes hold `key.scope` (a client whose
/// amount was multiplied), else the scope itself.
[[nodiscard]] QString tierOf(const LimitKey &key, const QList<TierPolicy> &tiers);

/// `text`, a client or a key that names one, with what looks like an API key or a token cut to its beginning and six
/// digits of its SHA-256, so that one is still told from another: "sk_l••••9f86d0". Addresses, names and UUIDs stay.
[[nodiscard]] QString maskedIdentity(const QString &text);

/// What reads one counter as it stands at `now`; so many commands for each of a layout's keys.
[[nodiscard]] QList<RedisCommand> counterCommands(const LimitLayout &layout, const QByteArray &key,
                                                  const QList<TierPolicy> &tiers, Instant now);

/// One counter from the replies to counterCommands(). Nothing where the key is over (isOver), is no counter of this
/// layout, or belongs to no tier where the tier must say the limit. Of a token bucket `used` is what it lacks of its
/// capacity at `now`, refilled since it was written. The client and the origins are masked (maskedIdentity). What
/// slides or refills "resets" when none of it is used any more.
[[nodiscard]] std::optional<RateLimit> rateLimit(const LimitLayout &layout, const QByteArray &key,
                                                 const QList<RedisReply> &replies, const QList<TierPolicy> &tiers,
                                                 Instant now, int exchange);

/// True where a counter's key has gone since the scan, or outlives its window.
[[nodiscard]] bool isOver(const LimitLayout &layout, const QByteArray &key, const QList<RedisReply> &replies,
                          Instant now);

/// The replies behind a counter as they are kept for *Why?*: what its origins point into.
[[nodiscard]] QJsonObject counterEvidence(const LimitLayout &layout, const QList<RedisReply> &replies,
                                          const RateLimit &limit);

/// Reads `overrides:` {key, field}; every fault goes to `errors`.
[[nodiscard]] LimitOverrides readLimitOverrides(const ConfigNode &node, QList<Error> *errors);

/// Reads `limits:` of a source's options; every fault goes to `errors`.
[[nodiscard]] LimitLayout readLimitLayout(const ConfigNode &node, const QList<TierPolicy> &tiers, QList<Error> *errors);

} // namespace qd
