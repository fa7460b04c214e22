/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/http_health/http_health.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Appends `step` to a check's path; "" is the deployment itself.
QString joined(const QString &path, const QString &step)
{
    return path.isEmpty() ? step : path + u'/' + step;
}

/// One more than the cap, so that it is said.
bool isFull(const HealthMap &map)
{
    return map.checks.size() > HealthMap::checkCap;
}

/// Spring Boot nests components (2.2 and later) or details (before), and resilience4j's breakers are details of theirs.
/// Their failed and refused calls are not taken: they count a window or since the last transition, and begin anew.
void addComponents(HealthMap &map, const QJsonObject &node, const QString &pointer, const QString &path, int depth)
{
    constexpr int deepest = 9; // one more than a path may have, so that it is said
    if (depth >= deepest)
        return;
    for (const QString &group : {u"components"_s, u"details"_s}) {
        const QJsonObject members = node.value(group).toObject();
        for (auto it = members.begin(); it != members.end() && !isFull(map); ++it) {
            const QJsonObject member = it.value().toObject();
            if (!member.value("status"_L1).isString())
                continue;
            const QString at = pointer + u'/' + group + pointerStep(it.key());
            const QString name = joined(path, pathStep(it.key()));
            HealthMap::Check check;
            check.name = name;
            check.status = at + u"/status"_s;
            check.detail = at + u"/details/error"_s;
            map.checks.append(check);
            const QJsonObject details = member.value("details"_L1).toObject();
            if (details.contains("state"_L1) && details.contains("failureRate"_L1)) {
                HealthMap::Breakers breaker;
                breaker.name = it.key();
                breaker.each = at + u"/details"_s;
                breaker.state = u"state"_s;
                breaker.failureRate = u"failureRate"_s;
                map.breakers.append(breaker);
            }
            addComponents(map, member, at, name, depth + 1);
        }
    }
}

/// One measurement of a component; `factor` 0 where it measures no time.
double factorOf(const QString &measurement, const QString &unit)
{
    static const std::map<QString, double> factors{{u"ms"_s, 1}, {u"s"_s, 1000}, {u"us"_s, 0.001}, {u"ns"_s, 1e-6}};
    const auto it = factors.find(unit);
    return measurement.toLower() == "responsetime"_L1 && it != factors.end() ? it->second : 0;
}

HealthMap::Check measurementAt(const QString &pointer, const QJsonObject &entry, const QString &measurement)
{
    HealthMap::Check check;
    if (entry.contains("status"_L1))
        check.status = pointer + u"/status"_s;
    const double factor = factorOf(measurement, entry.value("observedUnit"_L1).toString());
    if (factor > 0) {
        check.latency = pointer + u"/observedValue"_s;
        check.latencyFactor = factor;
    }
    if (entry.contains("output"_L1)) {
        check.detail = pointer + u"/output"_s;
    } else if (factor <= 0) {
        check.detail = pointer + u"/observedValue"_s;
        check.unit = pointer + u"/observedUnit"_s;
    }
    return check;
}

/// checks["component:measurement"] is a list with one entry for each instance. A component with one entry is a leaf.
void addMeasurements(HealthMap &map, const QJsonObject &document, const QString &root)
{
    const QJsonObject checks = document.value("checks"_L1).toObject();
    std::map<QString, qsizetype> entries;
    for (auto it = checks.begin(); it != checks.end(); ++it)
        entries[it.key().section(u':', 0, 0)] += std::max<qsizetype>(1, it.value().toArray().size());
    for (auto it = checks.begin(); it != checks.end(); ++it) {
        const QString component = it.key().section(u':', 0, 0);
        const QString measurement = it.key().section(u':', 1);
        const QString pointer = u"/checks"_s + pointerStep(it.key());
        const QJsonArray list = it.value().isArray() ? it.value().toArray() : QJsonArray{it.value()};
        for (qsizetype i = 0; i < list.size() && !isFull(map); ++i) {
            const QJsonObject entry = list[i].toObject();
            const QString at = it.value().isArray() ? pointer + u'/' + QString::number(i) : pointer;
            HealthMap::Check check = measurementAt(at, entry, measurement);
            check.name = joined(root, pathStep(component));
            if (entries[component] > 1 && !measurement.isEmpty())
                check.name = joined(check.name, pathStep(measurement));
            if (list.size() > 1)
                check.name =
                    joined(check.name, pathStep(entry.value("componentId"_L1).toString(QString::number(i + 1))));
            map.checks.append(check);
        }
    }
}

/// One check for each member of `each`.
HealthMap::Check membersOf(const QString &each, const QString &root)
{
    HealthMap::Check check;
    check.each = each;
    check.prefix = root;
    check.status = u"status"_s;
    return check;
}
} // namespace

HealthMap mapOf(HealthShape shape, const QString &root, const QJsonObject &document)
{
    using enum Level;
    HealthMap map;
    map.root = root;
    map.status = u"/status"_s;
    switch (shape) {
    case HealthShape::Actuator:
        // An application's own words ("CIRCUIT_OPEN") are left out where Spring sums up, and mean nothing here.
        map.words = {{u"up"_s, Ok}, {u"down"_s, Down}, {u"out_of_service"_s, Down}, {u"unknown"_s, Unknown}};
        addComponents(map, document, {}, root, 0);
        break;
    case HealthShape::HealthJson:
        map.words = {{u"pass"_s, Ok},   {u"ok"_s, Ok},      {u"up"_s, Ok},    {u"warn"_s, Degraded},
                     {u"fail"_s, Down}, {u"error"_s, Down}, {u"down"_s, Down}};
        addMeasurements(map, document, root);
        break;
    case HealthShape::Terminus:
        map.words = {{u"ok"_s, Ok}, {u"up"_s, Ok}, {u"error"_s, Down}, {u"down"_s, Down}, {u"shutting_down"_s, Down}};
        map.checks = {membersOf(u"/details"_s, root)};
        map.checks[0].detail = u"message"_s;
        break;
    case HealthShape::AspNet:
        map.words = {{u"healthy"_s, Ok}, {u"degraded"_s, Degraded}, {u"unhealthy"_s, Down}};
        map.checks = {membersOf(u"/entries"_s, root)};
        map.checks[0].latency = u"duration"_s;
        map.checks[0].detail = u"description"_s;
        break;
    }
    return map;
}

} // namespace qd
