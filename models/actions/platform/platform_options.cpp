/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/password/password_rotation.h"
#include "actions/platform/platform_action.h"
#include "actions/platform/program_services.h"
#include "actions/platform/render_service.h"
#include "actions/registry.h"
#include "actions/side_lease.h"
#include "base/redact.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
template <class T>
void takeErrors(const std::expected<T, QList<Error>> &read, QList<Error> &errors)
{
    if (!read)
        errors += read.error();
}

void readService(const SourceSpec &source, const ActionSpec &spec, const Profile &profile, ServicePlatform &platform,
                 QList<Error> &errors)
{
    if (source.kind == "render"_L1) {
        auto options = renderOptions(source);
        const auto connection = httpOperatorOf(spec, profile);
        takeErrors(options, errors);
        if (!connection)
            errors.append(connection.error());
        if (!options || !connection)
            return;
        options->connection = *connection;
        options->connectionName = spec.connection.isEmpty() ? u"platform_operator"_s : spec.connection;
        platform.map = options->map;
        platform.service = [options = *options](IoLine &io) { return renderService(options, io); };
    } else if (source.kind == "railway"_L1 || source.kind == "kubernetes"_L1) {
        const auto watched = sourceFactory(source, profile);
        takeErrors(watched, errors);
        if (!watched)
            return;
        if (source.kind == "railway"_L1) {
            const RailwayOptions options = *railwayOptions(source);
            platform.map = options.map;
            platform.service = [=](IoLine &line) { return railwayService(options, *watched, line); };
        } else {
            const KubernetesOptions options = *kubernetesOptions(source);
            platform.map = options.map;
            platform.service = [=](IoLine &line) { return kubernetesService(options, *watched, line); };
        }
    } else if (source.kind == "compose"_L1) {
        const auto options = composeOptions(source);
        takeErrors(options, errors);
        if (!options)
            return;
        platform.map = options->map;
        platform.service = [=](IoLine &line) { return composeService(*options, line); };
    } else {
        errors.append({ErrorCode::BadInput, u"the source '%1' is of no platform that can be acted on"_s.arg(source.id),
                       spec.options.where()});
    }
}

void readHealth(ConfigReader &reader, const Profile &profile, ServicePlatform &platform, QList<Error> &errors)
{
    const QStringList wanted = reader.strings(u"health");
    for (const QString &id : wanted) {
        const auto source = std::ranges::find(profile.sources, id, &SourceSpec::id);
        if (source == profile.sources.end())
            reader.error(reader.node(u"health"), u"'health': the profile has no source '%1'"_s.arg(id));
        else if (source->kind != "http-health"_L1)
            reader.error(reader.node(u"health"),
                         u"'health': '%1' is of kind %2; expected sources of kind http-health"_s.arg(id, source->kind));
    }
    for (const SourceSpec &source : profile.sources) {
        if (source.kind != "http-health"_L1 || (!wanted.isEmpty() && !wanted.contains(source.id)))
            continue;
        const auto factory = sourceFactory(source, profile);
        takeErrors(factory, errors);
        if (factory)
            platform.health.append({.id = source.id, .factory = *factory});
    }
}

void readGuided(ConfigReader &reader, const Profile &profile, GuidedRotation &guided)
{
    guided.variable = reader.requiredString(u"variable");
    guided.beginsWith = reader.string(u"begins_with");
    guided.before = reader.strings(u"before");
    guided.after = reader.strings(u"after");
    guided.expectation = reader.string(u"expectation");
    guided.lookFor = reader.duration(u"look_for", guided.lookFor, 24h);
    const auto known = std::ranges::find(profile.expectations, guided.expectation, &Expectation::title);
    if (!guided.expectation.isEmpty() && known == profile.expectations.end())
        reader.error(reader.node(u"expectation"),
                     u"'expectation': nothing under expectations has the title '%1'"_s.arg(guided.expectation));
}

} // namespace

