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

/// What becomes of a time that a store keeps of a key.
struct KeyTime
{
    enum class To {
        Kept,
        Nothing,
        Now, ///< by the store's clock, as it is written
        At,
    } to = To::Kept;
    Instant at{};
    bool operator==(const KeyTime &) const = default;
};

/// What one step does to a ring, in one piece.
struct RingChange
{
    /// With a new secret, created now, and activated now where it signs.
    struct Added
    {
        QString id;
        KeyState state{};
        bool operator==(const Added &) const = default;
    };
    struct Updated
    {
        QString id;
        KeyState to{};
        KeyTime activatedAt{};
        KeyTime retireAfter{};
        bool operator==(const Updated &) const = default;
    };
    QList<Added> added{};
    QStringList removed{}; ///< each waits to sign, and never did
    QList<Updated> updated{};
    [[nodiscard]] bool isEmpty() const { return added.isEmpty() && removed.isEmpty() && updated.isEmpty(); }
    bool operator==(const RingChange &) const = default;
};

/// When a key that signed until now may go: `overlap` from now, and after the last token that it signed; a process may
/// sign on for `refresh`, until it has read the keys again.
[[nodiscard]] Instant endOf(const RingKey &key, const Ring &ring, std::chrono::milliseconds refresh,
                            std::chrono::seconds overlap);

/// A key as its store told it, before it is understood.
struct KeyRow
{
    QByteArray id;
    std::optional<QByteArray> state;
    std::optional<Instant> createdAt;
    std::optional<Instant> activatedAt;
    std::optional<Instant> retireAfter;
    QList<std::optional<QByteArray>> all; ///< as it was told, for the fingerprint
};

inline constexpr qsizetype mostKeys = 1000;

/// The ring that is kept in `name`; `words`: what it calls the states. Errors: NotFound (no key), TooLarge, BadReply
/// (an id that nobody could write in a plan).
[[nodiscard]] Result<Ring> ringOf(const QList<KeyRow> &rows, const std::map<QString, KeyState> &words,
                                  const QString &name, const QString &where);

/// What `ring` calls a state: as its keys of that state spell it; else as the profile does, or we, in the case of the
/// others.
[[nodiscard]] QString wordOf(const Ring &ring, KeyState state, const std::map<QString, KeyState> &words);

/// For another key: "k-20261122-1f3a7c", by the store's clock.
[[nodiscard]] QString newKeyId(const Ring &ring);

/// "k1 (signs), k2 (retiring)": for errors.
[[nodiscard]] QString listOf(const Ring &ring);

} // namespace qd
