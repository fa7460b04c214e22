/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/postgres.h"

#include "base/redact.h"
#include "wire/postgres_connect.h"
#include "wire/postgres_errors.h"
#include "wire/postgres_wait.h"
#include "wire/shell_words.h"
#include "wire/tls.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

#include <linux/tcp.h> // glibc's own tcp_info knows no byte counts
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// Of a server that has no statement_timeout: longer than any deadline, so that nobody tries to set one.
constexpr std::chrono::milliseconds forever = std::chrono::hours(24 * 366);

std::chrono::milliseconds left(PgConnection::Deadline deadline)
{
    return std::chrono::ceil<std::chrono::milliseconds>(deadline - PgConnection::Deadline::clock::now());
}

std::unexpected<Error> late(const QString &where)
{
    return failure(ErrorCode::Timeout, u"no complete answer before the deadline; the statement was cancelled"_s, where);
}

/// All that this TCP connection received so far; 0 for another kind of socket.
qint64 bytesReceived(int socket)
{
    tcp_info info{};
    socklen_t size = sizeof(info);
    return ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? qint64(info.tcpi_bytes_received) : 0;
}

/// Appends the rows of `result`; false if that is more than the caps allow.
bool append(PgRows *rows, const PGresult *result, qint64 *bytes)
{
    const int columns = PQnfields(result);
    for (int r = 0; r < PQntuples(result); ++r) {
        QList<std::optional<QByteArray>> row;
        row.reserve(columns);
        for (int c = 0; c < columns; ++c) {
            *bytes += PQgetlength(result, r, c) + static_cast<qint64>(sizeof(row[0]));
            if (*bytes > PgConnection::maxBytes)
                return false;
            if (PQgetisnull(result, r, c))
                row.append(std::nullopt);
            else
                row.append(QByteArray(PQgetvalue(result, r, c), PQgetlength(result, r, c)));
        }
        if (rows->rows.size() >= PgConnection::maxRows)
            return false;
        rows->rows.append(std::move(row));
    }
    return true;
}

QStringList columnsOf(const PGresult *result)
{
    QStringList columns;
    for (int c = 0; c < PQnfields(result); ++c)
        columns.append(QString::fromUtf8(PQfname(result, c)));
    return columns;
}

} // namespace

std::optional<QByteArray> PgRows::at(qsizetype row, QStringView column) const
{
    const qsizetype index = columns.indexOf(column);
    if (index < 0 || row < 0 || row >= rows.size())
        return std::nullopt;
    return rows[row].value(index);
}

PgConnection::PgConnection(pg_conn *connection, QString where, Stop stop)
    : m_connection(connection)
    , m_where(std::move(where))
    , m_stop(std::move(stop))
{
}

PgConnection::PgConnection(PgConnection &&other) noexcept
    : m_connection(std::exchange(other.m_connection, nullptr))
    , m_where(std::move(other.m_where))
    , m_stop(std::move(other.m_stop))
    , m_serverTimeout(other.m_serverTimeout)
    , m_broken(other.m_broken)
{
}

PgConnection &PgConnection::operator=(PgConnection &&other) noexcept
{
    if (this != &other) {
        close();
        m_connection = std::exchange(other.m_connection, nullptr);
        m_where = std::move(other.m_where);
        m_stop = std::move(other.m_stop);
        m_serverTimeout = other.m_serverTimeout;
        m_broken = other.m_broken;
    }
    return *this;
}

PgConnection::~PgConnection()
{
    close();
}

void PgConnection::close()
{
    if (m_connection)
        PQfinish(std::exchange(m_connection, nullptr));
}

Result<PgConnection> PgConnection::open(const PostgresConnection &connection, Deadline deadline, Stop stop)
{
    return openWith(connection, nullptr, deadline, std::move(stop));
}

Result<PgConnection> PgConnection::open(const PostgresConnection &connection, const Secret &password, Deadline deadline,
                                        Stop stop)
{
    return openWith(connection, &password, deadline, std::move(stop));
}

