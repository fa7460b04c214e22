/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/call.h"
#include "base/error.h"
#include "base/secret.h"
#include "profile/profile.h"

#include <QObject>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

struct pg_conn;

namespace qd {

/// Rows as text, in PostgreSQL's own notation; SQL NULL is an empty optional.
struct PgRows
{
    QStringList columns;
    QList<QList<std::optional<QByteArray>>> rows;

    /// The cell, or nothing for NULL, a missing column or row.
    [[nodiscard]] std::optional<QByteArray> at(qsizetype row, QStringView column) const;
};

/// A plain synchronous connection over libpq. Connecting honours the deadline (non-blocking connect; SCRAM on a pool
/// thread), statements have a server-side time-out as well as our own deadline, results a cap (single-row mode).
/// Move-only; used by one thread at a time.
class PgConnection
{
public:
    using Deadline = std::chrono::steady_clock::time_point;
    /// Once true, whatever waits gives up with Cancelled within a tenth of a second. May be null.
    using Stop = std::shared_ptr<const std::atomic<bool>>;

    /// Errors: Timeout, Unreachable, TlsFailure, AuthRequired, NotFound (no such database), Unavailable,
    /// BadInput (a host or database name that libpq would take for a connection string; a TLS mode that may fall back
    /// to plaintext elsewhere than on loopback), Cancelled.
    [[nodiscard]] static Result<PgConnection> open(const PostgresConnection &connection, Deadline deadline,
                                                   Stop stop = nullptr);
    /// With `password` in place of the one that the connection refers to.
    [[nodiscard]] static Result<PgConnection> open(const PostgresConnection &connection, const Secret &password,
                                                   Deadline deadline, Stop stop = nullptr);
    PgConnection(PgConnection &&other) noexcept;
    PgConnection &operator=(PgConnection &&other) noexcept;
    ~PgConnection();

    /// Errors: Timeout (the statement was cancelled), Forbidden (42501), NotFound (42P01, 3F000), TooLarge,
    /// ServerError, Cancelled; the connection is unusable after Timeout, Cancelled, Unreachable and TooLarge
    /// (`usable()`).
    [[nodiscard]] Result<PgRows> query(const QByteArray &sql, const QList<QByteArray> &parameters, Deadline deadline);
    [[nodiscard]] bool usable() const;
    /// What the server keeps of a role's password (SCRAM-SHA-256), made on this side: the password itself goes nowhere.
    [[nodiscard]] Result<QByteArray> verifierOf(const QString &role, const Secret &password) const;
    /// It was asked for one, and what it gave was accepted; false: it was let in without (pg_hba.conf).
    [[nodiscard]] bool usedPassword() const;
    /// Of the server, see tlsKeyOf(); empty without TLS.
    [[nodiscard]] QByteArray tlsKey() const;

    static constexpr qsizetype maxRows = 100'000;
    static constexpr qsizetype maxBytes = 64LL * 1024 * 1024;

private:
    PgConnection(pg_conn *connection, QString where, Stop stop);
    [[nodiscard]] static Result<PgConnection> openWith(const PostgresConnection &connection, const Secret *password,
                                                       Deadline deadline, Stop stop);
    void close();
    [[nodiscard]] Result<void> allowTime(Deadline deadline);
    [[nodiscard]] Result<PgRows> ask(const QByteArray &sql, const QList<QByteArray> &parameters, Deadline deadline);
    [[nodiscard]] Result<PgRows> collect(Deadline deadline);
    [[nodiscard]] Result<void> awaitResult(Deadline deadline, qint64 budget);
    [[nodiscard]] std::unexpected<Error> tooLarge();
    void cancel();
    pg_conn *m_connection = nullptr;
    QString m_where;
    Stop m_stop;
    std::chrono::milliseconds m_serverTimeout{0}; ///< statement_timeout as the server has it
    bool m_broken = false;
};

/// Runs blocking PostgreSQL work on at most 16 threads, one piece per server at a time; keeps one idle connection a
/// server. `run` is called on the owner's thread and `done` comes back there.
class PgPool : public QObject
{
    Q_OBJECT

public:
    explicit PgPool(QObject *parent = nullptr);
    /// Stops the workers and waits for them: a tenth of a second, unless their work does something else than ask.
    ~PgPool() override;

    /// `work` runs on a pool thread with an open connection and must honour `deadline` in every query. Whatever it
    /// gathered travels in what it captured; its Result says whether it could. `done` runs on this object's thread.
    [[nodiscard]] Call run(const PostgresConnection &connection, std::chrono::milliseconds deadline,
                           std::function<Result<void>(PgConnection &, PgConnection::Deadline)> work,
                           std::function<void(Result<void>)> done);

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// The psql line that shows the same; the password is left to PGPASSWORD or ~/.pgpass.
[[nodiscard]] QString psqlLine(const PostgresConnection &connection, const QByteArray &sql);

} // namespace qd
