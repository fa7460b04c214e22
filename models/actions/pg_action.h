/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"
#include "actions/lease_keeper.h"

namespace qd {

/// What actions on a deployment's PostgreSQL do alike: target, lease, and one transaction for each step.
class PgAction : public Action
{
public:
    PgAction(PgStore::Place place, std::chrono::seconds leaseTime, const Clock &clock, PgConnection::Stop stop);

    [[nodiscard]] Result<Plan> plan(const Wish &wish, Deadline deadline) final;
    [[nodiscard]] QList<Check> checks(const Plan &plan, Deadline deadline) final;
    [[nodiscard]] Result<std::optional<Lease>> begin(const Plan &plan, const QString &holder, Deadline deadline) final;
    [[nodiscard]] Result<void> renew(Deadline deadline) final;
    [[nodiscard]] Result<Stand> look(const Plan &plan, qsizetype step, Deadline deadline) final;
    [[nodiscard]] Result<void> perform(const Plan &plan, qsizetype step, Deadline deadline) final;
    [[nodiscard]] Result<void> revert(const Plan &plan, qsizetype step, Deadline deadline) final;
    [[nodiscard]] QList<Check> verify(const Plan &plan, Deadline deadline) final;
    void end(Deadline deadline) final;

protected:
    enum class Way { There, Back };
    /// Adds what would be done to a plan that has all the rest.
    [[nodiscard]] virtual Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) = 0;
    /// That things are still as the plan found them. Errors: BadInput, and why.
    [[nodiscard]] virtual Result<void> asPlanned(const Plan &plan, Deadline deadline) = 0;
    /// What else is to be checked before.
    [[nodiscard]] virtual QList<Check> ownChecks(const Plan & /*plan*/, Deadline /*deadline*/) { return {}; }
    /// The lease is held now, and the target proved.
    [[nodiscard]] virtual Result<void> begun(const Plan & /*plan*/, Deadline /*deadline*/) { return {}; }
    [[nodiscard]] virtual Result<Stand> stand(const Plan &plan, qsizetype step, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<void> make(const Plan &plan, qsizetype step, Way way, Deadline deadline) = 0;
    /// What is seen once all steps were done.
    [[nodiscard]] virtual QList<Check> seen(const Plan &plan, Deadline deadline) = 0;
    /// It acts no more.
    virtual void ended() {}

    [[nodiscard]] PgStore &store() { return *m_store; }
    [[nodiscard]] QString where() const { return m_store ? m_store->target().address : QString(); }
    [[nodiscard]] Instant now() const { return m_clock.now(); }
    [[nodiscard]] const QString &actor() const { return m_actor; } ///< the operator, without the host
    [[nodiscard]] const PgConnection::Stop &stop() const { return m_stop; }
    /// On a new connection the target is proved anew.
    [[nodiscard]] Result<void> open(Deadline deadline);
    /// In one transaction, under the lease where there is one.
    [[nodiscard]] Result<void> guarded(const std::function<Result<void>(PgConnection &, Deadline)> &change,
                                       Deadline deadline);

private:
    const PgStore::Place m_place;
    const std::chrono::seconds m_leaseTime;
    const Clock &m_clock;
    const PgConnection::Stop m_stop;
    std::optional<PgStore> m_store;
    std::optional<Target> m_plan; ///< once it acts
    QString m_actor;
    std::optional<Lease> m_lease;
    std::unique_ptr<LeaseKeeper> m_keeper;
};

} // namespace qd
