/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/redis_link.h"

#include <QJsonObject>
#include <QString>

#include <functional>
#include <map>

namespace qd::sandbox {

/// Read-through caches in Redis: `cache:GROUP:ID` with a TTL per group, hits and misses in the hash `NAME:cache:stats`
/// or, where there is none, told to whoever counts them. Without Redis every read goes to its origin and counts neither
/// as hit nor miss. Keeps its own counts beside.
class CacheGroups
{
public:
    using Counted = std::function<void(const QString &group, bool hit)>;
    /// Keys begin with `prefix`. `statsKey` may be empty.
    CacheGroups(RedisAddress redis, QByteArray statsKey, std::map<QString, std::chrono::seconds> ttls,
                QString prefix = QStringLiteral("cache:"), Counted counted = {});

    using Origin = std::function<std::optional<QByteArray>()>;
    /// From the cache, else from `origin` (and then into the cache). Nothing when the origin has nothing.
    [[nodiscard]] std::optional<QByteArray> read(const QString &group, const QString &id, const Origin &origin);
    /// Stores it unasked (warming up at the start), to expire after a part of the group's TTL: so that what was loaded
    /// at once does not expire at once.
    void warm(const QString &group, const QString &id, const QByteArray &value, double partOfTtl);
    /// Writes whose Redis this is, where it does not say so yet: `quarterdeck:environment`.
    void identify(const QByteArray &deploymentAndEnvironment);
    void invalidate(const QString &group, const QString &id);
    /// Deletes all keys of a group; how many.
    qint64 empty(const QString &group);
    /// The time a PING takes, in milliseconds; nothing when Redis is gone.
    [[nodiscard]] std::optional<double> ping();
    /// {GROUP: {hits, misses}}.
    [[nodiscard]] QJsonObject oracle() const;

private:
    struct Counts
    {
        qint64 hits = 0;
        qint64 misses = 0;
    };
    [[nodiscard]] QByteArray keyOf(const QString &group, const QString &id) const;
    void adoptCounts();
    void count(const QString &group, bool hit);

    mutable std::mutex m_mutex;
    RedisLink m_redis;
    QByteArray m_runId;
    const QByteArray m_statsKey;
    const std::map<QString, std::chrono::seconds> m_ttls;
    const QString m_prefix;
    const Counted m_counted;
    std::map<QString, Counts> m_counts;
};

} // namespace qd::sandbox
