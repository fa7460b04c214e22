/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/redis_store.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace qd {

/// Renews a lease while its holder lives, on a thread and a connection of its own, as a step may take longer than the
/// lease lasts. It stops where the lease was lost: who acts sees that before its next effect.
class LeaseKeeper
{
public:
    /// `time`: how long the lease lasts from each renewal, which comes after a third of it.
    LeaseKeeper(const PgStore::Place &place, const Target &target, const Lease &lease, std::chrono::seconds time);
    LeaseKeeper(const RedisStore::Place &place, const Target &target, const Lease &lease, std::chrono::seconds time);
    /// Waits for the thread, a tenth of a second at most.
    ~LeaseKeeper();
    LeaseKeeper(const LeaseKeeper &) = delete;
    LeaseKeeper &operator=(const LeaseKeeper &) = delete;

private:
    /// False where it is lost. A server that does not answer is asked again.
    using Renew = std::function<bool(PgStore::Deadline deadline, const PgConnection::Stop &stop)>;
    LeaseKeeper(Renew renew, std::chrono::seconds time);
    void run();

    const Renew m_renew;
    const std::chrono::seconds m_time;
    const std::shared_ptr<std::atomic<bool>> m_stop = std::make_shared<std::atomic<bool>>(false);
    std::mutex m_lock;
    std::condition_variable m_stopped;
    std::thread m_thread;
};

} // namespace qd
