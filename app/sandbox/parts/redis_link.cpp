/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/redis_link.h"

#include <cerrno>
#include <vector>

#include <hiredis/hiredis.h>

using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

// A Redis that is gone refuses at once. One on a busy machine is late, and must not be taken for gone.
constexpr timeval connectTimeout{2, 0};
constexpr timeval answerTimeout{2, 0};
constexpr auto retryAfter = 500ms;

RedisAnswer toAnswer(const redisReply &reply)
{
    RedisAnswer answer;
    answer.isNil = reply.type == REDIS_REPLY_NIL;
    answer.isError = reply.type == REDIS_REPLY_ERROR;
    answer.integer = reply.integer;
    if (reply.str)
        answer.text = QByteArray(reply.str, static_cast<qsizetype>(reply.len));
    if (reply.type == REDIS_REPLY_ARRAY) {
        for (std::size_t i = 0; i < reply.elements; ++i) {
            const redisReply &item = *reply.element[i];
            // SCAN's second item is an array of its own: its keys follow the cursor.
            if (item.type == REDIS_REPLY_ARRAY) {
                for (const QByteArray &inner : toAnswer(item).items)
                    answer.items.append(inner);
            } else {
                answer.items.append(item.str ? QByteArray(item.str, static_cast<qsizetype>(item.len)) : QByteArray());
            }
        }
    }
    return answer;
}

std::optional<RedisAnswer> ask(redisContext &context, const QList<QByteArray> &arguments)
{
    std::vector<const char *> values;
    std::vector<std::size_t> lengths;
    for (const QByteArray &argument : arguments) {
        values.push_back(argument.constData());
        lengths.push_back(static_cast<std::size_t>(argument.size()));
    }
    auto *reply = static_cast<redisReply *>(
        redisCommandArgv(&context, static_cast<int>(values.size()), values.data(), lengths.data()));
    if (!reply)
        return std::nullopt;
    RedisAnswer answer = toAnswer(*reply);
    freeReplyObject(reply);
    return answer;
}

} // namespace

void RedisLink::Free::operator()(redisContext *context) const
{
    redisFree(context);
}

RedisLink::RedisLink(RedisAddress address)
    : m_address(std::move(address))
{
}

RedisLink::~RedisLink() = default;

void RedisLink::drop()
{
    m_context.reset();
    m_notBefore = std::chrono::steady_clock::now() + retryAfter;
}

bool RedisLink::connect()
{
    if (m_context)
        return true;
    if (std::chrono::steady_clock::now() < m_notBefore)
        return false;
    const bool isWatched = !m_address.sentinels.isEmpty();
    m_context = open(isWatched ? masterPort() : m_address.port);
    if (!m_context || (isWatched && !isMaster())) {
        drop();
        return false;
    }
    const auto info = send({"INFO", "server"});
    if (!info || info->isError) {
        drop();
        return false;
    }
    const qsizetype at = info->text.indexOf("run_id:");
    m_runId = at < 0 ? QByteArray() : info->text.mid(at + 7, 40);
    return true;
}

RedisLink::Context RedisLink::open(quint16 port) const
{
    Context context(port ? redisConnectWithTimeout("127.0.0.1", port, connectTimeout) : nullptr);
    if (!context || context->err)
        return {};
    redisSetTimeout(context.get(), answerTimeout);
    if (m_address.password.isEmpty())
        return context;
    QList<QByteArray> words{"AUTH", m_address.password};
    if (!m_address.user.isEmpty())
        words.insert(1, m_address.user);
    const auto answer = ask(*context, words);
    return answer && !answer->isError ? std::move(context) : Context();
}

/// What the first Sentinel that answers says; 0 where none does.
quint16 RedisLink::masterPort() const
{
    for (const quint16 sentinel : m_address.sentinels) {
        const Context context = open(sentinel);
        if (!context)
            continue;
        const auto address = ask(*context, {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", m_address.sentinelMaster});
        if (address && address->items.size() == 2)
            return static_cast<quint16>(address->items.at(1).toUInt());
    }
    return 0;
}

/// Sentinel names the old master until the failover is done.
bool RedisLink::isMaster()
{
    const auto role = send({"ROLE"});
    return role && !role->items.isEmpty() && role->items.first() == "master";
}

std::optional<RedisAnswer> RedisLink::command(const QList<QByteArray> &arguments)
{
    // A connection that the server closed is noticed only when it is used: one fresh attempt tells.
    const bool hadConnection = isUp();
    if (!connect())
        return std::nullopt;
    auto answer = send(arguments);
    // One that was not answered in time may have been done: it is not sent twice.
    if (!answer && hadConnection && m_wasClosed) {
        m_notBefore = {};
        if (connect())
            answer = send(arguments);
    }
    // The master became a replica: the next command asks anew who is.
    if (answer && answer->isError && answer->text.startsWith("READONLY"))
        drop();
    return answer;
}

std::optional<RedisAnswer> RedisLink::send(const QList<QByteArray> &arguments)
{
    auto answer = ask(*m_context, arguments);
    if (!answer) {
        m_wasClosed = m_context->err == REDIS_ERR_EOF || errno == EPIPE || errno == ECONNRESET;
        drop();
    }
    return answer;
}

} // namespace qd::sandbox
