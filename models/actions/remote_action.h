/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/side_lease.h"
#include "sources/io_line.h"

namespace qd {

/// What actions do alike on something that is asked anew each time, over HTTP or through a program, and that can
/// neither be leased nor changed in a transaction: each look and each step proves first that this is still the target.
class RemoteAction : public Action
{
public:
    struct Place
    {
        QString deployment;
        QString environment;
        std::optional<SideLease::Place> lease; ///< in the deployment's own PostgreSQL or Redis
        std::chrono::seconds leaseTime{60};    ///< renewed while it acts
    };

    RemoteAction(Place place, const Clock &clock, const PgConnection::Stop &stop);

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
    [[nodiscard]] virtual QString system() const = 0; ///< "render"
    [[nodiscard]] virtual QString title() const = 0;  ///< "Render"
    [[nodiscard]] virtual QString where() const = 0;  ///< its address
    /// That all questions of one look may take.
    [[nodiscard]] virtual std::chrono::seconds patience() const { return std::chrono::seconds(10); }
    /// What tells it from all others, read now. Errors also: BadInput (it is not what the profile says).
    [[nodiscard]] virtual Result<QStringList> identity(Deadline deadline) = 0;
    /// That the server showed with the answers of identity(), where it tells the server from others.
    [[nodiscard]] virtual QByteArray tlsKey() const { return {}; }
    /// The plan's, which each connection has to show before anything is sent on it; empty: it has none.
    virtual void expectTlsKey(const QByteArray & /*key*/) {}
    /// Adds what would be done to a plan that has all the rest but the fingerprint.
    [[nodiscard]] virtual Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) = 0;
    /// Of all that the plan's steps change, as it is now.
    [[nodiscard]] virtual Result<QByteArray> fingerprint(const Plan &plan, Deadline deadline) = 0;
    /// What else is to be checked before.
    [[nodiscard]] virtual QList<Check> ownChecks(const Plan & /*plan*/, Deadline /*deadline*/) { return {}; }
    [[nodiscard]] virtual Result<Stand> stand(const Plan &plan, qsizetype step, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<void> make(const Plan &plan, qsizetype step, Way way, Deadline deadline) = 0;
    /// What else is seen once all steps stand as the plan expected.
    [[nodiscard]] virtual QList<Check> seen(const Plan & /*plan*/, Deadline /*deadline*/) { return {}; }
    /// Another plan is acted on: what was seen for the one before is forgotten.
    virtual void forget() {}

    [[nodiscard]] IoLine &line() { return m_line; }
    [[nodiscard]] Result<void> notMine() const;

private:
    /// Deadlines are stretched to its patience: what asks through programs takes longer than whoever waits knows.
    [[nodiscard]] Deadline atLeast(Deadline deadline) const;
    /// What it is, read now; where it acts, also that it is the plan's.
    [[nodiscard]] Result<Target> prove(Deadline deadline);
    [[nodiscard]] std::optional<Error> differs(const Target &here, const Target &planned) const;
    [[nodiscard]] Result<void> makeStep(const Plan &plan, qsizetype step, Way way, Deadline deadline);

    const Place m_place;
    const Clock &m_clock;
    IoLine m_line;
    SideLease m_lease;
    std::optional<Target> m_plan; ///< once it acts
};

} // namespace qd
