/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"
#include "actions/pg_measure.h"
#include "actions/redis_action.h"
#include "actions/remote_action.h"
#include "facts/custody_facts.h"
#include "sources/http_flags/flag_api.h"
#include "sources/platform/platform.h"
#include "sources/redis_flags/redis_flags.h"

namespace qd {

/// A table of flags: `key` and `enabled`, and what else there is of percentage, who and when.
struct FlagTable
{
    PgStore::Place place;
    QString table;
    QString key;
    QString enabled;
    QString rollout; ///< empty: it has none, as of the next two
    QString updatedBy;
    QString updatedAt;
    std::chrono::seconds leaseTime{60}; ///< renewed while it acts
    QList<PgMeasure> measures = {};     ///< what is told of the flag's reach
};

/// Sets a feature flag in PostgreSQL: "enabled" to true or false, "rollout" to 0…100, by compare-and-set under the
/// lease. One step; undoing it sets what was.
[[nodiscard]] std::unique_ptr<Action> setFlag(FlagTable table, const Clock &clock, PgConnection::Stop stop = nullptr);

/// Whether the platform holds it: it is live once the service was redeployed.
[[nodiscard]] bool isVariable(const FeatureFlag &flag);

/// The id of the action of `profile` that sets `flag`. Errors: Unsupported (the profile has no such action, or another
/// place holds the flag), BadInput (the action is there and a connection for it is not).
[[nodiscard]] Result<QString> actionOn(const FeatureFlag &flag, const Profile &profile);

/// What can be written into a flag.
struct FlagForm
{
    PlatformMap::Type type = PlatformMap::Type::Boolean;
    QString unit{}; ///< of a number: "s"
};
[[nodiscard]] FlagForm formOf(const FeatureFlag &flag, const Profile &profile);

/// Flags in Redis: each in cells that the layout tells.
struct RedisFlags
{
    RedisStore::Place place;
    RedisFlagLayout layout;
};

/// As setFlag(), in one script that compares what stands there, letter by letter, with what the plan found.
[[nodiscard]] std::unique_ptr<Action> setRedisFlag(RedisFlags flags, const Clock &clock,
                                                   RedisStore::Stop stop = nullptr);

/// Flags behind an HTTP interface.
struct HttpFlags
{
    RemoteAction::Place place;
    FlagApi api;
    HttpConnection connection; ///< that acts
};

/// As setFlag(), through the interface: a step for each thing that is set. What the interface compares guards it, if it
/// compares; else a look right before.
[[nodiscard]] std::unique_ptr<Action> setHttpFlag(HttpFlags flags, const Clock &clock,
                                                  const PgConnection::Stop &stop = nullptr);

/// Options `table`, `columns` (key, set; rollout_percent, updated_by, updated_at), `environment`, the table that tells
/// which deployment this is, and `measures`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makePgFlagAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop);

/// Options `hash` or `keys`, `field` and `rollout`, as the source of kind redis-flags has them, and `environment`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeRedisFlagAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const RedisStore::Stop &stop);

/// Options `source` (one of kind http-flags, which describes the interface) and `lease` {connection, environment}.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeHttpFlagAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop);

/// The registry's entry; the options tell where the flags lie: `table`, or `hash` or `keys`, or `source`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeFlagAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop);

} // namespace qd
