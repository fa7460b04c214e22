/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/redis/redis_facts.h"

#include "sources/evidence.h"

#include <QMap>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype groupCap = 500;

QMap<QByteArray, QByteArray> lines(const QByteArray &info)
{
    QMap<QByteArray, QByteArray> found;
    const auto all = info.split('\n');
    for (const QByteArray &line : all) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && !line.startsWith('#'))
            found.insert(line.left(colon), line.mid(colon + 1).trimmed());
    }
    return found;
}
} // namespace

RedisServer redisServer(const QByteArray &info, int exchange)
{
    const auto found = lines(info);
    const auto text = [&](const char *key) {
        const auto it = found.find(key);
        Value<QString> value{.value = {}, .origin = {exchange, QString::fromLatin1(key)}};
        if (it != found.end() && !it->isEmpty())
            value.value = safeText(QString::fromUtf8(*it));
        return value;
    };
    const auto count = [&](const char *key) {
        const auto it = found.find(key);
        // INFO writes -1 for "none", which countIn does not take.
        return Value<qint64>{.value = it == found.end() ? std::nullopt : countIn(*it),
                             .origin = {exchange, QString::fromLatin1(key)}};
    };
    const auto bytes = [&](const char *key) {
        const Value<qint64> plain = count(key);
        Value<Bytes> value{.value = {}, .origin = plain.origin};
        if (plain.has())
            value.value = Bytes{*plain};
        return value;
    };
    RedisServer server;
    server.version = text("redis_version");
    server.role = text("role");
    server.usedMemory = bytes("used_memory");
    server.maxMemory = bytes("maxmemory");
    if (server.maxMemory.has() && server.maxMemory->count == 0)
        server.maxMemory.value.reset();
    server.evictionPolicy = text("maxmemory_policy");
    server.evictedTotal = count("evicted_keys");
    server.expiredTotal = count("expired_keys");
    server.clients = count("connected_clients");
    server.keyspaceHitsTotal = count("keyspace_hits");
    server.keyspaceMissesTotal = count("keyspace_misses");
    server.commandsTotal = count("total_commands_processed");
    const Value<qint64> uptime = count("uptime_in_seconds");
    server.uptime.origin = uptime.origin;
    if (uptime.has())
        server.uptime.value = std::chrono::seconds(*uptime);
    return server;
}

std::optional<QString> groupIn(const QString &text, const QString &pattern)
{
    const qsizetype at = pattern.indexOf("{group}"_L1);
    const QString before = pattern.left(at);
    QString after = pattern.mid(at + 7);
    const bool open = after.endsWith(u'*');
    if (open)
        after.chop(1);
    if (at < 0 || !text.startsWith(before))
        return std::nullopt;
    const QString rest = text.mid(before.size());
    qsizetype end = rest.size() - after.size();
    if (open)
        end = after.isEmpty() ? rest.size() : rest.indexOf(after);
    if (end <= 0 || (!open && !rest.endsWith(after)))
        return std::nullopt;
    return cleaned(rest.left(end));
}

QList<Cache> cacheCounters(const RedisReply &hash, const RedisOptions &options, int exchange)
{
    QMap<QString, Cache> groups;
    const auto groupOf = [&](const QString &name) -> Cache * {
        if (!groups.contains(name) && groups.size() >= groupCap)
            return nullptr;
        Cache &cache = groups[name];
        cache.group = name;
        return &cache;
    };
    for (qsizetype i = 0; i + 1 < hash.items.size(); i += 2) {
        const QString field = QString::fromUtf8(hash.items[i].text);
        const Value<qint64> value{.value = countIn(hash.items[i + 1].text), .origin = {exchange, pointerStep(field)}};
        if (const auto hit = groupIn(field, options.hitsField)) {
            if (Cache *cache = groupOf(*hit))
                cache->hits = value;
        } else if (const auto miss = groupIn(field, options.missesField)) {
            if (Cache *cache = groupOf(*miss))
                cache->misses = value;
        }
    }
    for (Cache &cache : groups) {
        // HINCRBY makes a field at its first count: the absent half of a pair has counted nothing.
        const auto zero = [&](const QString &pattern) {
            QString field = pattern;
            return Value<qint64>{.value = 0,
                                 .origin = {exchange, pointerStep(field.replace("{group}"_L1, cache.group))}};
        };
        if (cache.hits.origin.exchange < 0)
            cache.hits = zero(options.hitsField);
        if (cache.misses.origin.exchange < 0)
            cache.misses = zero(options.missesField);
    }
    return groups.values();
}

QByteArray globEscaped(const QString &text)
{
    static const QRegularExpression wild(u"([*?\\[\\]\\\\^])"_s);
    QString escaped = text;
    return escaped.replace(wild, u"\\\\1"_s).toUtf8();
}

} // namespace qd
