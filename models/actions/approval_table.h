/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/approval.h"
#include "actions/pg_store.h"

namespace qd {

/// What waits for a second person.
struct AskedPlan
{
    Plan plan;
    QString who;         ///< asked
    bool isUndo = false; ///< it was carried out, and is to be taken back
    bool operator==(const AskedPlan &) const = default;
};

/// The table `quarterdeck_approvals` in a deployment's own PostgreSQL: plans that ask for a second person, approvals,
/// and which of them were used. Its owner makes it, in a migration; who acts may add to it and read it, and not change
/// it. What stands there is believed for its signature alone.
///
/// Errors: NotFound (there is no such table), Forbidden, and those of the store.
class ApprovalTable
{
public:
    using Deadline = PgStore::Deadline;

    explicit ApprovalTable(PgStore store)
        : m_store(std::move(store))
    {
    }
    /// That of the first PostgreSQL that an action of `profile` acts on, or takes its lease in, and that can be opened.
    /// Errors: Unsupported (none has any), those of PgStore::open.
    [[nodiscard]] static Result<ApprovalTable> of(const Profile &profile, Deadline deadline,
                                                  const PgConnection::Stop &stop = nullptr);
    /// Puts `plan` up for approval; nothing happens if it is already. Errors: Forbidden (another stands there as it).
    [[nodiscard]] Result<void> ask(const Plan &plan, Deadline deadline);
    /// Puts what was carried out up for another approval, to be taken back.
    [[nodiscard]] Result<void> askToUndo(const Plan &plan, const QString &who, Deadline deadline);
    /// The plans of the last week that nobody has approved since they were put up, oldest first.
    [[nodiscard]] Result<QList<AskedPlan>> waiting(Deadline deadline);
    /// The plan that was put up and whose id begins with `hex`. Errors: NotFound (none, or several), BadInput (fewer
    /// than 12 hex digits).
    [[nodiscard]] Result<AskedPlan> asked(const QString &hex, Deadline deadline);
    [[nodiscard]] Result<void> give(const Approval &approval, Deadline deadline);
    [[nodiscard]] Result<QList<Approval>> given(const QByteArray &planId, Deadline deadline);
    /// Marks it as used, for all consoles. Errors: Forbidden (it was used before).
    [[nodiscard]] Result<void> use(const Approval &approval, const QString &who, Deadline deadline);

    /// What its owner runs, `role` being whom the console acts as.
    [[nodiscard]] static QByteArray migration(const QString &role);

private:
    [[nodiscard]] Result<void> checkTarget(const Plan &plan) const;
    [[nodiscard]] Result<bool> add(const QByteArray &kind, const QByteArray &planId, const QByteArray &nonce,
                                   const QByteArray &body, const QString &who, Deadline deadline);
    PgStore m_store;
};

} // namespace qd
