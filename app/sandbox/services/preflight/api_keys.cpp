/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/preflight/api_keys.h"

#include "parts/jwt.h"

using namespace Qt::StringLiterals;

namespace qd::sandbox::preflight {

QByteArray prefixOf(const QByteArray &key)
{
    constexpr qsizetype shown = 16; // "pf_live_" and eight digits
    return key.left(shown);
}

QByteArray saltedHash(const QByteArray &key, const QByteArray &salt)
{
    return hmacSha256(key, salt).toHex();
}

ApiKeys::ApiKeys(Database &database, QByteArray salt)
    : m_database(database)
    , m_salt(std::move(salt))
{
}

void ApiKeys::writeUsed()
{
    QSet<QString> used;
    {
        const std::lock_guard lock(m_mutex);
        used = std::exchange(m_used, {});
    }
    if (used.isEmpty())
        return;
    const QByteArray list = '{' + QStringList(used.cbegin(), used.cend()).join(u',').toUtf8() + '}';
    if (!m_database.query("UPDATE api_keys SET last_used_at = now() WHERE prefix = ANY ($1::text[])", {list})) {
        const std::lock_guard lock(m_mutex);
        m_used += used;
    }
}

void ApiKeys::refresh()
{
    writeUsed();
    const auto rows = m_database.query("SELECT hash, prefix FROM api_keys WHERE revoked_at IS NULL");
    if (!rows)
        return;
    QHash<QByteArray, QString> prefixes;
    for (const auto &row : *rows)
        prefixes.insert(row.at(0), QString::fromUtf8(row.at(1)));
    const std::lock_guard lock(m_mutex);
    m_prefixes = std::move(prefixes);
}

std::optional<QString> ApiKeys::use(const QByteArray &key)
{
    const QByteArray hash = saltedHash(key, m_salt);
    const std::lock_guard lock(m_mutex);
    const auto it = m_prefixes.constFind(hash);
    if (it == m_prefixes.cend())
        return std::nullopt;
    m_used.insert(*it);
    return *it;
}

bool ApiKeys::isActive(const QString &prefix) const
{
    const std::lock_guard lock(m_mutex);
    return m_prefixes.values().contains(prefix);
}

qsizetype ApiKeys::active() const
{
    const std::lock_guard lock(m_mutex);
    return m_prefixes.size();
}

} // namespace qd::sandbox::preflight
