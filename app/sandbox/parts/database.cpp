/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/database.h"

#include <cerrno>

#include <libpq-fe.h>
#include <poll.h>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

constexpr std::size_t maxIdle = 12;

/// Waits until the connection's socket can be read or written. False at the deadline.
bool waitFor(const PGconn &connection, short events, std::chrono::steady_clock::time_point deadline)
{
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            return false;
        pollfd entry{PQsocket(&connection), events, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(left.count()));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

QString messageOf(const PGconn &connection)
{
    return QString::fromUtf8(PQerrorMessage(&connection)).trimmed();
}

} // namespace

void Database::Close::operator()(pg_conn *connection) const
{
    PQfinish(connection);
}

Database::Database(DatabaseAddress address)
    : m_address(std::move(address))
{
}

Database::~Database() = default;

Result<Database::Connection> Database::open(Deadline deadline) const
{
    const QByteArray port = QByteArray::number(m_address.port);
    const char *const names[] = {"hostaddr", "port",       "dbname",           "user", "password",
                                 "sslmode",  "gssencmode", "application_name", nullptr};
    const char *const values[] = {"127.0.0.1",
                                  port.constData(),
                                  m_address.database.constData(),
                                  m_address.user.constData(),
                                  m_address.password.constData(),
                                  "disable",
                                  "disable",
                                  m_address.application.constData(),
                                  nullptr};
    Connection connection(PQconnectStartParams(names, values, 0));
    const QString where = u"127.0.0.1:%1"_s.arg(m_address.port);
    if (!connection || PQstatus(connection.get()) == CONNECTION_BAD)
        return failure(ErrorCode::Unreachable, connection ? messageOf(*connection) : u"out of memory"_s, where);
    auto state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (!waitFor(*connection, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
            return failure(ErrorCode::Timeout, u"PostgreSQL does not answer"_s, where);
        state = PQconnectPoll(connection.get());
        if (state == PGRES_POLLING_FAILED)
            return failure(ErrorCode::Unreachable, messageOf(*connection), where);
    }
    PQsetnonblocking(connection.get(), 1);
    return connection;
}

Result<Database::Connection> Database::take(Deadline deadline)
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_idle.empty()) {
            Connection connection = std::move(m_idle.back());
            m_idle.pop_back();
            return connection;
        }
    }
    return open(deadline);
}

void Database::giveBack(Connection connection)
{
    const std::lock_guard lock(m_mutex);
    if (m_idle.size() < maxIdle)
        m_idle.push_back(std::move(connection));
}

Result<Rows> Database::collect(pg_conn &connection, Deadline deadline)
{
    while (PQflush(&connection) > 0) {
        if (!waitFor(connection, POLLOUT, deadline))
            return failure(ErrorCode::Timeout, u"PostgreSQL does not answer"_s);
    }
    Rows rows;
    std::optional<Error> error;
    for (;;) {
        while (PQisBusy(&connection)) {
            if (!waitFor(connection, POLLIN, deadline))
                return failure(ErrorCode::Timeout, u"PostgreSQL does not answer"_s);
            if (!PQconsumeInput(&connection))
                return failure(ErrorCode::Unreachable, messageOf(connection));
        }
        const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(&connection), &PQclear);
        if (!result)
            break;
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
            error = Error{ErrorCode::ServerError, QString::fromUtf8(PQresultErrorMessage(result.get())).trimmed(), {}};
            continue;
        }
        rows.clear();
        for (int row = 0; row < PQntuples(result.get()); ++row) {
            QList<QByteArray> cells;
            for (int column = 0; column < PQnfields(result.get()); ++column)
                cells.append(QByteArray(PQgetvalue(result.get(), row, column), PQgetlength(result.get(), row, column)));
            rows.append(cells);
        }
    }
    if (error)
        return std::unexpected(*error);
    return rows;
}

Result<Rows> Database::query(const QByteArray &sql, const QList<QByteArray> &parameters,
                             std::chrono::milliseconds timeout)
{
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    // An idle connection may have died with its server: then one fresh attempt tells.
    for (int attempt = 0;; ++attempt) {
        auto connection = take(deadline);
        if (!connection)
            return std::unexpected(connection.error());
        if (const qint64 drag = m_drag; drag > 0) {
            const QByteArray hold = "SELECT pg_sleep(" + QByteArray::number(static_cast<double>(drag) / 1000.0) + ')';
            if (!PQsendQuery(connection->get(), hold.constData()) || !collect(**connection, deadline))
                return failure(ErrorCode::Timeout, u"PostgreSQL is too slow"_s);
        }
        std::vector<const char *> values;
        for (const QByteArray &parameter : parameters)
            values.push_back(parameter.constData());
        const bool sent = PQsendQueryParams(connection->get(), sql.constData(), static_cast<int>(values.size()),
                                            nullptr, values.data(), nullptr, nullptr, 0);
        auto rows = sent ? collect(**connection, deadline)
                         : Result<Rows>(failure(ErrorCode::Unreachable, messageOf(**connection)));
        const bool broken = PQstatus(connection->get()) == CONNECTION_BAD;
        if (!broken && (rows || rows.error().code == ErrorCode::ServerError)) {
            giveBack(std::move(*connection));
            return rows;
        }
        {
            const std::lock_guard lock(m_mutex);
            m_idle.clear();
        }
        if (attempt > 0 || (!rows && rows.error().code == ErrorCode::Timeout))
            return rows;
    }
}

Result<void> Database::execute(const QByteArray &sql)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto connection = take(deadline);
    if (!connection)
        return std::unexpected(connection.error());
    if (!PQsendQuery(connection->get(), sql.constData()))
        return failure(ErrorCode::Unreachable, messageOf(**connection));
    if (auto done = collect(**connection, deadline); !done)
        return std::unexpected(done.error());
    giveBack(std::move(*connection));
    return {};
}

} // namespace qd::sandbox
