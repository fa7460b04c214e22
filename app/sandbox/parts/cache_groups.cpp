/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/cache_groups.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

CacheGroups::CacheGroups(RedisAddress redis, QByteArray statsKey, std::map<QString, std::chrono::seconds> ttls,
                         QString prefix, Counted counted)
    : m_redis(std::move(redis))
    , m_statsKey(std::move(statsKey))
    , m_ttls(std::move(ttls))
    , m_prefix(std::move(prefix))
    , m_counted(std::move(counted))
{
    for (const auto &[group, ttl] : m_ttls)
        m_counts.try_emplace(group);
}

QByteArray CacheGroups::keyOf(const QString &group, const QString &id) const
{
    return (m_prefix + group + u':' + id).toUtf8();
}

void CacheGroups::adoptCounts()
{
    if (m_statsKey.isEmpty() || m_redis.runId() == m_runId)
        return;
    const auto stored = m_redis.command({"HGETALL", m_statsKey});
    if (!stored || stored->isError)
        return;
    m_runId = m_redis.runId();
    for (auto &[group, counts] : m_counts)
        counts = {};
    for (qsizetype i = 0; i + 1 < stored->items.size(); i += 2) {
        const QByteArray &field = stored->items.at(i);
        const qint64 value = stored->items.at(i + 1).toLongLong();
        for (auto &[group, counts] : m_counts) {
            if (field == "hits:" + group.toUtf8())
                counts.hits = value;
            else if (field == "misses:" + group.toUtf8())
                counts.misses = value;
        }
    }
}

void CacheGroups::count(const QString &group, bool hit)
{
    if (m_counted)
        m_counted(group, hit);
    if (!m_statsKey.isEmpty()) {
        const auto stored = m_redis.command({"HINCRBY", m_statsKey, (hit ? "hits:" : "misses:") + group.toUtf8(), "1"});
        if (!stored || stored->isError) {
            m_runId.clear(); // whether it was counted is not known: what Redis has is taken over
            return;
        }
    }
    Counts &counts = m_counts[group];
    ++(hit ? counts.hits : counts.misses);
}

std::optional<QByteArray> CacheGroups::read(const QString &group, const QString &id, const Origin &origin)
{
    bool cacheable = false;
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_redis.command({"GET", keyOf(group, id)});
        cacheable = found && !found->isError;
        if (cacheable) {
            adoptCounts();
            count(group, !found->isNil);
            if (!found->isNil)
                return found->text;
        }
    }
    auto value = origin();
    if (value && cacheable)
        warm(group, id, *value, 1);
    return value;
}

void CacheGroups::warm(const QString &group, const QString &id, const QByteArray &value, double partOfTtl)
{
    const std::lock_guard lock(m_mutex);
    const auto ttl = static_cast<double>(m_ttls.at(group).count()) * partOfTtl;
    const auto seconds = QByteArray::number(std::max<qint64>(1, static_cast<qint64>(ttl)));
    // Whether it was stored does not matter: the next read finds it or misses it.
    static_cast<void>(m_redis.command({"SETEX", keyOf(group, id), seconds, value}));
}

void CacheGroups::identify(const QByteArray &deploymentAndEnvironment)
{
    const std::lock_guard lock(m_mutex);
    static_cast<void>(m_redis.command({"SETNX", "quarterdeck:environment", deploymentAndEnvironment}));
}

void CacheGroups::invalidate(const QString &group, const QString &id)
{
    const std::lock_guard lock(m_mutex);
    static_cast<void>(m_redis.command({"DEL", keyOf(group, id)}));
}

qint64 CacheGroups::empty(const QString &group)
{
    const std::lock_guard lock(m_mutex);
    qint64 deleted = 0;
    QByteArray cursor = "0";
    do {
        const auto page = m_redis.command({"SCAN", cursor, "MATCH", keyOf(group, u"*"_s), "COUNT", "200"});
        if (!page || page->isError || page->items.isEmpty())
            return deleted;
        cursor = page->items.first();
        for (const QByteArray &key : page->items.mid(1)) {
            const auto gone = m_redis.command({"DEL", key});
            deleted += gone ? gone->integer : 0;
        }
    } while (cursor != "0");
    return deleted;
}

std::optional<double> CacheGroups::ping()
{
    const std::lock_guard lock(m_mutex);
    const auto start = std::chrono::steady_clock::now();
    const auto answer = m_redis.command({"PING"});
    if (!answer || answer->isError)
        return std::nullopt;
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

QJsonObject CacheGroups::oracle() const
{
    const std::lock_guard lock(m_mutex);
    QJsonObject all;
    for (const auto &[group, counts] : m_counts)
        all.insert(group, QJsonObject{{u"hits"_s, counts.hits}, {u"misses"_s, counts.misses}});
    return all;
}

} // namespace qd::sandbox
