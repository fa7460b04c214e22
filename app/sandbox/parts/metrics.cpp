/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/metrics.h"

#include <algorithm>

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
    return QByteArray::number(value, 'g', 17);
}

QByteArray line(const QByteArray &name, const QByteArray &labels, const QByteArray &value)
{
    return name + (labels.isEmpty() ? QByteArray() : '{' + labels + '}') + ' ' + value + '\n';
}

QByteArray withBound(const QByteArray &labels, const QByteArray &bound)
{
    return labels + (labels.isEmpty() ? "" : ",") + "le=\"" + bound + '"';
}

} // namespace

void Metrics::declareCounter(const QByteArray &name, const QByteArray &help)
{
    const std::scoped_lock lock(m_mutex);
    m_families[name] = {"counter", help, {}, {}};
}

void Metrics::declareGauge(const QByteArray &name, const QByteArray &help)
{
    const std::scoped_lock lock(m_mutex);
    m_families[name] = {"gauge", help, {}, {}};
}

void Metrics::declareHistogram(const QByteArray &name, const QByteArray &help, std::vector<double> bounds)
{
    const std::scoped_lock lock(m_mutex);
    m_families[name] = {"histogram", help, std::move(bounds), {}};
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
    ++into.count;
    const auto &bounds = m_families.at(name).bounds;
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

QByteArray Metrics::page() const
{
    const std::scoped_lock lock(m_mutex);
    QByteArray page;
    for (const auto &[name, family] : m_families) {
        page += "# HELP " + name + ' ' + family.help + "\n# TYPE " + name + ' ' + family.type + '\n';
        for (const auto &[labels, series] : family.series) {
            if (family.bounds.empty()) {
                page += line(name, labels, number(series.value));
                continue;
            }
            qint64 cumulated = 0;
            for (std::size_t i = 0; i < family.bounds.size(); ++i) {
                cumulated += series.buckets[i];
                page += line(name + "_bucket", withBound(labels, QByteArray::number(family.bounds[i])),
                             QByteArray::number(cumulated));
            }
            page += line(name + "_bucket", withBound(labels, "+Inf"), QByteArray::number(series.count)) +
                    line(name + "_sum", labels, number(series.value)) +
                    line(name + "_count", labels, QByteArray::number(series.count));
        }
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
            if (family.bounds.empty()) {
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
