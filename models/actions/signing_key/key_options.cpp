/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/redis_action.h"
#include "actions/registry.h"
#include "actions/signing_key/signing_key.h"
#include "profile/connections.h"
#include "sources/postgresql/ask.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
/// What a store's options are read from.
struct Told
{
    const ActionSpec &spec;
    const Profile &profile;
    const Clock &clock;
    const PgConnection::Stop &stop;
    QList<Error> &errors;
};

/// That the source names what a step writes; `as`: "column", "member".
template <class Has>
void wantFields(const Told &told, const SourceSpec &watched, const QString &as, const Has &has)
{
    QStringList fields{u"state"_s, u"activated_at"_s, u"retire_after"_s};
    if (told.spec.kind == "rotate-signing-key"_L1)
        fields.append(u"created_at"_s); // what was published is waited for from then on
    for (const QString &field : std::as_const(fields)) {
        if (!has(field))
            told.errors.append({ErrorCode::BadInput,
                                u"the action '%1' writes '%2': name its %3 under %3s of the source '%4'"_s.arg(
                                    told.spec.id, field, as, watched.id),
                                watched.options.where()});
    }
}

template <class C>
C orReport(const Result<C> &connection, QList<Error> &errors)
{
    if (!connection)
        errors.append(connection.error());
    return connection ? *connection : C();
}

std::unique_ptr<KeyStore> inTable(const Told &told, const SourceSpec &watched, ConfigReader &options)
{
    CustodyOptions custody;
    if (auto read = signingKeysOptions(watched)) {
        custody = std::move(*read);
        wantFields(told, watched, u"column"_s, [&](const QString &field) { return custody.rows.has(field); });
    }
    PgStore::Place place{.deployment = told.profile.name,
                         .environment = told.profile.environment,
                         .marker = tableName(options, u"environment"),
                         .connection = orReport(operatorOf(told.spec, told.profile), told.errors)};
    const QString secret = columnName(options, u"secret");
    if (secret.isEmpty() && !options.has(u"secret"))
        static_cast<void>(options.requiredString(u"secret"));
    return pgKeyStore(std::move(place), std::move(custody), secret, told.stop);
}

KeySetLayout layoutOf(const Told &told, const SourceSpec &watched)
{
    QList<Error> known; // the source tells them
    KeySetLayout layout = keySetLayout(watched, known);
    if (known.isEmpty())
        wantFields(told, watched, u"member"_s, [&](const QString &field) { return layout.has(field); });
    return layout;
}

std::unique_ptr<KeyStore> inHash(const Told &told, const SourceSpec &watched, ConfigReader &options)
{
    KeySetLayout layout = layoutOf(told, watched);
    RedisStore::Place place = readRedisPlace(options, told.spec, told.profile, &told.errors);
    const QString secret = options.requiredString(u"secret");
    return redisKeyStore(std::move(place), std::move(layout), secret, told.stop);
}

std::unique_ptr<KeyStore> overHttp(const Told &told, const SourceSpec &watched, ConfigReader &options)
{
    KeySetLayout layout = layoutOf(told, watched);
    HttpKeyPlace place{.deployment = told.profile.name,
                       .environment = told.profile.environment,
                       .connection = orReport(serviceOperatorOf(told.spec, told.profile), told.errors),
                       .markerPath = {},
                       .markerAt = {},
                       .lease = readLeasePlace(options, told.profile, told.errors)};
    const HttpConnection &http = place.connection;
    // Where a token is sent the connection says itself that it may be in clear.
    if (http.base.scheme() == "http"_L1 && !isLoopback(http.base.host()) && !http.bearer && http.headers.isEmpty())
        told.errors.append(
            {ErrorCode::BadInput,
             u"the action '%1': the secrets of keys would cross the network in clear; use https://"_s.arg(told.spec.id),
             told.spec.options.where()});
    const ConfigNode environment = options.map(u"environment");
    if (options.has(u"environment")) {
        ConfigReader marker(environment, &told.errors);
        place.markerPath = marker.requiredString(u"get");
        place.markerAt = marker.requiredString(u"at");
        if (!place.markerPath.startsWith(u'/') || !place.markerAt.startsWith(u'/'))
            marker.error(environment, u"'environment': expected such as {get: /info, at: /app/environment}"_s);
        marker.finish();
    }
    return httpKeyStore(std::move(place), std::move(layout), told.clock, told.stop);
}

/// What facts call the place of the ring that an action acts on; empty: it names none.
QString placeOf(const ActionSpec &spec, const Profile &profile)
{
    const ConfigNode *named = spec.options.find(u"source");
    const auto watched = std::ranges::find(profile.sources, named ? named->scalar : u"keys"_s, &SourceSpec::id);
    if (watched == profile.sources.end())
        return {};
    QList<Error> known; // the source tells them
    if (watched->kind == "signing-keys"_L1) {
        const auto table = signingKeysOptions(*watched);
        return table ? u"table "_s + table->rows.table : QString();
    }
    return (watched->kind == "redis-signing-keys"_L1 ? u"hash "_s : u"key set "_s) +
           keySetLayout(*watched, known).place;
}

