/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/pg_store.h"

#include "base/cleaned.h"
#include "sources/postgresql/ask.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr auto leased = "deployment"; // all of it: two people never act on one deployment at once

QString text(const std::optional<QByteArray> &cell)
{
    return cleaned(QString::fromUtf8(cell.value_or(QByteArray())));
}

Lease leaseIn(const PgRows &rows)
{
    return {.holder = text(rows.at(0, u"holder")),
            .fence = rows.at(0, u"fence").value_or("0").toLongLong(),
            .left = std::chrono::seconds(rows.at(0, u"left").value_or("0").toLongLong())};
}

constexpr auto readLease = "SELECT holder, fence, ceil(extract(epoch FROM expires_at - now()))::bigint AS left"
                           " FROM quarterdeck_leases WHERE resource = $1";
} // namespace

Error heldBy(const Lease &lease, const QString &where)
{
    return {ErrorCode::Unavailable,
            u"%1 acts on this deployment now; the lease lasts %2 s more"_s.arg(lease.holder).arg(lease.left.count()),
            where};
}

PgStore::PgStore(PgConnection connection, Target target, QString where)
    : m_connection(std::move(connection))
    , m_target(std::move(target))
    , m_where(std::move(where))
{
}

Result<PgStore> PgStore::open(const Place &place, Deadline deadline, PgConnection::Stop stop)
{
    const QString where =
        u"%1:%2/%3"_s.arg(place.connection.host).arg(place.connection.port).arg(place.connection.database);
    auto connection = PgConnection::open(place.connection, deadline, std::move(stop));
    if (!connection)
        return std::unexpected(connection.error());
    const auto own =
        connection->query("SELECT s.system_identifier::text AS system, d.oid::text AS oid"
                          " FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()",
                          {}, deadline);
    if (!own)
        return std::unexpected(own.error());
    Target target{.deployment = place.deployment,
                  .environment = place.environment,
                  .system = u"postgresql"_s,
                  .address = where,
                  .identity = {text(own->at(0, u"system")), text(own->at(0, u"oid"))}};
    if (!place.marker.isEmpty()) {
        const auto marker =
            connection->query("SELECT deployment, environment FROM " + identifier(place.marker), {}, deadline);
        if (!marker)
            return std::unexpected(marker.error());
        if (marker->rows.size() != 1)
            return failure(ErrorCode::BadReply,
                           u"%1 has %2 rows: one is expected, which says what this database is"_s.arg(place.marker)
                               .arg(marker->rows.size()),
                           where);
        target.identity += {text(marker->at(0, u"deployment")), text(marker->at(0, u"environment"))};
    }
    target.setTlsKey(connection->tlsKey());
    return PgStore(std::move(*connection), std::move(target), where);
}

std::optional<Error> PgStore::differsFrom(const Target &target) const
{
    const auto differs = [this](const QString &why) { return Error{ErrorCode::BadInput, why, m_where}; };
    const QStringList own = m_target.ownWords();
    const QStringList planned = target.ownWords();
    if (target.system != m_target.system || planned.size() != own.size())
        return differs(u"the plan was made for another kind of store; make it again"_s);
    if (own.value(2) != planned.value(2) || own.value(3) != planned.value(3))
        return differs(u"this database calls itself %1/%2, and the plan was made for %3/%4"_s.arg(
            own.value(2), own.value(3), planned.value(2), planned.value(3)));
    if (own.value(0) != planned.value(0))
        return differs(
            u"this is another PostgreSQL cluster than the plan was made for; its address leads elsewhere now"_s);
    if (own.value(1) != planned.value(1))
        return differs(u"this is another database than the plan was made for, under the same name"_s);
    // A plan that was made before keys were written down has none.
    if (!target.tlsKey().isEmpty() && m_target.tlsKey() != target.tlsKey())
        return differs(u"this server shows another TLS key than the plan was made for; make it again"_s);
    if (target.deployment != m_target.deployment || target.environment != m_target.environment)
        return differs(u"the profile is called %1 (%2), and the plan was made for %3 (%4)"_s.arg(
            m_target.deployment, m_target.environment, target.deployment, target.environment));
    // The marker is there so that a profile cannot lead elsewhere than it says.
    if (own.size() > 2 && own.value(3) != target.environment)
        return differs(
            u"this database says that it is %1, and the profile says %2"_s.arg(own.value(3), target.environment));
    return std::nullopt;
}

Result<PgRows> PgStore::ask(const QByteArray &sql, const QList<QByteArray> &parameters, Deadline deadline)
{
    return m_connection.query(sql, parameters, deadline);
}

Result<std::optional<Lease>> PgStore::lease(Deadline deadline)
{
    const auto rows = ask(readLease, {leased}, deadline);
    if (!rows)
        return std::unexpected(rows.error());
    if (rows->rows.isEmpty())
        return std::nullopt;
    const Lease lease = leaseIn(*rows);
    return lease.left.count() > 0 ? std::optional(lease) : std::nullopt;
}

