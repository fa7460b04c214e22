/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/rate_limiter.h"

#include <QHostAddress>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

/// limits' own script: the counter and its expiry in one step.
constexpr auto incrementScript = "local current\n"
                                 "local amount = tonumber(ARGV[2])\n"
                                 "current = redis.call('incrby', KEYS[1], amount)\n"
                                 "if tonumber(current) == amount then\n"
                                 "  redis.call('expire', KEYS[1], ARGV[1])\n"
                                 "end\n"
                                 "return current\n";

/// rate-limit-redis' own.
constexpr auto expressScript = "local totalHits = redis.call('INCR', KEYS[1])\n"
                               "if redis.call('PTTL', KEYS[1]) <= 0 then\n"
                               "  redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[1]))\n"
                               "end\n"
                               "return totalHits\n";

/// An IPv6 address stands for its /56: one customer has that many of them.
QString expressClient(const QString &client)
{
    QHostAddress address(client);
    if (address.protocol() != QAbstractSocket::IPv6Protocol)
        return client;
    Q_IPV6ADDR bytes = address.toIPv6Address();
    std::fill(std::begin(bytes.c) + 7, std::end(bytes.c), quint8(0));
    return QHostAddress(bytes).toString() + u"/56"_s;
}

template <class Windows>
void dropEnded(Windows &windows, std::chrono::steady_clock::time_point now)
{
    if (windows.size() > 500)
        windows.removeIf([now](const auto &entry) { return entry.value().ends <= now; });
}

} // namespace

RateLimiter::RateLimiter(RedisAddress redis, LimitKeys keys, WithoutRedis without)
    : m_keys(keys)
    , m_redis(std::move(redis))
    , m_without(without)
{
}

QByteArray RateLimiter::keyOf(const Tier &tier, const QString &client) const
{
    if (m_keys == LimitKeys::ExpressRateLimit)
        return "rl:" + expressClient(client).toUtf8();
    return u"LIMITS:LIMITER/%1/%2/%3/1/%4"_s.arg(client, tier.scope).arg(tier.limit).arg(tier.granularity).toUtf8();
}

void RateLimiter::declare(const Tier &tier)
{
    const std::lock_guard lock(m_mutex);
    m_rejected.try_emplace(tier.name, 0);
}

std::optional<RateLimiter::Window> RateLimiter::hitRedis(const Tier &tier, const QString &client)
{
    const QByteArray key = keyOf(tier, client);
    const auto now = Clock::now();
    const bool express = m_keys == LimitKeys::ExpressRateLimit;
    const qint64 expiry = express ? std::chrono::milliseconds(tier.window).count() : qint64(tier.window.count());
    const auto answer =
        m_redis.command({"EVAL", express ? expressScript : incrementScript, "1", key, QByteArray::number(expiry), "1"});
    if (!answer || answer->isError) {
        m_counted.clear(); // whether it was counted is not known: what Redis has is taken over
        return std::nullopt;
    }
    if (m_redis.runId() != m_runId) {
        m_runId = m_redis.runId();
        m_counted.clear();
    }
    dropEnded(m_counted, now);
    Window &window = m_counted[key];
    if (answer->integer == 1) {
        window = Window{client, tier.scope, tier.limit, 1, now + tier.window};
    } else if (window.ends > now) {
        ++window.used;
    } else {
        // It was counted before we started: take it over.
        const auto left = m_redis.command({"PTTL", key});
        window = Window{client, tier.scope, tier.limit, answer->integer,
                        now + std::chrono::milliseconds(left && left->integer > 0 ? left->integer : 0)};
    }
    Window result = window;
    result.used = answer->integer;
    return result;
}

RateLimiter::Window RateLimiter::hitMemory(const Tier &tier, const QString &client)
{
    const auto now = Clock::now();
    dropEnded(m_memory, now);
    Window &window = m_memory[keyOf(tier, client)];
    if (window.ends <= now)
        window = Window{client, tier.scope, tier.limit, 0, now + tier.window};
    ++window.used;
    return window;
}

RateLimiter::Verdict RateLimiter::hit(const Tier &tier, const QString &client)
{
    const std::lock_guard lock(m_mutex);
    const auto inRedis = hitRedis(tier, client);
    if (!inRedis && m_without == WithoutRedis::Refuse)
        return {.allowed = false, .couldCount = false};
    m_inMemory = !inRedis;
    if (inRedis)
        m_memory.clear();
    const Window window = inRedis ? *inRedis : hitMemory(tier, client);
    Verdict verdict;
    verdict.used = window.used;
    verdict.allowed = window.used <= tier.limit;
    verdict.retryAfter = std::max(0.0, std::chrono::duration<double>(window.ends - Clock::now()).count());
    verdict.resetsAt =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count() + verdict.retryAfter;
    if (!verdict.allowed)
        ++m_rejected[tier.name];
    return verdict;
}

QString RateLimiter::backend() const
{
    const std::lock_guard lock(m_mutex);
    return m_inMemory ? u"memory"_s : u"redis"_s;
}

QJsonObject RateLimiter::rejected() const
{
    const std::lock_guard lock(m_mutex);
    QJsonObject all;
    for (const auto &[tier, count] : m_rejected)
        all.insert(tier, count);
    return all;
}

QJsonArray RateLimiter::oracle() const
{
    const std::lock_guard lock(m_mutex);
    QJsonArray all;
    const auto now = Clock::now();
    for (const Window &window : m_counted) {
        if (window.ends > now)
            all.append(QJsonObject{{u"client"_s, window.client},
                                   {u"scope"_s, window.scope},
                                   {u"used"_s, window.used},
                                   {u"limit"_s, window.limit}});
    }
    return all;
}

} // namespace qd::sandbox
