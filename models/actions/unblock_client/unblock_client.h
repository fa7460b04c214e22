/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/redis_action.h"
#include "sources/redis/limit_counters.h"

namespace qd {

/// Where a rate limiter counts its clients.
struct LimitCounters
{
    RedisStore::Place place;
    LimitLayout layout;
    QList<TierPolicy> tiers;
};

/// Takes away what counts against one client: the wish's resource, in its `tier` where it is counted in several, or in
/// "all". A step a counter. Each is renamed rather than deleted, so that it expires when it would have; undoing it
/// names it back where nobody counted since.
[[nodiscard]] std::unique_ptr<Action> unblockClient(const LimitCounters &counters, const Clock &clock,
                                                    RedisStore::Stop stop = nullptr);

/// The registry's entry: options `limits`, as the redis source has it, and `environment`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeUnblockAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const RedisStore::Stop &stop);

} // namespace qd
