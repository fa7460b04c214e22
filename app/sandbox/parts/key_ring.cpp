/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/key_ring.h"

#include "parts/jwt.h"

#include <QDateTime>
#include <QUuid>

#include <cmath>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

constexpr qint64 tokenLifeSeconds = 24 * 3600;

} // namespace

std::chrono::seconds keysEvery(double timeScale)
{
    return std::chrono::seconds(std::max<qint64>(1, std::llround(60 / timeScale)));
}

KeyRing::KeyRing(Database &database)
    : m_database(database)
{
}

void KeyRing::refresh()
{
    const auto rows = m_database.query("SELECT kid, secret, state FROM jwt_keys WHERE state IN ('next', 'active', "
                                       "'retiring') AND (retire_after IS NULL OR retire_after > now()) "
                                       "ORDER BY activated_at DESC NULLS LAST");
    if (!rows)
        return;
    const std::lock_guard lock(m_mutex);
    m_keys.clear();
    m_signing.clear();
    for (const auto &row : *rows) {
        m_keys.insert(row.at(0), Key{row.at(1), QString::fromUtf8(row.at(2))});
        if (m_signing.isEmpty() && row.at(2) == "active")
            m_signing = row.at(0);
    }
}

std::optional<QByteArray> KeyRing::issue(const QString &subject)
{
    QByteArray kid;
    QByteArray secret;
    {
        const std::lock_guard lock(m_mutex);
        if (m_signing.isEmpty())
            return std::nullopt;
        kid = m_signing;
        secret = m_keys.value(kid).secret;
    }
    const QString id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    const qint64 expires = QDateTime::currentSecsSinceEpoch() + tokenLifeSeconds;
    const auto stored =
        m_database.query("INSERT INTO sessions (id, kid, expires_at) VALUES ($1, $2, to_timestamp($3::bigint))",
                         {id.toUtf8(), kid, QByteArray::number(expires)});
    if (!stored)
        return std::nullopt;
    return signedToken({{u"kid"_s, QString::fromUtf8(kid)}}, {{u"sub"_s, subject}, {u"jti"_s, id}, {u"exp"_s, expires}},
                       secret);
}

bool KeyRing::verifies(const QByteArray &token) const
{
    QByteArray secret;
    {
        const std::lock_guard lock(m_mutex);
        secret = m_keys.value(tokenHeader(token).value("kid"_L1).toString().toUtf8()).secret;
    }
    const bool isGood = verifiedClaims(token, secret).has_value();
    const std::lock_guard lock(m_mutex);
    ++(isGood ? m_accepted : secret.isEmpty() ? m_unknown : m_refused);
    return isGood;
}

QJsonObject KeyRing::tokens() const
{
    const std::lock_guard lock(m_mutex);
    return {{u"accepted"_s, m_accepted}, {u"unknown_key"_s, m_unknown}, {u"refused"_s, m_refused}};
}

QJsonObject KeyRing::counts() const
{
    const std::lock_guard lock(m_mutex);
    QJsonObject counts{{u"next"_s, 0}, {u"active"_s, 0}, {u"retiring"_s, 0}};
    for (const Key &key : m_keys)
        counts[key.state] = counts.value(key.state).toInt() + 1;
    return counts;
}

FeatureFlags::FeatureFlags(Database &database)
    : m_database(database)
{
}

void FeatureFlags::refresh()
{
    const auto rows = m_database.query("SELECT key, enabled, rollout_percent FROM feature_flags");
    if (!rows)
        return;
    const std::lock_guard lock(m_mutex);
    m_flags.clear();
    for (const auto &row : *rows)
        m_flags.insert(QString::fromUtf8(row.at(0)), Flag{row.at(1) == "t", row.at(2).toInt()});
}

bool FeatureFlags::isOn(const QString &key, const QString &subject) const
{
    const std::lock_guard lock(m_mutex);
    const Flag flag = m_flags.value(key);
    return flag.enabled && static_cast<int>(qHash(key + subject, 1) % 100) < flag.rolloutPercent;
}

QJsonObject FeatureFlags::effective() const
{
    const std::lock_guard lock(m_mutex);
    QJsonObject all;
    for (auto flag = m_flags.cbegin(); flag != m_flags.cend(); ++flag)
        all.insert(flag.key(), flag->enabled ? flag->rolloutPercent : 0);
    return all;
}

} // namespace qd::sandbox
