/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <algorithm>
#include <functional>

/// What lists of changes tell, on every page alike. Pure.
namespace qd {

/// The events of `range`, newest first, but a change of the status before all else of its second; without the echo of
/// a breaker in the health check of its name, and with the trials that failed since a breaker opened as one.
[[nodiscard]] QList<Event> newsIn(TimeRange range, const QList<Event> &events);

/// Within it nobody asks what came first: the sources of one machine are lost one after the other.
inline constexpr std::chrono::seconds oneMoment{2};

/// Puts each change of a status before all else of its second, which no list tells apart: one that is cut short keeps
/// it.
template <class T>
void putStatusFirst(QList<T> &newestFirst, auto eventOf)
{
    const auto isStatus = [&](const T &item) { return std::invoke(eventOf, item).kind == EventKind::StatusChanged; };
    const auto secondOf = [](Instant t) { return std::chrono::floor<std::chrono::seconds>(t); };
    const auto at = [&](const T &item) { return std::invoke(eventOf, item).at; };
    for (auto it = newestFirst.begin(); it != newestFirst.end(); ++it) {
        if (!isStatus(*it))
            continue;
        auto first = it;
        while (first != newestFirst.begin() && !isStatus(*std::prev(first)) &&
               secondOf(at(*std::prev(first))) == secondOf(at(*it)))
            --first;
        std::rotate(first, it, std::next(it));
    }
}

/// A sentence about an error, without what client libraries add: the address, which stands beside it, and a question
/// ("Is the server running on that host …?").
[[nodiscard]] QString shortly(QString sentence);

/// "13:58:04": in an incident seconds tell what came first. On another day than `now`: "16 Nov 13:58".
[[nodiscard]] QString newsTime(Instant at, Instant now);

} // namespace qd
