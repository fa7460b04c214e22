/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QList>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

struct redisContext;

namespace qd::sandbox {

struct RedisAddress
{
    quint16 port = 0;
    QByteArray password{};
    QList<quint16> sentinels{};  ///< asked for the master at each connect, in place of `port`; the same password
    QByteArray sentinelMaster{}; ///< what they call it
    QByteArray user{};           ///< empty: the default one
};

/// A reply, as far as the services need it.
struct RedisAnswer
{
    bool isNil = false;
    bool isError = false;
    qint64 integer = 0;
    QByteArray text{};
    QList<QByteArray> items{};
};

/// One connection to Redis. A server that is gone costs one refused attempt, a silent one two seconds, then nothing for
/// half a second: a service must not wait for its cache. Not thread-safe; its owner locks.
class RedisLink
{
public:
    explicit RedisLink(RedisAddress address);
    ~RedisLink();

    /// Nothing when Redis cannot be reached or does not answer in time.
    [[nodiscard]] std::optional<RedisAnswer> command(const QList<QByteArray> &arguments);
    [[nodiscard]] bool isUp() const { return m_context != nullptr; }
    /// Redis' run id: it changes when the server was started anew, and with it (no persistence) all that was stored.
    [[nodiscard]] const QByteArray &runId() const { return m_runId; }

private:
    struct Free
    {
        void operator()(redisContext *context) const;
    };
    using Context = std::unique_ptr<redisContext, Free>;
    bool connect();
    void drop();
    [[nodiscard]] Context open(quint16 port) const;
    [[nodiscard]] quint16 masterPort() const;
    [[nodiscard]] bool isMaster();
    [[nodiscard]] std::optional<RedisAnswer> send(const QList<QByteArray> &arguments);

    RedisAddress m_address;
    Context m_context;
    QByteArray m_runId;
    bool m_wasClosed = false; ///< by the server, before it answered
    std::chrono::steady_clock::time_point m_notBefore{};
};

} // namespace qd::sandbox
