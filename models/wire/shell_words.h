/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QString>

namespace qd {

/// `word` as one word of a POSIX shell, quoted where it must be. For lines that are shown; nothing here runs a shell.
[[nodiscard]] QString shellWord(const QString &word);

} // namespace qd
