/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/redis/redis_facts.h"

#include "sources/evidence.h"

#include <QHash>
#include <QMap>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype groupCap = 500;

/// The lines of INFO by their names; both are parts of `info`.
QHash<QByteArrayView, QByteArrayView> lines(QByteArrayView info)
{
    QHash<QByteArrayView, QByteArrayView> found;
    found.reserve(256); // it has two hundred
    while (!info.isEmpty()) {
        const qsizetype end = info.indexOf('\n');
        const QByteArrayView line = end < 0 ? info : info.first(end);
        info = end < 0 ? QByteArrayView() : info.sliced(end + 1);
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && !line.startsWith('#'))
            found.insert(line.first(colon), line.sliced(colon + 1).trimmed());
    }
    return found;
}

QString addressOf(QByteArrayView host, QByteArrayView port)
{
    return RedisConnection::Address{QString::fromUtf8(host), static_cast<quint16>(port.toUInt())}.text();
}

/// "ip=10.0.0.2,port=6379,state=online,offset=14,lag=0"
QMap<QByteArray, QByteArray> parts(const QByteArray &line)
{
    QMap<QByteArray, QByteArray> found;
    const auto all = line.split(',');
    for (const QByteArray &part : all)
        found.insert(part.left(part.indexOf('=')), part.mid(part.indexOf('=') + 1));
    return found;
}

/// Until it streams, Redis writes 0 for what it does not know yet.
void measureLag(Replica &replica, const QMap<QByteArray, QByteArray> &told, std::optional<qint64> written)
{
    if (told.value("state") != "online")
        return;
    if (const auto seconds = countIn(told.value("lag")))
        replica.delay.value = std::chrono::seconds(*seconds);
    const auto read = countIn(told.value("offset"));
    if (written && read && (*read > 0 || *written == 0))
        replica.lag.value = Bytes{std::max<qint64>(0, *written - *read)};
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
        return Value<qint64>{.value = it == found.end() ? std::nullopt : countIn(it->toByteArray()),
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
    server.follows.origin = {exchange, u"master_host"_s};
    if (found.contains("master_host"))
        server.follows.value = cleaned(addressOf(found.value("master_host"), found.value("master_port")));
    server.masterLink = text("master_link_status");
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

std::optional<QList<Replica>> redisReplicas(const QByteArray &info, int exchange)
{
    constexpr qint64 replicaCap = 100;
    const auto found = lines(info);
    const auto count = countIn(found.value("connected_slaves").toByteArray());
    if (!count)
        return std::nullopt;
    QList<Replica> replicas;
    for (qint64 i = 0; i < std::min(*count, replicaCap); ++i) {
        const QByteArray key = "slave" + QByteArray::number(i);
        const auto told = parts(found.value(key).toByteArray());
        if (!told.contains("ip"))
            continue;
        const Origin origin{exchange, QString::fromLatin1(key)};
        Replica replica{.system = u"redis"_s, .id = cleaned(addressOf(told.value("ip"), told.value("port")))};
        replica.address = {.value = replica.id, .origin = origin};
        replica.state = {.value = cleaned(QString::fromUtf8(told.value("state"))), .origin = origin};
        replica.lag.origin = replica.delay.origin = origin;
        measureLag(replica, told, countIn(found.value("master_repl_offset").toByteArray()));
        replicas.append(replica);
    }
    std::ranges::sort(replicas, {}, &Replica::id);
    return replicas;
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

std::optional<Instant> redisTime(const RedisReply &reply)
{
    const auto seconds = reply.items.size() == 2 ? countIn(reply.items[0].text) : std::nullopt;
    const auto micros = reply.items.size() == 2 ? countIn(reply.items[1].text) : std::nullopt;
    constexpr qint64 most = 1'000'000'000'000;
    if (!seconds || !micros || *seconds > most || *micros > most)
        return std::nullopt;
    return Instant(std::chrono::seconds(*seconds) + std::chrono::milliseconds(*micros / 1000));
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
