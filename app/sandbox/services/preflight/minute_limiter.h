/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/redis_link.h"

#include <QHash>
#include <QJsonArray>
#include <QString>

#include <mutex>

namespace qd::sandbox::preflight {

/// So many requests per key in each minute of the clock: `ratelimit:KEY:MINUTE`, INCR and EXPIRE; the value runs past
/// the limit. Without Redis all are let through. Keeps its own counts beside. Thread-safe.
class MinuteLimiter
{
public:
    struct Verdict
    {
        bool allowed = true;
        bool isCounted = true; ///< false: Redis did not count it
        int retryAfter = 0;    ///< seconds until the next minute
    };

    MinuteLimiter(RedisAddress redis, int perMinute);

    [[nodiscard]] Verdict hit(const QString &key);
    /// "redis" or "open": what became of the last request.
    [[nodiscard]] QString mode() const;
    [[nodiscard]] int perMinute() const { return m_perMinute; }
    /// [{key, used, limit}] of what we counted in the last minutes.
    [[nodiscard]] QJsonArray oracle() const;
    /// The time a PING takes, in milliseconds; nothing when Redis is gone.
    [[nodiscard]] std::optional<double> ping();
    /// Writes whose Redis this is, where it does not say so yet.
    void identify(const QByteArray &deploymentAndEnvironment);

private:
    void count(const QByteArray &key, qint64 stored, qint64 minute);

    const int m_perMinute;
    mutable std::mutex m_mutex;
    RedisLink m_redis;
    QByteArray m_runId;
    bool m_open = false;
    QHash<QByteArray, qint64> m_counted;
    qint64 m_minute = 0; ///< of the newest counts
};

} // namespace qd::sandbox::preflight
