/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/metrics.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace qd::sandbox {

namespace {

QByteArray written(const Metrics::Labels &labels)
{
    QByteArray text;
    for (const auto &[name, value] : labels) {
        QByteArray escaped = value;
        escaped.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        text += (text.isEmpty() ? "" : ",") + name + "=\"" + escaped + '"';
    }
    return text;
}

QByteArray number(double value)
{
    return QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
}

QByteArray line(const QByteArray &name, const QByteArray &labels, const QByteArray &value)
{
    return name + (labels.isEmpty() ? QByteArray() : '{' + labels + '}') + ' ' + value + '\n';
}

constexpr std::size_t summarised = 1000;
constexpr double quantiles[] = {0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999};

} // namespace

void Metrics::declareCounter(const QByteArray &name, const QByteArray &help)
{
    const std::scoped_lock lock(m_mutex);
    m_families[name] = {Type::Counter, help, {}, {}};
}

void Metrics::declareGauge(const QByteArray &name, const QByteArray &help)
{
    const std::scoped_lock lock(m_mutex);
    m_families[name] = {Type::Gauge, help, {}, {}};
}

void Metrics::declareHistogram(const QByteArray &name, const QByteArray &help, std::vector<double> bounds)
{
    const std::scoped_lock lock(m_mutex);
    m_families[name] = {Type::Histogram, help, std::move(bounds), {}};
}

void Metrics::declareSummary(const QByteArray &name, const QByteArray &help)
{
    const std::scoped_lock lock(m_mutex);
    m_families[name] = {Type::Summary, help, {}, {}};
}

Metrics::Series &Metrics::series(const QByteArray &name, const Labels &labels)
{
    Family &family = m_families.at(name);
    Series &series = family.series[written(labels)];
    series.buckets.resize(family.bounds.size());
    return series;
}

void Metrics::add(const QByteArray &name, const Labels &labels, double by)
{
    const std::scoped_lock lock(m_mutex);
    series(name, labels).value += by;
}

void Metrics::set(const QByteArray &name, const Labels &labels, double value)
{
    const std::scoped_lock lock(m_mutex);
    series(name, labels).value = value;
}

void Metrics::observe(const QByteArray &name, const Labels &labels, double value)
{
    const std::scoped_lock lock(m_mutex);
    Series &into = series(name, labels);
    into.value += value;
    const auto nth = static_cast<std::size_t>(into.count++);
    const Family &family = m_families.at(name);
    if (family.type == Type::Summary) {
        into.recent.resize(std::min(summarised, nth + 1));
        into.recent[nth % summarised] = value;
        return;
    }
    const auto &bounds = family.bounds;
    const auto bucket = std::ranges::lower_bound(bounds, value) - bounds.begin();
    if (static_cast<std::size_t>(bucket) < bounds.size())
        ++into.buckets[static_cast<std::size_t>(bucket)];
}

double Metrics::value(const QByteArray &name, const Labels &labels) const
{
    const std::scoped_lock lock(m_mutex);
    const auto &all = m_families.at(name).series;
    const auto it = all.find(written(labels));
    return it == all.end() ? 0 : it->second.value;
}

QByteArray Metrics::withLabel(const QByteArray &labels, const QByteArray &own) const
{
    if (labels.isEmpty())
        return own;
    return m_writer == Writer::PromClient ? own + ',' + labels : labels + ',' + own;
}

QByteArray Metrics::histogramLines(const QByteArray &name, const Family &family, const QByteArray &labels,
                                   const Series &series) const
{
    QByteArray lines;
    qint64 cumulated = 0;
    for (std::size_t i = 0; i < family.bounds.size(); ++i) {
        cumulated += series.buckets[i];
        lines += line(name + "_bucket", withLabel(labels, "le=\"" + QByteArray::number(family.bounds[i]) + '"'),
                      QByteArray::number(cumulated));
    }
    return lines + line(name + "_bucket", withLabel(labels, "le=\"+Inf\""), QByteArray::number(series.count));
}

QByteArray Metrics::summaryLines(const QByteArray &name, const QByteArray &labels, const Series &series) const
{
    std::vector<double> sorted = series.recent;
    std::ranges::sort(sorted);
    QByteArray lines;
    for (const double quantile : quantiles) {
        const auto at = static_cast<std::size_t>(std::llround(quantile * static_cast<double>(sorted.size() - 1)));
        lines += line(name, withLabel(labels, "quantile=\"" + number(quantile) + '"'), number(sorted[at]));
    }
    return lines;
}

QByteArray Metrics::page() const
{
    static constexpr const char *words[] = {"counter", "gauge", "histogram", "summary"};
    const std::scoped_lock lock(m_mutex);
    QByteArray page;
    for (const auto &[name, family] : m_families) {
        page += "# HELP " + name + ' ' + family.help + "\n# TYPE " + name + ' ' +
                words[static_cast<std::size_t>(family.type)] + '\n';
        for (const auto &[labels, series] : family.series) {
            if (family.type == Type::Counter || family.type == Type::Gauge) {
                page += line(name, labels, number(series.value));
                continue;
            }
            page += family.type == Type::Histogram ? histogramLines(name, family, labels, series)
                                                   : summaryLines(name, labels, series);
            page += line(name + "_sum", labels, number(series.value)) +
                    line(name + "_count", labels, QByteArray::number(series.count));
        }
        page += m_writer == Writer::PromClient ? "\n" : "";
    }
    return page;
}

QJsonObject Metrics::oracle() const
{
    const std::scoped_lock lock(m_mutex);
    QJsonObject all;
    for (const auto &[name, family] : m_families) {
        for (const auto &[labels, series] : family.series) {
            const auto key = [&, &labels = labels](const QByteArray &of) {
                return QString::fromUtf8(line(of, labels, {}).trimmed());
            };
            if (family.type == Type::Counter || family.type == Type::Gauge) {
                all.insert(key(name), series.value);
            } else {
                all.insert(key(name + "_count"), series.count);
                all.insert(key(name + "_sum"), series.value);
            }
        }
    }
    return all;
}

} // namespace qd::sandbox
