/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QList>

#include <map>
#include <mutex>
#include <vector>

namespace qd::sandbox {

/// The metrics of a service and its page in Prometheus' text format 0.0.4, as client_python or prom-client writes it
/// (prom-client: `le` and `quantile` before the other labels, an empty line after each family). A family is declared
/// before it is used; its series appear with their first value. Thread-safe.
class Metrics
{
public:
    enum class Writer { ClientPython, PromClient };
    using Labels = QList<std::pair<QByteArray, QByteArray>>; ///< in the order in which they are written

    explicit Metrics(Writer writer = Writer::ClientPython)
        : m_writer(writer)
    {
    }

    void declareCounter(const QByteArray &name, const QByteArray &help);
    void declareGauge(const QByteArray &name, const QByteArray &help);
    /// `bounds`: upper bounds of the buckets, ascending, without +Inf.
    void declareHistogram(const QByteArray &name, const QByteArray &help, std::vector<double> bounds);
    /// prom-client's: quantiles 0.01 to 0.999, here over the last thousand observations.
    void declareSummary(const QByteArray &name, const QByteArray &help);

    void add(const QByteArray &name, const Labels &labels = {}, double by = 1);
    void set(const QByteArray &name, const Labels &labels, double value);
    void observe(const QByteArray &name, const Labels &labels, double value);

    /// Of a counter or gauge; 0 where there is no such series.
    [[nodiscard]] double value(const QByteArray &name, const Labels &labels = {}) const;
    [[nodiscard]] QByteArray page() const;
    /// {"NAME{labels}": value} of all counters and gauges, and of NAME_count and NAME_sum: what tests compare with.
    [[nodiscard]] QJsonObject oracle() const;

    static constexpr const char *contentType = "text/plain; version=0.0.4; charset=utf-8";

private:
    struct Series
    {
        double value = 0; ///< a histogram's or summary's sum
        qint64 count = 0;
        std::vector<qint64> buckets; ///< not cumulated
        std::vector<double> recent;  ///< a summary's latest observations, a ring
    };
    enum class Type { Counter, Gauge, Histogram, Summary };
    struct Family
    {
        Type type;
        QByteArray help;
        std::vector<double> bounds;
        std::map<QByteArray, Series> series; ///< by written labels, without braces
    };
    Series &series(const QByteArray &name, const Labels &labels);
    [[nodiscard]] QByteArray histogramLines(const QByteArray &name, const Family &family, const QByteArray &labels,
                                            const Series &series) const;
    [[nodiscard]] QByteArray summaryLines(const QByteArray &name, const QByteArray &labels, const Series &series) const;
    [[nodiscard]] QByteArray withLabel(const QByteArray &labels, const QByteArray &own) const;
    const Writer m_writer;
    mutable std::mutex m_mutex;
    std::map<QByteArray, Family> m_families;
};

} // namespace qd::sandbox
