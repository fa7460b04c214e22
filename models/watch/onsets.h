/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <QMap>

namespace qd {

/// Dates the reasons that no fact dates: since when a hit rate is too low is known only to who saw it well before. One
/// for each deployment, fed with its views in the order of time; has no clock. What it saw begin or end is an event.
class Onsets
{
public:
    /// Fills in `since` of `view`'s reasons, and of the view: since when it has been at least as bad as now. One that
    /// was down and is degraded has not been well between. A reason that stood when it could be seen for the first time
    /// gets none. `before` is the view before this one, or an empty one.
    /// Returns what began now, and what has ended for a minute: shares and counters are of a minute, and hover.
    [[nodiscard]] QList<Event> date(DeploymentView &view, const DeploymentView &before);

private:
    struct Told
    {
        Reason reason;
        std::optional<Instant> endedAt;
    };
    struct StatusChange
    {
        Status from;
        Instant at;
    };
    struct Standing
    {
        std::optional<Instant> since; ///< nothing: it began before `seenAt`, and nobody knows when
        Instant seenAt;
        /// A date that came late counts where it is an earlier one.
        void date(Instant at)
        {
            if (at <= since.value_or(seenAt))
                since = at;
        }
    };
    void dateStatus(DeploymentView &view, const DeploymentView &before);
    [[nodiscard]] bool wasWell(const DeploymentView &before, const Reason &reason) const;
    [[nodiscard]] std::optional<Event> statusChange(const DeploymentView &view, const DeploymentView &before);
    [[nodiscard]] QList<Event> changes(const DeploymentView &view, const DeploymentView &before);
    QList<Told> m_told;
    bool m_isKnown = false;        ///< how the deployment stands was known once
    bool m_isLatencyKnown = false; ///< it was judged once
    std::optional<StatusChange> m_last;
    QMap<Status, Standing> m_since; ///< at least so bad, without having been better
    QList<Reason> m_standing;       ///< seen and not yet seen to be over
};

} // namespace qd
