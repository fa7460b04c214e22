/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "wire/redis.h"

#include <hiredis/read.h>

#include <memory>
#include <optional>

namespace qd {

/// Bytes in, replies out: hiredis' parser with our own objects, which count. A claimed size is checked before anything
/// is reserved for it ("*2147483647" makes hiredis' own objects take 16 GB), and bytes are counted as they come.
class RedisReader
{
public:
    explicit RedisReader(RedisClient::Limits limits);

    /// Errors: TooLarge, BadReply (a line of over 64 KiB). After an error it is of no more use.
    [[nodiscard]] Result<void> feed(const char *bytes, qint64 count);
    /// The next complete reply, or nothing yet. Errors: TooLarge, BadReply (not Redis' protocol).
    [[nodiscard]] Result<std::optional<RedisReply>> next();
    /// True while bytes are left that belong to no reply taken so far.
    [[nodiscard]] bool hasMore() const;
    /// A new pipeline begins: its budget is whole again.
    void refill();

private:
    struct Budget
    {
        RedisClient::Limits limits;
        qint64 bytes = 0;
        qint64 elements = 0;
        bool exceeded = false;
        [[nodiscard]] bool takeElements(qint64 count);
    };
    struct Free
    {
        void operator()(redisReader *reader) const { redisReaderFree(reader); }
    };
    static redisReplyObjectFunctions *functions();
    static RedisReply *place(const redisReadTask *task);
    static void *createString(const redisReadTask *task, char *text, std::size_t length);
    static void *createArray(const redisReadTask *task, int elements);
    static void *createInteger(const redisReadTask *task, long long value);
    static void *createNil(const redisReadTask *task);
    static void freeObject(void *object);
    [[nodiscard]] bool lineEnds() const;
    [[nodiscard]] std::unexpected<Error> tooLarge() const;

    // On the heap: hiredis keeps its address.
    std::unique_ptr<Budget> m_budget;
    std::unique_ptr<redisReader, Free> m_reader;
};

} // namespace qd
