/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/api_key/api_key.h"

#include "actions/platform/platform_action.h"
#include "actions/registry.h"
#include "profile/connections.h"
#include "sources/postgresql/ask.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
/// Where nothing else says where the salt lies, the platform is asked for its variable.
void readPlatform(ConfigReader &hash, const QString &id, const ActionSpec &spec, const Profile &profile,
                  ApiKeyTable &table, QList<Error> &errors)
{
    const auto source = std::ranges::find(profile.sources, id, &SourceSpec::id);
    if (source == profile.sources.end()) {
        hash.error(
            hash.node(u"variable"),
            u"'variable': the profile has no source '%1' of the platform that it lies on; name it as 'platform'"_s.arg(
                id));
        return;
    }
    ActionSpec reads = spec;
    reads.connection.clear(); // is that to PostgreSQL
    table.platform = hostedOn(*source, reads, profile, errors);
}

void readHash(ConfigReader &options, const ActionSpec &spec, const Profile &profile, ApiKeyTable &table,
              QList<Error> &errors)
{
    const bool isRequired = spec.kind == "rotate-api-key"_L1;
    if (!options.has(u"hash")) {
        if (isRequired)
            static_cast<void>(options.requiredString(u"hash"));
        return;
    }
    const ConfigNode node = options.map(u"hash");
    ConfigReader hash(node, &errors);
    table.hash = columnName(hash, u"column");
    if (table.hash.isEmpty() && !hash.has(u"column"))
        static_cast<void>(hash.requiredString(u"column"));
    table.isSalted = hash.oneOf(u"by", {u"sha256"_s, u"hmac-sha256"_s}, u"sha256"_s) == "hmac-sha256"_L1;
    table.salt = secretRef(hash, u"salt");
    table.saltVariable = hash.string(u"variable");
    const QString platform = hash.string(u"platform", u"platform"_s);
    if (table.isSalted && isRequired && !hash.has(u"salt") && table.saltVariable.isEmpty())
        hash.error(node, u"'salt': hmac-sha256 needs the salt of the service: keychain:NAME, env:NAME or file:PATH, or "
                         "the 'variable' of the platform that has it"_s);
    else if (table.isSalted && isRequired && !hash.has(u"salt"))
        readPlatform(hash, platform, spec, profile, table, errors);
    if (!table.isSalted && hash.has(u"salt"))
        hash.error(node, u"'salt': sha256 takes none; write 'by: hmac-sha256' if the service uses it as the key"_s);
    hash.finish();
}

void readForm(ConfigReader &options, bool isRequired, ApiKeyTable &table)
{
    const qint64 shown = options.integer(u"shown", 0, 0, 100);
    const QString form = isRequired ? options.requiredString(u"form") : options.string(u"form");
    if (form.isEmpty())
        return;
    auto read = KeyForm::from(form, shown);
    if (read)
        table.form = std::move(*read);
    else
        options.error(options.node(u"form"), u"'form' and 'shown': %1"_s.arg(read.error().message));
}
} // namespace

ApiKeyTable readApiKeyTable(const ActionSpec &spec, const Profile &profile, QList<Error> &errors)
{
    ConfigReader options(spec.options, &errors);
    const bool issues = spec.kind == "rotate-api-key"_L1;
    ApiKeyTable table;
    table.place = {.deployment = profile.name, .environment = profile.environment, .marker = {}, .connection = {}};
    const QString source = options.string(u"source", u"api_keys"_s);
    const auto watched = std::ranges::find(profile.sources, source, &SourceSpec::id);
    if (watched == profile.sources.end() || watched->kind != "api-keys"_L1) {
        errors.append({ErrorCode::BadInput,
                       u"the action '%1' acts on the keys that the source '%2' watches, and the profile has no such "
                       "source of kind api-keys: write it under sources"_s.arg(spec.id, source),
                       spec.options.where()});
    } else if (auto told = apiKeysOptions(*watched)) {
        table.options = std::move(*told);
        for (const QString &field : {u"prefix"_s, u"revoked_at"_s}) {
            if (!table.options.rows.has(field))
                errors.append({ErrorCode::BadInput,
                               u"the action '%1' needs '%2': name its column under columns of the source '%3'"_s.arg(
                                   spec.id, field, source),
                               watched->options.where()});
        }
        for (const QString &field : {u"label"_s, u"tier"_s, u"role"_s}) {
            if (table.options.rows.has(field))
                table.owner.append(table.options.rows.columns.at(field));
        }
    }
    for (const QString &column : options.strings(u"copy")) {
        if (!table.owner.contains(column))
            table.owner.append(column);
    }
    table.place.marker = tableName(options, u"environment");
    readHash(options, spec, profile, table, errors);
    readForm(options, issues, table);
    using std::chrono::ceil;
    using std::chrono::seconds;
    table.overlap = ceil<seconds>(options.duration(u"overlap", table.overlap, 366 * 24h));
    table.lasts = ceil<seconds>(options.duration(u"lasts", table.lasts, 366 * 24h));
    table.quiet = ceil<seconds>(options.duration(u"quiet", table.quiet, 366 * 24h));
    table.refresh = options.duration(u"refresh", table.refresh, 1h);
    table.probe = readKeyProbe(options, profile, errors);
    options.finish();
    if (const auto connection = operatorOf(spec, profile))
        table.place.connection = *connection;
    else
        errors.append(connection.error());
    return table;
}

std::chrono::seconds quietOf(const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, u"retire-api-key"_s, &ActionSpec::kind);
    QList<Error> errors;
    return std::chrono::ceil<std::chrono::seconds>(
        ConfigReader(spec == profile.actions.end() ? ConfigNode() : spec->options, &errors)
            .duration(u"quiet", ApiKeyTable().quiet, 366 * 24h));
}

Result<QString> apiKeyActionOf(QStringView kind, const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, kind, &ActionSpec::kind);
    if (spec == profile.actions.end())
        return failure(
            ErrorCode::Unsupported,
            u"the profile names no action of kind %1: see 'actions' in resources/profile-reference.yaml"_s.arg(kind));
    if (const auto connection = operatorOf(*spec, profile); !connection)
        return std::unexpected(connection.error());
    return spec->id;
}

} // namespace qd
