/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/database.h"

#include <QHash>
#include <QSet>
#include <QString>

#include <mutex>
#include <optional>

namespace qd::sandbox::preflight {

/// What stands for the whole key where people and stores see it.
[[nodiscard]] QByteArray prefixOf(const QByteArray &key);
[[nodiscard]] QByteArray saltedHash(const QByteArray &key, const QByteArray &salt);

/// The table `api_keys`, re-read so often that a key that was revoked is refused within five seconds. Thread-safe.
class ApiKeys
{
public:
    ApiKeys(Database &database, QByteArray salt);

    /// Reads the table again, and writes which keys were used since; keeps what it knows when that fails.
    void refresh();
    /// The prefix of the key, if it is one of ours and not revoked; it counts as used now.
    [[nodiscard]] std::optional<QString> use(const QByteArray &key);
    /// Whether the key with this prefix is one of ours and not revoked.
    [[nodiscard]] bool isActive(const QString &prefix) const;
    [[nodiscard]] qsizetype active() const;

private:
    void writeUsed();

    Database &m_database;
    const QByteArray m_salt;
    mutable std::mutex m_mutex;
    QHash<QByteArray, QString> m_prefixes; ///< by hash
    QSet<QString> m_used;
};

} // namespace qd::sandbox::preflight
