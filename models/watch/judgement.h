/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

namespace qd {

/// Below this many events in the last minute a share says nothing (one miss of two is not a hit rate of 50 %).
inline constexpr double judgedFrom = 20;

/// Fills in `reasons`, `status` and `since` from the rest of the view.
void judge(DeploymentView &view, const DeploymentState &state, const Profile &profile);

/// Of `events`, oldest first: the opening of `breaker` that has not ended yet, with the trials that failed since. None
/// where nobody saw it.
[[nodiscard]] std::optional<Event> openingOf(const QList<Event> &events, const QString &breaker);

/// Whether the master of Redis tells now which replicas are connected to it; none are rows of none.
[[nodiscard]] bool seesRedisReplicas(const DeploymentView &view);

/// Whether the primary of PostgreSQL tells now which standbys it streams to.
[[nodiscard]] bool seesStandbys(const DeploymentView &view);

/// Since when the view's status holds: as long as the oldest of its reasons that is dated; nothing where all is well.
[[nodiscard]] std::optional<Instant> statusSince(const DeploymentView &view);

} // namespace qd
