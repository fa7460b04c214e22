/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QString>

namespace qd {

/// What a deployment wrote, as it may be kept in a fact or said in an error: without control characters and
/// bidirectional overrides, at most `most` characters.
[[nodiscard]] QString cleaned(QStringView text, qsizetype most = 200);

} // namespace qd
