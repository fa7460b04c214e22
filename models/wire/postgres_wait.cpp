/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/postgres_wait.h"

#include <poll.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {

constexpr auto slice = 50ms;

} // namespace

bool stopped(const PgConnection::Stop &stop)
{
    return stop && stop->load(std::memory_order_relaxed);
}

bool isOver(PgConnection::Deadline deadline)
{
    return PgConnection::Deadline::clock::now() >= deadline;
}

PgConnection::Deadline soonest(PgConnection::Deadline deadline)
{
    return std::min(deadline, PgConnection::Deadline::clock::now() + slice);
}

std::unexpected<Error> cancelled(const QString &where)
{
    return failure(ErrorCode::Cancelled, u"stopped"_s, where);
}

Result<void> awaitSocket(pollfd *socket, PgConnection::Deadline deadline, const PgConnection::Stop &stop,
                         const QString &where)
{
    for (;;) {
        if (stopped(stop))
            return cancelled(where);
        const auto now = PgConnection::Deadline::clock::now();
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(soonest(deadline) - now);
        if (deadline <= now)
            return failure(ErrorCode::Timeout, u"no answer before the deadline"_s, where);
        if (::poll(socket, 1, static_cast<int>(wait.count())) > 0)
            return {};
    }
}

} // namespace qd
