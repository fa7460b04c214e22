/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment.h"

#include "parts/random_hex.h"

#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QTcpSocket>
#include <QThread>
#include <QUrl>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

bool accepts(quint16 port)
{
    QTcpSocket socket;
    socket.connectToHost(u"127.0.0.1"_s, port);
    return socket.waitForConnected(200);
}

} // namespace

Deployment::Deployment(const ServiceKind &kind, const SandboxOptions &options, const Workspace &workspace,
                       const Watchdog &watchdog)
    : m_kind(kind)
    , m_options(options)
    , m_workspace(workspace)
    , m_watchdog(watchdog)
{
    connect(&m_nightly, &QTimer::timeout, this, [this] {
        if (const auto done = m_backups->tick(QDateTime::currentDateTimeUtc()); !done)
            qWarning("%s: no backup: %s", qPrintable(m_kind.name), qPrintable(done.error().message));
    });
}

Deployment::~Deployment()
{
    m_render.reset();
    m_load.reset();
    if (m_service)
        m_service->stop(SIGTERM, 1s);
    m_topology.reset();
    if (m_redis)
        m_redis->stop();
    if (m_postgres)
        m_postgres->stop();
}

Result<void> Deployment::launchStores()
{
    m_config.variables = m_kind.variables;
    m_config.redis.password = randomHex(24);
    m_viewerPassword = randomHex(24);
    m_operatorPassword = randomHex(24);
    m_config.database = {0, m_kind.name.toUtf8(), m_kind.name.toUtf8() + "_owner", randomHex(24), m_kind.name.toUtf8()};
    if (const auto own = m_workspace.directory(m_kind.name); !own)
        return std::unexpected(own.error());
    const auto redisDirectory = m_workspace.directory(path(u"redis"_s));
    const auto postgresDirectory = m_workspace.directory(path(u"postgresql"_s));
    if (!redisDirectory || !postgresDirectory)
        return std::unexpected(redisDirectory ? postgresDirectory.error() : redisDirectory.error());
    QList<QByteArray> settings = m_kind.redisSettings;
    if (!m_kind.operatorKeys.isEmpty())
        settings.append(
            "user quarterdeck_operator on >" + m_operatorPassword + ' ' + m_kind.operatorKeys +
            " ~quarterdeck:* +role +info +time +dbsize +scan +exists +get +hget +hmget +pttl +eval +set +incr"
            " +del +unlink +rename +pexpire +persist" +
            (m_kind.hasLogins ? " +acl|whoami +acl|dryrun +acl|getuser +acl|setuser +acl|save +config|get"
                                " +config|rewrite +client|id +client|list"
                              : ""));
    const QByteArray redisLogin = randomHex(24);
    if (m_kind.hasLogins)
        settings.append("user " + m_kind.name.toUtf8() + " on >" + redisLogin + " ~* &* +@all -@admin");
    // All get ready side by side.
    auto redis = LocalRedis::launch(
        {.directory = *redisDirectory, .password = m_config.redis.password, .configLines = settings});
    if (!redis)
        return std::unexpected(redis.error());
    m_redis.emplace(std::move(*redis));
    m_watchdog.guardProcess(m_redis->pid());
    LocalPostgres::Options options;
    options.directory = *postgresDirectory;
    options.superuser = m_config.database.user;
    options.password = m_config.database.password;
    // Replicas are copied side by side: what the copy of one checkpoints away, that of the other still needs.
    options.configLines = {"shared_preload_libraries = 'pg_stat_statements'", "wal_keep_size = 64MB"};
    auto postgres = LocalPostgres::launch(options);
    if (!postgres)
        return std::unexpected(postgres.error());
    m_postgres.emplace(std::move(*postgres));
    m_watchdog.guardProcess(m_postgres->pid());
    m_config.redis.port = m_redis->port();
    m_config.database.port = m_postgres->port();
    if (m_kind.hasLogins) {
        m_config.variables.insert(
            u"REDIS_URL"_s,
            u"redis://%1:%2@127.0.0.1:%3"_s.arg(m_kind.name, QString::fromLatin1(redisLogin)).arg(m_redis->port()));
        m_config.variables.insert(u"DATABASE_URL"_s, u"postgresql://%1_a:%2@127.0.0.1:%3/%1?schema=public"_s
                                                         .arg(m_kind.name, QString::fromLatin1(randomHex(24)))
                                                         .arg(m_postgres->port()));
    }
    return {};
}

