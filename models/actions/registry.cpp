/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/registry.h"

#include "actions/api_key/api_key.h"
#include "actions/backup/restore_backup.h"
#include "actions/breaker/breaker.h"
#include "actions/cache_flush/cache_flush.h"
#include "actions/feature_flag/feature_flag.h"
#include "actions/platform/platform_action.h"
#include "actions/raise_limit/raise_limit.h"
#include "actions/signing_key/signing_key.h"
#include "actions/unblock_client/unblock_client.h"

#include <algorithm>
#include <array>
#include <span>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
template <PlatformDeed deed>
auto onPlatform(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop)
{
    return makePlatformAction(deed, spec, profile, clock, stop);
}

template <KeyDeed deed>
auto onKeys(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop)
{
    return makeKeyAction(deed, spec, profile, clock, stop);
}

std::span<const ActionKind> registry()
{
    static const auto rows = std::to_array<ActionKind>({
        {"breaker"_L1, makeBreakerAction},
        {"cache-flush"_L1, makeFlushAction},
        {"feature-flag"_L1, makeFlagAction},
        {"platform-variable"_L1, onPlatform<PlatformDeed::SetVariable>},
        {"prewarm"_L1, makePrewarmAction},
        {"raise-limit"_L1, makeRaiseAction},
        {"redeploy"_L1, onPlatform<PlatformDeed::Redeploy>},
        {"restore-backup"_L1, makeRestoreBackupAction},
        {"restart"_L1, onPlatform<PlatformDeed::Restart>},
        {"retire-api-key"_L1, makeRetireApiKeyAction},
        {"retire-signing-key"_L1, onKeys<KeyDeed::Retire>},
        {"revoke-api-key"_L1, makeRevokeApiKeyAction},
        {"revoke-signing-key"_L1, onKeys<KeyDeed::Revoke>},
        {"roll-back"_L1, onPlatform<PlatformDeed::RollBack>},
        {"rotate-api-key"_L1, makeRotateApiKeyAction},
        {"rotate-database-password"_L1, onPlatform<PlatformDeed::RotateDatabasePassword>},
        {"rotate-redis-password"_L1, onPlatform<PlatformDeed::RotateRedisPassword>},
        {"rotate-signing-key"_L1, onKeys<KeyDeed::Rotate>},
        {"swap-secret"_L1, onPlatform<PlatformDeed::SwapSecret>},
        {"guided-rotation"_L1, onPlatform<PlatformDeed::GuidedRotation>},
        {"unblock-client"_L1, makeUnblockAction},
    });
    return rows;
}

const ActionKind *kindOf(QStringView name)
{
    const auto it = std::ranges::find_if(registry(), [&](const ActionKind &row) { return row.name == name; });
    return it == registry().end() ? nullptr : &*it;
}

Error unknownKind(const ActionSpec &spec)
{
    const QString nearest = nearestOf(spec.kind, actionKinds());
    const QString hint = nearest.isEmpty() ? u"expected one of %1"_s.arg(actionKinds().join(u", "_s))
                                           : u"did you mean '%1'?"_s.arg(nearest);
    return {ErrorCode::BadInput, u"action '%1': unknown kind; %2"_s.arg(spec.id, hint), spec.options.where()};
}

template <class C>
Result<C> connectionThatActs(const ActionSpec &spec, const Profile &profile, const QString &otherwise,
                             const QString &system)
{
    const QString name = spec.connection.isEmpty() ? otherwise : spec.connection;
    if (const auto *connection = profile.connection<C>(name))
        return *connection;
    return failure(ErrorCode::BadInput,
                   u"the action '%1' acts through the %2 connection '%3', and the profile has none: write it under "
                   u"connections, with a role that may write"_s.arg(spec.id, system, name),
                   spec.options.where());
}
} // namespace

