/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "servers/local_postgres.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QThread>

#include <algorithm>
#include <csignal>

#include <libpq-fe.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

constexpr auto settings = "listen_addresses = '127.0.0.1'\n"
                          "unix_socket_directories = ''\n"
                          "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
                          "shared_buffers = 16MB\nmax_connections = 60\nmax_wal_size = 64MB\n"
                          "autovacuum_naptime = 60s\n"
                          "dynamic_shared_memory_type = mmap\n" // nothing of ours in /dev/shm
                          "password_encryption = 'scram-sha-256'\n";

} // namespace

Result<QString> findPostgresProgram(const QString &name)
{
    QStringList directories;
    QStringList versions = QDir(u"/usr/lib/postgresql"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    std::ranges::sort(versions, [](const QString &a, const QString &b) { return a.toInt() > b.toInt(); });
    for (const QString &version : versions)
        directories.append(u"/usr/lib/postgresql/%1/bin"_s.arg(version));
    return findProgram(name, directories, u"postgresql"_s);
}

QString LocalPostgres::data() const
{
    return m_options.directory + u"/data"_s;
}

QString LocalPostgres::log() const
{
    return m_options.directory + u"/postgres.log"_s;
}

Result<LocalPostgres> LocalPostgres::launch(Options options)
{
    const auto program = findPostgresProgram(u"initdb"_s);
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
    LocalPostgres postgres;
    postgres.m_options = std::move(options);
    // initdb is often a link; its neighbours are where it really lies.
    postgres.m_binaries = QFileInfo(QFileInfo(*program).canonicalFilePath()).absolutePath();
    postgres.m_user = *user;
    if (auto begun = postgres.beginData(); !begun)
        return std::unexpected(begun.error());
    return postgres;
}

Result<LocalPostgres> LocalPostgres::start(Options options)
{
    auto postgres = launch(std::move(options));
    if (!postgres)
        return postgres;
    if (auto ready = postgres->waitReady(); !ready)
        return std::unexpected(ready.error());
    return postgres;
}

QString LocalPostgres::passwordFile() const
{
    return m_options.directory + u"/initdb-password"_s;
}

Result<void> LocalPostgres::beginData()
{
    if (auto given = giveTo(m_user, m_options.directory); !given)
        return given;
    auto making = m_options.primary ? copyingPrimary() : makingCluster();
    if (!making)
        return std::unexpected(making.error());
    making->workingDirectory = m_options.directory;
    making->user = m_user;
    auto process = ChildProcess::start(*making);
    if (!process)
        return std::unexpected(process.error());
    m_making = std::move(*making);
    m_process = std::move(*process);
    return {};
}

Result<void> LocalPostgres::finishData()
{
    const auto made = awaitEnd(m_process, *m_making, 60s);
    m_making.reset();
    QFile::remove(passwordFile());
    if (!made)
        return made;
    for (const auto &[name, content] : m_options.files) {
        if (auto written = writeFor(m_user, data() + u'/' + name, content); !written)
            return written;
    }
    QByteArray text = QByteArray(settings) + "port = " + QByteArray::number(m_options.port) + '\n';
    for (const QByteArray &line : m_options.configLines)
        text += line + '\n';
    return writeFor(m_user, data() + u"/postgresql.conf"_s, text, QIODevice::WriteOnly | QIODevice::Append);
}

Result<ChildOptions> LocalPostgres::makingCluster() const
{
    if (auto written = writeFor(m_user, passwordFile(), m_options.password + '\n'); !written)
        return std::unexpected(written.error());
    ChildOptions child;
    child.program = m_binaries + u"/initdb"_s;
    child.arguments = {u"-D"_s,
                       data(),
                       u"-U"_s,
                       QString::fromUtf8(m_options.superuser),
                       u"--pwfile="_s + passwordFile(),
                       u"--auth=scram-sha-256"_s,
                       u"--encoding=UTF8"_s,
                       u"--locale=C"_s,
                       u"--no-sync"_s,
                       u"--no-instructions"_s};
    child.logFile = m_options.directory + u"/initdb.log"_s;
    return child;
}

ChildOptions LocalPostgres::copyingPrimary() const
{
    ChildOptions child;
    child.program = m_binaries + u"/pg_basebackup"_s;
    child.arguments = {u"-D"_s,
                       data(),
                       u"--checkpoint=fast"_s,
                       u"--wal-method=stream"_s,
                       u"--no-sync"_s,
                       u"--write-recovery-conf"_s,
                       u"--create-slot"_s,
                       u"--slot="_s + QString::fromUtf8(m_options.primary->slot)};
    child.logFile = m_options.directory + u"/pg_basebackup.log"_s;
    child.environment = {"PGHOST=127.0.0.1",
                         "PGPORT=" + QByteArray::number(m_options.primary->port),
                         "PGUSER=" + m_options.primary->user,
                         "PGPASSWORD=" + m_options.primary->password,
                         "PGSSLMODE=disable",
                         "PGGSSENCMODE=disable"};
    return child;
}

Result<void> LocalPostgres::run()
{
    ChildOptions child;
    child.program = m_binaries + u"/postgres"_s;
    child.arguments = {u"-D"_s, data()};
    child.workingDirectory = m_options.directory;
    child.logFile = log();
    child.user = m_user;
    child.deathSignal = SIGQUIT; // SIGKILL would leave its System V shared memory segment behind
    auto process = ChildProcess::start(child);
    if (!process)
        return std::unexpected(process.error());
    m_process = std::move(*process);
    return {};
}

Result<void> LocalPostgres::waitReady(std::chrono::milliseconds atMost)
{
    if (m_making) {
        if (auto finished = finishData(); !finished)
            return finished;
        if (auto running = run(); !running)
            return running;
    }
    const QString where = u"127.0.0.1:%1"_s.arg(port());
    const QByteArray portText = QByteArray::number(port());
    const char *const names[] = {"hostaddr",        "port",    "user",       "dbname",
                                 "connect_timeout", "sslmode", "gssencmode", nullptr};
    const char *const values[] = {
        "127.0.0.1", portText.constData(), m_options.superuser.constData(), "postgres", "2", "disable", "disable",
        nullptr};
    const auto until = std::chrono::steady_clock::now() + atMost;
    while (PQpingParams(names, values, 0) != PQPING_OK) {
        if (!m_process.isRunning())
            return failure(ErrorCode::ServerError, u"postgres ended at its start: %1"_s.arg(tailOf(log())), where);
        if (std::chrono::steady_clock::now() >= until)
            return failure(ErrorCode::Timeout, u"postgres does not get ready: %1"_s.arg(tailOf(log())), where);
        QThread::msleep(10);
    }
    return {};
}

void LocalPostgres::stop()
{
    m_process.stop(SIGINT, 15s);
}

void LocalPostgres::kill()
{
    m_process.stop(SIGQUIT, 5s);
}

Result<void> LocalPostgres::restart()
{
    stop();
    if (auto running = run(); !running)
        return running;
    return waitReady();
}

} // namespace qd::sandbox
