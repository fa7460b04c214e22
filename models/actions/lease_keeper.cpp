/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/lease_keeper.h"

namespace qd {

LeaseKeeper::LeaseKeeper(PgStore::Place place, Target target, Lease lease, std::chrono::seconds time)
    : m_place(std::move(place))
    , m_target(std::move(target))
    , m_lease(std::move(lease))
    , m_time(time)
    , m_thread([this] { run(); })
{
}

LeaseKeeper::~LeaseKeeper()
{
    {
        const std::scoped_lock guard(m_lock);
        *m_stop = true;
    }
    m_stopped.notify_all();
    m_thread.join();
}

void LeaseKeeper::run()
{
    std::optional<PgStore> store;
    const std::chrono::milliseconds pause = m_time;
    std::unique_lock guard(m_lock);
    while (!m_stopped.wait_for(guard, pause / 3, [this] { return m_stop->load(); })) {
        guard.unlock();
        const bool goesOn = renew(store);
        guard.lock();
        if (!goesOn)
            return;
    }
}

/// False where it is lost. A server that does not answer is asked again.
bool LeaseKeeper::renew(std::optional<PgStore> &store)
{
    const auto deadline = std::chrono::steady_clock::now() + m_time;
    if (!store || !store->usable()) {
        auto opened = PgStore::open(m_place, deadline, m_stop);
        if (!opened)
            return true;
        store = std::move(*opened);
    }
    if (store->differsFrom(m_target))
        return false;
    const auto renewed = store->renew(m_lease, m_time, deadline);
    return renewed || renewed.error().code != ErrorCode::Unavailable;
}

} // namespace qd
