/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "cli/options.h"

namespace qd {
struct Entry;
struct PostgresConnection;
} // namespace qd

namespace qd::cli {

/// The verbs of `audit`: print to stdout, and return the exit code (0 whole, 1 tampered with, 3 cannot be read).
[[nodiscard]] int verifyAudit(const Options &options);
[[nodiscard]] int exportAudit(const Options &options);
[[nodiscard]] int tailAudit(const Options &options);
[[nodiscard]] int rotationsAudit(const Options &options);

/// One entry on one line, safe for a terminal: number, time (UTC), kind, who, deployment, plan, step, what was begun or
/// came of it, reason.
[[nodiscard]] QString auditLine(const Entry &entry);
/// The same as a JSON object, with evidence and hashes.
[[nodiscard]] QString auditJson(const Entry &entry);

} // namespace qd::cli
