/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "audit/journal.h"

#include <QStringList>

namespace qd::words {

/// "Entry 5 was changed after it was written."
[[nodiscard]] QString sentence(const Damage &damage);
/// Whether the journal is whole, how far the witness covers it, and what could not be proved; one sentence each.
[[nodiscard]] QStringList summary(const Verdict &verdict);
/// How far the witness has seen a journal that is in use, and since when not; empty where there is nothing to see.
[[nodiscard]] QString sentence(const WitnessState &state);

} // namespace qd::words
