/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/server_fixtures.h"

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
    const std::unique_ptr<redisContext, decltype(&redisFree)> context(redisConnect("127.0.0.1", m_server->port()),
                                                                      &redisFree);
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
        QByteArray text = reply->type == REDIS_REPLY_INTEGER
                              ? QByteArray::number(reply->integer)
                              : QByteArray(reply->str, static_cast<qsizetype>(reply->len));
        freeReplyObject(reply);
        return text;
    };
    if (!m_password.isEmpty())
        ask({"AUTH", m_password});
    return ask(words);
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
