/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/redis_reader.h"

#include <cstring>

using namespace Qt::StringLiterals;

namespace qd {

bool RedisReader::Budget::takeElements(qint64 count)
{
    if (count > limits.maxElements - elements) {
        exceeded = true;
        return false;
    }
    elements += count;
    return true;
}

RedisReader::RedisReader(RedisClient::Limits limits)
    : m_budget(std::make_unique<Budget>(Budget{limits}))
    , m_reader(redisReaderCreateWithFunctions(functions()))
{
    m_reader->privdata = m_budget.get();
    m_reader->maxbuf = 64 * 1024;
}

redisReplyObjectFunctions *RedisReader::functions()
{
    static redisReplyObjectFunctions table{createString, createArray, createInteger, createNil, freeObject};
    return &table;
}

/// Where the object of `task` goes: into its parent's list, which has its full length from the start, or a root of
/// its own. Null if the budget does not allow it.
RedisReply *RedisReader::place(const redisReadTask *task)
{
    if (task->parent)
        return &static_cast<RedisReply *>(task->parent->obj)->items[task->idx];
    return static_cast<Budget *>(task->privdata)->takeElements(1) ? new RedisReply : nullptr;
}

void *RedisReader::createString(const redisReadTask *task, char *text, std::size_t length)
{
    RedisReply *reply = place(task);
    if (!reply)
        return nullptr;
    reply->type = task->type == REDIS_REPLY_STATUS  ? RedisReply::Type::Status
                  : task->type == REDIS_REPLY_ERROR ? RedisReply::Type::Error
                                                    : RedisReply::Type::String;
    reply->text = QByteArray(text, static_cast<qsizetype>(length));
    return reply;
}

void *RedisReader::createArray(const redisReadTask *task, int elements)
{
    if (!static_cast<Budget *>(task->privdata)->takeElements(elements))
        return nullptr;
    RedisReply *reply = place(task);
    if (!reply)
        return nullptr;
    reply->type = RedisReply::Type::Array;
    reply->items.resize(elements);
    return reply;
}

void *RedisReader::createInteger(const redisReadTask *task, long long value)
{
    RedisReply *reply = place(task);
    if (!reply)
        return nullptr;
    reply->type = RedisReply::Type::Integer;
    reply->integer = value;
    return reply;
}

void *RedisReader::createNil(const redisReadTask *task)
{
    return place(task);
}

void RedisReader::freeObject(void *object)
{
    delete static_cast<RedisReply *>(object); // only ever a root: its items are its own
}

std::unexpected<Error> RedisReader::tooLarge() const
{
    return failure(ErrorCode::TooLarge, u"the answer is larger than %1 KiB or %2 elements and was cut off"_s
                                            .arg(m_budget->limits.maxBytes / 1024)
                                            .arg(m_budget->limits.maxElements));
}

/// hiredis looks for the end of a line from its beginning whenever more of it comes: a long one costs its length
/// squared. What is left unread always begins at a line.
bool RedisReader::lineEnds() const
{
    constexpr std::size_t longestLine = 64 * 1024;
    if (m_reader->len - m_reader->pos <= longestLine)
        return true;
    return std::memchr(m_reader->buf + m_reader->pos, '\n', longestLine) != nullptr;
}

Result<void> RedisReader::feed(const char *bytes, qint64 count)
{
    m_budget->bytes += count;
    if (m_budget->bytes > m_budget->limits.maxBytes)
        return tooLarge();
    if (redisReaderFeed(m_reader.get(), bytes, static_cast<std::size_t>(count)) != REDIS_OK)
        return failure(ErrorCode::BadReply, QString::fromUtf8(m_reader->errstr));
    return lineEnds() ? Result<void>() : failure(ErrorCode::BadReply, u"sent a line without an end"_s);
}

Result<std::optional<RedisReply>> RedisReader::next()
{
    void *object = nullptr;
    if (redisReaderGetReply(m_reader.get(), &object) != REDIS_OK) {
        if (m_budget->exceeded)
            return tooLarge();
        return failure(ErrorCode::BadReply,
                       u"does not speak Redis' protocol: %1"_s.arg(QString::fromUtf8(m_reader->errstr).left(200)));
    }
    if (!object)
        return std::nullopt;
    const std::unique_ptr<RedisReply> reply(static_cast<RedisReply *>(object));
    return std::move(*reply);
}

bool RedisReader::hasMore() const
{
    const bool begun = m_reader->ridx >= 0 && m_reader->rstack[0].type >= 0;
    return m_reader->pos < m_reader->len || begun;
}

void RedisReader::refill()
{
    m_budget->bytes = 0;
    m_budget->elements = 0;
}

} // namespace qd
