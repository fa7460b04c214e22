/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/policy.h"
#include "audit/signing.h"

/// The second person that a plan of high risk needs.
namespace qd {

/// An operator's word for one plan: valid for as long as it says, and used once.
struct Approval
{
    QByteArray planId; ///< 32 bytes: whatever differs in the plan makes another one
    QString approver;
    QByteArray key; ///< the public half, 32 bytes
    Instant madeAt; ///< by the approver's clock
    Instant expiresAt;
    QByteArray nonce;     ///< 16 bytes
    QByteArray signature; ///< 64 bytes, over a version and all of the above in this order
    bool operator==(const Approval &) const = default;
};

inline constexpr std::chrono::hours longestApproval{24};

/// `who`'s approval of `plan` for `time` from `now`. Errors: BadInput (the time), Internal.
[[nodiscard]] Result<Approval> approve(const Plan &plan, const Operator &who, const SigningIdentity &identity,
                                       Instant now, std::chrono::milliseconds time);

/// One line, as it travels in a file or a message.
[[nodiscard]] QByteArray toLine(const Approval &approval);
/// Errors: BadInput. Does not look at the signature.
[[nodiscard]] Result<Approval> approvalFrom(const QByteArray &line);

/// Why `who` may not be the second person for `plan`: its author, or without a role that lets them.
[[nodiscard]] std::optional<Error> whyNotApprover(const Policy &policy, const Plan &plan, const Operator &who);

/// Why `approval` does not let `actor` carry `plan` out at `now`: another's or a forged signature, another plan, given
/// by its author or by `actor`, by nobody with a role for it, run out, or a clock that is wrong. Nothing: it does.
[[nodiscard]] std::optional<Error> whyNot(const Approval &approval, const Plan &plan, const Policy &policy,
                                          const Operator &actor, Instant now);

} // namespace qd
