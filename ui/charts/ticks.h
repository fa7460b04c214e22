/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/units.h"

#include <QList>
#include <QString>

class QTimeZone;

/// Where a chart's grid lines lie and what they say. Pure.
namespace qd {

/// What the numbers of a chart are. Count is of whole things, Number of anything; Percent is a share, 0 to 1.
enum class Unit { Count, PerSecond, Percent, Milliseconds, Bytes, Number };

struct ValueTick
{
    double at = 0;
    QString text;
    bool operator==(const ValueTick &) const = default;
};

/// An axis: its ends are ticks.
struct ValueScale
{
    double from = 0;
    double to = 1;
    QList<ValueTick> ticks;
    bool operator==(const ValueScale &) const = default;
};

/// Nice numbers (1, 2, 2.5, 5 × 10^n; powers of 1024 for bytes; 60 s and the like for long times) that cover [from,
/// to] with about `about` steps. Never fails: non-finite or empty ranges yield [0, 1] of the unit.
[[nodiscard]] ValueScale niceScale(double from, double to, Unit unit, int about);

/// A value as its axis or its read-out says it.
[[nodiscard]] QString unitText(double value, Unit unit);

struct TimeTick
{
    Instant at;
    QString text; ///< "14:02", "14:02:30", "16 Nov"
    bool operator==(const TimeTick &) const = default;
};

/// Nice local times within [from, to], at most `most` of them: whole seconds, minutes, hours or days of `zone`.
[[nodiscard]] QList<TimeTick> niceTimes(TimeRange range, int most, const QTimeZone &zone);

} // namespace qd
