/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/luckygas/response_cache.h"

using namespace Qt::StringLiterals;

namespace qd::sandbox::luckygas {

namespace {

QByteArray keyOf(const QString &group, const QString &id)
{
    return u"cache:%1:%2"_s.arg(group, id).toUtf8();
}

} // namespace

ResponseCache::ResponseCache(RedisAddress redis, Metrics &metrics, std::map<QString, std::chrono::seconds> ttls)
    : m_redis(std::move(redis))
    , m_metrics(metrics)
    , m_ttls(std::move(ttls))
{
    m_metrics.declareCounter("cache_hits_total", "Responses found in the cache");
    m_metrics.declareCounter("cache_misses_total", "Responses not found in the cache");
    for (const auto &[group, ttl] : m_ttls) {
        m_metrics.add("cache_hits_total", {{"cache", group.toUtf8()}}, 0);
        m_metrics.add("cache_misses_total", {{"cache", group.toUtf8()}}, 0);
    }
}

std::optional<QByteArray> ResponseCache::read(const QString &group, const QString &id, const Origin &origin)
{
    bool cacheable = false;
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_redis.command({"GET", keyOf(group, id)});
        cacheable = found && !found->isError;
        if (cacheable)
            m_metrics.add(found->isNil ? "cache_misses_total" : "cache_hits_total", {{"cache", group.toUtf8()}});
        if (cacheable && !found->isNil)
            return found->text;
    }
    auto value = origin();
    if (value && cacheable) {
        const auto ttl = QByteArray::number(qint64(m_ttls.at(group).count()));
        const std::lock_guard lock(m_mutex);
        // Whether it was stored does not matter: the next read finds it or misses it.
        static_cast<void>(m_redis.command({"SETEX", keyOf(group, id), ttl, *value}));
    }
    return value;
}

void ResponseCache::invalidate(const QString &group, const QString &id)
{
    const std::lock_guard lock(m_mutex);
    static_cast<void>(m_redis.command({"DEL", keyOf(group, id)}));
}

qint64 ResponseCache::empty(const QString &group)
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

void ResponseCache::identify(const QByteArray &deploymentAndEnvironment)
{
    const std::lock_guard lock(m_mutex);
    static_cast<void>(m_redis.command({"SETNX", "quarterdeck:environment", deploymentAndEnvironment}));
}

} // namespace qd::sandbox::luckygas
