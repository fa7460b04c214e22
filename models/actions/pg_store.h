/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/plan.h"
#include "wire/postgres.h"

#include <functional>

namespace qd {

/// Who acts on a deployment now, as its own store has it. Times are the store's.
struct Lease
{
    QString holder;
    qint64 fence = 0;            ///< grows with each taking
    std::chrono::seconds left{}; ///< 0 or less: it lapsed, anybody may take it
};

/// What hinders everybody else: Unavailable, and who holds it how long still. `where`: the store.
[[nodiscard]] Error heldBy(const Lease &lease, const QString &where);

/// A deployment's own PostgreSQL as actions see it: proven to be what it is said to be on this very connection, leased
/// by one console at a time, and changed in transactions that hold the lease. Used by the action's thread alone.
class PgStore
{
public:
    using Deadline = PgConnection::Deadline;

    struct Place
    {
        QString deployment;
        QString environment;
        QString marker; ///< the table that says which deployment this is; empty: none does
        PostgresConnection connection;
    };

    /// Connects and reads whose database it is. Errors: PgConnection::open's; Forbidden (what tells is not readable).
    [[nodiscard]] static Result<PgStore> open(const Place &place, Deadline deadline, PgConnection::Stop stop = nullptr);

    [[nodiscard]] const Target &target() const { return m_target; }
    /// Why it is not `target`: another cluster, another database, a clone with another marker. Nothing: it is.
    [[nodiscard]] std::optional<Error> differsFrom(const Target &target) const;

    /// Nothing: nobody holds it. Errors: NotFound (the store has no table of leases yet), Forbidden.
    [[nodiscard]] Result<std::optional<Lease>> lease(Deadline deadline);
    /// Takes it for `holder`, or renews it. Makes the table where there is none. Errors: Unavailable (another holds it:
    /// the message says who and how long), Forbidden (this role may not: the store cannot be leased).
    [[nodiscard]] Result<Lease> take(const QString &holder, std::chrono::seconds time, Deadline deadline);
    /// Lets it last `time` from now; its number stays. One that lapsed and that nobody else took is held again. Errors:
    /// Unavailable (somebody else took it: the message says who).
    [[nodiscard]] Result<void> renew(const Lease &lease, std::chrono::seconds time, Deadline deadline);
    /// Gives it back; nothing happens if it was taken over.
    [[nodiscard]] Result<void> giveBack(const Lease &lease, Deadline deadline);

    /// Runs `change` in a transaction and commits if it succeeds. While it runs nobody can take the lease; where it was
    /// lost, nothing is changed. Without a lease, `change` has to compare and set by itself. Errors: Unavailable (the
    /// lease was lost), `change`'s own; Timeout and Unreachable leave open whether it was committed.
    [[nodiscard]] Result<void> guarded(const std::optional<Lease> &lease,
                                       const std::function<Result<void>(PgConnection &, Deadline)> &change,
                                       Deadline deadline);
    [[nodiscard]] Result<PgRows> ask(const QByteArray &sql, const QList<QByteArray> &parameters, Deadline deadline);
    [[nodiscard]] bool usable() const { return m_connection.usable(); }

private:
    PgStore(PgConnection connection, Target target, QString where);
    PgConnection m_connection;
    Target m_target;
    QString m_where;
};

} // namespace qd
