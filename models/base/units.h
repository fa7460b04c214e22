/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <chrono> // with <compare>, which the moc of Qt 6.4 cannot read from libstdc++ 12 when included by itself
#include <cstdint>

namespace qd {

/// A moment of wall-clock time, UTC, in milliseconds.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
/// A measured duration; fractions matter (a Redis PING takes 0.08 ms).
using Millis = std::chrono::duration<double, std::milli>;

/// A size in bytes.
struct Bytes
{
    std::int64_t count = 0;
    auto operator<=>(const Bytes &) const = default;
};

/// A share of a whole, 0 to 1 (shown as per cent).
struct Share
{
    double of1 = 0;
    auto operator<=>(const Share &) const = default;
};

/// Events per second.
struct PerSecond
{
    double rate = 0;
    auto operator<=>(const PerSecond &) const = default;
};

/// Half-open range of time [from, to).
struct TimeRange
{
    Instant from;
    Instant to;
    bool operator==(const TimeRange &) const = default;
    [[nodiscard]] std::chrono::milliseconds length() const { return to - from; }
};

} // namespace qd
