/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "sources/evidence.h"
#include "sources/http_health/http_health.h"
#include "sources/http_source.h"
#include "sources/limit_headers.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
MapOf readMap(ConfigReader &reader, const ConfigNode &options, QList<Error> *errors)
{
    using enum HealthShape;
    static const std::map<QString, HealthShape> shapes{
        {u"actuator"_s, Actuator}, {u"aspnet"_s, AspNet}, {u"health+json"_s, HealthJson}, {u"terminus"_s, Terminus}};
    QStringList words;
    for (const auto &[word, shape] : shapes)
        words.append(word);
    const ConfigNode node = reader.map(u"map");
    const QString shape = reader.oneOf(u"shape", words, {});
    const QString root = reader.string(u"root");
    if (reader.has(u"map") == reader.has(u"shape"))
        reader.error(options,
                     u"expected either 'map' (where the reply keeps what) or 'shape' (%1)"_s.arg(words.join(u", "_s)));
    if (reader.has(u"root") && !reader.has(u"shape"))
        reader.error(reader.node(u"root"), u"'root' belongs below 'map', or beside a 'shape'"_s);
    if (!shape.isEmpty())
        return [shape = shapes.at(shape), root](const QJsonObject &document) { return mapOf(shape, root, document); };
    if (!reader.has(u"map"))
        return {};
    return [map = readHealthMap(node, errors)](const QJsonObject &) { return map; };
}
} // namespace

std::expected<SourceFactory, QList<Error>> httpHealthFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const QString path = reader.requiredString(u"path");
    const QUrl url(path, QUrl::StrictMode);
    if (!path.isEmpty() && (!path.startsWith(u'/') || path.startsWith("//"_L1) || !url.isValid()))
        reader.error(reader.node(u"path"), u"'path': expected a path such as /health"_s);
    const MapOf map = readMap(reader, spec.options, &errors);
    const QString limitTier = reader.string(u"limit_headers");
    const auto connection = connectionOf<HttpConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);

    HttpRequest request;
    request.url = urlBelow(connection->base, path);
    request.headers = {{"Accept", "application/json, application/health+json"}};
    request.tls = connection->tls;
    request.deadline = spec.deadline;
    Understand understand = [map, where = shown(request.url)](const HttpReply &reply,
                                                              const QString &command) -> SourceAnswer {
        const bool json = reply.contentType.contains("json");
        return {.outcome = healthFindings(reply, map, where),
                .exchanges = {evidence(command, reply.body, json ? Exchange::Format::Json : Exchange::Format::Text)}};
    };
    if (!limitTier.isEmpty()) {
        const auto tier = std::ranges::find(profile.tiers, limitTier, &TierPolicy::name);
        understand =
            withHeaderLimits(std::move(understand), tier == profile.tiers.end() ? TierPolicy{.name = limitTier} : *tier,
                             shown(request.url));
    }
    return [request, understand, connection = *connection](const Wire &wire) -> std::unique_ptr<Source> {
        return httpSource(*wire.http, request, connection, understand);
    };
}

} // namespace qd
