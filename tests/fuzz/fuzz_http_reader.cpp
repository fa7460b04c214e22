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
    bool complete = false;
    bool untilClose = false;
    bool reusable = false;
    int status = 0;
    QByteArray body;
    QList<std::pair<QByteArray, QByteArray>> headers;
    bool operator==(const Read &) const = default;
};

Read readBy(const QByteArray &bytes, qsizetype step, bool toHead)
{
    HttpReader reader(toHead, maxBytes);
    bool failed = false;
    bool complete = false;
    qsizetype at = 0;
    for (; at < bytes.size() && !failed && !complete; at += step) {
        const auto fed = reader.feed(QByteArrayView(bytes).sliced(at, std::min(step, bytes.size() - at)));
        failed = !fed.has_value();
        complete = fed.value_or(false);
    }
    test::require(reader.body().size() <= maxBytes, "the body keeps its cap");
    const bool untilClose = !failed && reader.endsWithConnection();
    // No answer: how much came of it is of no interest, nor when a head was found to be none (in pieces, at its end).
    if (!complete && !untilClose)
        return {};
    // What follows a complete answer is only seen where it came with it.
    return {complete,        untilClose,    at >= bytes.size() && reader.reusable(),
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