/// As the service takes them from its environment.
void Deployment::readLogins(ServiceConfig &told)
{
    const QUrl redis(told.variables.value(u"REDIS_URL"_s));
    const QUrl database(told.variables.value(u"DATABASE_URL"_s));
    told.redis.user = redis.userName().toUtf8();
    told.redis.password = redis.password().toUtf8();
    told.database.user = database.userName().toUtf8();
    told.database.password = database.password().toUtf8();
}

Result<void> Deployment::start()
{
    if (auto ready = m_redis->waitReady(); !ready)
        return ready;
    if (auto ready = m_postgres->waitReady(); !ready)
        return ready;
    m_watchdog.guardProcess(m_postgres->pid());
    using Step = Result<void> (Deployment::*)();
    for (const Step step : {&Deployment::startTopology, &Deployment::createDatabase, &Deployment::makeBackups,
                            &Deployment::startService, &Deployment::startPlatform, &Deployment::writeProfile}) {
        if (auto done = (this->*step)(); !done)
            return done;
    }
    m_load = m_kind.load(m_config.port);
    return {};
}

Result<void> Deployment::startTopology()
{
    if (!m_kind.topology)
        return {};
    m_topology =
        m_kind.topology({.redis = *m_redis,
                         .postgres = *m_postgres,
                         .database = m_config.database,
                         .viewer = {m_viewerPassword},
                         .isFull = m_options.isFull,
                         .makeDirectory = [this](const QString &name) { return m_workspace.directory(path(name)); },
                         .guard = [this](pid_t pid) { m_watchdog.guardProcess(pid); }});
    return m_topology->start();
}

Result<void> Deployment::createDatabase()
{
    DatabaseAddress cluster = m_config.database;
    cluster.database = "postgres";
    if (auto created = Database(cluster).query("CREATE DATABASE " + m_config.database.database, {}, 20s); !created)
        return std::unexpected(created.error());
    QByteArray sql = "CREATE EXTENSION pg_stat_statements;" + m_kind.schema({m_viewerPassword, m_operatorPassword});
    if (m_kind.hasLogins) {
        ServiceConfig service = m_config;
        readLogins(service);
        QByteArray roles = R"sql(
CREATE ROLE @_app; -- what the service may; the two that log in take turns
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO @_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO @_app;
CREATE ROLE @_a LOGIN PASSWORD '%' IN ROLE @_app;
CREATE ROLE @_b IN ROLE @_app;
)sql";
        sql += roles.replace('@', m_kind.name.toUtf8()).replace('%', service.database.password);
    }
    return Database(m_config.database).execute(sql);
}

Result<void> Deployment::makeBackups()
{
    const auto service = m_workspace.directory(path(u"service"_s));
    if (!service)
        return std::unexpected(service.error());
    m_config.directory = *service;
    if (!m_kind.backups)
        return {};
    const auto directory = m_workspace.directory(path(u"backups"_s));
    if (!directory)
        return std::unexpected(directory.error());
    m_backups.emplace(*m_kind.backups, *directory, m_config.database);
    m_nightly.start(1min);
    return m_backups->makeHistory();
}

Result<void> Deployment::startService()
{
    const auto port = m_config.port ? Result<quint16>(m_config.port) : freePort();
    const auto controlPort = m_config.controlPort ? Result<quint16>(m_config.controlPort) : freePort();
    if (!port || !controlPort)
        return std::unexpected(port ? controlPort.error() : port.error());
    m_config.port = *port;
    m_config.controlPort = *controlPort;
    m_config.timeScale = m_options.timeScale;
    ServiceConfig told = m_config;
    if (m_kind.hasLogins)
        readLogins(told);
    if (m_topology)
        m_topology->lead(told);
    const auto config = m_workspace.write(path(u"service.json"_s), QJsonDocument(told.toJson()).toJson());
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
        if (!m_service->isRunning() || waited.elapsed() > 30'000)
            return failure(ErrorCode::ServerError, u"it does not serve: %1"_s.arg(tailOf(child.logFile)), m_kind.name);
        QThread::msleep(15);
    }
    renewFaults();
    return {};
}

Result<void> Deployment::restartService(const Platform::Variables &variables)
{
    m_service->stop(SIGTERM, 3s);
    m_config.variables = variables;
    auto started = startService();
    Q_EMIT serviceRestarted();
    return started;
}

Result<void> Deployment::startPlatform()
{
    m_platform.emplace(
        m_config.variables, [this](const Platform::Variables &variables) { return restartService(variables); },
        m_options.timeScale);
    if (m_kind.platform == PlatformKind::Render)
        return startRender();
    m_program = platformProgram(m_kind, *m_platform, m_workspace.path() + u'/' + m_kind.name);
    if (!m_program)
        return {};
    if (auto written = writeProgram(); !written || !m_kind.isRemote)
        return written;
    return startSshd();
}

