/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/reading.h"

#include <QJsonObject>

namespace qd::test {

/// One answer of `/health/full`, as a document and as the facts that are in it.
class HealthReply
{
public:
    struct BreakerLine
    {
        QString name;
        BreakerState state = BreakerState::Closed;
        qint64 failures = 0;
        qint64 threshold = 0;
        std::chrono::seconds recovery{0};
        Instant openedAt{}; ///< the epoch: never
        qint64 calls = 0;
        qint64 failed = 0;
        qint64 rejected = 0;
    };

    void check(const QString &path, Level level, std::optional<Millis> latency, const QString &detail);
    void breaker(const BreakerLine &line);
    void limiter(LimiterMode mode);
    void refusals(const QString &tier, qint64 total);
    void requests(qint64 total, qint64 errors, Millis p50, Millis p95);
    void writeTo(Reading &reading) const;

private:
    QJsonObject m_root;
    QList<Fact> m_facts;
};

/// The answers of one Redis poll: INFO, the cache groups' hash, the limiter's keys.
class RedisReplies
{
public:
    void info(Bytes used, Bytes most, qint64 commands);
    void cache(const QString &group, qint64 hits, qint64 misses, qint64 keys);
    void limit(const QString &tier, const QString &client, const QString &scope, qint64 used, qint64 most,
               std::chrono::milliseconds window, Instant resetsAt);
    void refuse(const QString &what, const Error &error);
    void writeTo(Reading &reading) const;

private:
    QString m_info;
    QJsonObject m_stats;
    QJsonObject m_limits;
    Findings m_findings;
};

} // namespace qd::test
