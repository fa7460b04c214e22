/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "facts/custody_facts.h"

#include <QList>

#include <map>

namespace qd {

/// A signing key as its store has it, without its secret. Times are the store's.
struct RingKey
{
    QString id;
    KeyState state = KeyState::Unknown;
    std::optional<Instant> createdAt;
    std::optional<Instant> activatedAt;
    std::optional<Instant> retireAfter;
    qint64 tokens = 0; ///< that it signed and that live; 0 too where nobody counts them, see Ring
    std::optional<Instant> lastTokenExpiry;
    bool hasEndlessTokens = false; ///< some of them never end
};

/// All keys of a store at one moment.
struct Ring
{
    QList<RingKey> keys;
    Instant at;                          ///< the store's own clock
    bool countsTokens = false;           ///< the store keeps what was issued
    std::map<KeyState, QString> spelled; ///< how rows of a state spell it
    QByteArray fingerprint;              ///< SHA-256 of all of it but the tokens

    /// Null: there is none.
    [[nodiscard]] const RingKey *find(QStringView id) const;
    /// The active key that was activated last: services sign with it. Null: none is active.
    [[nodiscard]] const RingKey *signer() const;
    /// Whether tokens signed with it are accepted: published, and its end has not come.
    [[nodiscard]] bool verifies(const RingKey &key) const;
    /// Published and never used: what a rotation that stopped half-way left, or somebody's hand.
    [[nodiscard]] QList<const RingKey *> waiting() const;
};

/// For another key: "k-20261122-1f3a7c", by the store's clock.
[[nodiscard]] QString newKeyId(const Ring &ring);

/// "k1 (signs), k2 (retiring)": for errors.
[[nodiscard]] QString listOf(const Ring &ring);

} // namespace qd
