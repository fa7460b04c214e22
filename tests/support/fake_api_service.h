/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "support/http_fixture.h"
#include "support/server_fixtures.h"
#include "wire/postgres.h"

#include <atomic>
#include <mutex>
#include <optional>

namespace qd::test {

/// A service that lets those in whose key's hash the table api_keys has, valid; it reads that each time. GET /who takes
/// an X-API-Key.
class FakeApiService
{
public:
    /// `salt`: its hashes are HMACs; empty: SHA-256 of the key.
    FakeApiService(PostgresConnection connection, QByteArray salt);

    [[nodiscard]] quint16 port() const { return m_http.port(); }
    [[nodiscard]] QByteArray hashOf(const QByteArray &key) const;
    [[nodiscard]] bool accepts(const QByteArray &key);
    /// Those that were accepted on its page, the latest last.
    [[nodiscard]] QByteArrayList seen();
    /// Starts anew after `change`, without a connection; nobody is served meanwhile.
    void startAnew(const std::function<void()> &change);

    std::atomic<int> status = 0; ///< of its page; 0: as it should be

private:
    [[nodiscard]] QByteArray answer(const QByteArray &received);

    const PostgresConnection m_place;
    const QByteArray m_salt;
    std::mutex m_lock;
    std::optional<PgConnection> m_connection;
    QByteArrayList m_seen;
    HttpFixture m_http;
};

} // namespace qd::test
