/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sandbox.h"

#include "parts/storage.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <QTcpSocket>
#include <QThread>

#include <csignal>

#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

constexpr int backupNights = 14;

/// Hexadecimal, so that it needs no quoting anywhere.
QByteArray newPassword()
{
    quint32 words[6];
    QRandomGenerator::system()->fillRange(words);
    return QByteArray(reinterpret_cast<const char *>(words), sizeof words).toHex();
}

bool accepts(quint16 port)
{
    QTcpSocket socket;
    socket.connectToHost(u"127.0.0.1"_s, port);
    return socket.waitForConnected(200);
}

} // namespace

Sandbox::Sandbox(SandboxOptions options, const Watchdog &watchdog)
    : m_options(std::move(options))
    , m_watchdog(watchdog)
    , m_kind(serviceKinds().first())
{
}

Sandbox::~Sandbox()
{
    m_load.reset();
    m_control.reset();
    if (m_service)
        m_service->stop(SIGTERM, 1s);
    if (m_redis)
        m_redis->stop();
    if (m_postgres)
        m_postgres->stop();
}

Result<void> Sandbox::start()
{
    auto workspace = Workspace::create(m_options.directory);
    if (!workspace)
        return std::unexpected(workspace.error());
    m_workspace.emplace(std::move(*workspace));
    m_watchdog.guardDirectory(m_workspace->path());
    using Step = Result<void> (Sandbox::*)();
    for (const Step step : {&Sandbox::startStores, &Sandbox::createDatabase, &Sandbox::makeBackups,
                            &Sandbox::startService, &Sandbox::writeProfile, &Sandbox::startControl}) {
        if (auto done = (this->*step)(); !done)
            return done;
    }
    if (m_options.load)
        m_load->start();
    writeState();
    return {};
}

Result<void> Sandbox::startStores()
{
    m_config.redis.password = newPassword();
    m_config.database = {0, m_kind.name.toUtf8(), "quoted_owner", newPassword(), m_kind.name.toUtf8()};
    const auto redisDirectory = m_workspace->directory(u"redis"_s);
    const auto postgresDirectory = m_workspace->directory(u"postgresql"_s);
    if (!redisDirectory || !postgresDirectory)
        return std::unexpected(redisDirectory ? postgresDirectory.error() : redisDirectory.error());
    // Redis gets ready while initdb runs.
    auto redis = LocalRedis::launch(
        {*redisDirectory, m_config.redis.password, {"maxmemory 64mb", "maxmemory-policy allkeys-lru"}, 0});
    if (!redis)
        return std::unexpected(redis.error());
    m_redis.emplace(std::move(*redis));
    m_watchdog.guardProcess(m_redis->pid());
    LocalPostgres::Options options;
    options.directory = *postgresDirectory;
    options.superuser = m_config.database.user;
    options.password = m_config.database.password;
    auto postgres = LocalPostgres::launch(options);
    if (!postgres)
        return std::unexpected(postgres.error());
    m_postgres.emplace(std::move(*postgres));
    m_watchdog.guardProcess(m_postgres->pid());
    m_config.redis.port = m_redis->port();
    m_config.database.port = m_postgres->port();
    if (auto ready = m_redis->waitReady(); !ready)
        return ready;
    return m_postgres->waitReady();
}

Result<void> Sandbox::createDatabase()
{
    DatabaseAddress cluster = m_config.database;
    cluster.database = "postgres";
    if (auto created = Database(cluster).query("CREATE DATABASE " + m_config.database.database, {}, 20s); !created)
        return std::unexpected(created.error());
    m_viewerPassword = newPassword();
    return Database(m_config.database).execute(m_kind.schema({m_viewerPassword}));
}

