/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/registry.h"

#include "actions/feature_flag/feature_flag.h"

#include <algorithm>
#include <array>
#include <span>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
std::span<const ActionKind> registry()
{
    static const auto rows = std::to_array<ActionKind>({
        {"feature-flag"_L1, makeFlagAction},
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
        const auto missing = operatorOf(spec, profile);
        if (!made)
            errors += made.error();
        if (!missing)
            errors.removeIf([&](const Error &error) { return error == missing.error(); });
    }
    return errors;
}

Result<PostgresConnection> operatorOf(const ActionSpec &spec, const Profile &profile)
{
    const QString name = spec.connection.isEmpty() ? u"operator"_s : spec.connection;
    if (const auto *connection = profile.connection<PostgresConnection>(name))
        return *connection;
    return failure(ErrorCode::BadInput,
                   u"the action '%1' acts through the PostgreSQL connection '%2', and the profile has none: write it "
                   u"under connections, with a role that may write"_s.arg(spec.id, name),
                   spec.options.where());
}

Result<PgStore::Place> placeOf(const QString &id, const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, id, &ActionSpec::id);
    if (spec == profile.actions.end())
        return failure(ErrorCode::NotFound, u"%1 has no action '%2'"_s.arg(profile.name, id), profile.name);
    const auto connection = operatorOf(*spec, profile);
    if (!connection)
        return std::unexpected(connection.error());
    const ConfigNode *marker = spec->options.find(u"environment");
    return PgStore::Place{.deployment = profile.name,
                          .environment = profile.environment,
                          .marker = marker ? marker->scalar : QString(),
                          .connection = *connection};
}

} // namespace qd
