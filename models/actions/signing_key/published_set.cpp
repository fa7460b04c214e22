/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/published_set.h"

#include "base/redact.h"
#include "sources/http_source.h"
#include "sources/key_sets/key_sets.h"

#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr std::chrono::seconds longest = 1h; ///< that a rotation waits

/// RFC 9111 §5.2.2.1.
std::chrono::seconds maxAgeOf(const HttpReply &reply)
{
    std::chrono::seconds age{0};
    for (const auto &[name, value] : reply.headers) {
        if (name.compare("Cache-Control", Qt::CaseInsensitive) != 0)
            continue;
        for (const QByteArray &each : value.toLower().split(',')) {
            const QByteArray directive = each.trimmed();
            if (directive.startsWith("max-age="))
                age = std::max(age, std::chrono::seconds(directive.sliced(8).replace('"', "").toLongLong()));
        }
    }
    return age;
}
} // namespace

std::optional<PublishedSet> readPublishedSet(ConfigReader &reader, const Profile &profile, QList<Error> &errors)
{
    if (!reader.has(u"jwks"))
        return std::nullopt;
    const ConfigNode node = reader.map(u"jwks");
    ConfigReader options(node, &errors);
    PublishedSet set;
    set.path = options.requiredString(u"path");
    const QString name = options.string(u"connection", QString(HttpConnection::kind));
    if (const auto *connection = profile.connection<HttpConnection>(name))
        set.connection = {.base = connection->base, .bearer = {}, .tls = connection->tls}; // it is public
    else
        errors.append(
            {ErrorCode::BadInput,
             u"there is no connection '%1' over which the public keys are read: write it under connections"_s.arg(name),
             node.where()});
    options.finish();
    return set;
}

std::optional<QJsonObject> PublishedKeys::find(const QString &id) const
{
    for (const QJsonValue &key : keys) {
        if (key["kid"_L1].toString() == id)
            return key.toObject();
    }
    return std::nullopt;
}

Result<PublishedKeys> askPublished(const PublishedSet &set, IoLine &line, IoLine::Deadline deadline)
{
    HttpRequest request;
    request.url = urlBelow(set.connection.base, set.path);
    request.tls = set.connection.tls;
    request.headers = {{"Accept", "application/jwk-set+json, application/json"}};
    request.followsRedirects = false;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    request.deadline = std::clamp<std::chrono::milliseconds>(left, 1ms, 5s);
    const auto reply = line.wait<HttpReply>(
        [request](HttpClient &http, const auto &done) { return http.send(request, done); }, deadline + 1s);
    if (!reply)
        return std::unexpected(reply.error());
    const QString where = shown(request.url);
    if (const auto refused = refusedBy(*reply, where))
        return std::unexpected(*refused);
    if (reply->status != 200)
        return failure(ErrorCode::BadReply, u"the public keys were answered with %1"_s.arg(reply->status), where);
    const auto keys = keysInSet(reply->body, where);
    if (!keys)
        return std::unexpected(keys.error());
    const std::chrono::seconds age = maxAgeOf(*reply);
    if (age > longest)
        return failure(
            ErrorCode::Unsupported,
            u"the public keys may be kept for %1 s (Cache-Control): over an hour is not waited for"_s.arg(age.count()),
            where);
    return PublishedKeys{.keys = *keys, .maxAge = age};
}

} // namespace qd
