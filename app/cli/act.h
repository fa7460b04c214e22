/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/engine.h"
#include "cli/options.h"

/// Acting from a terminal: the same plans, checks and journal as in the window.
namespace qd::cli {

/// `plan ACTION RESOURCE NAME=VALUE…`: prints it and writes it to a file.
[[nodiscard]] int makePlan(const Options &options);
/// `apply PLAN`: checks and carries out.
[[nodiscard]] int applyPlan(const Options &options);
/// `ask PLAN`: puts it up for approval in the deployment's own table.
[[nodiscard]] int askForApproval(const Options &options);
/// `approve PLAN|ID`: signs it, as a second person, into a file or that table.
[[nodiscard]] int approvePlan(const Options &options);
/// `key`: who acts from here, as a line for a policy.
[[nodiscard]] int printKey(const Options &options);
/// `unfinished`: what was begun from here and never came to its end.
[[nodiscard]] int listUnfinished(const Options &options);
/// `resume ID` and `undo ID`: brings a plan of the journal to an end.
[[nodiscard]] int resumePlan(const Options &options);
[[nodiscard]] int undoPlan(const Options &options);
/// `settle ID`: brings to an end, with what a person found.
[[nodiscard]] int settlePlan(const Options &options);
/// `revert-due`: takes back what is due in one deployment.
[[nodiscard]] int revertDue(const Options &options);
/// `keep ID`: what is to be taken back by itself stays.
[[nodiscard]] int keepPlan(const Options &options);

/// Checks and steps of `report` in words, without what stands so in `told`.
[[nodiscard]] QStringList linesOf(const Report &report, const Report &told);

} // namespace qd::cli
