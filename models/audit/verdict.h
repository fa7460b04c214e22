/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "audit/witness.h"
#include "base/error.h"
#include "base/units.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace qd {

/// One thing that is wrong with a journal.
struct Damage
{
    enum class Kind {
        Changed,          ///< the entry's content does not give its hash
        Missing,          ///< entries from `seq` to `upTo` are gone, later ones are there
        Unlinked,         ///< the entry does not follow from the one before: inserted, reordered or rewritten
        Truncated,        ///< the file ends at `seq`, but counted to `upTo`
        Unreadable,       ///< the file is damaged after `seq`
        HeadForged,       ///< a head's signature is wrong
        HeadContradicted, ///< a signed head names another hash for the entry
        HeadWithoutEntry, ///< a signed head names an entry `upTo`, the file ends at `seq`
        KeyUnknown,       ///< a head is signed with a key that is not trusted
        RolledBack,       ///< the witness saw `upTo`, the file ends at `seq`: an older copy was put in its place
        Rewritten,        ///< the witness saw another hash for the entry `upTo`; up to `seq` it agrees
        WitnessForged,    ///< a signature in the witness is wrong
        WitnessKeyUnknown ///< a head in the witness is signed with a key that is not trusted
    };
    Kind kind = Kind::Changed;
    qint64 seq = 0;
    qint64 upTo = 0; ///< where the kind says so
    bool operator==(const Damage &) const = default;
};

/// What a look at every entry of a journal has shown.
struct Verdict
{
    QList<Damage> damages; ///< the first `maxDamages`, by entry; none: the journal is whole
    qint64 entries = 0;
    qint64 lastSeq = 0;
    qint64 heads = 0;                   ///< signed ones in the file
    std::optional<qint64> witnessedSeq; ///< the last entry that the witness covers; what comes after could be cut off
    std::optional<Instant> witnessedAt; ///< when
    std::optional<Instant> unwitnessedSince; ///< the time of the first entry that the witness does not cover
    qint64 unreadableWitnessLines = 0;       ///< torn by a crash; they prove nothing, for or against
    bool keysChecked = false;                ///< against keys that the caller trusts
    static constexpr qsizetype maxDamages = 100;
    [[nodiscard]] bool whole() const { return damages.isEmpty(); }
    bool operator==(const Verdict &) const = default;
};

/// Reads the whole journal at `path` (without changing it) and compares it with the witness, if one is named.
/// `trustedKeys` (32 bytes each): whose heads are believed; if empty, any key's. An error where the journal or the
/// witness cannot be read at all (NotFound, Forbidden, Unavailable, BadReply).
[[nodiscard]] Result<Verdict> verifyJournal(const QString &path, const QString &witness = {},
                                            const QList<QByteArray> &trustedKeys = {});

/// verifyJournal() with what a witness holds, wherever it is.
[[nodiscard]] Result<Verdict> verifyAgainst(const QString &path, const WitnessLines &lines,
                                            const QList<QByteArray> &trustedKeys);

} // namespace qd
