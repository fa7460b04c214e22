/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/engine.h"

namespace qd {

/// What is to be taken back by itself, as the journal has it: entries of kind "revert", whose first word is "due",
/// "kept" (somebody lets it stay) or "left" (somebody else wrote there since, or it was refused too often).
struct PendingRevert
{
    QByteArray planId;
    Instant at;           ///< not before
    QByteArray version{}; ///< see Action::version(), of when it was done
};

/// Of the plan whose `entries` these are. Nothing: none, or it is over, or it stands half-way and needs a person. One
/// that was begun by itself by a console that died is still to be done.
[[nodiscard]] std::optional<PendingRevert> pendingRevert(const QList<Entry> &entries);

/// Of all plans, the soonest first.
[[nodiscard]] Result<QList<PendingRevert>> pendingReverts(Journal &journal, std::chrono::milliseconds deadline);

} // namespace qd
