/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "servers/local_redis.h"

#include <QFile>
#include <QThread>

#include <csignal>

#include <hiredis/hiredis.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

QByteArray quoted(const QByteArray &text)
{
    QByteArray out = text;
    out.replace('\\', "\\\\").replace('"', "\\\"");
    return '"' + out + '"';
}

Result<void> writeConfig(const LocalRedis::Options &options)
{
    QFile file(options.directory + u"/redis.conf"_s);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        return failure(ErrorCode::Forbidden, u"cannot write it: %1"_s.arg(file.errorString()), file.fileName());
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    QByteArray text = "bind 127.0.0.1\nport " + QByteArray::number(options.port) +
                      "\ndaemonize no\nsave \"\"\nappendonly no\ndatabases 16\nenable-debug-command no\ndir " +
                      quoted(QFile::encodeName(options.directory)) + '\n';
    if (!options.password.isEmpty())
        text += "requirepass " + quoted(options.password) + "\nmasterauth " + quoted(options.password) + '\n';
    for (const QByteArray &line : options.configLines)
        text += line + '\n';
    file.write(text);
    return {};
}

/// Any answer will do, NOAUTH too: then it serves.
bool answers(quint16 port)
{
    redisContext *context = redisConnectWithTimeout("127.0.0.1", port, timeval{0, 200'000});
    bool ok = false;
    if (context && !context->err) {
        redisSetTimeout(context, timeval{0, 500'000});
        if (void *reply = redisCommand(context, "PING")) {
            const auto *r = static_cast<redisReply *>(reply);
            ok = r->type != REDIS_REPLY_ERROR || !QByteArrayView(r->str).startsWith("LOADING");
            freeReplyObject(reply);
        }
    }
    redisFree(context);
    return ok;
}

} // namespace

Result<LocalRedis> LocalRedis::launch(Options options)
{
    const auto program = findProgram(u"redis-server"_s, {}, u"redis-server"_s);
    if (!program)
        return std::unexpected(program.error());
    if (options.port == 0) {
        const auto port = freePort();
        if (!port)
            return std::unexpected(port.error());
        options.port = *port;
    }
    LocalRedis redis;
    redis.m_options = std::move(options);
    redis.m_program = *program;
    if (auto written = writeConfig(redis.m_options); !written)
        return std::unexpected(written.error());
    if (auto running = redis.run(); !running)
        return std::unexpected(running.error());
    return redis;
}

Result<LocalRedis> LocalRedis::start(Options options)
{
    auto redis = launch(std::move(options));
    if (!redis)
        return redis;
    if (auto ready = redis->waitReady(); !ready)
        return std::unexpected(ready.error());
    return redis;
}

Result<void> LocalRedis::run()
{
    ChildOptions child;
    child.program = m_program;
    child.arguments = {m_options.directory + u"/redis.conf"_s};
    if (m_options.isSentinel)
        child.arguments.append(u"--sentinel"_s);
    child.workingDirectory = m_options.directory;
    child.logFile = m_options.directory + u"/redis.log"_s;
    auto process = ChildProcess::start(child);
    if (!process)
        return std::unexpected(process.error());
    m_process = std::move(*process);
    return {};
}

Result<void> LocalRedis::waitReady(std::chrono::milliseconds atMost)
{
    const QString where = u"127.0.0.1:%1"_s.arg(port());
    const auto until = std::chrono::steady_clock::now() + atMost;
    while (!answers(port())) {
        if (!m_process.isRunning())
            return failure(ErrorCode::ServerError,
                           u"redis-server ended at its start: %1"_s.arg(tailOf(m_options.directory + u"/redis.log"_s)),
                           where);
        if (std::chrono::steady_clock::now() >= until)
            return failure(ErrorCode::Timeout, u"redis-server does not answer"_s, where);
        QThread::msleep(10);
    }
    return {};
}

void LocalRedis::stop()
{
    m_process.stop(SIGTERM, 2s);
}

Result<void> LocalRedis::restart()
{
    stop();
    if (auto running = run(); !running)
        return running;
    return waitReady();
}

} // namespace qd::sandbox