/// That the profile has the connection that acts on a ring of the kind that `spec` names.
std::optional<Error> withoutConnection(const ActionSpec &spec, const Profile &profile)
{
    const ConfigNode *named = spec.options.find(u"source");
    const auto watched = std::ranges::find(profile.sources, named ? named->scalar : u"keys"_s, &SourceSpec::id);
    const QString kind = watched == profile.sources.end() ? QString() : watched->kind;
    const auto missing = [](const auto &connection) {
        return connection ? std::nullopt : std::optional(connection.error());
    };
    return kind == "redis-signing-keys"_L1  ? missing(redisOperatorOf(spec, profile))
           : kind == "http-signing-keys"_L1 ? missing(serviceOperatorOf(spec, profile))
                                            : missing(operatorOf(spec, profile));
}
} // namespace

Result<QString> keyActionOf(QStringView kind, const Profile &profile, const QString &where)
{
    const bool isRing = kind != "swap-secret"_L1;
    const bool isKnown = std::ranges::count(profile.actions, kind, &ActionSpec::kind) > 0;
    const auto spec = std::ranges::find_if(profile.actions, [&](const ActionSpec &each) {
        return each.kind == kind && (!isRing || where.isEmpty() || placeOf(each, profile) == where);
    });
    if (spec == profile.actions.end())
        return failure(
            ErrorCode::Unsupported,
            u"the profile names no action of kind %1%2: see 'actions' in resources/profile-reference.yaml"_s.arg(
                kind, isKnown ? u" on the "_s + where : QString()));
    if (isRing) {
        if (const auto error = withoutConnection(*spec, profile))
            return std::unexpected(*error);
        return spec->id;
    }
    const auto platform = platformOf(*spec, profile);
    if (!platform)
        return std::unexpected(platform.error());
    const auto connection = platform->kind == "render"_L1 ? httpOperatorOf(*spec, profile) : Result<HttpConnection>();
    if (!connection)
        return std::unexpected(connection.error());
    return spec->id;
}

SigningRing readSigningRing(const ActionSpec &spec, const Profile &profile, const Clock &clock,
                            const PgConnection::Stop &stop, QList<Error> &errors)
{
    ConfigReader options(spec.options, &errors);
    SigningRing keys{.deployment = profile.name, .environment = profile.environment, .store = {}, .probe = {}};
    const QString source = options.string(u"source", u"keys"_s);
    const auto watched = std::ranges::find(profile.sources, source, &SourceSpec::id);
    const Told told{.spec = spec, .profile = profile, .clock = clock, .stop = stop, .errors = errors};
    const QString kind = watched == profile.sources.end() ? QString() : watched->kind;
    if (kind == "signing-keys"_L1)
        keys.store = inTable(told, *watched, options);
    else if (kind == "redis-signing-keys"_L1)
        keys.store = inHash(told, *watched, options);
    else if (kind == "http-signing-keys"_L1)
        keys.store = overHttp(told, *watched, options);
    else
        errors.append({ErrorCode::BadInput,
                       u"the action '%1' acts on the keys that the source '%2' watches, and the profile has no such "
                       "source of kind signing-keys, redis-signing-keys or http-signing-keys: write it under "
                       "sources"_s.arg(spec.id, source),
                       spec.options.where()});
    keys.refresh = options.duration(u"refresh", keys.refresh, 1h);
    keys.overlap = std::chrono::ceil<std::chrono::seconds>(options.duration(u"overlap", keys.overlap, 366 * 24h));
    keys.probe = readTokenProbe(options, profile, errors);
    keys.jwks = readPublishedSet(options, profile, errors);
    const bool isEs256 = options.oneOf(u"algorithm", {u"HS256"_s, u"ES256"_s}, u"HS256"_s) == "ES256"_L1;
    if (keys.jwks && !isEs256)
        options.error(options.node(u"jwks"),
                      u"'jwks': what is published are public keys; expected 'algorithm: ES256'"_s);
    if (isEs256 && kind == "http-signing-keys"_L1)
        options.error(options.node(u"algorithm"), u"'algorithm': a ring over HTTP has keys of HS256 alone"_s);
    if (keys.probe && isEs256)
        keys.probe->algorithm = TokenAlgorithm::Es256;
    if (keys.store && isEs256)
        keys.store->setAlgorithm(TokenAlgorithm::Es256);
    if (keys.store)
        options.finish(); // else nobody knows what belongs to it
    return keys;
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeKeyAction(KeyDeed deed, const ActionSpec &spec,
                                                                   const Profile &profile, const Clock &clock,
                                                                   const PgConnection::Stop &stop)
{
    QList<Error> errors;
    SigningRing keys = readSigningRing(spec, profile, clock, stop, errors);
    if (!errors.isEmpty())
        return std::unexpected(errors);
    const auto make = deed == KeyDeed::Rotate ? rotateKey : deed == KeyDeed::Retire ? retireKey : revokeKey;
    return make(std::move(keys), clock, stop);
}

} // namespace qd
