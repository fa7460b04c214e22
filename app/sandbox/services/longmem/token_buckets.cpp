/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/longmem/token_buckets.h"

#include <QJsonObject>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd::sandbox::longmem {

namespace {

constexpr double windowSeconds = 60;
constexpr double keptSeconds = 2 * windowSeconds; ///< a bucket that nobody asked for so long is full anyway
constexpr qsizetype pruneAbove = 500;
const QByteArray globalKey = "ratelimit:global";

/// Both buckets in one step. ARGV: now, seconds to keep, then the capacity of each bucket.
constexpr auto takeScript = "local now = tonumber(ARGV[1])\n"
                            "local left = {}\n"
                            "local allowed = 1\n"
                            "for i, key in ipairs(KEYS) do\n"
                            "  local capacity = tonumber(ARGV[2 + i])\n"
                            "  local stored = redis.call('HMGET', key, 'tokens', 'updated_at')\n"
                            "  local tokens, updated = tonumber(stored[1]), tonumber(stored[2])\n"
                            "  left[i] = capacity\n"
                            "  if tokens and updated then\n"
                            "    left[i] = math.min(capacity, tokens + math.max(0, now - updated) * capacity / 60)\n"
                            "  end\n"
                            "  if left[i] < 1 then allowed = 0 end\n"
                            "end\n"
                            "for i, key in ipairs(KEYS) do\n"
                            "  left[i] = string.format('%.6f', left[i] - allowed)\n"
                            "  redis.call('HSET', key, 'tokens', left[i], 'updated_at', ARGV[1])\n"
                            "  redis.call('EXPIRE', key, ARGV[2])\n"
                            "end\n"
                            "return {tostring(allowed), left[1], left[2]}\n";

double epochSeconds()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <class Bucket>
void fill(Bucket &bucket, double now)
{
    const double added = std::max(0.0, now - bucket.updatedAt) * bucket.perMinute / windowSeconds;
    bucket.tokens = std::min(bucket.perMinute, bucket.tokens + added);
    bucket.updatedAt = now;
}

template <class Buckets>
void prune(Buckets &buckets, double now)
{
    if (buckets.size() > pruneAbove)
        buckets.removeIf([now](const auto &entry) { return now - entry.value().updatedAt > keptSeconds; });
}

} // namespace

TokenBuckets::TokenBuckets(RedisAddress redis, BucketLimits limits)
    : m_limits(limits)
    , m_redis(std::move(redis))
{
}

double TokenBuckets::perMinute(const QByteArray &key) const
{
    return key == globalKey ? m_limits.globalPerMinute : m_limits.userPerMinute;
}

TokenBuckets::Verdict TokenBuckets::verdict(const Bucket &user, const Bucket &global, bool allowed, double now)
{
    const bool byGlobal = !allowed && user.tokens >= 1;
    const Bucket &told = byGlobal ? global : user;
    const double fullAfter = (told.perMinute - told.tokens) * windowSeconds / told.perMinute;
    return {.allowed = allowed,
            .scope = byGlobal ? u"global"_s : u"user"_s,
            .limit = told.perMinute,
            .left = told.tokens,
            .fullAt = now + fullAfter,
            .fullAfter = fullAfter};
}

std::optional<TokenBuckets::Verdict> TokenBuckets::takeFromRedis(const QByteArray &user, double now)
{
    const std::array keys{user, globalKey};
    const auto answer = m_redis.command({"EVAL", takeScript, "2", keys[0], keys[1], QByteArray::number(now, 'f', 6),
                                         QByteArray::number(keptSeconds), QByteArray::number(perMinute(keys[0])),
                                         QByteArray::number(perMinute(keys[1]))});
    if (!answer || answer->isError || answer->items.size() != 3) {
        m_counted.clear(); // whether it was taken is not known: what Redis has is taken over
        return std::nullopt;
    }
    if (m_redis.runId() != m_runId) {
        m_runId = m_redis.runId();
        m_counted.clear();
    }
    prune(m_counted, now);
    const bool allowed = answer->items.at(0) == "1";
    std::array<Bucket, 2> inRedis;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const double tokens = answer->items.at(static_cast<qsizetype>(i) + 1).toDouble();
        inRedis[i] = {perMinute(keys[i]), tokens, now};
        // What was taken before we started is taken over.
        if (const auto own = m_counted.find(keys[i]); own == m_counted.end()) {
            m_counted.insert(keys[i], inRedis[i]);
        } else {
            fill(*own, now);
            own->tokens -= allowed ? 1 : 0;
        }
    }
    return verdict(inRedis[0], inRedis[1], allowed, now);
}

TokenBuckets::Verdict TokenBuckets::takeFromMemory(const QByteArray &user, double now)
{
    prune(m_memory, now);
    for (const QByteArray &key : {user, globalKey}) {
        if (!m_memory.contains(key))
            m_memory.insert(key, {perMinute(key), perMinute(key), now});
    }
    Bucket &own = m_memory[user];
    Bucket &global = m_memory[globalKey];
    fill(own, now);
    fill(global, now);
    const bool allowed = own.tokens >= 1 && global.tokens >= 1;
    own.tokens -= allowed ? 1 : 0;
    global.tokens -= allowed ? 1 : 0;
    return verdict(own, global, allowed, now);
}

TokenBuckets::Verdict TokenBuckets::take(const QString &user)
{
    const std::lock_guard lock(m_mutex);
    const QByteArray key = "ratelimit:user:" + user.toUtf8();
    const double now = epochSeconds();
    const auto inRedis = takeFromRedis(key, now);
    if (!inRedis && !m_inMemory)
        qWarning("Redis rate limit check failed. Falling back to in-memory.");
    m_inMemory = !inRedis;
    if (!inRedis)
        return takeFromMemory(key, now);
    m_memory.clear();
    return *inRedis;
}

QString TokenBuckets::backend() const
{
    const std::lock_guard lock(m_mutex);
    return m_inMemory ? u"memory"_s : u"redis"_s;
}

QJsonArray TokenBuckets::oracle() const
{
    const std::lock_guard lock(m_mutex);
    QJsonArray all;
    for (auto it = m_counted.cbegin(); it != m_counted.cend(); ++it)
        all.append(QJsonObject{{u"key"_s, QString::fromUtf8(it.key())},
                               {u"tokens"_s, it->tokens},
                               {u"updated_at"_s, it->updatedAt},
                               {u"limit"_s, it->perMinute}});
    return all;
}

} // namespace qd::sandbox::longmem
