/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

namespace qd {

/// What this process has in memory, secrets among it, is written to no file when it crashes; nor may others of the same
/// user look into it, where the platform can keep them out. Those that it starts write none either.
void forbidCoreDumps();

/// Whether this was built to be used, and not to find faults in.
#ifdef NDEBUG
inline constexpr bool isReleased = true;
#else
inline constexpr bool isReleased = false;
#endif

} // namespace qd
