/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/desk.h"

namespace qd {

/// How somebody got a secret that an action made.
enum class Reveal {
    Shown,   ///< on the screen, for a while
    Copied,  ///< to the clipboard
    Printed, ///< to a terminal
    Written, ///< to a file
};

[[nodiscard]] QString toWord(Reveal reveal); ///< "shown"

/// Whether `plan` makes a secret that somebody has to be handed.
[[nodiscard]] bool handsOver(const Plan &plan);

/// Writes that whoever sits at `desk` gets the secret `name` of `plan`; never the secret. Only once that is written it
/// may be handed over. Errors: those of the journal.
[[nodiscard]] Result<void> noteReveal(const Desk &desk, const Plan &plan, const QString &name, Reveal reveal,
                                      Instant now, std::chrono::milliseconds deadline);

} // namespace qd
