/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/server_fixtures.h"

#include <QDir>
#include <QFile>

#include <hiredis/hiredis.h>
#include <libpq-fe.h>

#include <memory>
#include <vector>

using namespace Qt::StringLiterals;

namespace qd::test {
namespace {

[[noreturn]] void giveUp(const QString &what, const QString &why)
{
    qFatal("%s: %s", qPrintable(what), qPrintable(why));
}

template <class Server>
Server started(Result<Server> server, const QString &name)
{
    if (!server)
        giveUp(name + u" cannot start"_s, server.error().message);
    return std::move(*server);
}

QByteArray redisCommand(quint16 port, const QByteArray &password, const QList<QByteArray> &words)
{
    const std::unique_ptr<redisContext, decltype(&redisFree)> context(redisConnect("127.0.0.1", port), &redisFree);
    const auto ask = [&context](const QList<QByteArray> &command) {
        std::vector<const char *> texts;
        std::vector<std::size_t> lengths;
        for (const QByteArray &word : command) {
            texts.push_back(word.constData());
            lengths.push_back(static_cast<std::size_t>(word.size()));
        }
        auto *reply = static_cast<redisReply *>(
            redisCommandArgv(context.get(), static_cast<int>(texts.size()), texts.data(), lengths.data()));
        if (!reply || reply->type == REDIS_REPLY_ERROR)
            giveUp(u"redis refuses %1"_s.arg(QString::fromUtf8(command.value(0))),
                   QString::fromUtf8(reply ? reply->str : context->errstr));
        const redisReply *first = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 ? reply->element[0] : reply;
        QByteArray text = first->type == REDIS_REPLY_INTEGER
                              ? QByteArray::number(first->integer)
                              : QByteArray(first->str, static_cast<qsizetype>(first->len));
        freeReplyObject(reply);
        return text;
    };
    if (!password.isEmpty())
        ask({"AUTH", password});
    return ask(words);
}

void openToOthers(const QString &directory)
{
    // PostgreSQL runs as another user where we are root.
    QFile::setPermissions(directory,
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther);
}

} // namespace

SecretRef SecretFiles::keep(const QByteArray &secret)
{
    const QString path = m_directory.filePath(u"secret%1"_s.arg(++m_count));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner) ||
        file.write(secret) != secret.size())
        giveUp(u"a secret cannot be kept"_s, file.errorString());
    return {SecretRef::Scheme::File, path};
}

RedisFixture::RedisFixture(const QByteArray &password, const QList<QByteArray> &configLines)
    : m_password(password)
    , m_server(started(sandbox::LocalRedis::start({m_directory.path(), password, configLines, 0}), u"redis-server"_s))
{
}

RedisConnection RedisFixture::connection()
{
    return connection({}, m_password);
}

RedisConnection RedisFixture::connection(const QString &user, const QByteArray &password)
{
    RedisConnection to;
    to.host = u"127.0.0.1"_s;
    to.port = m_server->port();
    to.user = user;
    if (!password.isEmpty())
        to.password = m_secrets.keep(password);
    return to;
}

QByteArray RedisFixture::command(const QList<QByteArray> &words)
{
    return redisCommand(m_server->port(), m_password, words);
}

