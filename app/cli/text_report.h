/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "cli/deployments.h"

namespace qd::cli {

/// One deployment for a person to read: its status and why, then a table each of health, breakers, caches, limits and
/// sources. Safe for a terminal; ends with a line break.
[[nodiscard]] QString textReport(const DeploymentView &view);

/// What is wrong with a profile, an error on each line: `file:line:column: message`.
[[nodiscard]] QString textReport(const QList<Error> &errors);

/// Rows of cells under headings, in columns two blanks apart; empty where there is no row.
[[nodiscard]] QString alignedTable(const QStringList &headings, const QList<QStringList> &rows);

} // namespace qd::cli
