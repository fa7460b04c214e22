/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/luckygas/api_keys.h"

#include "parts/random_hex.h"

#include <QCryptographicHash>

#include <openssl/crypto.h>

using namespace Qt::StringLiterals;

namespace qd::sandbox::luckygas {

namespace {

constexpr qsizetype prefixLength = 11; // "lg_" and eight digits

QByteArray newKey()
{
    const QByteArray digits = randomHex(24);
    return "lg_" + digits.left(8) + '_' + digits.mid(8);
}

bool areEqual(const QByteArray &a, const QByteArray &b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.constData(), b.constData(), static_cast<std::size_t>(a.size())) == 0;
}

bool isValid(const ApiKey &key)
{
    return !key.isRevoked && (!key.expiresAt.isValid() || key.expiresAt > QDateTime::currentDateTimeUtc());
}

} // namespace

QByteArray prefixOf(const QByteArray &key)
{
    return key.left(prefixLength);
}

QByteArray hashOf(const QByteArray &key)
{
    return QCryptographicHash::hash(key, QCryptographicHash::Sha256).toHex();
}

const QList<DemoKey> &demoKeys()
{
    // Most customers are far from their limits, some are near.
    static const QList<DemoKey> keys{
        {newKey(), "basic", "customer", 1.5},    {newKey(), "basic", "customer", 0.8},
        {newKey(), "basic", "customer", 0.5},    {newKey(), "basic", "driver", 1.9},
        {newKey(), "standard", "driver", 14},    {newKey(), "standard", "customer", 11},
        {newKey(), "standard", "office", 18},    {newKey(), "standard", "office", 9},
        {newKey(), "premium", "office", 62},     {newKey(), "premium", "manager", 34},
        {newKey(), "premium", "customer", 21},   {newKey(), "enterprise", "customer", 70},
        {newKey(), "enterprise", "admin", 12},   {newKey(), "basic", "customer", 0},
        {newKey(), "standard", "customer", 0},   {newKey(), "premium", "customer", 0},
        {newKey(), "enterprise", "customer", 0},
    };
    return keys;
}

ApiKeys::ApiKeys(Database &database)
    : m_database(database)
{
}

Result<QList<ApiKey>> ApiKeys::read(const QByteArray &condition, const QList<QByteArray> &parameters)
{
    const auto rows = m_database.query("SELECT prefix, hash, tier, role, extract(epoch FROM expires_at)::bigint, "
                                       "revoked_at IS NOT NULL FROM api_keys" +
                                           condition,
                                       parameters);
    if (!rows)
        return std::unexpected(rows.error());
    QList<ApiKey> keys;
    for (const auto &row : *rows) {
        const QByteArray &expires = row.at(4);
        keys.append({.prefix = row.at(0),
                     .hash = row.at(1),
                     .tier = QString::fromUtf8(row.at(2)),
                     .role = QString::fromUtf8(row.at(3)),
                     .expiresAt =
                         expires.isEmpty() ? QDateTime() : QDateTime::fromSecsSinceEpoch(expires.toLongLong(), Qt::UTC),
                     .isRevoked = row.at(5) == "t"});
    }
    return keys;
}

void ApiKeys::refresh()
{
    const auto read = this->read({}, {});
    if (!read)
        return;
    const std::lock_guard lock(m_mutex);
    m_keys.clear();
    for (const ApiKey &key : *read)
        m_keys.insert(key.prefix, key);
}

std::optional<ApiKey> ApiKeys::find(const QByteArray &presented)
{
    const QByteArray prefix = prefixOf(presented);
    std::unique_lock lock(m_mutex);
    if (!m_keys.contains(prefix)) {
        lock.unlock();
        const auto found = read(" WHERE prefix = $1", {prefix});
        if (!found || found->isEmpty())
            return std::nullopt;
        lock.lock();
        m_keys.insert(prefix, found->first());
    }
    const ApiKey key = m_keys.value(prefix);
    if (!areEqual(key.hash, hashOf(presented)) || !isValid(key))
        return std::nullopt;
    m_used.insert(prefix);
    return key;
}

void ApiKeys::noteUses()
{
    QSet<QByteArray> used;
    {
        const std::lock_guard lock(m_mutex);
        used.swap(m_used);
    }
    if (used.isEmpty())
        return;
    const QByteArray list = '{' + used.values().join(',') + '}'; // prefixes need no quoting
    if (!m_database.query("UPDATE api_keys SET last_used_at = now() WHERE prefix = ANY($1::text[])", {list})) {
        const std::lock_guard lock(m_mutex);
        m_used.unite(used);
    }
}

QJsonObject ApiKeys::oracle() const
{
    const std::lock_guard lock(m_mutex);
    QJsonObject all;
    for (const ApiKey &key : m_keys) {
        const QString state = key.isRevoked ? u"revoked"_s : isValid(key) ? u"active"_s : u"expired"_s;
        all.insert(QString::fromUtf8(key.prefix),
                   QJsonObject{{u"tier"_s, key.tier}, {u"role"_s, key.role}, {u"state"_s, state}});
    }
    return all;
}

} // namespace qd::sandbox::luckygas
