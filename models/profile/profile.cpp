/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "profile/profile.h"

#include "profile/connections.h"
#include "profile/preset.h"

#include <QFile>
#include <QFileInfo>
#include <QTimeZone>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Of intervals and deadlines; timers count milliseconds in an int.
constexpr milliseconds longestPace = std::chrono::hours(1);

seconds inSeconds(milliseconds duration)
{
    return std::chrono::duration_cast<seconds>(duration);
}

void readIdentity(ConfigReader &reader, Profile &profile)
{
    profile.name = reader.requiredString(u"name");
    if (!profile.name.isEmpty() && !isName(profile.name))
        reader.error(reader.node(u"name"),
                     u"'name': expected letters, digits, '.', '_' and '-' alone, at most 63; words go into 'title'"_s);
    profile.title = reader.string(u"title", profile.name);
    profile.environment = reader.string(u"environment");
    if (!reader.has(u"environment"))
        reader.error(reader.node(u"name"),
                     u"'environment' is missing: expected production, staging, development or your own word"_s);
    profile.preset = reader.string(u"preset");
}

/// The connection that a source or an action names; empty where it names none.
QString readConnectionName(ConfigReader &reader)
{
    const QString name = reader.string(u"connection");
    if (name.isEmpty() || isName(name))
        return name;
    // It may be an address with its password.
    reader.error(reader.node(u"connection"), u"'connection': expected a name that is written under connections"_s);
    return {};
}

/// What is not read here belongs to its kind.
ConfigNode optionsOf(ConfigNode node, const QStringList &read)
{
    node.entries.removeIf([&](const ConfigNode::Entry &option) { return read.contains(option.key); });
    return node;
}

SourceSpec readSource(const ConfigNode::Entry &entry, QList<Error> *errors)
{
    SourceSpec spec;
    ConfigReader reader(entry.value, errors);
    spec.id = entry.key;
    spec.kind = reader.requiredString(u"kind");
    spec.connection = readConnectionName(reader);
    spec.interval = reader.duration(u"interval", spec.interval, longestPace);
    spec.deadline = reader.duration(u"deadline", spec.deadline, longestPace);
    spec.options = optionsOf(entry.value, {u"kind"_s, u"connection"_s, u"interval"_s, u"deadline"_s});
    return spec;
}

ActionSpec readAction(const ConfigNode::Entry &entry, QList<Error> *errors)
{
    ConfigReader reader(entry.value, errors);
    return {.id = entry.key,
            .kind = reader.requiredString(u"kind"),
            .connection = readConnectionName(reader),
            .options = optionsOf(entry.value, {u"kind"_s, u"connection"_s})};
}

/// `intervals:` and `deadlines:` name sources, so that a profile need not repeat a preset's source to change its pace.
void readPaces(ConfigReader &reader, QStringView key, Profile &profile, milliseconds SourceSpec::*field,
               QList<Error> *errors)
{
    const ConfigNode node = reader.map(key);
    ConfigReader paces(node, errors);
    for (SourceSpec &spec : profile.sources)
        spec.*field = paces.duration(spec.id, spec.*field, longestPace);
    paces.finish();
}

/// The entries of a map of named things. `redis: off` leaves out what the preset has and this deployment does not.
QList<ConfigNode::Entry> namedIn(const ConfigNode &map, const QString &what, QList<Error> *errors)
{
    QList<ConfigNode::Entry> named;
    for (const ConfigNode::Entry &entry : map.entries) {
        const bool off = entry.value.kind == ConfigNode::Kind::Scalar && entry.value.scalar == "off"_L1;
        if (!isName(entry.key)) {
            // It may be an address with its password.
            errors->append({ErrorCode::BadInput,
                            u"%1's name: expected letters, digits, '.', '_' and '-' alone, at most 63"_s.arg(what),
                            u"%1:%2:%3"_s.arg(entry.value.file).arg(entry.line).arg(entry.column)});
            continue;
        }
        if (!off)
            named.append(entry);
    }
    return named;
}

