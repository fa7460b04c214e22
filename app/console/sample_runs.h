/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"

namespace qd {

/// An action as its dialog may show it, for pictures: nothing is asked and nothing is done.
struct SampleRun
{
    QString name; ///< "ready"
    ActionRun run;
    ActionRun::Way offered = ActionRun::Way::Run;
    QString typed; ///< into the field for the deployment's name
};

/// One action in every state, from planning to its end, as of `now`.
[[nodiscard]] QList<SampleRun> sampleRuns(Instant now);

} // namespace qd
