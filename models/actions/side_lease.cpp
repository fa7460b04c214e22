/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/side_lease.h"

#include "sources/postgresql/ask.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// One that answers and is another's, or refuses us, is not down.
bool isDown(const Error &error)
{
    return error.code == ErrorCode::Unreachable || error.code == ErrorCode::Timeout ||
           error.code == ErrorCode::NotFound || error.code == ErrorCode::Unsupported;
}
} // namespace

SideLease::SideLease(std::optional<PgStore::Place> place, std::chrono::seconds time, PgConnection::Stop stop)
    : m_place(std::move(place))
    , m_time(time)
    , m_stop(std::move(stop))
{
}

Check SideLease::check(const QString &acted, Deadline deadline)
{
    Check check{.phrase = {u"nobody-else-acts"_s, {}}};
    const auto opened = open(acted, deadline);
    const auto lease = opened ? m_store->lease(deadline) : std::unexpected(opened.error());
    if (lease && *lease) {
        check.result = Check::Result::Failed;
        check.error = Error{ErrorCode::Unavailable,
                            u"%1 acts on this deployment now; the lease lasts %2 s more"_s.arg((*lease)->holder)
                                .arg((*lease)->left.count()),
                            m_store->target().address};
    } else if (!lease && lease.error().code != ErrorCode::NotFound) {
        // One that leads elsewhere leases nothing here.
        check.result = lease.error().code == ErrorCode::BadInput ? Check::Result::Failed : Check::Result::Warned;
        check.error = lease.error();
    }
    return check;
}

Result<std::optional<Lease>> SideLease::take(const QString &holder, const QString &acted, Deadline deadline)
{
    const auto opened = open(acted, deadline);
    const auto taken = opened ? m_store->take(holder, m_time, deadline) : std::unexpected(opened.error());
    if (!taken)
        return isDown(taken.error()) ? Result<std::optional<Lease>>(std::nullopt) : std::unexpected(taken.error());
    m_lease = *taken;
    m_keeper = std::make_unique<LeaseKeeper>(*m_place, m_store->target(), *m_lease, m_time);
    return m_lease;
}

Result<void> SideLease::renew(const QString &acted, Deadline deadline)
{
    if (!m_lease)
        return {};
    if (auto opened = open(acted, deadline); !opened)
        return opened;
    return m_store->renew(*m_lease, m_time, deadline);
}

void SideLease::giveBack(Deadline deadline)
{
    m_keeper.reset();
    if (m_store && m_lease) [[maybe_unused]]
        const auto tried = m_store->giveBack(*m_lease, deadline);
    m_lease.reset();
    m_store.reset();
}

Result<void> SideLease::open(const QString &acted, Deadline deadline)
{
    if (!m_place)
        return failure(ErrorCode::Unsupported,
                       u"%1 keeps no lease, and the profile names no PostgreSQL for one: nothing but a look before "
                       "each step keeps two people from acting at once"_s.arg(acted),
                       acted);
    if (m_store && m_store->usable())
        return {};
    auto opened = PgStore::open(*m_place, deadline, m_stop);
    if (!opened)
        return std::unexpected(opened.error());
    if (const auto error = opened->differsFrom(opened->target()))
        return std::unexpected(*error);
    m_store = std::move(*opened);
    return {};
}

std::optional<PgStore::Place> readLeasePlace(ConfigReader &reader, const Profile &profile, QList<Error> &errors)
{
    const ConfigNode node = reader.map(u"lease");
    ConfigReader lease(node, &errors);
    const auto *connection = profile.connection<PostgresConnection>(lease.string(u"connection", u"operator"_s));
    const QString marker = tableName(lease, u"environment");
    lease.finish();
    if (!connection)
        return std::nullopt;
    return PgStore::Place{
        .deployment = profile.name, .environment = profile.environment, .marker = marker, .connection = *connection};
}

} // namespace qd
