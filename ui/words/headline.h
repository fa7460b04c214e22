/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

namespace qd::words {

/// "Why openai fails is not reported.": of the parts that fail, those of which nobody says why. Empty where none do.
[[nodiscard]] QString unexplained(const DeploymentView &view);

} // namespace qd::words
