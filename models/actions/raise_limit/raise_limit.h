/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/redis_action.h"
#include "sources/redis/limit_counters.h"

namespace qd {

/// Where a rate limiter looks up what a client may in place of what its tier says.
struct RaisableLimits
{
    RedisStore::Place place;
    LimitOverrides overrides;
    std::optional<TierPolicy> tier; ///< whose limit is raised; nothing: not known
    qint64 most = 0;                ///< that anybody may be raised to
};

/// Lets one client have another limit for a while: the wish's resource, with `limit` and `for` (seconds); or with
/// `remove` "true" as much as its tier says again. Never without an end, and never over one that would outlast it, as
/// nothing would bring that back. What was there is kept beside it; undoing it puts that back with the rest of its
/// time, where nobody set another since.
[[nodiscard]] std::unique_ptr<Action> raiseLimit(RaisableLimits limits, const Clock &clock,
                                                 RedisStore::Stop stop = nullptr);

/// What a window may offer.
struct RaiseOffer
{
    QString action; ///< its id
    QString tier;   ///< whose limits alone are raised; empty: all
    qint64 most = 0;
};

/// Errors: Unsupported (the profile names no such action: its deployment keeps no limits of single clients), BadInput
/// (nor a connection for it).
[[nodiscard]] Result<RaiseOffer> raiseOfferOf(const Profile &profile);

/// The registry's entry: options `overrides` {key, field}, `tier`, `at_most` and `environment`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeRaiseAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const RedisStore::Stop &stop);

} // namespace qd
