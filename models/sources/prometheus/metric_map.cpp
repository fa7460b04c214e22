/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/prometheus/prometheus.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
Selector requiredSelector(ConfigReader &reader, const ConfigNode &at, QStringView key)
{
    if (!reader.has(key))
        reader.error(at, u"'%1' is missing: the metric that counts it"_s.arg(key));
    return reader.selector(key).value_or(Selector());
}

MetricMap::Breakers readBreakers(const ConfigNode &node, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    MetricMap::Breakers map;
    map.name = reader.requiredString(u"name").toUtf8();
    map.state = reader.selector(u"state");
    if (map.state)
        map.stateLabel = reader.requiredString(u"state_label").toUtf8();
    map.calls = reader.selector(u"calls");
    map.failures = reader.selector(u"failures_total");
    map.rejected = reader.selector(u"rejected");
    map.opened = reader.selector(u"opened");
    map.failureRate = reader.selector(u"failure_rate");
    if (!map.state && !map.calls && !map.failures && !map.rejected && !map.opened && !map.failureRate)
        reader.error(node, u"'breakers' maps nothing: expected 'state', 'calls', 'failures_total', 'rejected', "
                           "'opened' or 'failure_rate'"_s);
    reader.finish();
    return map;
}

MetricMap::Rejected readRejected(const ConfigNode &node, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    MetricMap::Rejected map;
    map.count = requiredSelector(reader, node, u"count");
    map.tier = reader.string(u"tier").toUtf8();
    map.name = reader.string(u"name");
    if (map.tier.isEmpty() == map.name.isEmpty())
        reader.error(node,
                     u"'rejected': expected either 'tier' (the label with a tier's name) or 'name' (of the tier)"_s);
    reader.finish();
    return map;
}
} // namespace

MetricMap readMetricMap(ConfigReader &options, const ConfigNode &at, QList<Error> *errors)
{
    MetricMap map;
    ConfigReader reader(options.map(u"map"), errors);
    const ConfigNode breakers = reader.map(u"breakers");
    if (reader.has(u"breakers"))
        map.breakers = readBreakers(breakers, errors);
    const ConfigNode caches = reader.map(u"caches");
    if (reader.has(u"caches")) {
        ConfigReader part(caches, errors);
        map.caches = MetricMap::Caches{.group = part.requiredString(u"group").toUtf8(),
                                       .hits = requiredSelector(part, caches, u"hits"),
                                       .misses = requiredSelector(part, caches, u"misses")};
        part.finish();
    }
    const ConfigNode rejected = reader.map(u"rejected");
    if (reader.has(u"rejected"))
        map.rejected = readRejected(rejected, errors);
    const ConfigNode requests = reader.map(u"requests");
    if (reader.has(u"requests")) {
        ConfigReader part(requests, errors);
        map.requests = MetricMap::Traffic{.total = part.selector(u"total"),
                                          .errors = part.selector(u"errors"),
                                          .latency = part.selector(u"latency_s")};
        part.finish();
    }
    reader.finish();
    const QStringList metrics = options.strings(u"metrics");
    for (const QString &name : metrics)
        map.metrics.append(name.toUtf8());
    if (!map.breakers && !map.caches && !map.rejected && !map.requests && map.metrics.isEmpty())
        options.error(at, u"nothing is read from the page: expected 'map' or 'metrics' (a list of names)"_s);
    return map;
}

} // namespace qd