Result<QByteArray> PgConnection::verifierOf(const QString &role, const Secret &password) const
{
    const std::unique_ptr<char, decltype(&PQfreemem)> verifier(
        PQencryptPasswordConn(m_connection, password.reveal().constData(), role.toUtf8().constData(), "scram-sha-256"),
        &PQfreemem);
    if (!verifier)
        return failure(ErrorCode::Internal, u"no verifier of the password could be made"_s, m_where);
    return QByteArray(verifier.get());
}

Result<PgConnection> PgConnection::openWith(const PostgresConnection &connection, const Secret *password,
                                            Deadline deadline, Stop stop)
{
    const QString where = u"%1:%2"_s.arg(connection.host).arg(connection.port);
    const auto timeout = qMax(left(deadline), 1000ms);
    auto opened = connectPostgres(connection, timeout, deadline, where, stop, password);
    if (!opened)
        return std::unexpected(opened.error());
    PgConnection made(*opened, where, std::move(stop));
    made.m_serverTimeout = isPgBouncerConsole(connection.database) ? forever : timeout;
    return made;
}

bool PgConnection::usedPassword() const
{
    return PQconnectionUsedPassword(m_connection) != 0;
}

QByteArray PgConnection::tlsKey() const
{
    auto *tls = static_cast<SSL *>(PQsslStruct(m_connection, "OpenSSL"));
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(tls ? SSL_get1_peer_certificate(tls) : nullptr,
                                                                  &X509_free);
    if (!certificate)
        return {};
    unsigned char *der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    if (size <= 0)
        return {};
    const QByteArray bytes(reinterpret_cast<const char *>(der), size);
    OPENSSL_free(der);
    return tlsKeyOf(QSslCertificate(bytes, QSsl::Der));
}

