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

SideLease::SideLease(std::optional<Place> place, std::chrono::seconds time, PgConnection::Stop stop)
    : m_place(std::move(place))
    , m_time(time)
    , m_stop(std::move(stop))
{
}

Check SideLease::check(const QString &acted, Deadline deadline)
{
    Check check{.phrase = {u"nobody-else-acts"_s, {}}};
    const auto opened = open(acted, deadline);
    const auto lease = opened ? of([&](auto &store) { return store.lease(deadline); })
                              : Result<std::optional<Lease>>(std::unexpected(opened.error()));
    if (lease && *lease) {
        check.result = Check::Result::Failed;
        check.error = heldBy(**lease, of([](auto &store) { return store.target().address; }));
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
    const auto taken = opened ? of([&](auto &store) { return store.take(holder, m_time, deadline); })
                              : Result<Lease>(std::unexpected(opened.error()));
    if (!taken)
        return isDown(taken.error()) ? Result<std::optional<Lease>>(std::nullopt) : std::unexpected(taken.error());
    m_lease = *taken;
    const Target target = of([](auto &store) { return store.target(); });
    m_keeper = std::visit(
        [&](const auto &place) { return std::make_unique<LeaseKeeper>(place, target, *m_lease, m_time); }, *m_place);
    return m_lease;
}

Result<void> SideLease::renew(const QString &acted, Deadline deadline)
{
    if (!m_lease)
        return {};
    if (auto opened = open(acted, deadline); !opened)
        return opened;
    return of([&](auto &store) { return store.renew(*m_lease, m_time, deadline); });
}

void SideLease::giveBack(Deadline deadline)
{
    m_keeper.reset();
    if (m_store.index() > 0 && m_lease) [[maybe_unused]]
        const auto tried = of([&](auto &store) { return store.giveBack(*m_lease, deadline); });
    m_lease.reset();
    m_store = std::monostate();
}

Result<void> SideLease::open(const QString &acted, Deadline deadline)
{
    if (!m_place)
        return failure(ErrorCode::Unsupported,
                       u"%1 keeps no lease, and the profile names no PostgreSQL or Redis for one: nothing but a look "
                       "before each step keeps two people from acting at once"_s.arg(acted),
                       acted);
    if (m_store.index() > 0 && of([](auto &store) { return store.usable(); }))
        return {};
    const auto take = [this](auto opened) -> Result<void> {
        if (!opened)
            return std::unexpected(opened.error());
        if (const auto error = opened->differsFrom(opened->target()))
            return std::unexpected(*error);
        m_store = std::move(*opened);
        return {};
    };
    if (const auto *postgres = std::get_if<PgStore::Place>(&*m_place))
        return take(PgStore::open(*postgres, deadline, m_stop));
    return take(RedisStore::open(std::get<RedisStore::Place>(*m_place), deadline, m_stop));
}

std::optional<SideLease::Place> readLeasePlace(ConfigReader &reader, const Profile &profile, QList<Error> &errors)
{
    const ConfigNode node = reader.map(u"lease");
    ConfigReader lease(node, &errors);
    const QString name = lease.string(u"connection", u"operator"_s);
    std::optional<SideLease::Place> place;
    if (const auto *redis = profile.connection<RedisConnection>(name))
        place = RedisStore::Place{.deployment = profile.name,
                                  .environment = profile.environment,
                                  .marker = lease.string(u"environment", u"quarterdeck:environment"_s),
                                  .connection = *redis};
    else if (const auto *postgres = profile.connection<PostgresConnection>(name))
        place = PgStore::Place{.deployment = profile.name,
                               .environment = profile.environment,
                               .marker = tableName(lease, u"environment"),
                               .connection = *postgres};
    else
        static_cast<void>(lease.string(u"environment")); // a table or a key, as that connection will be
    lease.finish();
    return place;
}

} // namespace qd
