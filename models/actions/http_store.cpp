/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/http_store.h"

#include "base/redact.h"
#include "sources/http_source.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace qd {

Result<HttpReply> HttpStore::ask(const Question &question, Deadline deadline)
{
    HttpRequest request;
    request.method = question.method;
    request.url = urlBelow(m_connection.base, question.path);
    request.tls = m_connection.tls;
    request.tlsKey = m_expectedKey;
    request.headers = question.headers;
    request.headers.append(std::pair<QByteArray, QByteArray>("Accept", "application/json"));
    request.followsRedirects = question.method == "GET" && question.followsRedirects;
    const QJsonDocument body = question.list.isEmpty() ? QJsonDocument(question.body) : QJsonDocument(question.list);
    if (!body.isEmpty()) {
        request.headers.append(std::pair<QByteArray, QByteArray>("Content-Type", "application/json"));
        request.body = body.toJson(QJsonDocument::Compact);
    }
    if (auto added = addSecrets(request, deadline); !added)
        return std::unexpected(added.error());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    request.deadline = std::max(left, std::chrono::milliseconds(1));
    auto reply =
        m_line.wait<HttpReply>([request](HttpClient &http, const auto &done) { return http.send(request, done); },
                               deadline + std::chrono::seconds(1)); // the client keeps it
    const bool isChange = question.method != "GET";
    if (!reply) {
        const ErrorCode code = reply.error().code;
        const bool isHalf = code == ErrorCode::TooLarge || code == ErrorCode::BadReply || code == ErrorCode::Redirected;
        return failure(isChange && isHalf ? ErrorCode::ServerError : code, reply.error().message, where(question.path));
    }
    m_tlsKey = reply->tlsKey;
    if (isChange && reply->status >= 300 && reply->status < 400)
        return failure(
            ErrorCode::ServerError,
            u"the server sends us elsewhere (%1), which does not tell whether it was done"_s.arg(reply->status),
            where(question.path));
    return reply;
}

QString HttpStore::where(const QString &path) const
{
    return shown(urlBelow(m_connection.base, path));
}

Result<void> HttpStore::addSecrets(HttpRequest &request, Deadline deadline) const
{
    const auto add = [&](const QByteArray &name, const QByteArray &scheme, const SecretRef &ref) -> Result<void> {
        const auto secret = m_line.secret(ref, deadline);
        if (!secret)
            return std::unexpected(secret.error());
        QByteArray value = scheme;
        value.append(QByteArrayView(secret->reveal())); // a copy: what the secret itself holds is wiped
        request.headers.append(std::pair(name, value));
        request.secrets.append(value.sliced(scheme.size()));
        return {};
    };
    if (m_connection.bearer) {
        if (auto added = add("Authorization", "Bearer ", *m_connection.bearer); !added)
            return added;
    }
    for (const auto &[name, ref] : m_connection.headers) {
        if (auto added = add(name, {}, ref); !added)
            return added;
    }
    return {};
}

} // namespace qd
