/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/database.h"

#include <QHash>
#include <QJsonObject>
#include <QString>

namespace qd::sandbox {

/// How often a service reads its keys.
[[nodiscard]] std::chrono::seconds keysEvery(double timeScale);

/// JWT keys (HS256) in the table `jwt_keys`, several active at once: the newest active one signs, active and retiring
/// ones verify until their `retire_after`. Thread-safe.
class KeyRing
{
public:
    explicit KeyRing(Database &database);

    /// Reads the table again; keeps the old ring when that fails.
    void refresh();
    /// A token for `subject`, recorded in `sessions`; nothing without an active key or a database.
    [[nodiscard]] std::optional<QByteArray> issue(const QString &subject);
    /// Whether one of the ring's keys signed it and it has not expired.
    [[nodiscard]] bool verifies(const QByteArray &token) const;
    /// Tokens that came: accepted, of a key that nobody knows, and refused for all else.
    [[nodiscard]] QJsonObject tokens() const;
    /// How many keys are in which state; nothing of the keys themselves.
    [[nodiscard]] QJsonObject counts() const;

private:
    struct Key
    {
        QByteArray secret;
        QString state;
    };
    Database &m_database;
    mutable std::mutex m_mutex;
    QHash<QByteArray, Key> m_keys;
    QByteArray m_signing;
    mutable qint64 m_accepted = 0;
    mutable qint64 m_unknown = 0;
    mutable qint64 m_refused = 0;
};

/// The table `feature_flags`, re-read so often that a change is live within ten seconds. Thread-safe.
class FeatureFlags
{
public:
    explicit FeatureFlags(Database &database);
    void refresh();
    /// Whether the flag is on for this subject: the same answer for the same subject, by its share of the roll-out.
    [[nodiscard]] bool isOn(const QString &key, const QString &subject) const;
    [[nodiscard]] QJsonObject effective() const;

private:
    struct Flag
    {
        bool enabled = false;
        int rolloutPercent = 100;
    };
    Database &m_database;
    mutable std::mutex m_mutex;
    QHash<QString, Flag> m_flags;
};

} // namespace qd::sandbox
