/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/engine.h"

namespace qd {

/// What whoever acts from this machine has: name, key and journal. Console and terminal share them.
struct Desk
{
    Operator who;
    std::unique_ptr<Journal> journal;
    std::shared_ptr<const SigningIdentity> identity = {}; ///< whose public half `who` has
};

struct DeskPlace
{
    QString directory;     ///< of journal and key, made with rights 0700; empty: the user's own
    QString witness;       ///< a file that gets every signed head; empty: none
    bool readOnly = false; ///< nothing may be done from here: the desk is not opened, and without one nobody acts
    std::optional<PostgresConnection> witnessStore = {}; ///< whose table quarterdeck_witness gets the heads as well
};

/// The user's name and host; their key, made at first use; their journal. Errors: Forbidden where it is read-only: this
/// is the one wall; else what of it cannot be had, and why.
[[nodiscard]] Result<Desk> openDesk(const DeskPlace &place, std::chrono::milliseconds deadline);

/// Signs `plan` for `time` from `now` as whoever sits at this desk, if the policy lets them, and notes it in their
/// journal. Errors: NotFound (no policy), Forbidden, BadInput (the time), and those of the journal.
[[nodiscard]] Result<Approval> approveAt(Desk &desk, const std::optional<Policy> &policy, const Plan &plan, Instant now,
                                         std::chrono::milliseconds time, std::chrono::milliseconds deadline);

/// The journal's file.
[[nodiscard]] QString journalPath(const DeskPlace &place);

/// The plan that the journal's entries of `planId` began with. Errors: NotFound, BadReply.
[[nodiscard]] Result<Plan> plannedIn(Journal &journal, const QByteArray &planId, std::chrono::milliseconds deadline);

} // namespace qd
