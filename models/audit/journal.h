/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "audit/entry.h"
#include "audit/head.h"
#include "audit/signing.h"
#include "audit/verdict.h"
#include "base/clock.h"

#include <functional>

namespace qd {

/// Where a journal is kept.
struct JournalPlace
{
    QString path;    ///< an SQLite file; made with rights 0600 where there is none, its folder must exist
    QString witness; ///< a second file that gets every signed head, best on another machine; empty: none
    /// Writes every signed head to a second witness, such as a database; on a thread of its own. May be null.
    std::function<Result<void>(const Head &)> secondWitness = {};
    /// Signs the heads; without it none is signed, and nothing is witnessed. Shared: the journal's thread may outlive
    /// who opened it, if its disk hangs.
    std::shared_ptr<const SigningIdentity> identity;
    std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>();
};

/// How far a witness has seen the journal; of two the one that has seen more.
struct WitnessState
{
    std::optional<qint64> seq;               ///< the last entry that a head in the witness covers
    std::optional<Instant> at;               ///< when that head was written there
    std::optional<Instant> unwitnessedSince; ///< the time of the oldest entry that none covers; none: all are
    std::optional<Error> error;              ///< why the last head could not be written
    bool operator==(const WitnessState &) const = default;
};

/// The journal: each entry tied to the one before by its hash, the last one after each "end" signed, and the signed
/// head copied to a witness. Several consoles may share one file.
///
/// Its file is used on a thread of its own; every call waits for that thread until its deadline and not longer, however
/// the disk hangs. It fails closed: what is not acknowledged must be taken as not written (after a Timeout it may be
/// written all the same). Errors say what is wrong, where, and what to do: Unavailable (full, locked by another
/// process), Forbidden (read-only), BadReply (corrupt, no journal, or its last entry was changed), Timeout (stalled),
/// NotFound (the file was moved or deleted), TooLarge and BadInput (the entry).
class Journal
{
public:
    [[nodiscard]] static Result<std::unique_ptr<Journal>> open(const JournalPlace &place,
                                                               std::chrono::milliseconds deadline);
    /// Signs the head if anything was appended, and waits at most two seconds for disk and witness.
    ~Journal();
    Journal(const Journal &) = delete;
    Journal &operator=(const Journal &) = delete;

    /// Returns the entry as it is written, durably. "outcome", "revert" and "end", which tell what has happened
    /// already, may use the room that is kept for them on a full disk. "start" and "intent" are refused where that room
    /// is not there.
    [[nodiscard]] Result<Entry> append(Entry entry, std::chrono::milliseconds deadline);
    /// Whether an intent can be written now, and room for its outcome is kept.
    [[nodiscard]] Result<void> probe(std::chrono::milliseconds deadline);
    [[nodiscard]] Result<QList<Entry>> entries(const EntryFilter &filter, std::chrono::milliseconds deadline);
    /// The plans with a "start" or an "intent" and no "end" after it, oldest first.
    [[nodiscard]] Result<QList<QByteArray>> unfinished(std::chrono::milliseconds deadline);
    /// Never waits.
    [[nodiscard]] WitnessState witness() const;

private:
    class Private;
    explicit Journal(std::shared_ptr<Private> d);
    std::shared_ptr<Private> d; // shared with the threads, which outlive a journal whose disk hangs
};

} // namespace qd
