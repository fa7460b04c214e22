/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/postgres_connect.h"

#include "wire/dial.h"
#include "wire/name_cache.h"
#include "wire/postgres_errors.h"
#include "wire/postgres_wait.h"
#include "wire/secret_fetch.h"

#include <QCoreApplication>
#include <QFile>
#include <QHostAddress>
#include <QProcess>

#include <future>

#include <poll.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

using ConnectionPtr = std::unique_ptr<PGconn, decltype(&PQfinish)>;

bool isLoopback(const QString &host)
{
    return host == "localhost"_L1 || QHostAddress(host).isLoopback() || host.startsWith(u'/');
}

/// The system's CAs as a PEM file: libpq 15 has no sslrootcert=system.
QString systemCas()
{
    for (const QString &path : {u"/etc/ssl/certs/ca-certificates.crt"_s, u"/etc/pki/tls/certs/ca-bundle.crt"_s,
                                u"/etc/ssl/ca-bundle.pem"_s, u"/etc/ssl/cert.pem"_s}) {
        if (QFile::exists(path))
            return path;
    }
    return {};
}

Result<QString> tlsMode(const PostgresConnection &connection, const QString &where)
{
    const bool loopback = isLoopback(connection.host);
    if (connection.sslmode.isEmpty())
        return loopback ? u"prefer"_s : u"verify-full"_s;
    // These send the password in clear to whoever answers 'N'.
    if (!loopback && (connection.sslmode == "prefer"_L1 || connection.sslmode == "allow"_L1))
        return failure(
            ErrorCode::BadInput,
            u"sslmode %1 falls back to plaintext; write verify-full, require or, in so many words, disable"_s.arg(
                connection.sslmode),
            where);
    return connection.sslmode;
}

Result<void> checkNames(const PostgresConnection &connection, const QString &where)
{
    const QString &database = connection.database;
    if (database.contains(u'=') || database.contains("://"_L1))
        return failure(ErrorCode::BadInput,
                       u"'%1' is a connection string, not a database's name"_s.arg(database.section(u':', 0, 0)),
                       where);
    if (connection.host.isEmpty() || connection.host.contains(u',') || connection.host.contains(u'='))
        return failure(ErrorCode::BadInput, u"expected one host name or address"_s, where);
    return {};
}

/// The numeric addresses of the host; empty for a Unix socket's directory.
Result<std::vector<std::string>> addressesOf(const QString &host, PgConnection::Deadline deadline,
                                             const PgConnection::Stop &stop, const QString &where)
{
    static NameCache names; // one for the process: the names are the machine's, not a pool's
    if (host.startsWith(u'/'))
        return {};
    if (!QHostAddress(host).isNull())
        return std::vector{host.toStdString()};
    auto found = names.lookup(host.toStdString(), soonest(deadline));
    while (!found && found.error() == NameCache::Failure::Timeout && !isOver(deadline)) {
        if (stopped(stop))
            return cancelled(where);
        found = names.lookup(host.toStdString(), soonest(deadline));
    }
    if (found)
        return std::move(*found);
    switch (found.error()) {
    case NameCache::Failure::Timeout:
        return failure(ErrorCode::Timeout, u"the name %1 was not resolved before the deadline"_s.arg(host), where);
    case NameCache::Failure::Busy:
        return failure(ErrorCode::Unavailable, u"too many names are being resolved"_s, where);
    case NameCache::Failure::NotFound:
        break;
    }
    return failure(ErrorCode::Unreachable, u"the name %1 cannot be resolved"_s.arg(host), where);
}

Result<Secret> passwordOf(const SecretRef &ref, PgConnection::Deadline deadline, const PgConnection::Stop &stop,
                          const QString &where)
{
    auto promise = std::make_shared<std::promise<Result<Secret>>>();
    auto fetched = promise->get_future();
    fetchSecret(ref, [promise](Result<Secret> secret) { promise->set_value(std::move(secret)); });
    while (fetched.wait_until(soonest(deadline)) != std::future_status::ready) {
        if (stopped(stop))
            return cancelled(where);
        if (isOver(deadline))
            return failure(ErrorCode::Timeout, u"the password was not had before the deadline"_s, where);
    }
    auto secret = fetched.get();
    if (!secret)
        return failure(ErrorCode::AuthRequired, u"the password cannot be had: %1"_s.arg(secret.error().message),
                       secret.error().where);
    return secret;
}

/// libpq takes what a connection does not name from the environment: a password for another server, a certificate, a
/// service, another address. Profiles alone say what a server gets.
void setLibpqEnvironmentAside()
{
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse("", nullptr),
                                                                               &PQconninfoFree);
    for (const PQconninfoOption *option = options.get(); option && option->keyword; ++option) {
        if (option->envvar)
            setAsideForReferences(option->envvar);
    }
    for (const char *other :
         {"PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGREQUIRESSL", "PGDATESTYLE", "PGTZ", "PGGEQO"})
        setAsideForReferences(other);
}
Q_COREAPP_STARTUP_FUNCTION(setLibpqEnvironmentAside)

struct Parameters
{
    std::vector<const char *> keywords;
    std::vector<const char *> values;
    QByteArrayList storage;

    void add(const char *keyword, const QByteArray &value)
    {
        keywords.push_back(keyword);
        storage.append(value);
        values.push_back(storage.back().constData());
    }
    void end()
    {
        keywords.push_back(nullptr);
        values.push_back(nullptr);
    }
};