void readActions(ConfigReader &reader, Profile &profile, QList<Error> *errors)
{
    for (const ConfigNode::Entry &entry : namedIn(reader.map(u"actions"), u"an action"_s, errors))
        profile.actions.append(readAction(entry, errors));
    profile.actions.removeIf([](const ActionSpec &spec) { return spec.kind.isEmpty(); }); // said already
}

void readSources(ConfigReader &reader, Profile &profile, QList<Error> *errors)
{
    const ConfigNode sources = reader.map(u"sources");
    for (const ConfigNode::Entry &entry : namedIn(sources, u"a source"_s, errors))
        profile.sources.append(readSource(entry, errors));
    if (sources.entries.isEmpty())
        reader.error(sources, u"no sources: name a preset ('preset: quoted') or write 'sources:'"_s);
    readPaces(reader, u"intervals", profile, &SourceSpec::interval, errors);
    readPaces(reader, u"deadlines", profile, &SourceSpec::deadline, errors);
    for (const SourceSpec &spec : std::as_const(profile.sources)) {
        if (spec.interval < milliseconds(100))
            reader.error(reader.has(u"intervals") ? reader.node(u"intervals") : sources,
                         u"the interval of '%1' is under 100 ms; that is no way to treat a deployment"_s.arg(spec.id));
    }
    profile.sources.removeIf([](const SourceSpec &spec) { return spec.kind.isEmpty(); }); // said already
}

/// What is written of sources means nothing without the preset that it builds on.
void passOverSources(ConfigReader &reader)
{
    for (const QStringView key : {u"sources", u"intervals", u"deadlines"})
        static_cast<void>(reader.node(key));
}

/// `backups:`; nothing where it is not written.
std::optional<BackupPolicy> readBackupPolicy(ConfigReader &reader, QList<Error> *errors)
{
    if (!reader.has(u"backups"))
        return std::nullopt;
    ConfigReader item(reader.map(u"backups"), errors);
    BackupPolicy policy{.every = inSeconds(item.duration(u"every", seconds(0))),
                        .keep = inSeconds(item.duration(u"keep", seconds(0)))};
    const QByteArray zone = item.string(u"zone", QString::fromLatin1(policy.zone)).toLatin1();
    if (QTimeZone::isTimeZoneIdAvailable(zone))
        policy.zone = zone;
    else
        item.error(item.node(u"zone"), u"'zone': expected a time zone by its name, such as Europe/Lisbon or UTC"_s);
    item.finish();
    return policy;
}

/// `rotation:`; nothing is due where it is not written.
RotationPolicy readRotationPolicy(ConfigReader &reader, QList<Error> *errors)
{
    ConfigReader item(reader.map(u"rotation"), errors);
    const RotationPolicy policy{.signingKeys = inSeconds(item.duration(u"signing_keys", seconds(0))),
                                .apiKeys = inSeconds(item.duration(u"api_keys", seconds(0)))};
    item.finish();
    return policy;
}

/// A policy without a name is about nothing.
template <class Policy, class Read>
QList<Policy> readNamed(ConfigReader &reader, QStringView key, QList<Error> *errors, Read read)
{
    QList<Policy> policies;
    QStringList names;
    const auto nodes = reader.maps(key);
    for (const ConfigNode &node : nodes) {
        ConfigReader item(node, errors);
        const QString name = item.requiredString(u"name");
        if (names.contains(name))
            item.error(node, u"'%1' has '%2' twice"_s.arg(key, name));
        names.append(name);
        policies.append(read(item, name));
        item.finish();
    }
    return policies;
}

/// One of `expectations:`; what it measures is the key that its metric stands under.
Expectation readExpectation(ConfigReader &item, const QString &name)
{
    using Measure = Expectation::Measure;
    constexpr double most = 1e15;
    Expectation expected{.title = item.string(u"title", name), .unit = item.string(u"unit")};
    int metrics = 0;
    for (const auto &[key, measure] : {std::pair(u"value", Measure::Value),
                                       std::pair(u"per_minute", Measure::PerMinute), std::pair(u"p95", Measure::P95)}) {
        if (!item.has(key))
            continue;
        ++metrics;
        expected.measure = measure;
        expected.metric = item.selector(key).value_or(Selector());
    }
    if (metrics != 1)
        item.error(item.node(u"name"),
                   u"'%1': expected its metric once, under 'value', 'per_minute' or 'p95'"_s.arg(name));
    if (item.has(u"at_most"))
        expected.atMost = item.number(u"at_most", 0, -most, most);
    if (item.has(u"at_least"))
        expected.atLeast = item.number(u"at_least", 0, -most, most);
    if (!expected.atMost && !expected.atLeast)
        item.error(item.node(u"name"), u"'%1': expected a bound, 'at_most' or 'at_least'"_s.arg(name));
    return expected;
}

