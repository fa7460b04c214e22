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
#include <QSslConfiguration>
#include <QUrl>

#include <chrono>
#include <functional>
#include <map>
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
    /// TooLarge, Redirected, BadReply, BadInput (no http(s) URL, or one with credentials in it).
    [[nodiscard]] Call send(const HttpRequest &request, std::function<void(Result<HttpReply>)> done);

private:
    class Exchange;
    /// A manager is a thread and its open sockets: shared by equal identities, closed when idle.
    struct Lane
    {
        std::unique_ptr<QNetworkAccessManager> manager;
        QSslConfiguration tls;
        int inFlight = 0;
        std::chrono::steady_clock::time_point lastUsed;
    };
    Result<Lane *> laneFor(const TlsIdentity &identity);
    void closeIdleLanes(std::chrono::milliseconds idleFor, std::size_t keepAtMost);
    std::map<TlsIdentity, Lane> m_lanes;
};

/// The curl line that shows the same answer; a bearer token stands as "$TOKEN".
[[nodiscard]] QString curlLine(const HttpRequest &request);

} // namespace qd
