/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "servers/local_pgbouncer.h"

#include <QFile>
#include <QThread>

#include <csignal>

#include <libpq-fe.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

constexpr auto settings = "listen_addr = 127.0.0.1\n"
                          "unix_socket_dir =\n"
                          "auth_type = scram-sha-256\n"
                          "pool_mode = transaction\n"
                          "ignore_startup_parameters = extra_float_digits\n"
                          "server_login_retry = 1\n" // a PostgreSQL that comes back is found soon
                          "query_wait_timeout = 10\n";

QByteArray quoted(QByteArray text)
{
    return '"' + text.replace('"', "\"\"") + '"';
}

} // namespace

Result<LocalPgBouncer> LocalPgBouncer::launch(Options options)
{
    const auto program = findProgram(u"pgbouncer"_s, {u"/usr/sbin"_s}, u"pgbouncer"_s);
    if (!program)
        return std::unexpected(program.error());
    const auto user = unprivilegedUser();
    if (!user)
        return std::unexpected(user.error());
    if (options.port == 0) {
        const auto port = freePort();
        if (!port)
            return std::unexpected(port.error());
        options.port = *port;
    }
    LocalPgBouncer bouncer;
    bouncer.m_options = std::move(options);
    bouncer.m_program = *program;
    bouncer.m_user = *user;
    if (auto written = bouncer.writeFiles(); !written)
        return std::unexpected(written.error());
    if (auto running = bouncer.run(); !running)
        return std::unexpected(running.error());
    return bouncer;
}

Result<void> LocalPgBouncer::writeFiles() const
{
    if (auto given = giveTo(m_user, m_options.directory); !given)
        return given;
    QByteArray users;
    for (const auto &[name, password] : m_options.users)
        users += quoted(name) + ' ' + quoted(password) + '\n';
    if (auto written = writeFor(m_user, path(u"userlist.txt"_s), users); !written)
        return written;
    const QByteArray ini =
        "[databases]\n" + m_options.database + " = host=127.0.0.1 port=" + QByteArray::number(m_options.serverPort) +
        " dbname=" + m_options.database + "\n\n[pgbouncer]\n" + settings +
        "listen_port = " + QByteArray::number(m_options.port) +
        "\nauth_file = " + QFile::encodeName(path(u"userlist.txt"_s)) + "\nstats_users = " + m_options.statsUser +
        "\nadmin_users = " + m_options.adminUser + "\ndefault_pool_size = " + QByteArray::number(m_options.poolSize) +
        "\nmax_client_conn = " + QByteArray::number(m_options.maxClients) + '\n';
    return writeFor(m_user, path(u"pgbouncer.ini"_s), ini);
}

Result<void> LocalPgBouncer::run()
{
    ChildOptions child;
    child.program = m_program;
    child.arguments = {path(u"pgbouncer.ini"_s)};
    child.workingDirectory = m_options.directory;
    child.logFile = path(u"pgbouncer.log"_s);
    child.user = m_user;
    auto process = ChildProcess::start(child);
    if (!process)
        return std::unexpected(process.error());
    m_process = std::move(*process);
    return {};
}

Result<void> LocalPgBouncer::waitReady(std::chrono::milliseconds atMost)
{
    const QString where = u"127.0.0.1:%1"_s.arg(port());
    const QByteArray portText = QByteArray::number(port());
    const char *const names[] = {"hostaddr", "port", "dbname", "connect_timeout", "sslmode", "gssencmode", nullptr};
    const char *const values[] = {"127.0.0.1", portText.constData(), "pgbouncer", "2", "disable", "disable", nullptr};
    const auto until = std::chrono::steady_clock::now() + atMost;
    while (PQpingParams(names, values, 0) != PQPING_OK) {
        if (!m_process.isRunning())
            return failure(ErrorCode::ServerError,
                           u"pgbouncer ended at its start: %1"_s.arg(tailOf(path(u"pgbouncer.log"_s))), where);
        if (std::chrono::steady_clock::now() >= until)
            return failure(ErrorCode::Timeout, u"pgbouncer does not get ready"_s, where);
        QThread::msleep(10);
    }
    return {};
}

void LocalPgBouncer::stop()
{
    m_process.stop(SIGTERM, 2s); // SIGINT would wait for the clients
}

Result<void> LocalPgBouncer::restart()
{
    stop();
    if (auto running = run(); !running)
        return running;
    return waitReady();
}

} // namespace qd::sandbox
