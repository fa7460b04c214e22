/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/redis_action.h"
#include "actions/remote_action.h"
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

/// Where a service shows its resilience4j breakers through Spring Boot's Actuator.
struct ActuatorBreakers
{
    RemoteAction::Place place;
    HttpConnection connection;
    QString endpoint;   ///< "/actuator/circuitbreakers"
    QString markerPath; ///< whose reply says which deployment it is; empty: nothing does
    QString markerAt;   ///< JSON Pointer into it: "shop/production", or the environment alone
    QStringList names;  ///< that may be touched
};

/// Closes one of resilience4j's breakers, forces it open or disables it, in the instance of the service that answers.
/// The endpoint makes a breaker of any name it does not know, so that only what both profile and service list is
/// touched, and it cannot compare: the state is read right before and after. It is set back where it can be: nothing
/// makes a breaker open or half-open but its own calls.
[[nodiscard]] std::unique_ptr<Action> setActuatorBreaker(ActuatorBreakers breakers, const Clock &clock,
                                                         const PgConnection::Stop &stop = nullptr);

/// The id of the action that sets the breakers which `source` tells. Errors: Unsupported (nothing outside the service
/// reaches them), NotFound (the profile names no action for them), BadInput (nor a connection for it).
[[nodiscard]] Result<QString> breakerActionOn(const SourceSpec &source, const Profile &profile);

/// The registry's entry: for pybreaker's options `keys`, as its source has it, and `environment`; for resilience4j's
/// `endpoint`, `environment` {get, at} and `lease`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeBreakerAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const RedisStore::Stop &stop);
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeActuatorBreakerAction(const ActionSpec &spec, const Profile &profile, const Clock &clock,
                          const PgConnection::Stop &stop);

} // namespace qd
