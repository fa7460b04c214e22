/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/api_key/key_probe.h"

#include "base/cleaned.h"
#include "sources/http_source.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {

std::optional<KeyProbe> readKeyProbe(ConfigReader &reader, const Profile &profile, QList<Error> &errors)
{
    if (!reader.has(u"probe"))
        return std::nullopt;
    const ConfigNode node = reader.map(u"probe");
    ConfigReader options(node, &errors);
    static const QRegularExpression token(u"^[A-Za-z0-9-]{1,100}$"_s);
    KeyProbe probe;
    probe.path = options.requiredString(u"path");
    const QString header = options.string(u"header", u"X-API-Key"_s);
    if (!token.match(header).hasMatch())
        options.error(options.node(u"header"), u"'header': expected the name of a header, such as X-API-Key"_s);
    probe.header = header.toLatin1();
    const QString name = options.string(u"connection", QString(HttpConnection::kind));
    if (const auto *connection = profile.connection<HttpConnection>(name))
        probe.connection = {.base = connection->base, .bearer = {}, .tls = connection->tls};
    else
        errors.append(
            {ErrorCode::BadInput,
             u"there is no connection '%1' over which keys could be proved: write it under connections"_s.arg(name),
             node.where()});
    options.finish();
    return probe;
}

TokenAnswer askWithKey(const KeyProbe &probe, IoLine &line, const Secret &key, IoLine::Deadline deadline, QString *said)
{
    constexpr auto patience = 5s;
    QByteArray value = probe.header.toLower() == "authorization" ? "Bearer " : "";
    value.append(QByteArrayView(key.reveal()));
    HttpRequest request;
    request.url = urlBelow(probe.connection.base, probe.path);
    request.tls = probe.connection.tls;
    request.headers = {{"Accept", "application/json"}, {probe.header, value}};
    request.secrets = {QByteArray(key.reveal().constData(), key.reveal().size())}; // it may outlive the key
    request.followsRedirects = false;
    request.maxBytes = 64LL * 1024;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    request.deadline = std::clamp<std::chrono::milliseconds>(left, 1ms, patience);
    const auto reply = line.wait<HttpReply>(
        [request](HttpClient &http, const auto &done) { return http.send(request, done); }, deadline + 1s);
    // Its body is not looked at: what a page tells a client belongs nowhere.
    *said = reply ? u"%1 says %2"_s.arg(probe.path).arg(reply->status)
                  : u"%1: %2"_s.arg(probe.path, cleaned(reply.error().message, 200));
    if (!reply)
        return TokenAnswer::None;
    if (reply->status >= 200 && reply->status < 300)
        return TokenAnswer::Accepted;
    return reply->status == 401 || reply->status == 403 ? TokenAnswer::Refused : TokenAnswer::None;
}

} // namespace qd
