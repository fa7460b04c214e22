/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fuzz/check.h"
#include "wire/redis_reader.h"

#include <algorithm>

using namespace qd;

namespace {

constexpr RedisClient::Limits limits{.maxBytes = 4096, .maxElements = 100};

struct Read
{
    QList<RedisReply> replies;
    bool failed = false;
    bool operator==(const Read &) const = default;
};

/// As the client reads: `step` bytes at a time, all complete replies after each.
Read readBy(const QByteArray &bytes, qsizetype step)
{
    RedisReader reader(limits);
    Read read;
    for (qsizetype at = 0; at < bytes.size() && !read.failed; at += step) {
        const qsizetype count = std::min(step, bytes.size() - at);
        if (!reader.feed(bytes.constData() + at, count)) {
            read.failed = true;
            break;
        }
        for (;;) {
            auto reply = reader.next();
            read.failed = !reply.has_value();
            if (!reply || !*reply)
                break;
            read.replies.append(std::move(**reply));
        }
    }
    return read;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data),
                           static_cast<qsizetype>(std::min<std::size_t>(size, 4000)));
    test::require(readBy(bytes, 1) == readBy(bytes, 4096), "it does not matter in what pieces a reply comes");
    return 0;
}
