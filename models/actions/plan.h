/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "base/units.h"

#include <QByteArray>
#include <QList>
#include <QStringList>

#include <optional>

/// What an action would do, as data: made before anything is done, shown, approved, journalled and done as it stands.
namespace qd {

enum class Risk { Low, Medium, High };

[[nodiscard]] QString toWord(Risk risk); ///< "low", "medium", "high"

/// A code with what goes into its sentence; ui/words says it to a person.
struct Phrase
{
    QString code; ///< "flag-set"
    QStringList arguments;
    bool operator==(const Phrase &) const = default;
};

/// Where a plan may be carried out, and nowhere else. What names the store is read on the connection that acts.
struct Target
{
    QString deployment;   ///< name of the profile
    QString environment;  ///< as the profile says
    QString system;       ///< "postgresql"
    QString address;      ///< "127.0.0.1:5432"; told, not compared: what lies behind it is
    QStringList identity; ///< of PostgreSQL: system identifier, OID of the database, the marker's two words
    bool operator==(const Target &) const = default;

    /// The key that the server showed stands last in the identity, where it spoke TLS.
    void setTlsKey(const QByteArray &key);
    [[nodiscard]] QString tlsKey() const;       ///< empty: it spoke none
    [[nodiscard]] QStringList ownWords() const; ///< the identity without it
};

/// One thing that will be another: "enabled", "true" → "false". Nothing: it is not there.
struct Change
{
    QString what;
    std::optional<QString> before;
    std::optional<QString> after;
    bool operator==(const Change &) const = default;
};

/// What the action touches besides, measured while the plan was made.
struct Measure
{
    QString what;                 ///< "live-sessions", "requests-per-minute"
    std::optional<qint64> number; ///< nothing: could not be measured
    QString unit;                 ///< "count", "per-minute"
    QString source;               ///< where it was measured, or why it could not be
    bool operator==(const Measure &) const = default;
};

struct Plan
{
    QString action;   ///< its kind: "feature-flag"
    QString settings; ///< id of the profile's action, whose settings it takes
    Target target;
    QString resource;       ///< "voice_quotes"
    QList<Change> changes;  ///< expected when all is done
    QByteArray fingerprint; ///< SHA-256 of what the store held, all of it that counts
    QList<Phrase> steps;
    QList<Phrase> undo; ///< what undoing does; empty: it cannot be undone
    QList<Measure> impact;
    Risk risk = Risk::Low;
    QString author;         ///< the operator
    QByteArray authorKey{}; ///< the public half of theirs
    QString reason;         ///< empty where none was asked for
    Instant madeAt;
    std::chrono::seconds revertAfter{0}; ///< taken back by itself so long after it is done; 0: never

    /// What becomes of `what`; null where the plan does not change it.
    [[nodiscard]] const Change *change(QStringView what) const;
    /// Canonical: a version and these fields in this order. What is not taken back by itself is written as it was
    /// before anything could be, so that its id stays.
    [[nodiscard]] QByteArray bytes() const;
    /// SHA-256 of bytes(): what approvals are bound to.
    [[nodiscard]] QByteArray id() const;
    bool operator==(const Plan &) const = default;
};

inline constexpr std::chrono::seconds longestRevert = std::chrono::hours(7 * 24);

/// Whether it can be taken back by itself: it is done in one step, which can be undone.
[[nodiscard]] bool canRevertByItself(const Plan &plan);

/// The plan in `bytes`. Errors: BadInput (no plan, another version, more or less than a plan, over 64 KiB).
[[nodiscard]] Result<Plan> planFrom(const QByteArray &bytes);

/// As it travels in a file: a line with its id, then its bytes.
[[nodiscard]] QByteArray toFile(const Plan &plan);
/// Errors: BadInput (no such file; or what it holds is not the plan that it was written as).
[[nodiscard]] Result<Plan> planFromFile(const QByteArray &file);

/// "7f3a·c1d9·04be": the beginning of a plan's id, for people.
[[nodiscard]] QString shortId(const QByteArray &id);

/// SHA-256 over `words`, told apart from each other and from nothing.
[[nodiscard]] QByteArray fingerprintOf(const QList<std::optional<QByteArray>> &words);
/// A word for it; nothing stays nothing.
[[nodiscard]] std::optional<QByteArray> wordFor(const std::optional<QString> &text);

} // namespace qd
