/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "wire/postgres.h"

struct pollfd;

namespace qd {

[[nodiscard]] bool stopped(const PgConnection::Stop &stop);
[[nodiscard]] bool isOver(PgConnection::Deadline deadline);
/// How long a worker may wait before it looks again whether it is to stop.
[[nodiscard]] PgConnection::Deadline soonest(PgConnection::Deadline deadline);
[[nodiscard]] std::unexpected<Error> cancelled(const QString &where);

/// Until `socket` is ready; its `revents` say for what. Errors: Timeout, Cancelled.
[[nodiscard]] Result<void> awaitSocket(pollfd *socket, PgConnection::Deadline deadline, const PgConnection::Stop &stop,
                                       const QString &where);

} // namespace qd
