/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/redis.h"

#include "base/cleaned.h"
#include "base/redact.h"
#include "wire/redis_connection.h"
#include "wire/redis_format.h"
#include "wire/shell_words.h"

#include <QPointer>

#include <hiredis/hiredis.h>
#include <openssl/crypto.h>

#include <vector>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

constexpr qsizetype messageCap = 500;

} // namespace

QByteArray format(const RedisCommand &command)
{
    std::vector<const char *> words;
    std::vector<std::size_t> lengths;
    for (const QByteArray &word : command) {
        words.push_back(word.constData());
        lengths.push_back(static_cast<std::size_t>(word.size()));
    }
    char *text = nullptr;
    const int length = redisFormatCommandArgv(&text, static_cast<int>(words.size()), words.data(), lengths.data());
    if (length < 0)
        return {};
    QByteArray bytes(text, length);
    OPENSSL_cleanse(text, static_cast<std::size_t>(length)); // it may have held a password
    redisFreeCommand(text);
    return bytes;
}

Secret formatAuth(const QString &user, const Secret &password)
{
    RedisCommand command{"AUTH"};
    if (!user.isEmpty())
        command.append(user.toUtf8());
    command.append(password.reveal());
    return Secret(format(command));
}

RedisClient::RedisClient(RedisConnection connection, QObject *parent)
    : RedisClient(std::move(connection), Limits(), parent)
{
}

RedisClient::RedisClient(RedisConnection connection, Limits limits, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(std::move(connection), limits))
{
}

RedisClient::RedisClient(RedisConnection connection, Secret password)
    : RedisClient(std::move(connection))
{
    d->setPassword(std::move(password));
}

RedisClient::~RedisClient() = default;

Call RedisClient::run(const QList<RedisCommand> &commands, std::chrono::milliseconds deadline,
                      std::function<void(Result<QList<RedisReply>>)> done)
{
    auto line = std::make_shared<Call::Line>();
    Private::Pipeline pipeline;
    for (const RedisCommand &command : commands)
        pipeline.bytes += format(command);
    pipeline.commands = commands.size();
    pipeline.line = line;
    pipeline.done = std::move(done);
    pipeline.deadline = deadline;
    d->enqueue(std::move(pipeline));
    return Call(line, [guard = QPointer<Private>(d.get()), key = line.get()] {
        if (guard)
            guard->drop(key);
    });
}

QByteArray RedisClient::tlsKey() const
{
    return d->tlsKey();
}

const RedisConnection &RedisClient::server() const
{
    return d->server();
}

Error errorOf(const RedisReply &reply, const QString &where)
{
    const QByteArray word = reply.text.left(reply.text.indexOf(' ') < 0 ? reply.text.size() : reply.text.indexOf(' '));
    const QString message = cleaned(QString::fromUtf8(masked(reply.text.left(messageCap))), messageCap);
    ErrorCode code = ErrorCode::ServerError;
    if (word == "NOAUTH" || word == "WRONGPASS")
        code = ErrorCode::AuthRequired;
    else if (word == "NOPERM")
        code = ErrorCode::Forbidden;
    else if (word == "LOADING" || word == "BUSY" || word == "MASTERDOWN")
        code = ErrorCode::Unavailable;
    else if (word == "WRONGTYPE")
        code = ErrorCode::BadReply;
    return {code, u"Redis says: %1"_s.arg(message), where};
}

QString redisCliLine(const RedisConnection &connection, const RedisCommand &command)
{
    QStringList words{u"redis-cli"_s, u"-h"_s, shellWord(connection.host), u"-p"_s, QString::number(connection.port)};
    if (connection.database != 0)
        words << u"-n"_s << QString::number(connection.database);
    if (!connection.user.isEmpty())
        words << u"--user"_s << shellWord(connection.user);
    if (connection.useTls) {
        words << u"--tls"_s;
        if (!connection.tls.caFile.isEmpty())
            words << u"--cacert"_s << shellWord(connection.tls.caFile);
    }
    const bool login = !command.isEmpty() && (command[0].toUpper() == "AUTH" || command[0].toUpper() == "HELLO");
    for (qsizetype i = 0; i < command.size(); ++i) {
        const bool named = i > 0 && namesSecret(QString::fromUtf8(command[i - 1]));
        const bool hidden = i > 0 && (login || named || command[i - 1].toLower() == "requirepass");
        words << (hidden ? u"••••"_s : shellWord(QString::fromUtf8(command[i])));
    }
    return words.join(u' ');
}

} // namespace qd