Result<void> waitUntilConnected(PGconn *connection, PgConnection::Deadline deadline, const PgConnection::Stop &stop,
                                const QString &where)
{
    auto status = PGRES_POLLING_WRITING;
    while (status != PGRES_POLLING_OK) {
        if (status == PGRES_POLLING_FAILED)
            return std::unexpected(connectError(connection, where));
        // The socket may be another one after each step.
        pollfd socket{PQsocket(connection), static_cast<short>(status == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
        if (const auto awaited = awaitSocket(&socket, deadline, stop, where); !awaited)
            return awaited.error().code == ErrorCode::Timeout
                       ? failure(ErrorCode::Timeout, u"no connection before the deadline"_s, where)
                       : awaited;
        status = PQconnectPoll(connection);
    }
    return {};
}

/// To one address; an empty one is the directory of a Unix socket, which is the host.
Result<PGconn *> connectTo(const std::string &address, const PostgresConnection &connection, const Secret &password,
                           const QString &mode, std::chrono::milliseconds statementTimeout,
                           PgConnection::Deadline deadline, const QString &where, const PgConnection::Stop &stop)
{
    const QByteArray milliseconds = QByteArray::number(qint64(statementTimeout.count()));
    Parameters parameters;
    parameters.storage.reserve(32); // the values' addresses must stay
    parameters.add("host", connection.host.toUtf8());
    if (!address.empty())
        parameters.add("hostaddr", QByteArray::fromStdString(address));
    parameters.add("port", QByteArray::number(connection.port));
    parameters.add("dbname", connection.database.toUtf8());
    parameters.add("user", connection.user.toUtf8());
    parameters.add("sslmode", mode.toUtf8());
    if (const QString cas = connection.tls.caFile.isEmpty() ? systemCas() : connection.tls.caFile;
        mode.startsWith("verify"_L1) && !cas.isEmpty())
        parameters.add("sslrootcert", QFile::encodeName(cas));
    // Files that are not there: empty values would mean the ones in the home directory.
    const QByteArray none = QFile::encodeName(QProcess::nullDevice()) + "/none";
    parameters.add("passfile", none);
    parameters.add("sslcert", none);
    parameters.add("sslkey", none);
    parameters.add("gssencmode", "disable");
    parameters.add("target_session_attrs", "any");
    parameters.add("application_name", "quarterdeck");
    parameters.add("client_encoding", "UTF8");
    parameters.add("connect_timeout", QByteArray::number(std::max<qint64>(2, statementTimeout / 1s)));
    parameters.add("tcp_user_timeout", milliseconds);
    // A timestamp without a zone must mean the same compared to now() as read by extract(epoch ...), which takes UTC.
    if (!isPgBouncerConsole(connection.database))
        parameters.add("options", "-c TimeZone=UTC -c statement_timeout=" + milliseconds);
    if (!password.isEmpty()) { // not into the storage, which is not wiped
        parameters.keywords.push_back("password");
        parameters.values.push_back(password.reveal().constData());
    }
    parameters.end();
    // expand_dbname = 0: the database's name is never taken for a connection string.
    ConnectionPtr made(PQconnectStartParams(parameters.keywords.data(), parameters.values.data(), 0), &PQfinish);
    if (!made)
        return failure(ErrorCode::Internal, u"out of memory"_s, where);
    if (PQstatus(made.get()) == CONNECTION_BAD)
        return std::unexpected(connectError(made.get(), where));
    PQsetErrorVerbosity(made.get(), PQERRORS_VERBOSE);                         // so that a refusal carries its SQLSTATE
    PQsetNoticeReceiver(made.get(), [](void *, const PGresult *) {}, nullptr); // not onto our stderr
    if (auto connected = waitUntilConnected(made.get(), deadline, stop, where); !connected)
        return std::unexpected(connected.error());
    PQsetnonblocking(made.get(), 1);
    return made.release();
}

} // namespace

bool isPgBouncerConsole(const QString &database)
{
    return database == "pgbouncer"_L1;
}

Result<PGconn *> connectToFirst(const std::vector<std::string> &addresses, const PostgresConnection &connection,
                                std::chrono::milliseconds statementTimeout, PgConnection::Deadline deadline,
                                const QString &where, const PgConnection::Stop &stop, const Secret *given)
{
    const auto mode = tlsMode(connection, where);
    if (!mode)
        return std::unexpected(mode.error());
    Secret password = given ? given->copy() : Secret();
    if (!given && connection.password) {
        auto resolved = passwordOf(*connection.password, deadline, stop, where);
        if (!resolved)
            return std::unexpected(resolved.error());
        password = std::move(*resolved);
    }
    if (addresses.empty())
        return connectTo({}, connection, password, *mode, statementTimeout, deadline, where, stop);
    Result<PGconn *> made = nullptr;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const auto now = PgConnection::Deadline::clock::now();
        const auto turn = turnOf(std::chrono::ceil<std::chrono::milliseconds>(deadline - now), addresses.size() - i);
        made = connectTo(addresses[i], connection, password, *mode, statementTimeout, now + turn, where, stop);
        if (isOver(deadline) || made ||
            (made.error().code != ErrorCode::Timeout && made.error().code != ErrorCode::Unreachable))
            break;
    }
    return made;
}

Result<PGconn *> connectPostgres(const PostgresConnection &connection, std::chrono::milliseconds statementTimeout,
                                 PgConnection::Deadline deadline, const QString &where, const PgConnection::Stop &stop,
                                 const Secret *password)
{
    if (auto checked = checkNames(connection, where); !checked)
        return std::unexpected(checked.error());
    if (const auto mode = tlsMode(connection, where); !mode) // before anybody is asked for a name
        return std::unexpected(mode.error());
    const auto addresses = addressesOf(connection.host, deadline, stop, where);
    if (!addresses)
        return std::unexpected(addresses.error());
    return connectToFirst(*addresses, connection, statementTimeout, deadline, where, stop, password);
}

} // namespace qd