std::expected<std::unique_ptr<Action>, QList<Error>> makePlatformAction(PlatformDeed deed, const ActionSpec &spec,
                                                                        const Profile &profile, const Clock &clock,
                                                                        const PgConnection::Stop &stop)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    static_cast<void>(reader.string(u"source")); // see platformOf()
    ServicePlatform platform;
    platform.deployment = profile.name;
    platform.environment = profile.environment;
    platform.marker = reader.string(u"environment");
    if (namesSecret(platform.marker))
        reader.error(reader.node(u"environment"),
                     u"'environment': a variable that is called like a secret is not shown"_s);
    platform.watchTime = reader.duration(u"watch", platform.watchTime, 24h);
    platform.pace = reader.duration(u"pace", platform.pace, 1min);
    readHealth(reader, profile, platform, errors);
    platform.lease = readLeasePlace(reader, profile, errors);
    platform.measures = readMeasures(reader, errors);
    platform.profile = profile;
    if (deed == PlatformDeed::SwapSecret) {
        platform.probe = readTokenProbe(reader, profile, errors);
        platform.holdsBothSalts = qd::holdsBothSalts(reader);
    }
    if (deed == PlatformDeed::GuidedRotation)
        readGuided(reader, profile, platform.guided);
    if (deed == PlatformDeed::RotateRedisPassword)
        platform.rotation = readRedisPassword(reader, spec, profile, stop, errors);
    if (deed == PlatformDeed::RotateDatabasePassword)
        platform.rotation = readRolePassword(reader, spec, profile, stop, errors);
    reader.finish();
    const auto source = platformOf(spec, profile);
    if (source)
        readService(*source, spec, profile, platform, errors);
    else
        errors.append(source.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return platformAction(deed, std::move(platform), clock, stop);
}

Result<QString> guidedVariable(const ActionSpec &spec, const Profile &profile)
{
    const auto platform = platformOf(spec, profile);
    if (!platform)
        return std::unexpected(platform.error());
    const auto connection = platform->kind == "render"_L1 ? httpOperatorOf(spec, profile) : Result<HttpConnection>();
    if (!connection)
        return std::unexpected(connection.error());
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const QString variable = reader.requiredString(u"variable");
    return errors.isEmpty() ? Result<QString>(variable)
                            : failure(ErrorCode::NotFound, errors.first().message, spec.options.where());
}

bool holdsBothSalts(ConfigReader &action)
{
    return action.oneOf(u"salts", {u"one"_s, u"both"_s}, u"one"_s) == "both"_L1;
}

std::function<std::unique_ptr<HostedService>(IoLine &)> hostedOn(const SourceSpec &source, const ActionSpec &spec,
                                                                 const Profile &profile, QList<Error> &errors)
{
    ServicePlatform platform;
    readService(source, spec, profile, platform, errors);
    return platform.service;
}

Result<QString> platformActionOn(PlatformDeed deed, const Profile &profile)
{
    const auto [kind, asked] = deed == PlatformDeed::Redeploy  ? std::pair(u"redeploy"_s, ServiceDeed::Redeploy)
                               : deed == PlatformDeed::Restart ? std::pair(u"restart"_s, ServiceDeed::Restart)
                                                               : std::pair(u"roll-back"_s, ServiceDeed::RollBack);
    const auto spec = std::ranges::find(profile.actions, kind, &ActionSpec::kind);
    const auto platform = platformOf(spec == profile.actions.end() ? ActionSpec() : *spec, profile);
    if (const QString why = platform ? whyCannot(platform->kind, asked) : QString(); !why.isEmpty())
        return failure(ErrorCode::Unsupported, why, profile.name);
    if (spec == profile.actions.end())
        return failure(
            ErrorCode::Unsupported,
            u"the profile of %1 names no action '%2': see 'actions' in resources/profile-reference.yaml"_s.arg(
                profile.name, kind),
            profile.name);
    if (!platform)
        return std::unexpected(platform.error());
    if (platform->kind == "render"_L1) {
        if (const auto connection = httpOperatorOf(*spec, profile); !connection)
            return std::unexpected(connection.error());
    }
    return spec->id;
}

} // namespace qd
