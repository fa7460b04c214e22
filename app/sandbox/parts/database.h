/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QList>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

struct pg_conn;

namespace qd::sandbox {

struct DatabaseAddress
{
    quint16 port = 0;
    QByteArray database{};
    QByteArray user{};
    QByteArray password{};
    QByteArray application = "quoted";
};

using Rows = QList<QList<QByteArray>>;

/// A few connections to one PostgreSQL, shared by the service's threads. Every call ends within its time-out, also
/// when the server accepts and never answers; after a failure the next call connects anew.
class Database
{
public:
    explicit Database(DatabaseAddress address);
    ~Database();

    /// One statement with parameters ($1…); NULL comes back as empty.
    /// Errors: Unreachable, Timeout, ServerError (what the server said), Unavailable.
    [[nodiscard]] Result<Rows> query(const QByteArray &sql, const QList<QByteArray> &parameters = {},
                                     std::chrono::milliseconds timeout = std::chrono::seconds(3));
    /// Several statements without parameters, in one transaction.
    [[nodiscard]] Result<void> execute(const QByteArray &sql);

    /// From now on each query is held up in the server for so long: the fault "slow-database".
    void setDrag(std::chrono::milliseconds drag) { m_drag = drag.count(); }

private:
    struct Close
    {
        void operator()(pg_conn *connection) const;
    };
    using Connection = std::unique_ptr<pg_conn, Close>;
    using Deadline = std::chrono::steady_clock::time_point;

    [[nodiscard]] Result<Connection> take(Deadline deadline);
    [[nodiscard]] Result<Connection> open(Deadline deadline) const;
    void giveBack(Connection connection);
    [[nodiscard]] static Result<Rows> collect(pg_conn &connection, Deadline deadline);

    DatabaseAddress m_address;
    std::atomic<qint64> m_drag = 0;
    std::mutex m_mutex;
    std::vector<Connection> m_idle;
};

} // namespace qd::sandbox
