/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/lease_keeper.h"

namespace qd {
namespace {
template <class Store>
auto renewing(const typename Store::Place &place, const Target &target, const Lease &lease, std::chrono::seconds time)
{
    const auto held = std::make_shared<std::optional<Store>>(); // a function is copied, and a store is not
    return [=](PgStore::Deadline deadline, const PgConnection::Stop &stop) {
        std::optional<Store> &store = *held;
        if (!store || !store->usable()) {
            auto opened = Store::open(place, deadline, stop);
            if (!opened)
                return true;
            store = std::move(*opened);
        }
        if (store->differsFrom(target))
            return false;
        const auto renewed = store->renew(lease, time, deadline);
        return renewed || renewed.error().code != ErrorCode::Unavailable;
    };
}
} // namespace

LeaseKeeper::LeaseKeeper(const PgStore::Place &place, const Target &target, const Lease &lease,
                         std::chrono::seconds time)
    : LeaseKeeper(renewing<PgStore>(place, target, lease, time), time)
{
}

LeaseKeeper::LeaseKeeper(const RedisStore::Place &place, const Target &target, const Lease &lease,
                         std::chrono::seconds time)
    : LeaseKeeper(renewing<RedisStore>(place, target, lease, time), time)
{
}

LeaseKeeper::LeaseKeeper(Renew renew, std::chrono::seconds time)
    : m_renew(std::move(renew))
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
    const std::chrono::milliseconds pause = m_time;
    std::unique_lock guard(m_lock);
    while (!m_stopped.wait_for(guard, pause / 3, [this] { return m_stop->load(); })) {
        guard.unlock();
        const bool goesOn = m_renew(std::chrono::steady_clock::now() + m_time, m_stop);
        guard.lock();
        if (!goesOn)
            return;
    }
}

} // namespace qd
