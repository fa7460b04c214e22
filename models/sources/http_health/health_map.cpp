/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/http_health/http_health.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// A JSON Pointer, or "" for the whole document where `key` is not written.
QString pointer(ConfigReader &reader, QStringView key)
{
    const ConfigNode node = reader.node(key);
    const QString written = reader.string(key);
    if (!written.isEmpty() && !written.startsWith(u'/'))
        reader.error(node, u"'%1': expected a JSON Pointer such as /database/status"_s.arg(key));
    return written;
}

template <class Code>
std::map<QString, Code> words(const ConfigNode &node, const QList<Code> &codes, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    QStringList known;
    for (const Code code : codes)
        known.append(toWord(code));
    std::map<QString, Code> found;
    for (const ConfigNode::Entry &entry : node.entries) {
        const QString word = reader.oneOf(entry.key, known, {});
        if (!word.isEmpty())
            found[entry.key.toLower()] = codes[known.indexOf(word)];
    }
    return found;
}

HealthMap::Check readCheck(const ConfigNode &node, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    HealthMap::Check check;
    check.each = pointer(reader, u"each");
    if (check.each.isEmpty()) {
        check.name = reader.requiredString(u"name");
        check.status = pointer(reader, u"status");
        check.latency = pointer(reader, u"latency_ms");
        check.detail = pointer(reader, u"detail");
    } else {
        check.prefix = reader.string(u"prefix");
        check.status = reader.string(u"status");
        check.latency = reader.string(u"latency_ms");
        check.detail = reader.string(u"detail");
    }
    reader.finish();
    return check;
}

HealthMap::Breakers readBreakers(const ConfigNode &node, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    if (!reader.has(u"each"))
        reader.error(node, u"'each' is missing: the JSON Pointer to the object that holds the breakers"_s);
    HealthMap::Breakers map{.name = {},
                            .each = pointer(reader, u"each"),
                            .state = reader.requiredString(u"state"),
                            .failures = reader.string(u"failures"),
                            .threshold = reader.string(u"threshold"),
                            .recovery = reader.string(u"recovery_s"),
                            .openedAt = reader.string(u"opened_at_s"),
                            .calls = reader.string(u"calls"),
                            .failuresTotal = reader.string(u"failures_total"),
                            .rejected = reader.string(u"rejected"),
                            .failureRate = reader.string(u"failure_rate")};
    reader.finish();
    return map;
}
} // namespace

HealthMap readHealthMap(const ConfigNode &node, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    HealthMap map;
    map.root = reader.string(u"root");
    map.status = pointer(reader, u"status");
    map.words = words<Level>(reader.map(u"words"), {Level::Unknown, Level::Ok, Level::Degraded, Level::Down}, errors);
    const auto checks = reader.maps(u"checks");
    for (const ConfigNode &check : checks)
        map.checks.append(readCheck(check, errors));
    const ConfigNode breakers = reader.map(u"breakers");
    if (reader.has(u"breakers"))
        map.breakers = {readBreakers(breakers, errors)};

    ConfigReader limiter(reader.map(u"limiter"), errors);
    map.limiterMode = pointer(limiter, u"mode");
    map.limiterWords = words<LimiterMode>(limiter.map(u"words"),
                                          {LimiterMode::Redis, LimiterMode::Memory, LimiterMode::FailingOpen,
                                           LimiterMode::Refusing, LimiterMode::Unknown},
                                          errors);
    limiter.finish();
    ConfigReader rejected(reader.map(u"rejected"), errors);
    map.rejectedEach = pointer(rejected, u"each");
    rejected.finish();
    const ConfigNode traffic = reader.map(u"requests");
    if (reader.has(u"requests")) {
        ConfigReader requests(traffic, errors);
        map.requests = HealthMap::Traffic{.total = pointer(requests, u"total"),
                                          .errors = pointer(requests, u"errors"),
                                          .p50 = pointer(requests, u"p50_ms"),
                                          .p95 = pointer(requests, u"p95_ms")};
        requests.finish();
    }
    if (map.status.isEmpty() && map.checks.isEmpty() && map.breakers.isEmpty() && !map.requests)
        reader.error(node, u"'map' maps nothing: expected 'status', 'checks', 'breakers' or 'requests'"_s);
    reader.finish();
    return map;
}

} // namespace qd