Result<void> Sandbox::startService()
{
    const auto port = m_config.port ? Result<quint16>(m_config.port) : freePort();
    const auto controlPort = m_config.controlPort ? Result<quint16>(m_config.controlPort) : freePort();
    if (!port || !controlPort)
        return std::unexpected(port ? controlPort.error() : port.error());
    m_config.port = *port;
    m_config.controlPort = *controlPort;
    m_config.timeScale = m_options.timeScale;
    m_config.directory = m_workspace->path() + u"/service"_s;
    const auto config = m_workspace->write(u"service.json"_s, QJsonDocument(m_config.toJson()).toJson());
    if (!config)
        return std::unexpected(config.error());
    ChildOptions child;
    child.program = m_options.program;
    child.arguments = {u"service"_s, m_kind.name, u"--config"_s, *config};
    child.workingDirectory = m_config.directory;
    child.logFile = m_config.directory + u"/service.log"_s;
    auto process = ChildProcess::start(child);
    if (!process)
        return std::unexpected(process.error());
    m_service = std::move(*process);
    m_watchdog.guardProcess(m_service->pid());
    QElapsedTimer waited;
    waited.start();
    while (!accepts(m_config.port)) {
        if (!m_service->isRunning() || waited.elapsed() > 15'000)
            return failure(ErrorCode::ServerError, u"it does not serve: %1"_s.arg(tailOf(child.logFile)), m_kind.name);
        QThread::msleep(15);
    }
    return {};
}

Result<void> Sandbox::makeBackups()
{
    const auto service = m_workspace->directory(u"service"_s);
    const auto backups = service ? m_workspace->directory(u"service/backups"_s) : service;
    if (!backups)
        return std::unexpected(backups.error());
    const DatabaseAddress &database = m_config.database;
    const auto archive = dumpDatabase({*backups, database.port, database.database, database.user, database.password},
                                      QDateTime::currentDateTimeUtc());
    if (!archive)
        return std::unexpected(archive.error());
    auto done = backDate(*backups, *archive, backupNights);
    // The one of now was only the original: at night the next one is made.
    QFile::remove(*archive);
    QFile::remove(*archive + u".sha256"_s);
    return done;
}

Result<void> Sandbox::writeProfile()
{
    const auto redisFile = m_workspace->write(u"redis-password"_s, m_config.redis.password);
    const auto viewerFile = m_workspace->write(u"viewer-password"_s, m_viewerPassword);
    if (!redisFile || !viewerFile)
        return std::unexpected(redisFile ? viewerFile.error() : redisFile.error());
    const ProfileFacts facts{m_config.port, m_config.redis.port, *redisFile, m_config.database.port, *viewerFile};
    const auto profile = m_workspace->write(m_kind.name + u".yaml"_s, m_kind.profile(facts));
    if (!profile)
        return std::unexpected(profile.error());
    m_profile = *profile;
    return {};
}

Result<void> Sandbox::startControl()
{
    m_load = std::make_unique<LoadGenerator>(m_config.port);
    m_control = std::make_unique<HttpServer>(
        [this](const ServiceRequest &request, const HttpServer::Respond &respond) { control(request, respond); });
    const auto port = m_control->listenOnLoopback(0);
    if (!port)
        return std::unexpected(port.error());
    m_controlPort = *port;
    return {};
}

QJsonObject Sandbox::state() const
{
    const QString path = m_workspace->path();
    const auto process = [](qint64 pid, quint16 port) { return QJsonObject{{u"pid"_s, pid}, {u"port"_s, port}}; };
    return {{u"directory"_s, path},
            {u"state"_s, path + u"/state.json"_s},
            {u"profiles"_s, QJsonArray{m_profile}},
            {u"pid"_s, static_cast<qint64>(::getpid())},
            {u"control"_s, u"http://127.0.0.1:%1"_s.arg(m_controlPort)},
            {u"control_port"_s, m_controlPort},
            {u"time_scale"_s, m_options.timeScale},
            {u"backups"_s, path + u"/service/backups"_s},
            {u"services"_s, QJsonObject{{m_kind.name, process(m_service->pid(), m_config.port)}}},
            {u"redis"_s, process(m_redis->pid(), m_config.redis.port)},
            {u"postgresql"_s, process(m_postgres->pid(), m_config.database.port)}};
}

void Sandbox::writeState()
{
    if (const auto written = m_workspace->write(u"state.json"_s, QJsonDocument(state()).toJson()); !written)
        qWarning("%s: %s", qPrintable(written.error().where), qPrintable(written.error().message));
}

} // namespace qd::sandbox
