/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/call.h"
#include "base/error.h"
#include "base/secret.h"
#include "profile/profile.h"

#include <QObject>
#include <QUrl>

#include <memory>

class QNetworkAccessManager;

namespace qd {

struct HttpRequest
{
    QByteArray method = "GET";
    QUrl url;
    QList<std::pair<QByteArray, QByteArray>> headers;
    QByteArray body;
    TlsIdentity tls;
    std::chrono::milliseconds deadline{5000}; ///< for the whole exchange, name resolution and redirects included
    qint64 maxBytes = 4 * 1024 * 1024;        ///< of the decoded body
};

/// A complete answer, whatever its status: a 503 with a body is an answer, not an error.
struct HttpReply
{
    int status = 0;
    QByteArray contentType;
    QList<std::pair<QByteArray, QByteArray>> headers;
    QByteArray body;
    Millis latency{0};
};

/// HTTP/1.1 over QNetworkAccessManager, one manager per TLS identity. Redirects are followed to the same origin only.
/// Lives on the I/O thread; `send` must be called there.
class HttpClient : public QObject
{
    Q_OBJECT

public:
    explicit HttpClient(QObject *parent = nullptr);
    ~HttpClient() override;

    /// `done` runs once on this thread, unless the call is dropped. Errors: Timeout, Unreachable, TlsFailure,
    /// TooLarge, Redirected, BadReply, Cancelled.
    [[nodiscard]] Call send(const HttpRequest &request, std::function<void(Result<HttpReply>)> done);

private:
    std::map<TlsIdentity, std::unique_ptr<QNetworkAccessManager>> m_managers;
};

/// The curl line that shows the same answer; a bearer token stands as "$TOKEN".
[[nodiscard]] QString curlLine(const HttpRequest &request);

} // namespace qd
