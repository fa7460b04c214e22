/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "cli/deployments.h"
#include "cli/options.h"

namespace qd::cli {

/// Looks at what each profile lists under `verify`, prints what came of it, and keeps it in the journal unless nothing
/// may be written from here. 0: nothing failed; 1: something did, or a list cannot be read; 3: something could not be
/// looked at.
[[nodiscard]] int verifyAll(const Options &options, const Deployments &deployments);

} // namespace qd::cli
