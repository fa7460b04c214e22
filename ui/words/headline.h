/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

namespace qd::words {

/// `since` ("since 13:58") of `view` as it stands behind its status: "in trouble since 13:58" where the
/// trouble is older than all that makes the status what it is now.
[[nodiscard]] QString troubleSince(const DeploymentView &view, const QString &since);

/// "Why openai fails is not reported.": of the parts that fail, those of which nobody says why. Empty where none do.
[[nodiscard]] QString unexplained(const DeploymentView &view);

} // namespace qd::words
