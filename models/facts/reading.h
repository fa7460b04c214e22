/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "facts/fact.h"

#include <QByteArray>
#include <QMetaType>

namespace qd {

/// One question and its answer, kept as evidence for *Why?*.
struct Exchange
{
    enum class Format { Json, Text };
    QString command;  ///< the line that shows the same by hand: curl, redis-cli, psql; no secret in it
    QByteArray reply; ///< masked, at most `evidenceCap` bytes; Redis and SQL replies are written as JSON
    Format format = Format::Json;
    bool truncated = false;

    static constexpr qsizetype evidenceCap = 64 * 1024;
    bool operator==(const Exchange &) const = default;
};

/// A part of a source that could not be seen although the source answered ("limits": NOPERM for SCAN).
struct Refusal
{
    /// The kind of fact that is missing (Fact::kind, "limit"); "KIND/PART" where only a part of one is
    /// ("database/schema_version") and the rest of the kind can be believed.
    QString what;
    Error error;
    bool operator==(const Refusal &) const = default;
};

/// What a source found in its replies.
struct Findings
{
    QList<Fact> facts;
    QList<Refusal> refusals;
    bool operator==(const Findings &) const = default;
};

/// What one source said at one moment, or why it could not. Immutable; crosses threads by value.
struct Reading
{
    QString deployment;
    QString source;    ///< the source's id in the profile
    Instant takenAt;   ///< when the answer was complete
    Millis latency{0}; ///< from asking to the complete answer
    Result<Findings> outcome;
    QList<Exchange> exchanges;

    bool operator==(const Reading &) const = default;
};

} // namespace qd

Q_DECLARE_METATYPE(qd::Reading)
