/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/plan.h"

namespace qd::words {

/// What is said of secrets on platforms: "Render keeps one value of it at a time; …". Empty: it is not about them.
[[nodiscard]] QString secretSentence(const Phrase &phrase);

} // namespace qd::words
