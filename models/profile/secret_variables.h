/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QSet>
#include <QString>

namespace qd {

/// The environment variables that the profiles read in this process name as secrets (`env:NAME`). Programs that we
/// start do not inherit them. From any thread.
[[nodiscard]] QSet<QString> secretVariables();
void addSecretVariable(const QString &name);

} // namespace qd
