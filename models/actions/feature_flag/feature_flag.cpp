/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/feature_flag/feature_flag.h"

#include "actions/registry.h"
#include "sources/postgresql/ask.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
enum class Store { Table, Redis, Http };

Store storeOf(const ActionSpec &spec)
{
    if (spec.options.find(u"source"))
        return Store::Http;
    return spec.options.find(u"hash") || spec.options.find(u"keys") ? Store::Redis : Store::Table;
}

/// As the source of such flags says where they lie; empty where the action's options do not tell.
QString placeOf(const ActionSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    if (storeOf(spec) == Store::Redis) {
        ConfigReader reader(spec.options, &errors);
        return readFlagLayout(reader, spec.options).place();
    }
    if (storeOf(spec) == Store::Http) {
        const auto source = platformOf(spec, profile);
        return source && source->kind == "http-flags"_L1 ? readFlagApi(source->options, &errors).place : QString();
    }
    const ConfigNode *table = spec.options.find(u"table");
    return table ? u"table "_s + table->scalar : QString();
}

std::optional<Error> missingConnection(const ActionSpec &spec, const Profile &profile)
{
    const auto wrong = [](const auto &connection) {
        return connection ? std::nullopt : std::optional(connection.error());
    };
    switch (storeOf(spec)) {
    case Store::Redis:
        return wrong(redisOperatorOf(spec, profile));
    case Store::Http:
        return wrong(httpOperatorOf(spec, profile));
    case Store::Table:
        break;
    }
    return wrong(operatorOf(spec, profile));
}
} // namespace

bool isVariable(const FeatureFlag &flag)
{
    return flag.where.has() && flag.where->startsWith("variable "_L1);
}

namespace {
/// The action that sets variables of the platform.
Result<QString> variableActionOn(const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, u"platform-variable"_s, &ActionSpec::kind);
    if (spec == profile.actions.end())
        return failure(ErrorCode::Unsupported,
                       u"the profile names no action for the platform's variables: see 'actions' in "
                       "resources/profile-reference.yaml"_s);
    const auto platform = platformOf(*spec, profile);
    if (!platform)
        return std::unexpected(platform.error());
    if (platform->kind == "render"_L1) {
        if (const auto connection = httpOperatorOf(*spec, profile); !connection)
            return std::unexpected(connection.error());
    }
    return spec->id;
}
} // namespace

Result<QString> actionOn(const FeatureFlag &flag, const Profile &profile)
{
    if (isVariable(flag))
        return variableActionOn(profile);
    const auto isFlags = [](const ActionSpec &spec) { return spec.kind == "feature-flag"_L1; };
    if (std::ranges::none_of(profile.actions, isFlags))
        return failure(ErrorCode::Unsupported,
                       u"the profile names no action for flags: see 'actions' in resources/profile-reference.yaml"_s);
    for (const ActionSpec &spec : profile.actions) {
        if (!isFlags(spec) || !flag.where.has() || *flag.where != placeOf(spec, profile))
            continue;
        if (const auto missing = missingConnection(spec, profile))
            return std::unexpected(*missing);
        return spec.id;
    }
    return failure(ErrorCode::Unsupported,
                   flag.where.has() ? u"it lies in the %1, where the console cannot set it"_s.arg(*flag.where)
                                    : u"it is not told where it lies"_s);
}

FlagForm formOf(const FeatureFlag &flag, const Profile &profile)
{
    if (!isVariable(flag))
        return {};
    const auto spec = std::ranges::find(profile.actions, u"platform-variable"_s, &ActionSpec::kind);
    const auto platform = spec == profile.actions.end() ? failure(ErrorCode::NotFound, {}) : platformOf(*spec, profile);
    if (!platform)
        return {};
    QList<Error> errors;
    ConfigReader reader(platform->options, &errors);
    const PlatformMap map = readPlatformMap(reader, &errors);
    const auto type = map.flags.find(flag.key);
    const auto unit = map.units.find(flag.key);
    return {.type = type == map.flags.end() ? PlatformMap::Type::Boolean : type->second,
            .unit = unit == map.units.end() ? QString() : unit->second};
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeFlagAction(const ActionSpec &spec, const Profile &profile,
                                                                    const Clock &clock, const PgConnection::Stop &stop)
{
    switch (storeOf(spec)) {
    case Store::Redis:
        return makeRedisFlagAction(spec, profile, clock, stop);
    case Store::Http:
        return makeHttpFlagAction(spec, profile, clock, stop);
    case Store::Table:
        break;
    }
    return makePgFlagAction(spec, profile, clock, stop);
}

} // namespace qd