QStringList actionKinds()
{
    QStringList names;
    for (const ActionKind &kind : registry())
        names.append(kind.name);
    return names;
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeAction(const QString &id, const Profile &profile,
                                                                const Clock &clock, const PgConnection::Stop &stop)
{
    const auto spec = std::ranges::find(profile.actions, id, &ActionSpec::id);
    if (spec == profile.actions.end()) {
        QStringList known;
        for (const ActionSpec &each : profile.actions)
            known.append(each.id);
        const QString has = known.isEmpty() ? u"its profile has none"_s : u"it has %1"_s.arg(known.join(u", "_s));
        return std::unexpected(QList<Error>{
            {ErrorCode::NotFound, u"%1 has no action '%2'; %3"_s.arg(profile.name, id, has), profile.name}});
    }
    const ActionKind *kind = kindOf(spec->kind);
    if (!kind)
        return std::unexpected(QList<Error>{unknownKind(*spec)});
    return kind->make(*spec, profile, clock, stop);
}

QList<Error> checkActions(const Profile &profile)
{
    QList<Error> errors;
    const SystemClock clock;
    for (const ActionSpec &spec : profile.actions) {
        if (!kindOf(spec.kind)) {
            errors.append(unknownKind(spec));
            continue;
        }
        const auto made = makeAction(spec.id, profile, clock);
        if (!made)
            errors += made.error();
        const auto postgres = operatorOf(spec, profile);
        const auto redis = redisOperatorOf(spec, profile);
        const auto http = httpOperatorOf(spec, profile);
        const auto service = serviceOperatorOf(spec, profile);
        const auto platform = platformOf(spec, profile);
        errors.removeIf([&](const Error &error) {
            const auto is = [&](const auto &missing) { return !missing && error == missing.error(); };
            return is(postgres) || is(redis) || is(http) || is(service) || is(platform);
        });
    }
    return errors;
}

QList<Error> warnOfActions(const Profile &profile)
{
    QList<Error> warnings;
    const auto warn = [&warnings](const Error &error) {
        if (!warnings.contains(error))
            warnings.append(error);
    };
    const auto wrongWith = [&warn](const std::optional<SecretRef> &password) {
        if (!password || password->scheme != SecretRef::Scheme::File)
            return;
        if (const auto secret = resolve(*password); !secret)
            warn(secret.error());
    };
    const SystemClock clock;
    for (const ActionSpec &spec : profile.actions) {
        const auto made = makeAction(spec.id, profile, clock);
        for (const Error &error : made ? QList<Error>() : made.error())
            warn(error);
        if (const auto postgres = operatorOf(spec, profile); made && postgres)
            wrongWith(postgres->password);
        if (const auto redis = redisOperatorOf(spec, profile); made && redis)
            wrongWith(redis->password);
    }
    return warnings;
}

Result<PostgresConnection> operatorOf(const ActionSpec &spec, const Profile &profile)
{
    return connectionThatActs<PostgresConnection>(spec, profile, u"operator"_s, u"PostgreSQL"_s);
}

Result<RedisConnection> redisOperatorOf(const ActionSpec &spec, const Profile &profile)
{
    return connectionThatActs<RedisConnection>(spec, profile, u"redis_operator"_s, u"Redis"_s);
}

Result<QString> redisActionOf(QStringView kind, const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, kind, &ActionSpec::kind);
    if (spec == profile.actions.end())
        return failure(
            ErrorCode::Unsupported,
            u"the profile of %1 names no action '%2': see 'actions' in resources/profile-reference.yaml"_s.arg(
                profile.name, kind),
            profile.name);
    if (const auto connection = redisOperatorOf(*spec, profile); !connection)
        return std::unexpected(connection.error());
    return spec->id;
}

Result<HttpConnection> httpOperatorOf(const ActionSpec &spec, const Profile &profile)
{
    return connectionThatActs<HttpConnection>(spec, profile, u"platform_operator"_s, u"HTTP"_s);
}

Result<HttpConnection> serviceOperatorOf(const ActionSpec &spec, const Profile &profile)
{
    return connectionThatActs<HttpConnection>(spec, profile, u"http_operator"_s, u"HTTP"_s);
}

Result<SourceSpec> platformOf(const ActionSpec &spec, const Profile &profile)
{
    const ConfigNode *named = spec.options.find(u"source");
    const QString id = named ? named->scalar : u"platform"_s;
    const auto source = std::ranges::find(profile.sources, id, &SourceSpec::id);
    if (source == profile.sources.end())
        return failure(ErrorCode::BadInput,
                       u"the action '%1' acts on the platform that the source '%2' watches, and the profile has none: "
                       "write it under sources"_s.arg(spec.id, id),
                       spec.options.where());
    return *source;
}

namespace {
/// It acts in PostgreSQL, and the source that watches the same names the table.
bool actsOnTable(const ActionSpec &spec, const Profile &profile)
{
    const bool isOfClients = spec.kind.endsWith("-api-key"_L1);
    if (!isOfClients && !spec.kind.endsWith("-signing-key"_L1))
        return false;
    const ConfigNode *named = spec.options.find(u"source");
    const QString source = named ? named->scalar : isOfClients ? u"api_keys"_s : u"keys"_s;
    const auto watched = std::ranges::find(profile.sources, source, &SourceSpec::id);
    return watched != profile.sources.end() && watched->kind == (isOfClients ? "api-keys"_L1 : "signing-keys"_L1);
}
} // namespace

Result<PgStore::Place> placeOf(const QString &id, const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, id, &ActionSpec::id);
    if (spec == profile.actions.end())
        return failure(ErrorCode::NotFound, u"%1 has no action '%2'"_s.arg(profile.name, id), profile.name);
    // What acts through another system has its approvals beside its lease, and what names no table of PostgreSQL has
    // them where another action does: the 'environment' of Redis is a key, and that of a platform a variable.
    const auto tells = [&](const ActionSpec &each) {
        const ConfigNode *lease = each.options.find(u"lease");
        const ConfigNode *name = lease ? lease->find(u"connection") : nullptr;
        return each.options.find(u"table") || actsOnTable(each, profile) ||
               (lease && profile.connection<PostgresConnection>(name ? name->scalar : u"operator"_s));
    };
    auto told = spec;
    if (!tells(*told))
        told = std::ranges::find_if(profile.actions, [&](const ActionSpec &each) { return tells(each); });
    const bool isTold = told != profile.actions.end();
    const ConfigNode *lease = isTold ? told->options.find(u"lease") : nullptr;
    const ConfigNode *options = lease ? lease : isTold ? &told->options : nullptr;
    ActionSpec acting = isTold ? *told : *spec;
    if (lease || !isTold) {
        const ConfigNode *name = lease ? lease->find(u"connection") : nullptr;
        acting.connection = name ? name->scalar : QString();
    }
    const auto connection = operatorOf(acting, profile);
    if (!connection)
        return std::unexpected(connection.error());
    const ConfigNode *marker = options ? options->find(u"environment") : nullptr;
    return PgStore::Place{.deployment = profile.name,
                          .environment = profile.environment,
                          .marker = marker ? marker->scalar : QString(),
                          .connection = *connection};
}

} // namespace qd
