/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <QVariant>

namespace qd {

/// What the value of a cell is, so that ui can word it. The type of the value in brackets.
enum class CellUnit {
    Text,         ///< as the deployment or profile wrote it: untrusted [QString]
    Count,        ///< [qint64]
    PerSecond,    ///< [double]
    Number,       ///< without a unit, or in one that its row names [double]
    Share,        ///< 0 to 1, may pass 1 [double]
    Milliseconds, ///< a duration [double]
    Bytes,        ///< [qint64]
    Moment,       ///< milliseconds since 1970-01-01 UTC [qint64]
    Status,       ///< [qd::Status]
    Level,        ///< [qd::Level]
    BreakerState, ///< [qd::BreakerState]
    KeyState,     ///< [qd::KeyState]
    Freshness,    ///< [qd::Freshness]
    Error,        ///< [qd::Error]
    Refusals,     ///< [QList<qd::Refusal>]
    Reasons,      ///< worst first [QList<qd::Reason>]
    Event,        ///< [qd::Event]
};

/// What is known of a value. Five different things that must never look alike.
enum class Known {
    NotMeasured,  ///< nobody has said
    Measured,     ///< zero included
    Stale,        ///< the value is the last one known; Freshness::since tells of when
    Refused,      ///< the source says no; Freshness::error tells why; a value, if any, is the last one known
    NotAvailable, ///< this deployment does not have such a thing
};
[[nodiscard]] QString toWord(Known known); ///< "not-measured", "measured", "stale", "refused", "not-available"

/// What the models answer beside Qt::DisplayRole, which is the plain, untranslated text of the value.
enum TableRole {
    ValueRole = Qt::UserRole + 1, ///< as CellUnit says; invalid where there is none
    UnitRole,                     ///< CellUnit
    StatusRole,                   ///< Status of the cell, the row's where the cell has none of its own
    KnownRole,                    ///< Known
    SortRole,                     ///< a number or text to order by; invalid where nothing is known
    BecauseRole,                  ///< Because; invalid where the value came from no reading
    FreshnessRole,                ///< Freshness of the cell, the row's where the cell has none of its own
    SubjectRole,                  ///< what the row is about: breaker, cache group, deployment
    DepthRole,                    ///< int, of a tree shown flat
};

/// `has` tells whether there is a value.
[[nodiscard]] Known knownOf(const Freshness &freshness, bool has);

} // namespace qd
