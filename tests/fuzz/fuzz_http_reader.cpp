/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "fuzz/check.h"
#include "wire/http_reader.h"

#include <algorithm>

using namespace qd;

namespace {

constexpr qint64 maxBytes = 1024;

struct Read
{
    bool failed = false;
    bool complete = false;
    bool reusable = false;
    int status = 0;
    QByteArray body;
    QList<std::pair<QByteArray, QByteArray>> headers;
    bool operator==(const Read &) const = default;
};

Read readBy(const QByteArray &bytes, qsizetype step, bool toHead)
{
    HttpReader reader(toHead, maxBytes);
    Read read;
    qsizetype at = 0;
    for (; at < bytes.size() && !read.failed && !read.complete; at += step) {
        const auto complete = reader.feed(QByteArrayView(bytes).sliced(at, std::min(step, bytes.size() - at)));
        read.failed = !complete.has_value();
        read.complete = complete.value_or(false);
    }
    test::require(reader.body().size() <= maxBytes, "the body keeps its cap");
    if (read.failed) // how much of it came before is of no interest
        return {.failed = true};
    // What follows a complete answer is only seen where it came with it.
    return {false,           read.complete, at >= bytes.size() && reader.reusable(),
            reader.status(), reader.body(), reader.headers()};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const bool toHead = size % 16 == 0;
    test::require(readBy(bytes, 1, toHead) == readBy(bytes, 1 << 20, toHead),
                  "it does not matter in what pieces an answer comes");
    return 0;
}
