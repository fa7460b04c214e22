/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/preflight/minute_limiter.h"

#include <QDateTime>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace qd::sandbox::preflight {

namespace {

constexpr qint64 windowSeconds = 60;

} // namespace

MinuteLimiter::MinuteLimiter(RedisAddress redis, int perMinute)
    : m_perMinute(perMinute)
    , m_redis(std::move(redis))
{
}

void MinuteLimiter::count(const QByteArray &key, qint64 stored, qint64 minute)
{
    if (m_redis.runId() != m_runId || minute > m_minute + 1)
        m_counted.clear();
    m_runId = m_redis.runId();
    if (minute != m_minute) // what Redis still holds is of this minute and the one before
        m_counted.removeIf(
            [last = ':' + QByteArray::number(minute - 1)](const auto &entry) { return !entry.key().endsWith(last); });
    m_minute = minute;
    // What was counted before we started is taken over.
    const auto own = m_counted.find(key);
    if (own == m_counted.end())
        m_counted.insert(key, stored);
    else
        ++*own;
}

MinuteLimiter::Verdict MinuteLimiter::hit(const QString &key)
{
    const std::lock_guard lock(m_mutex);
    const qint64 now = QDateTime::currentSecsSinceEpoch();
    const qint64 minute = now / windowSeconds;
    const QByteArray counter = "ratelimit:" + key.toUtf8() + ':' + QByteArray::number(minute);
    const auto used = m_redis.command({"INCR", counter});
    const bool isCounted = used && !used->isError;
    if (!isCounted && !m_open)
        qWarning("Rate limiter: Redis unavailable, failing open");
    m_open = !isCounted;
    if (!isCounted) {
        m_counted.clear(); // whether it was counted is not known: what Redis has is taken over
        return {.allowed = true, .isCounted = false};
    }
    if (used->integer == 1)
        static_cast<void>(m_redis.command({"EXPIRE", counter, QByteArray::number(windowSeconds)}));
    count(counter, used->integer, minute);
    return {.allowed = used->integer <= m_perMinute,
            .retryAfter = static_cast<int>(windowSeconds - now % windowSeconds)};
}

QString MinuteLimiter::mode() const
{
    const std::lock_guard lock(m_mutex);
    return m_open ? u"open"_s : u"redis"_s;
}

QJsonArray MinuteLimiter::oracle() const
{
    const std::lock_guard lock(m_mutex);
    QJsonArray all;
    for (auto it = m_counted.cbegin(); it != m_counted.cend(); ++it)
        all.append(
            QJsonObject{{u"key"_s, QString::fromUtf8(it.key())}, {u"used"_s, it.value()}, {u"limit"_s, m_perMinute}});
    return all;
}

std::optional<double> MinuteLimiter::ping()
{
    const std::lock_guard lock(m_mutex);
    const auto start = std::chrono::steady_clock::now();
    const auto answer = m_redis.command({"PING"});
    if (!answer || answer->isError)
        return std::nullopt;
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void MinuteLimiter::identify(const QByteArray &deploymentAndEnvironment)
{
    const std::lock_guard lock(m_mutex);
    static_cast<void>(m_redis.command({"SETNX", "quarterdeck:environment", deploymentAndEnvironment}));
}

} // namespace qd::sandbox::preflight
