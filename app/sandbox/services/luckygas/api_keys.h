/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/database.h"

#include <QDateTime>
#include <QHash>
#include <QJsonObject>
#include <QSet>
#include <QString>

#include <mutex>

namespace qd::sandbox::luckygas {

struct ApiKey
{
    QByteArray prefix; ///< "lg_3f9a01bc": what may be shown of it
    QByteArray hash;   ///< SHA-256 of the whole key, hexadecimal
    QString tier;
    QString role;
    QDateTime expiresAt{}; ///< invalid: never
    bool isRevoked = false;
};

/// Keys PREFIX_SECRET in the table `api_keys`. A new one is live at once, one that was revoked or changed within ten
/// seconds. Thread-safe.
class ApiKeys
{
public:
    explicit ApiKeys(Database &database);

    /// The key that was presented, if it is valid; notes that it was used. Without the database: as last read.
    [[nodiscard]] std::optional<ApiKey> find(const QByteArray &presented);
    /// Reads the table again, or keeps what was read when that fails.
    void refresh();
    /// Writes `last_used_at` of the keys used since the last call.
    void noteUses();
    /// {PREFIX: {tier, role, state}}.
    [[nodiscard]] QJsonObject oracle() const;

private:
    [[nodiscard]] Result<QList<ApiKey>> read(const QByteArray &condition, const QList<QByteArray> &parameters);
    Database &m_database;
    mutable std::mutex m_mutex;
    QHash<QByteArray, ApiKey> m_keys; ///< by prefix
    QSet<QByteArray> m_used;          ///< prefixes
};

/// A key of one of the customers whom the load plays.
struct DemoKey
{
    QByteArray key;
    QByteArray tier;
    QByteArray role;
    double perMinute = 0; ///< requests; 0: only when its tier is flooded
};

/// Made anew in each process, so that they work in one sandbox alone.
[[nodiscard]] const QList<DemoKey> &demoKeys();
[[nodiscard]] QByteArray prefixOf(const QByteArray &key);
[[nodiscard]] QByteArray hashOf(const QByteArray &key);

} // namespace qd::sandbox::luckygas
