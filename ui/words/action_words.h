/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/engine.h"

/// Plans, checks and what came of them, as dialog, terminal and journal say them alike.
namespace qd::words {

/// "Set voice_quotes of quoted · production"
[[nodiscard]] QString title(const Plan &plan);
/// "enabled: true → false"
[[nodiscard]] QString sentence(const Change &change);
/// A step, an undoing or a check.
[[nodiscard]] QString sentence(const Phrase &phrase);
/// With what is wrong, and what to do.
[[nodiscard]] QString sentence(const Check &check);
/// "812 live sessions", "requests a minute: not measured (no metric tells it)"
[[nodiscard]] QString sentence(const Measure &measure);
[[nodiscard]] QString say(Risk risk);
[[nodiscard]] QString say(Ending ending);
[[nodiscard]] QString say(StepReport::State state);
/// The whole plan for people, a line each.
[[nodiscard]] QStringList lines(const Plan &plan);

} // namespace qd::words