void readPolicies(ConfigReader &reader, Profile &profile, QList<Error> *errors)
{
    constexpr qint64 most = 1'000'000'000;
    profile.breakers =
        readNamed<BreakerPolicy>(reader, u"breakers", errors, [](ConfigReader &item, const QString &name) {
            return BreakerPolicy{.name = name,
                                 .failureThreshold = item.integer(u"failures", 0, 1, most),
                                 .recoveryTimeout = inSeconds(item.duration(u"recovery", seconds(0)))};
        });
    profile.caches = readNamed<CachePolicy>(reader, u"caches", errors, [](ConfigReader &item, const QString &name) {
        return CachePolicy{.group = name,
                           .ttl = inSeconds(item.duration(u"ttl", seconds(0))),
                           .hitRateAtLeast = item.share(u"hit_rate_at_least")};
    });
    profile.tiers = readNamed<TierPolicy>(reader, u"tiers", errors, [](ConfigReader &item, const QString &name) {
        return TierPolicy{.name = name,
                          .limit = item.integer(u"limit", 0, 1, most),
                          .window = inSeconds(item.duration(u"window", seconds(60))),
                          .scopes = item.strings(u"scopes")};
    });
    QMap<QString, QString> titles; // an expectation's name by its title, which is what reasons and events name it by
    profile.expectations =
        readNamed<Expectation>(reader, u"expectations", errors, [&titles](ConfigReader &item, const QString &name) {
            Expectation expected = readExpectation(item, name);
            const QString other = titles.value(expected.title, name);
            if (other != name)
                item.error(item.node(item.has(u"title") ? u"title" : u"name"),
                           u"'%1': '%2' has the title '%3' already"_s.arg(name, other, expected.title));
            titles.insert(expected.title, other);
            return expected;
        });
    profile.backupPolicy = readBackupPolicy(reader, errors);
    profile.rotation = readRotationPolicy(reader, errors);
    ConfigReader thresholds(reader.map(u"thresholds"), errors);
    profile.limitNearAt = thresholds.share(u"limit_near").value_or(profile.limitNearAt);
    profile.errorsAtMost = thresholds.share(u"errors").value_or(profile.errorsAtMost);
    profile.latencyP95AtMost = thresholds.duration(u"latency_p95", profile.latencyP95AtMost);
    profile.refusalsAtMost = thresholds.integer(u"refusals", profile.refusalsAtMost, 0, most);
    profile.replicaLagAtMost = thresholds.bytes(u"replica_lag", profile.replicaLagAtMost);
    profile.replayDelayAtMost = thresholds.duration(u"replay_delay", profile.replayDelayAtMost);
    profile.poolWaitAtMost = thresholds.duration(u"pool_wait", profile.poolWaitAtMost);
    thresholds.finish();
    profile.verify = reader.maps(u"verify");
    profile.unavailable = reader.strings(u"unavailable");
}

/// `connections:` as a map, or a null node; what stands there instead of one is not quoted.
ConfigNode connectionsOf(ConfigReader &reader)
{
    const ConfigNode written = reader.node(u"connections");
    if (written.kind == ConfigNode::Kind::Map)
        return written;
    if (written.kind != ConfigNode::Kind::Null)
        reader.error(written, u"'connections': expected a map (lines of 'key: value'), found something else"_s);
    return {};
}

