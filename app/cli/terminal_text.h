/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QString>

namespace qd::cli {

/// `text` as a terminal may see it: control characters, line and paragraph separators and everything that turns the
/// direction of writing are spelled out (\x1b, \u202e), so that what a deployment wrote can neither move the cursor
/// nor start a line of its own.
[[nodiscard]] QString forTerminal(QStringView text);

} // namespace qd::cli
