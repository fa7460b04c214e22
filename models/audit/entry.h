/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "base/units.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace qd {

/// One line of the journal: who did or meant to do what, where, when and why, tied to all before it.
struct Entry
{
    qint64 seq = 0;     ///< from 1, without gaps; given by the journal
    Instant at;         ///< the journal's clock where it was left at its default
    QString kind;       ///< "start", "intent", "outcome", "check", "approval", "revert", "end", "note"
    QString operatorId; ///< who
    QString host;       ///< the machine that the console ran on
    QString deployment;
    QByteArray planId;   ///< 32 bytes; empty where the entry belongs to no plan
    int step = -1;       ///< of the plan, from 0; -1: the plan as a whole
    QString reason;      ///< in the operator's words
    QByteArray body;     ///< CBOR: evidence, without secrets
    QByteArray previous; ///< hash of the entry before, 32 zero bytes for the first; given by the journal
    QByteArray hash;     ///< SHA-256(previous ‖ canonicalBytes); given by the journal

    bool operator==(const Entry &) const = default;
};

inline constexpr qsizetype maxBodySize = 64 * 1024;
inline constexpr qsizetype maxReasonLength = 4000;
inline constexpr qsizetype maxNameLength = 200; ///< of kind, operator, host and deployment

/// The entry without `previous` and `hash`: a CBOR array in fixed order, its version first, of integers, strings and
/// byte strings only. Equal entries have equal bytes on every machine and in every version.
[[nodiscard]] QByteArray canonicalBytes(const Entry &entry);
/// SHA-256(previous ‖ canonicalBytes), 32 bytes.
[[nodiscard]] QByteArray hashOf(const Entry &entry);
/// What stands in `previous` of the first entry.
[[nodiscard]] QByteArray beforeFirst();
/// BadInput or TooLarge if the journal would not take it.
[[nodiscard]] Result<void> check(const Entry &entry);

/// Which entries, in the order of their numbers.
struct EntryFilter
{
    std::optional<QByteArray> planId; ///< of this plan alone
    qint64 sinceSeq = 0;              ///< only those after it
    QString kind{};                   ///< only those of it; empty: all
    int limit = 1000;
    bool newest = false; ///< the last `limit` of them, not the first
};

} // namespace qd
