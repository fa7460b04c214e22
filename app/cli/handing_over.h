/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/reveal.h"
#include "cli/options.h"

#include <memory>

namespace qd::cli {

/// Hands a secret that an action makes to whoever sits here: on the terminal itself, never on a pipe, or in a new file
/// that they alone may read.
class HandingOver
{
public:
    /// Opens what is needed before anything is done. Errors: BadInput (not told how, no terminal, the file exists),
    /// Forbidden (the file cannot be made).
    [[nodiscard]] static Result<HandingOver> ready(const Plan &plan, const Options &options);
    HandingOver(HandingOver &&other) noexcept;
    HandingOver(const HandingOver &) = delete;
    HandingOver &operator=(const HandingOver &) = delete;
    HandingOver &operator=(HandingOver &&) = delete;
    /// What nothing was written into is removed.
    ~HandingOver();

    /// Asks on the terminal; writes that down, and only then hands it over. The error says what became of the secret.
    [[nodiscard]] Result<void> handOver(const Desk &desk, const Plan &plan, Instant now);

private:
    HandingOver() = default;
    [[nodiscard]] bool agrees(const QString &name) const;
    int m_file = -1; ///< the terminal, or the new file; -1: nothing is handed over
    QString m_path;  ///< of the new file; empty: it is the terminal, or written
};

} // namespace qd::cli
