/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QSet>
#include <QString>

namespace qd {

/// The environment variables that a profile read in this process names as secrets (`env:NAME`). Programs that we start
/// do not inherit them. Of the main thread.
[[nodiscard]] QSet<QString> &secretVariables();

} // namespace qd
