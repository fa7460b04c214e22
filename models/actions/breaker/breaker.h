/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/redis_action.h"
#include "sources/pybreaker/pybreaker.h"

namespace qd {

struct Breakers
{
    RedisStore::Place place;
    PybreakerKeys keys; ///< with the names that may be touched
    QList<BreakerPolicy> policies;
};

/// Closes one of pybreaker's breakers, or with `state` "open" opens it and holds it open `for` so many seconds, by
/// compare-and-set of its state and the time it opened, both at once. Undoing it sets both back where they stand as
/// they were left.
[[nodiscard]] std::unique_ptr<Action> setBreaker(Breakers breakers, const Clock &clock,
                                                 RedisStore::Stop stop = nullptr);

/// The registry's entry: options `keys`, as the pybreaker source has it, and `environment`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeBreakerAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const RedisStore::Stop &stop);

} // namespace qd
