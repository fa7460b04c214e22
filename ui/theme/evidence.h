/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

namespace qd {

/// `because` with what its formula comes to: "61 / 95, growth over the last minute = 64 %".
[[nodiscard]] inline Because withResult(Because because, const QString &result)
{
    if (!because.formula.isEmpty() && !result.isEmpty())
        because.formula += QStringLiteral(" = ") + result;
    return because;
}

} // namespace qd
