/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/state.h"
#include "history/series_store.h"

/// Series as every chart draws them, so that the same thing is the same line on each page. Pure.
namespace qd {

/// Over what rates and shares are drawn: as the figures beside them are told, and judged.
inline constexpr std::chrono::seconds figureWindow = CounterWindow::span;
/// How much must have been seen: polls come every few seconds, and each tells of a few events.
inline constexpr std::chrono::seconds leastSeen{15};

/// Growth of `counter` per second, over `window`. A gap until leastSeen was seen without a gap: two readings that
/// happen to hold many events would stand there as a peak that never was.
[[nodiscard]] Columns drawnRate(const SeriesStore &series, const QString &counter, TimeRange range, int pixels,
                                std::chrono::seconds window = figureWindow);

/// Growth of `part` of the growth of all of `whole`, over figureWindow. A gap until leastSeen was seen: of a handful of
/// events a share jumps from none to all.
[[nodiscard]] Columns drawnRatio(const SeriesStore &series, const QString &part, const QStringList &whole,
                                 TimeRange range, int pixels);

/// drawnRatio of `failures` to `calls` that a breaker let through, with a gap where it let none through within
/// leastSeen: the calls of before age out of figureWindow one after the other, and what is left of them tells of
/// nothing.
[[nodiscard]] Columns drawnFailedShare(const SeriesStore &series, const QString &failures, const QString &calls,
                                       TimeRange range, int pixels);

/// A percentile of the latency of `counter`'s requests, as a service reports it, held until it reports another one. A
/// gap where it is 0, which is what a service says that has measured none, and while there were fewer than a hundred
/// requests: of so few it is the slowest few that decide.
[[nodiscard]] Columns drawnLatency(const SeriesStore &series, const QString &latency, const QString &counter,
                                   TimeRange range, int pixels);

} // namespace qd
