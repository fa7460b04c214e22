/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "wire/redis.h"

#include <QDeadlineTimer>

namespace qd {

/// The connection to one of the Sentinels of `watched`, as to a server of its own.
[[nodiscard]] RedisConnection sentinelConnection(const RedisConnection &watched,
                                                 const RedisConnection::Address &sentinel);

/// Finds the master of a set as Redis' documentation of Sentinel clients has it: one Sentinel after the other is asked,
/// beginning with the last one that was right. Whether it is the master indeed, ROLE tells at the server itself.
class MasterSearch : public QObject
{
public:
    struct Found
    {
        RedisConnection::Address master;
        RedisConnection::Address by; ///< the Sentinel that said so
    };
    using Done = std::function<void(const Result<Found> &)>;

    explicit MasterSearch(const RedisConnection &watched);

    /// `done` is called once, unless it is stopped before. Of `remaining` enough is left to connect. Errors: why
    /// the first that answered could not tell, else why the last did not answer; NotFound (it knows no such set).
    void start(std::chrono::milliseconds remaining, Done done);
    void stop();
    [[nodiscard]] QString where() const; ///< all Sentinels
    /// What was found was no master: the next search begins with the next Sentinel.
    void mistrust() { ++m_first; }

private:
    void askNext();
    void take(const Result<QList<RedisReply>> &replies);
    [[nodiscard]] Result<RedisConnection::Address> addressIn(const RedisReply &reply) const;
    void finish(const Result<Found> &found);

    const RedisConnection m_watched;
    std::size_t m_first = 0;
    std::size_t m_asked = 0; ///< of this search
    RedisConnection::Address m_sentinel;
    std::optional<Error> m_error;
    QDeadlineTimer m_deadline;
    Done m_done;
    std::unique_ptr<RedisClient> m_client;
    Call m_call; // after the client: dropped before it goes
};

} // namespace qd
