/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/registry.h"
#include "actions/signing_key/signing_key.h"
#include "sources/postgresql/ask.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {

Result<QString> keyActionOf(QStringView kind, const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, kind, &ActionSpec::kind);
    if (spec == profile.actions.end())
        return failure(
            ErrorCode::Unsupported,
            u"the profile names no action of kind %1: see 'actions' in resources/profile-reference.yaml"_s.arg(kind));
    if (kind == "swap-secret"_L1) {
        const auto platform = platformOf(*spec, profile);
        if (!platform)
            return std::unexpected(platform.error());
        const auto connection =
            platform->kind == "render"_L1 ? httpOperatorOf(*spec, profile) : Result<HttpConnection>();
        if (!connection)
            return std::unexpected(connection.error());
    } else if (const auto connection = operatorOf(*spec, profile); !connection) {
        return std::unexpected(connection.error());
    }
    return spec->id;
}

SigningRing readSigningRing(const ActionSpec &spec, const Profile &profile, const PgConnection::Stop &stop,
                    QList<Error> &errors)
{
    ConfigReader options(spec.options, &errors);
    SigningRing keys{.deployment = profile.name, .environment = profile.environment, .store = {}, .probe = {}};
    const QString source = options.string(u"source", u"keys"_s);
    const auto watched = std::ranges::find(profile.sources, source, &SourceSpec::id);
    CustodyOptions custody;
    if (watched == profile.sources.end() || watched->kind != "signing-keys"_L1) {
        errors.append({ErrorCode::BadInput,
                       u"the action '%1' acts on the keys that the source '%2' watches, and the profile has no such "
                       "source of kind signing-keys: write it under sources"_s.arg(spec.id, source),
                       spec.options.where()});
    } else if (auto told = signingKeysOptions(*watched)) {
        custody = std::move(*told);
        QStringList fields{u"state"_s, u"activated_at"_s, u"retire_after"_s};
        if (spec.kind == "rotate-signing-key"_L1)
            fields.append(u"created_at"_s); // what was published is waited for from then on
        for (const QString &field : std::as_const(fields)) {
            if (!custody.rows.has(field))
                errors.append({ErrorCode::BadInput,
                               u"the action '%1' writes '%2': name its column under columns of the source '%3'"_s.arg(
                                   spec.id, field, source),
                               watched->options.where()});
        }
    }
    PgStore::Place place{.deployment = profile.name,
                         .environment = profile.environment,
                         .marker = tableName(options, u"environment"),
                         .connection = {}};
    const QString secret = columnName(options, u"secret");
    if (secret.isEmpty() && !options.has(u"secret"))
        static_cast<void>(options.requiredString(u"secret"));
    keys.refresh = options.duration(u"refresh", keys.refresh, 1h);
    keys.overlap = std::chrono::ceil<std::chrono::seconds>(options.duration(u"overlap", keys.overlap, 366 * 24h));
    keys.probe = readTokenProbe(options, profile, errors);
    options.finish();
    if (const auto connection = operatorOf(spec, profile))
        place.connection = *connection;
    else
        errors.append(connection.error());
    keys.store = pgKeyStore(std::move(place), std::move(custody), secret, stop);
    return keys;
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeKeyAction(KeyDeed deed, const ActionSpec &spec,
                                                                   const Profile &profile, const Clock &clock,
                                                                   const PgConnection::Stop &stop)
{
    QList<Error> errors;
    SigningRing keys = readSigningRing(spec, profile, stop, errors);
    if (!errors.isEmpty())
        return std::unexpected(errors);
    const auto make = deed == KeyDeed::Rotate ? rotateKey : deed == KeyDeed::Retire ? retireKey : revokeKey;
    return make(std::move(keys), clock, stop);
}

} // namespace qd
