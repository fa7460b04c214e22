/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QString>

namespace qd::cli {

/// One or more lines to stdout, at once: who reads them through a pipe shall not wait for a full buffer.
void print(const QString &lines);
/// The same to stderr.
void printError(const QString &lines);

} // namespace qd::cli