RedisSetFixture::RedisSetFixture(const QByteArray &password)
    : m_password(password)
{
    m_redis[0].emplace(startServer(u"first"_s, {}, false, 0));
    const QByteArray first = QByteArray::number(m_redis[0]->port());
    m_redis[1].emplace(
        startServer(u"second"_s, {"replicaof 127.0.0.1 " + first, "repl-diskless-sync-delay 0"}, false, 0));
    // Whom they would find within seconds they know from the start, as after a restart.
    std::array<quint16, 3> ports{};
    QList<QByteArray> common{
        "sentinel monitor " + name + " 127.0.0.1 " + first + " 2",
        "sentinel down-after-milliseconds " + name + " 1000",
        "sentinel failover-timeout " + name + " 3000",
        "sentinel known-replica " + name + " 127.0.0.1 " + QByteArray::number(m_redis[1]->port()),
    };
    if (!m_password.isEmpty())
        common.append("sentinel auth-pass " + name + ' ' + m_password);
    const auto idOf = [](std::size_t i) { return QByteArray::number(i + 1).repeated(40); };
    for (std::size_t i = 0; i < ports.size(); ++i) {
        ports.at(i) = *sandbox::freePort();
        common.append("sentinel known-sentinel " + name + " 127.0.0.1 " + QByteArray::number(ports.at(i)) + ' ' +
                      idOf(i));
    }
    for (std::size_t i = 0; i < ports.size(); ++i) {
        QList<QByteArray> own = common;
        own.removeIf([&](const QByteArray &line) { return line.endsWith(idOf(i)); });
        own.prepend("sentinel myid " + idOf(i));
        m_sentinels.at(i).emplace(startServer(u"sentinel%1"_s.arg(i), own, true, ports.at(i)));
    }
}

sandbox::LocalRedis RedisSetFixture::startServer(const QString &directory, const QList<QByteArray> &lines,
                                                 bool isSentinel, quint16 port)
{
    if (!QDir(m_directory.path()).mkdir(directory))
        giveUp(directory, u"the directory cannot be made"_s);
    return started(sandbox::LocalRedis::start({m_directory.filePath(directory), m_password, lines, port, isSentinel}),
                   directory);
}

RedisConnection RedisSetFixture::connection()
{
    RedisConnection to;
    for (const auto &sentinel : m_sentinels)
        to.sentinels.append({u"127.0.0.1"_s, sentinel->port()});
    to.master = QString::fromUtf8(name);
    if (!m_password.isEmpty())
        to.password = to.sentinelPassword = m_secrets.keep(m_password);
    return to;
}

QByteArray RedisSetFixture::ask(const sandbox::LocalRedis &server, const QList<QByteArray> &words) const
{
    return redisCommand(server.port(), m_password, words);
}

PostgresFixture::PostgresFixture(const QList<QByteArray> &configLines,
                                 const std::optional<TestCa::Certificate> &certificate)
{
    openToOthers(m_directory.path());
    sandbox::LocalPostgres::Options options;
    options.directory = m_directory.path();
    options.configLines = configLines;
    if (certificate) {
        options.configLines.append("ssl = on");
        options.files = {{u"server.crt"_s, certificate->pem}, {u"server.key"_s, certificate->key}};
    }
    m_server.emplace(started(sandbox::LocalPostgres::start(std::move(options)), u"PostgreSQL"_s));
    execute("CREATE DATABASE app", "postgres");
}

PostgresConnection PostgresFixture::connection()
{
    return connection(QString::fromUtf8(m_server->options().superuser), m_server->options().password);
}

PostgresConnection PostgresFixture::connection(const QString &user, const QByteArray &password)
{
    PostgresConnection to;
    to.host = u"127.0.0.1"_s;
    to.port = m_server->port();
    to.database = u"app"_s;
    to.user = user;
    to.sslmode = u"disable"_s;
    if (!password.isEmpty())
        to.password = m_secrets.keep(password);
    return to;
}

QByteArray PostgresFixture::execute(const QByteArray &sql, const QByteArray &database)
{
    const QByteArray port = QByteArray::number(m_server->port());
    const char *keywords[] = {"hostaddr", "port", "dbname", "user", "password", "gssencmode", nullptr};
    const char *values[] = {"127.0.0.1",
                            port.constData(),
                            database.constData(),
                            m_server->options().superuser.constData(),
                            m_server->options().password.constData(),
                            "disable",
                            nullptr};
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdbParams(keywords, values, 0), &PQfinish);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.constData()), &PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        giveUp(u"PostgreSQL refuses"_s, QString::fromUtf8(PQerrorMessage(connection.get())));
    return PQntuples(result.get()) > 0 ? QByteArray(PQgetvalue(result.get(), 0, 0)) : QByteArray();
}

} // namespace qd::test
