/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QJsonObject>
#include <QString>

#include <array>
#include <chrono>
#include <map>
#include <mutex>

namespace qd::sandbox {

/// Counts requests, server errors (5xx) and the latencies of the last thousand requests. Thread-safe.
class RequestStats
{
public:
    void count(int status, std::chrono::steady_clock::duration took);
    /// {"total","errors_total","latency_ms":{"p50","p95"}}; null where nothing was measured yet.
    [[nodiscard]] QJsonObject toJson() const;

private:
    mutable std::mutex m_mutex;
    qint64 m_total = 0;
    qint64 m_errors = 0;
    std::array<double, 1000> m_latencies{}; ///< milliseconds, a ring
    std::size_t m_measured = 0;
    std::size_t m_next = 0;
};

/// Stands in for Sentry when there is none: counts what would have been sent, by kind. Thread-safe.
class AlertCounts
{
public:
    void raise(const QString &kind);
    [[nodiscard]] QJsonObject toJson() const;

private:
    mutable std::mutex m_mutex;
    std::map<QString, qint64> m_counts;
};

} // namespace qd::sandbox
