/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/request_stats.h"

#include <QJsonValue>

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

void RequestStats::count(int status, std::chrono::steady_clock::duration took)
{
    const std::lock_guard lock(m_mutex);
    ++m_total;
    if (status >= 500)
        ++m_errors;
    m_latencies[m_next] = std::chrono::duration<double, std::milli>(took).count();
    m_next = (m_next + 1) % m_latencies.size();
    m_measured = std::min(m_measured + 1, m_latencies.size());
}

QJsonObject RequestStats::toJson() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<double> sorted(m_latencies.begin(), m_latencies.begin() + static_cast<std::ptrdiff_t>(m_measured));
    std::ranges::sort(sorted);
    const auto quantile = [&sorted](double q) {
        if (sorted.empty())
            return QJsonValue();
        return QJsonValue(sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))]);
    };
    return {{u"total"_s, m_total},
            {u"errors_total"_s, m_errors},
            {u"latency_ms"_s, QJsonObject{{u"p50"_s, quantile(0.5)}, {u"p95"_s, quantile(0.95)}}}};
}

void AlertCounts::raise(const QString &kind)
{
    const std::lock_guard lock(m_mutex);
    ++m_counts[kind];
}

QJsonObject AlertCounts::toJson() const
{
    const std::lock_guard lock(m_mutex);
    QJsonObject counts;
    for (const auto &[kind, count] : m_counts)
        counts.insert(kind, count);
    return {{u"backend"_s, u"counted"_s}, {u"counts"_s, counts}};
}

} // namespace qd::sandbox