/// Where it is not installed, the program is run without it.
Result<void> Deployment::startSshd()
{
    if (!LocalSshd::isInstalled())
        return {};
    const auto directory = m_workspace.directory(path(u"ssh"_s));
    if (!directory)
        return std::unexpected(directory.error());
    auto sshd = LocalSshd::start(*directory, m_kind.name);
    if (!sshd)
        return std::unexpected(sshd.error());
    m_sshd.emplace(std::move(*sshd));
    m_watchdog.guardProcess(m_sshd->pid());
    return {};
}

/// A program of that name, which asks us.
Result<void> Deployment::writeProgram()
{
    const auto directory = m_workspace.directory(path(u"bin"_s));
    if (!directory)
        return std::unexpected(directory.error());
    m_programs = *directory;
    const auto written = m_workspace.write(path(u"bin/"_s + m_program->name()),
                                           u"#!/bin/sh\nexec '%1' program --dir '%2' --deployment '%3' -- \"$@\"\n"_s
                                               .arg(m_options.program, m_workspace.path(), m_kind.name)
                                               .toUtf8());
    if (!written)
        return std::unexpected(written.error());
    QFile::setPermissions(*written, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return {};
}

std::optional<ProgramAnswer> Deployment::runProgram(const QStringList &arguments, const QString &input)
{
    return m_program ? std::optional(m_program->run(arguments, input)) : std::nullopt;
}

Result<void> Deployment::startRender()
{
    const QByteArray token = "rnd_" + randomHex(24);
    const auto tokenFile = m_workspace.write(path(u"render-token"_s), token);
    if (!tokenFile)
        return std::unexpected(tokenFile.error());
    m_renderToken = *tokenFile;
    m_render.emplace(*m_platform, m_kind.name, token);
    const auto port = m_render->listen();
    if (!port)
        return std::unexpected(port.error());
    m_renderPort = *port;
    return {};
}

Result<void> Deployment::writeProfile()
{
    for (auto secret = m_kind.secretFiles.cbegin(); secret != m_kind.secretFiles.cend(); ++secret) {
        if (const auto written = m_workspace.write(path(secret.key()), secret.value()); !written)
            return std::unexpected(written.error());
    }
    const auto redisFile = m_workspace.write(path(u"redis-password"_s), m_config.redis.password);
    const auto viewerFile = m_workspace.write(path(u"viewer-password"_s), m_viewerPassword);
    if (const auto operatorFile = m_workspace.write(path(u"operator-password"_s), m_operatorPassword); !operatorFile)
        return std::unexpected(operatorFile.error());
    if (!redisFile || !viewerFile)
        return std::unexpected(redisFile ? viewerFile.error() : redisFile.error());
    ProfileFacts facts{m_config.port, m_config.redis.port, *redisFile,   m_config.database.port,
                       *viewerFile,   m_renderPort,        m_renderToken};
    if (m_render)
        facts.renderService = m_render->serviceId();
    facts.programs = m_programs;
    if (m_sshd)
        facts.sshConfig = m_sshd->clientConfig();
    if (m_topology) {
        for (const Topology::Server &server : m_topology->servers())
            facts.topology.insert(server.name, server.port);
    }
    if (m_backups)
        facts.backups = m_backups->directory();
    facts.secretFiles = QFileInfo(*viewerFile).path();
    const auto profile = m_workspace.write(path(m_kind.name + u".yaml"_s), m_kind.profile(facts));
    if (!profile)
        return std::unexpected(profile.error());
    m_profile = *profile;
    return {};
}

QJsonObject Deployment::state() const
{
    const auto process = [](qint64 pid, quint16 port) { return QJsonObject{{u"pid"_s, pid}, {u"port"_s, port}}; };
    QJsonObject state{{u"profile"_s, m_profile},
                      {u"service"_s, process(m_service->pid(), m_config.port)},
                      {u"redis"_s, process(m_redis->pid(), m_config.redis.port)},
                      {u"postgresql"_s, process(m_postgres->pid(), m_config.database.port)}};
    if (m_render)
        state.insert(u"render"_s, QJsonObject{{u"port"_s, m_renderPort}, {u"service"_s, m_render->serviceId()}});
    if (m_topology) {
        for (const Topology::Server &server : m_topology->servers())
            state.insert(server.name, process(server.pid, server.port));
    }
    if (m_program)
        state.insert(u"program"_s, QString(m_programs + u'/' + m_program->name()));
    if (m_sshd)
        state.insert(u"sshd"_s, process(m_sshd->pid(), m_sshd->port()));
    if (m_backups)
        state.insert(u"backups"_s, m_backups->directory());
    return state;
}

} // namespace qd::sandbox
