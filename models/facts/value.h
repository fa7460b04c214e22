/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/units.h"

#include <QString>

#include <optional>

namespace qd {

/// Where in a reading a value was found: which exchange, and where in its reply.
struct Origin
{
    int exchange = -1; ///< index into Reading::exchanges; -1: nowhere
    QString pointer;   ///< JSON Pointer (RFC 6901) into the reply; in a text reply the line's key ("used_memory")

    bool operator==(const Origin &) const = default;
};

/// One value a deployment reported. No value = *not measured*; zero is a value. Whether it is stale or refused is not
/// its own affair but its source's (SourceState).
template <class T>
struct Value
{
    std::optional<T> value;
    Origin origin;

    [[nodiscard]] bool has() const { return value.has_value(); }
    [[nodiscard]] const T &operator*() const { return *value; }
    [[nodiscard]] const T *operator->() const { return &*value; }
    [[nodiscard]] T valueOr(T other) const { return value.value_or(std::move(other)); }
    bool operator==(const Value &) const = default;
};

/// How a number behaves over time: what a chart may do with it.
enum class Behaviour {
    Gauge,   ///< goes up and down
    Counter, ///< only grows; a fall is a restart
    State,   ///< an enumeration's number
    Detail,  ///< worth reading, not charting: no series is kept of it
};

} // namespace qd
