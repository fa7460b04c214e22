/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

namespace qd {

/// Dates the reasons that no fact dates: since when a hit rate is too low is known only to who saw it well before. One
/// for each deployment, fed with its views in the order of time; has no clock.
class Onsets
{
public:
    /// Fills in `since` of `view`'s reasons, and of the view by the rule of judge(). A reason that stood when it could
    /// be seen for the first time gets none. `before` is the view before this one, or an empty one.
    void date(DeploymentView &view, const DeploymentView &before);

private:
    QList<Reason> m_standing; ///< seen and not yet seen to be over
};

} // namespace qd