bool PgConnection::usable() const
{
    if (m_broken || !m_connection || PQstatus(m_connection) != CONNECTION_OK ||
        PQtransactionStatus(m_connection) != PQTRANS_IDLE)
        return false;
    // An idle server says nothing. What lies there is its farewell or its end of file.
    char byte = 0;
    const auto count = ::recv(PQsocket(m_connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/// The server's own time-out is the backstop should our cancel not arrive; it must not strike before our deadline.
Result<void> PgConnection::allowTime(Deadline deadline)
{
    const auto wanted = left(deadline) + 500ms;
    if (wanted <= m_serverTimeout + 1000ms)
        return {};
    auto set = ask("SET statement_timeout = " + QByteArray::number(qint64(wanted.count())), {}, deadline);
    if (!set)
        return std::unexpected(set.error());
    m_serverTimeout = wanted;
    return {};
}

Result<PgRows> PgConnection::query(const QByteArray &sql, const QList<QByteArray> &parameters, Deadline deadline)
{
    if (m_broken || !m_connection)
        return failure(ErrorCode::Unreachable, u"the connection is broken"_s, m_where);
    if (left(deadline) <= 0ms)
        return failure(ErrorCode::Timeout, u"no time was left for the statement"_s, m_where);
    if (auto allowed = allowTime(deadline); !allowed)
        return std::unexpected(allowed.error());
    return ask(sql, parameters, deadline);
}

Result<PgRows> PgConnection::ask(const QByteArray &sql, const QList<QByteArray> &parameters, Deadline deadline)
{
    int sent = 0;
    if (parameters.isEmpty()) {
        // pgBouncer's console knows the simple protocol alone.
        sent = PQsendQuery(m_connection, sql.constData());
    } else {
        std::vector<const char *> values;
        for (const QByteArray &parameter : parameters)
            values.push_back(parameter.isNull() ? nullptr : parameter.constData());
        sent = PQsendQueryParams(m_connection, sql.constData(), static_cast<int>(values.size()), nullptr, values.data(),
                                 nullptr, nullptr, 0);
    }
    if (!sent) {
        m_broken = true;
        return std::unexpected(brokenError(m_connection, m_where));
    }
    PQsetSingleRowMode(m_connection);
    auto rows = collect(deadline);
    if (!rows) {
        const ErrorCode code = rows.error().code;
        m_broken = m_broken || code == ErrorCode::Unreachable || code == ErrorCode::TooLarge;
    }
    return rows;
}

Result<PgRows> PgConnection::collect(Deadline deadline)
{
    PgRows rows;
    std::optional<Error> refused;
    qint64 bytes = 0;
    bool begun = false;
    for (;;) {
        if (auto ready = awaitResult(deadline, maxBytes - bytes); !ready)
            return std::unexpected(ready.error());
        const ResultPtr result(PQgetResult(m_connection), &PQclear);
        if (!result)
            break;
        const auto status = PQresultStatus(result.get());
        if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK) {
            if (!begun) {
                rows = {columnsOf(result.get()), {}};
                bytes = 0;
            }
            if (!append(&rows, result.get(), &bytes))
                return tooLarge();
            begun = status == PGRES_SINGLE_TUPLE; // of several statements the last one's rows remain
        } else if (status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
            refused = resultError(m_connection, result.get(), m_where);
            if (status != PGRES_FATAL_ERROR) { // COPY: nobody feeds or reads it here
                cancel();
                return failure(ErrorCode::Unsupported, u"a statement that copies data cannot be asked here"_s, m_where);
            }
        }
    }
    if (refused)
        return std::unexpected(*refused);
    return rows;
}

std::unexpected<Error> PgConnection::tooLarge()
{
    cancel();
    return failure(
        ErrorCode::TooLarge,
        u"the answer has more than %1 rows or %2 MiB and was cut off"_s.arg(maxRows).arg(maxBytes / 1024 / 1024),
        m_where);
}

/// Until the next result can be taken without blocking. It may have `budget` bytes, counted by the kernel: libpq would
/// hold one huge row in full before it shows it.
Result<void> PgConnection::awaitResult(Deadline deadline, qint64 budget)
{
    std::optional<qint64> before; // not asked for where the next row is here already
    for (;;) {
        const int unsent = PQflush(m_connection);
        if (unsent == 0 && !PQisBusy(m_connection))
            return {};
        if (!before)
            before = bytesReceived(PQsocket(m_connection));
        pollfd socket{PQsocket(m_connection), static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), 0};
        if (const auto awaited = awaitSocket(&socket, deadline, m_stop, m_where); !awaited) {
            cancel();
            return awaited.error().code == ErrorCode::Timeout ? late(m_where) : awaited;
        }
        if (!(socket.revents & (POLLIN | POLLERR | POLLHUP)))
            continue;
        if (bytesReceived(socket.fd) - *before > budget)
            return tooLarge();
        if (!PQconsumeInput(m_connection)) {
            m_broken = true;
            return std::unexpected(brokenError(m_connection, m_where));
        }
    }
}

/// Tells the server to stop, and gives this connection up. PQcancel blocks until the server answers, which a stopped
/// one never does: it gets a thread of its own, and no more than a few of them.
void PgConnection::cancel()
{
    m_broken = true;
    static std::atomic<int> cancelling{0};
    if (cancelling.fetch_add(1) >= 16) {
        --cancelling; // the server's statement_timeout ends it
        return;
    }
    std::thread([handle = PQgetCancel(m_connection)] {
        std::array<char, 256> why{};
        PQcancel(handle, why.data(), static_cast<int>(why.size()));
        PQfreeCancel(handle);
        --cancelling;
    }).detach();
}

QString psqlLine(const PostgresConnection &connection, const QByteArray &sql)
{
    QString line;
    if (!connection.sslmode.isEmpty())
        line += u"PGSSLMODE=%1 "_s.arg(shellWord(connection.sslmode));
    if (!connection.tls.caFile.isEmpty())
        line += u"PGSSLROOTCERT=%1 "_s.arg(shellWord(connection.tls.caFile));
    return line + u"psql -h %1 -p %2 -U %3 -d %4 -c %5"_s.arg(
                      shellWord(connection.host), QString::number(connection.port), shellWord(connection.user),
                      shellWord(connection.database), shellWord(QString::fromUtf8(masked(sql))));
}

} // namespace qd