Result<Lease> PgStore::take(const QString &holder, std::chrono::seconds time, Deadline deadline)
{
    // Not IF NOT EXISTS alone: two at once collide in the catalogue.
    const auto made = ask("SELECT to_regclass('quarterdeck_leases') IS NOT NULL AS made", {}, deadline);
    if (!made)
        return std::unexpected(made.error());
    if (made->at(0, u"made") != "t") {
        const auto create =
            ask("BEGIN; SELECT pg_advisory_xact_lock(hashtext('quarterdeck_leases'));"
                "CREATE TABLE IF NOT EXISTS quarterdeck_leases (resource text PRIMARY KEY,"
                " holder text NOT NULL, fence bigint NOT NULL, expires_at timestamptz NOT NULL); COMMIT",
                {}, deadline);
        if (!create) {
            [[maybe_unused]] const auto tried = ask("ROLLBACK", {}, deadline);
            return std::unexpected(create.error());
        }
    }
    const QByteArray seconds = QByteArray::number(static_cast<qint64>(time.count()));
    const auto taken =
        ask("INSERT INTO quarterdeck_leases AS l (resource, holder, fence, expires_at)"
            " VALUES ($1, $2, 1, now() + $3::int * interval '1 second')"
            " ON CONFLICT (resource) DO UPDATE SET holder = $2, fence = l.fence + 1,"
            " expires_at = now() + $3::int * interval '1 second' WHERE l.expires_at <= now() OR l.holder = $2"
            " RETURNING holder, fence, $3::bigint AS left",
            {leased, holder.toUtf8(), seconds}, deadline);
    if (!taken)
        return std::unexpected(taken.error());
    if (!taken->rows.isEmpty())
        return leaseIn(*taken);
    const auto other = lease(deadline);
    if (!other)
        return std::unexpected(other.error());
    if (!*other) // it lapsed in between
        return failure(ErrorCode::Unavailable, u"somebody else held the lease until just now; try again"_s, m_where);
    return std::unexpected(heldBy(**other, m_where));
}

Result<void> PgStore::renew(const Lease &lease, std::chrono::seconds time, Deadline deadline)
{
    const auto renewed = ask("UPDATE quarterdeck_leases SET expires_at = now() + $4::int * interval '1 second'"
                             " WHERE resource = $1 AND holder = $2 AND fence = $3::bigint RETURNING 1",
                             {leased, lease.holder.toUtf8(), QByteArray::number(lease.fence),
                              QByteArray::number(static_cast<qint64>(time.count()))},
                             deadline);
    if (!renewed)
        return std::unexpected(renewed.error());
    if (!renewed->rows.isEmpty())
        return {};
    const auto other = this->lease(deadline);
    return failure(ErrorCode::Unavailable,
                   other && *other ? u"the lease was lost: %1 acts on this deployment now"_s.arg((*other)->holder)
                                   : u"the lease was lost: somebody else took it"_s,
                   m_where);
}

Result<void> PgStore::giveBack(const Lease &lease, Deadline deadline)
{
    const auto given = ask("UPDATE quarterdeck_leases SET expires_at = now() WHERE resource = $1 AND holder = $2"
                           " AND fence = $3::bigint",
                           {leased, lease.holder.toUtf8(), QByteArray::number(lease.fence)}, deadline);
    if (!given)
        return std::unexpected(given.error());
    return {};
}

Result<void> PgStore::guarded(const std::optional<Lease> &lease,
                              const std::function<Result<void>(PgConnection &, Deadline)> &change, Deadline deadline)
{
    if (const auto begun = ask("BEGIN", {}, deadline); !begun)
        return std::unexpected(begun.error());
    const auto rollBack = [&](const Error &error) -> Result<void> {
        [[maybe_unused]] const auto tried = ask("ROLLBACK", {}, deadline);
        return std::unexpected(error);
    };
    if (lease) {
        const auto held = ask("SELECT 1 FROM quarterdeck_leases WHERE resource = $1 AND holder = $2"
                              " AND fence = $3::bigint AND expires_at > clock_timestamp() FOR UPDATE",
                              {leased, lease->holder.toUtf8(), QByteArray::number(lease->fence)}, deadline);
        if (!held)
            return rollBack(held.error());
        if (held->rows.isEmpty())
            return rollBack({ErrorCode::Unavailable, u"the lease was lost; nothing was changed"_s, m_where});
    }
    if (const auto changed = change(m_connection, deadline); !changed)
        return rollBack(changed.error());
    if (const auto committed = ask("COMMIT", {}, deadline); !committed)
        return std::unexpected(committed.error());
    return {};
}

} // namespace qd
