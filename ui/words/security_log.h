/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/rotations.h"

namespace qd::words {

/// All rotations of `log` as Markdown, for a file such as docs/security-log.md: what was done, by whom, why, who
/// approved it, what came of it and what proves it. Times are UTC. What came from a deployment or a person stands as
/// plain text in it.
[[nodiscard]] QString securityLog(const RotationLog &log, Instant writtenAt);

} // namespace qd::words
