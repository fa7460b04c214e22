/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "sources/evidence.h"
#include "sources/http_health/http_health.h"
#include "sources/http_source.h"

using namespace Qt::StringLiterals;

namespace qd {

std::expected<SourceFactory, QList<Error>> httpHealthFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const QString path = reader.requiredString(u"path");
    const QUrl url(path, QUrl::StrictMode);
    if (!path.isEmpty() && (!path.startsWith(u'/') || path.startsWith("//"_L1) || !url.isValid()))
        reader.error(reader.node(u"path"), u"'path': expected a path such as /health"_s);
    if (!reader.has(u"map"))
        reader.error(spec.options, u"'map' is missing: it says where the reply keeps what"_s);
    const ConfigNode mapNode = reader.map(u"map");
    HealthMap map;
    if (reader.has(u"map"))
        map = readHealthMap(mapNode, &errors);
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
    return [request, map, connection = *connection](const Wire &wire) -> std::unique_ptr<Source> {
        return httpSource(
            *wire.http, request, connection,
            [map, where = shown(request.url)](const HttpReply &reply, const QString &command) -> SourceAnswer {
                const bool json = reply.contentType.contains("json");
                return {.outcome = healthFindings(reply, map, where),
                        .exchanges = {
                            evidence(command, reply.body, json ? Exchange::Format::Json : Exchange::Format::Text)}};
            });
    };
}

} // namespace qd
