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

/// limits' names; its month has 30 days and its year 360.
std::optional<std::chrono::seconds> granularity(const QByteArray &word)
{
    using std::chrono::hours;
    static const QMap<QByteArray, std::chrono::seconds> known{{"second", std::chrono::seconds(1)},
                                                              {"minute", std::chrono::minutes(1)},
                                                              {"hour", hours(1)},
                                                              {"day", hours(24)},
                                                              {"month", hours(24 * 30)},
                                                              {"year", hours(24 * 360)}};
    const auto it = known.find(word);
    return it == known.end() ? std::nullopt : std::optional(*it);
}
} // namespace

RedisServer redisServer(const QByteArray &info, int exchange)
{
    const auto found = lines(info);
    const auto text = [&](const char *key) {
        const auto it = found.find(key);
        Value<QString> value{.value = {}, .origin = {exchange, QString::fromLatin1(key)}};
        if (it != found.end() && !it->isEmpty())
            value.value = cleaned(QString::fromUtf8(*it));
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

std::optional<LimitKey> limitKey(const QByteArray &key, const QString &prefix)
{
    const QByteArray start = prefix.toUtf8();
    if (!key.startsWith(start))
        return std::nullopt;
    QList<QByteArray> parts = key.mid(start.size()).split('/');
    if (parts.size() < 4)
        return std::nullopt;
    const auto unit = granularity(parts.takeLast());
    const auto multiples = countIn(parts.takeLast());
    const auto amount = countIn(parts.takeLast());
    constexpr qint64 most = 1'000'000;
    if (!unit || !multiples || *multiples < 1 || *multiples > most || !amount)
        return std::nullopt;
    const QByteArray client = parts.takeFirst();
    return LimitKey{.client = cleaned(QString::fromUtf8(client)),
                    .scope = cleaned(QString::fromUtf8(parts.join('/'))),
                    .amount = *amount,
                    .window = *unit * *multiples};
}

QString tierOf(const LimitKey &key, const QList<TierPolicy> &tiers)
{
    QString general;
    for (const TierPolicy &tier : tiers) {
        if (tier.limit != key.amount || tier.window != key.window)
            continue;
        if (tier.scopes.contains(key.scope))
            return tier.name;
        if (tier.scopes.isEmpty() && general.isEmpty())
            general = tier.name;
    }
    return general.isEmpty() ? key.scope : general;
}

std::optional<RateLimit> rateLimit(const QByteArray &key, const RedisReply &value, const RedisReply &pttl,
                                   const QString &prefix, const QList<TierPolicy> &tiers, Instant now, int exchange)
{
    const auto parsed = limitKey(key, prefix);
    if (!parsed || value.type != RedisReply::Type::String || pttl.type != RedisReply::Type::Integer ||
        pttl.integer == -2)
        return std::nullopt;
    const QString pointer = pointerStep(QString::fromUtf8(key));
    const Origin keyItself{exchange, pointer};
    RateLimit limit;
    limit.tier = tierOf(*parsed, tiers);
    limit.client = parsed->client;
    limit.scope = parsed->scope;
    limit.used = {.value = countIn(value.text), .origin = {exchange, pointer + u"/value"_s}};
    limit.limit = {.value = parsed->amount, .origin = keyItself};
    limit.window = {.value = parsed->window, .origin = keyItself};
    limit.resetsAt.origin = {exchange, pointer + u"/pttl"_s};
    if (pttl.integer >= 0)
        limit.resetsAt.value = now + std::chrono::milliseconds(pttl.integer);
    return limit;
}

QByteArray globEscaped(const QString &text)
{
    static const QRegularExpression wild(u"([*?\\[\\]\\\\^])"_s);
    QString escaped = text;
    return escaped.replace(wild, u"\\\\1"_s).toUtf8();
}

} // namespace qd
