/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/roles.h"

namespace qd {

/// One cell with all that the roles tell of it.
struct Cell
{
    QVariant value;
    CellUnit unit = CellUnit::Text;
    Known known = Known::NotMeasured;
    std::optional<Status> status;                      ///< none: the row's
    std::optional<Freshness> freshness = std::nullopt; ///< none: the row's
    std::optional<Because> because;

    bool operator==(const Cell &) const = default;
};

/// One row. `key` is what makes a row the same one in the next update; a second row of the same key is told apart.
struct Row
{
    QString key;
    QList<Cell> cells;
    QString subject;
    Status status = Status::Ok;
    Freshness freshness;
    int depth = 0;

    bool operator==(const Row &) const = default;
};

/// What the profile or the console itself says; known whatever the sources do.
[[nodiscard]] Cell given(const QString &text);
[[nodiscard]] Cell given(CellUnit unit, const QVariant &value);

/// A value out of a reading of such freshness.
template <class T>
[[nodiscard]] Cell shown(CellUnit unit, const Shown<T> &value, const Freshness &freshness);

/// The plain text of a cell: no unit, no translation; empty where there is no value.
[[nodiscard]] QString plainText(const Cell &cell);
/// What a cell is ordered by: a double or text; invalid where there is no value.
[[nodiscard]] QVariant sortKey(const Cell &cell);

/// A value as the variant that `unit` promises.
[[nodiscard]] inline QVariant variantOf(qint64 count)
{
    return QVariant::fromValue(count);
}
[[nodiscard]] inline QVariant variantOf(Share share)
{
    return share.of1;
}
[[nodiscard]] inline QVariant variantOf(PerSecond rate)
{
    return rate.rate;
}
[[nodiscard]] inline QVariant variantOf(Millis duration)
{
    return duration.count();
}
[[nodiscard]] inline QVariant variantOf(Bytes bytes)
{
    return QVariant::fromValue(qint64{bytes.count});
}
[[nodiscard]] inline QVariant variantOf(Instant moment)
{
    return QVariant::fromValue(qint64{moment.time_since_epoch().count()});
}
[[nodiscard]] inline QVariant variantOf(const QString &text)
{
    return text;
}
[[nodiscard]] inline QVariant variantOf(Level level)
{
    return QVariant::fromValue(level);
}
[[nodiscard]] inline QVariant variantOf(BreakerState state)
{
    return QVariant::fromValue(state);
}
[[nodiscard]] inline QVariant variantOf(KeyState state)
{
    return QVariant::fromValue(state);
}

template <class T>
Cell shown(CellUnit unit, const Shown<T> &value, const Freshness &freshness)
{
    const Freshness mine = freshnessOf(value, freshness);
    return {.value = value.has() ? variantOf(*value) : QVariant(),
            .unit = unit,
            .known = knownOf(mine, value.has()),
            .status = value.status,
            .freshness = mine,
            .because = value.because};
}

} // namespace qd
