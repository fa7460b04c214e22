/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/plan.h"
#include "base/error.h"

namespace qd::cli {

/// Lays the secret that the plan wants on the shelf: from `file`, which nobody else can read, or typed at the terminal,
/// where it is not shown. `isNeeded`: the plan cannot go on without it. Errors: BadInput (it wants none; there is
/// neither a file nor a terminal), and those of the file.
[[nodiscard]] Result<void> giveSecret(const Plan &plan, const QString &file, bool isNeeded);

} // namespace qd::cli
