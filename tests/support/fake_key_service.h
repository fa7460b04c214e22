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

/// A service of two processes that sign and verify its users' tokens with the keys of a table. Each goes by what it has
/// read for `refresh`, and reads when somebody comes: GET /me takes a token. Its users come with tokens of all ages,
/// fifty times a second, once letIn() was called, to one process or the other.
class FakeKeyService
{
public:
    FakeKeyService(PostgresConnection connection, std::chrono::milliseconds refresh);
    ~FakeKeyService();
    FakeKeyService(const FakeKeyService &) = delete;
    FakeKeyService &operator=(const FakeKeyService &) = delete;

    [[nodiscard]] quint16 port() const { return m_http.port(); }
    /// Signs one now, and keeps it in the table `sessions`.
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
    std::atomic<int> status = 0;             ///< of its page; 0: as it should be
    std::atomic<int> came = 0;               ///< users with a valid token
    std::atomic<int> refused = 0;            ///< of these

private:
    struct Process
    {
        std::map<QByteArray, QByteArray> secrets; ///< of the keys that verify
        QByteArray signer;                        ///< empty: none
        std::optional<std::chrono::steady_clock::time_point> readAt;
    };
    // Under the lock.
    [[nodiscard]] PgConnection &connection();
    [[nodiscard]] Process &nextProcess();
    [[nodiscard]] QByteArray issueBy(const Process &process, std::chrono::seconds life);
    [[nodiscard]] static bool isAcceptedBy(const Process &process, const QByteArray &token);

    void run();
    [[nodiscard]] std::optional<QByteArray> answer(const QByteArray &received);

    const PostgresConnection m_place;
    const std::chrono::milliseconds m_refresh;
    std::mutex m_lock;
    std::optional<PgConnection> m_connection;
    std::array<Process, 2> m_processes;
    std::size_t m_turn = 0;
    QByteArray m_lastSigner;
    std::vector<QByteArray> m_tokens; ///< of its users
    std::atomic<bool> m_isOpen = false;
    std::atomic<bool> m_isOver = false;
    HttpFixture m_http;
    std::thread m_thread;
};

} // namespace qd::test