/// "quarterdeck: 1" says that the file is one of ours and how to read it.
void readVersion(ConfigReader &reader, const ConfigNode &root)
{
    if (!reader.has(u"quarterdeck"))
        reader.error(root, u"expected 'quarterdeck: 1' at the top; is this a Quarterdeck profile?"_s);
    if (reader.integer(u"quarterdeck", 1, 0, 1'000'000) != 1)
        reader.error(reader.node(u"quarterdeck"), u"'quarterdeck': this program reads version 1 alone"_s);
}

ProfileDraft draft(const QByteArray &yaml, const QString &file)
{
    const auto root = parseYaml(yaml, file);
    if (!root)
        return {.profile = {}, .errors = {root.error()}};
    ProfileDraft draft;
    QList<Error> &errors = draft.errors;
    const auto preset = loadPreset(*root, &errors);
    const ConfigNode all = merged(*root, preset.value_or(ConfigNode()));

    Profile &profile = draft.profile;
    ConfigReader reader(all, &errors);
    if (all.kind == ConfigNode::Kind::Map) {
        readVersion(reader, *root);
        readIdentity(reader, profile);
        readConnections(connectionsOf(reader), profile, &errors);
        if (preset)
            readSources(reader, profile, &errors);
        else
            passOverSources(reader);
        // That each source lacks its connection would be said for nothing.
        if (const auto kind = reader.node(u"connections").kind;
            kind == ConfigNode::Kind::Scalar || kind == ConfigNode::Kind::List)
            profile.sources.clear();
        readActions(reader, profile, &errors);
        readPolicies(reader, profile, &errors);
        reader.finish();
    }
    sortByPlace(errors);
    return draft;
}

ProfileResult resultOf(ProfileDraft draft)
{
    if (!draft.errors.isEmpty())
        return std::unexpected(std::move(draft.errors));
    return std::move(draft.profile);
}
QList<SecretRef> listed(const std::optional<SecretRef> &secret)
{
    return secret ? QList{*secret} : QList<SecretRef>();
}
QList<SecretRef> secretsOf(const HttpConnection &http)
{
    QList<SecretRef> all = listed(http.bearer);
    for (const auto &header : http.headers)
        all.append(header.second);
    return all;
}
QList<SecretRef> secretsOf(const RedisConnection &redis)
{
    return listed(redis.password) + listed(redis.sentinelPassword);
}
QList<SecretRef> secretsOf(const PostgresConnection &postgres)
{
    return listed(postgres.password);
}
} // namespace

QString RedisConnection::Address::text() const
{
    return (host.contains(u':') ? u"[%1]:%2"_s : u"%1:%2"_s).arg(host).arg(port);
}

milliseconds Profile::staleAfter(const QString &source) const
{
    const auto spec = std::ranges::find_if(sources, [&](const SourceSpec &s) { return s.id == source; });
    const SourceSpec &found = spec == sources.end() ? SourceSpec{} : *spec;
    return 2 * found.interval + found.deadline;
}

Error Profile::placed(Error error) const
{
    for (const auto &named : connections) {
        const QList<SecretRef> refs = std::visit([](const auto &c) { return secretsOf(c); }, named.second);
        const auto ref = std::ranges::find_if(
            refs, [&](const SecretRef &r) { return error.where == r.written() && !r.place.isEmpty(); });
        if (ref != refs.end()) {
            error.where += u", written at "_s + ref->place;
            break;
        }
    }
    return error;
}

ProfileResult parseProfile(const QByteArray &yaml, const QString &file)
{
    return resultOf(draft(yaml, file));
}

ProfileResult loadProfile(const QString &path)
{
    return resultOf(draftProfile(path));
}

ProfileDraft draftProfile(const QString &path)
{
    const auto refused = [&](ErrorCode code, const QString &message) {
        return ProfileDraft{.profile = {}, .errors = {{code, message, path}}};
    };
    const QFileInfo info(path);
    if (!info.exists())
        return refused(ErrorCode::NotFound, u"no such file"_s);
    if (!info.isFile())
        return refused(ErrorCode::BadInput, u"expected a file, not a directory or device"_s);
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return refused(ErrorCode::Forbidden, u"the file cannot be read: %1"_s.arg(file.errorString()));
    return draft(file.read(2LL * 1024 * 1024), path);
}

} // namespace qd
