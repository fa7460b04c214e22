/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"
#include "actions/pg_measure.h"
#include "facts/custody_facts.h"

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
/// place holds the flag, or it is a variable that is not on or off), BadInput (the action is there and a connection for
/// it is not).
[[nodiscard]] Result<QString> actionOn(const FeatureFlag &flag, const Profile &profile);

/// The registry's entry: options `table`, `columns` (key, set; rollout_percent, updated_by, updated_at),
/// `environment`, the table that tells which deployment this is, and `measures`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeFlagAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop);

} // namespace qd
