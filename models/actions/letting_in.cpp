/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/letting_in.h"

#include "base/cleaned.h"
#include "sources/http_source.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {

TokenAnswer askToBeLetIn(const HttpConnection &connection, const QString &path,
                         const std::pair<QByteArray, QByteArray> &header, const Secret &secret, IoLine &line,
                         IoLine::Deadline deadline, QString *said)
{
    constexpr auto patience = 5s;
    HttpRequest request;
    request.url = urlBelow(connection.base, path);
    request.tls = connection.tls;
    request.headers = {{"Accept", "application/json"}, header};
    request.secrets = {QByteArrayView(secret.reveal()).toByteArray()}; // a copy: it may outlive the secret
    request.followsRedirects = false;
    request.maxBytes = 64LL * 1024;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    request.deadline = std::clamp<std::chrono::milliseconds>(left, 1ms, patience);
    const auto reply = line.wait<HttpReply>(
        [request](HttpClient &http, const auto &done) { return http.send(request, done); }, deadline + 1s);
    // Its body is not looked at: what a page says of whoever is let in belongs nowhere.
    *said = reply ? u"%1 says %2"_s.arg(path).arg(reply->status)
                  : u"%1: %2"_s.arg(path, cleaned(reply.error().message, 200));
    if (!reply)
        return TokenAnswer::None;
    if (reply->status >= 200 && reply->status < 300)
        return TokenAnswer::Accepted;
    return reply->status == 401 || reply->status == 403 ? TokenAnswer::Refused : TokenAnswer::None;
}

HttpConnection readStrangersConnection(ConfigReader &options, const Profile &profile, const QString &what,
                                       const QString &where, QList<Error> &errors)
{
    const QString name = options.string(u"connection", QString(HttpConnection::kind));
    if (const auto *connection = profile.connection<HttpConnection>(name))
        return {.base = connection->base, .bearer = {}, .tls = connection->tls};
    errors.append(
        {ErrorCode::BadInput,
         u"there is no connection '%1' over which %2 could be proved: write it under connections"_s.arg(name, what),
         where});
    return {};
}

} // namespace qd
