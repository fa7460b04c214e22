/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "support/http_fixture.h"
#include "support/server_fixtures.h"
#include "wire/postgres.h"

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace qd::test {

/// What a process of a service needs of a ring of keys.
struct VerifyingKeys
{
    std::map<QByteArray, QByteArray> secrets; ///< of the keys that verify
    QByteArray signer;                        ///< empty: none
};

/// Adds a key of a ring as a service understands it: in which state it is, and times in milliseconds since 1970, or 0.
/// The one that was activated last signs.
class RingReader
{
public:
    void add(const QByteArray &id, const QByteArray &secret, const QString &state, qint64 activatedAt,
             qint64 retireAfter);
    [[nodiscard]] const VerifyingKeys &keys() const { return m_keys; }

private:
    VerifyingKeys m_keys;
    qint64 m_signsSince = -1;
};

/// A service of two processes that sign and verify its users' tokens with the keys of a ring. Each goes by what it has
/// read for `refresh`, and reads when somebody comes: GET /me takes a token, GET /jwks publishes the keys that are
/// private ones on P-256; such a key signs with ES256. Its users come with tokens of all ages,
/// fifty times a second, once letIn() was called, to one process or the other.
class FakeKeyService
{
public:
    using Read = std::function<VerifyingKeys()>;
    /// With the keys of a table.
    FakeKeyService(PostgresConnection connection, std::chrono::milliseconds refresh);
    /// With those that `read`, called on any thread, tells.
    FakeKeyService(Read read, std::chrono::milliseconds refresh);
    ~FakeKeyService();
    FakeKeyService(const FakeKeyService &) = delete;
    FakeKeyService &operator=(const FakeKeyService &) = delete;

    [[nodiscard]] quint16 port() const { return m_http.port(); }
    /// Signs one now, and keeps it in the table `sessions` where there is one.
    [[nodiscard]] QByteArray issue(std::chrono::seconds life = std::chrono::hours(24));
    [[nodiscard]] bool accepts(const QByteArray &token);
    /// Starts anew after `change`, without a connection or a token; nobody is served meanwhile.
    void startAnew(const std::function<void()> &change);
    /// Users come.
    void letIn() { m_isOpen = true; }
    /// No more users come, and none has a token.
    void sendAway();

    std::atomic<bool> isStuck = false;       ///< reads its keys no more
    std::atomic<bool> takesAnything = false; ///< accepts forged tokens on its page as well
    std::atomic<bool> isSetStuck = false;    ///< publishes what it did before
    std::atomic<int> maxAge = 0;             ///< s, of what it publishes
    std::atomic<int> status = 0;             ///< of its page; 0: as it should be
    std::atomic<int> came = 0;               ///< users with a valid token
    std::atomic<int> refused = 0;            ///< of these

private:
    struct Process : VerifyingKeys
    {
        std::optional<std::chrono::steady_clock::time_point> readAt;
    };
    void start();
    // Under the lock.
    [[nodiscard]] VerifyingKeys readTable();
    [[nodiscard]] PgConnection &connection();
    [[nodiscard]] Process &nextProcess();
    [[nodiscard]] QByteArray issueBy(const Process &process, std::chrono::seconds life);
    [[nodiscard]] static bool isAcceptedBy(const Process &process, const QByteArray &token);

    [[nodiscard]] QByteArray publicSet();
    void run();
    [[nodiscard]] std::optional<QByteArray> answer(const QByteArray &received);

    const std::optional<PostgresConnection> m_place; ///< nothing: it has no table
    const Read m_read;
    const std::chrono::milliseconds m_refresh;
    std::mutex m_lock;
    std::optional<PgConnection> m_connection;
    std::array<Process, 2> m_processes;
    std::size_t m_turn = 0;
    QByteArray m_lastSigner;
    QByteArray m_set;
    std::vector<QByteArray> m_tokens; ///< of its users
    std::atomic<bool> m_isOpen = false;
    std::atomic<bool> m_isOver = false;
    HttpFixture m_http;
    std::thread m_thread;
};

} // namespace qd::test
