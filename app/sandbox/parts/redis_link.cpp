/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/redis_link.h"

#include <vector>

#include <hiredis/hiredis.h>

using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

constexpr timeval connectTimeout{0, 100'000};
constexpr timeval answerTimeout{0, 150'000};
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
    m_context.reset(redisConnectWithTimeout("127.0.0.1", m_address.port, connectTimeout));
    if (!m_context || m_context->err) {
        drop();
        return false;
    }
    redisSetTimeout(m_context.get(), answerTimeout);
    if (!m_address.password.isEmpty()) {
        const auto answer = send({"AUTH", m_address.password});
        if (!answer || answer->isError) {
            drop();
            return false;
        }
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

std::optional<RedisAnswer> RedisLink::command(const QList<QByteArray> &arguments)
{
    // A connection that the server closed is noticed only when it is used: one fresh attempt tells.
    const bool hadConnection = isUp();
    if (!connect())
        return std::nullopt;
    auto answer = send(arguments);
    if (!answer && hadConnection) {
        m_notBefore = {};
        if (connect())
            answer = send(arguments);
    }
    return answer;
}

std::optional<RedisAnswer> RedisLink::send(const QList<QByteArray> &arguments)
{
    std::vector<const char *> values;
    std::vector<std::size_t> lengths;
    for (const QByteArray &argument : arguments) {
        values.push_back(argument.constData());
        lengths.push_back(static_cast<std::size_t>(argument.size()));
    }
    auto *reply = static_cast<redisReply *>(
        redisCommandArgv(m_context.get(), static_cast<int>(values.size()), values.data(), lengths.data()));
    if (!reply) {
        drop();
        return std::nullopt;
    }
    RedisAnswer answer = toAnswer(*reply);
    freeReplyObject(reply);
    return answer;
}

} // namespace qd::sandbox
