/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

/// What lists of changes tell, on every page alike. Pure.
namespace qd {

/// The events of `range`, newest first; without the echo of a breaker in the health check of its name, and with
/// the opening of a breaker and the trials that failed since as one.
[[nodiscard]] QList<Event> newsIn(TimeRange range, const QList<Event> &events);

/// A sentence about an error, without what client libraries add: the address, which stands beside it, and a question
/// ("Is the server running on that host …?").
[[nodiscard]] QString shortly(QString sentence);

/// "13:58:04": in an incident seconds tell what came first. On another day than `now`: "16 Nov 13:58".
[[nodiscard]] QString newsTime(Instant at, Instant now);

} // namespace qd
