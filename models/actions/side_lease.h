/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"
#include "actions/lease_keeper.h"

#include <variant>

namespace qd {

class ConfigReader;

/// The lease of an action whose own store cannot be leased (a platform, an HTTP endpoint): it is held in the
/// deployment's own PostgreSQL or Redis, if the profile names one for it. Where that is down nothing leases, and
/// compare-and-set or a look before each step alone guards: what stands in front of an outage may have to be done
/// during it.
class SideLease
{
public:
    using Deadline = PgStore::Deadline;
    using Place = std::variant<PgStore::Place, RedisStore::Place>;

    /// `place`: nothing, where the profile names none. Below, `acted` is what cannot be leased itself: "Render".
    SideLease(std::optional<Place> place, std::chrono::seconds time, PgConnection::Stop stop);

    /// Whether somebody holds it, warned where nothing leases.
    [[nodiscard]] Check check(const QString &acted, Deadline deadline);
    /// Takes it, and keeps it while this lives. Nothing: nothing leases. Errors: Unavailable (somebody else holds it),
    /// Forbidden, BadInput (the store is another deployment's).
    [[nodiscard]] Result<std::optional<Lease>> take(const QString &holder, const QString &acted, Deadline deadline);
    /// That it is still held, and lasts. Errors: Unavailable (it was lost).
    [[nodiscard]] Result<void> renew(const QString &acted, Deadline deadline);
    void giveBack(Deadline deadline);

private:
    [[nodiscard]] Result<void> open(const QString &acted, Deadline deadline);
    /// What `ask` gets from the store that is open.
    template <class Ask>
    [[nodiscard]] auto of(const Ask &ask)
    {
        auto *postgres = std::get_if<PgStore>(&m_store);
        return postgres ? ask(*postgres) : ask(std::get<RedisStore>(m_store));
    }

    const std::optional<Place> m_place;
    const std::chrono::seconds m_time;
    const PgConnection::Stop m_stop;
    std::variant<std::monostate, PgStore, RedisStore> m_store; ///< nothing: not reached yet
    std::optional<Lease> m_lease;
    std::unique_ptr<LeaseKeeper> m_keeper;
};

/// The key `lease` of an action's options: {connection (default operator), environment}: a marker's table in
/// PostgreSQL, or its key in Redis. Nothing: the profile has no such connection.
[[nodiscard]] std::optional<SideLease::Place> readLeasePlace(ConfigReader &reader, const Profile &profile,
                                                             QList<Error> &errors);

} // namespace qd
