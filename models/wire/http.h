/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/call.h"
#include "base/error.h"
#include "base/secret.h"
#include "profile/profile.h"
#include "wire/dial.h"

#include <QObject>
#include <QUrl>

#include <chrono>
#include <functional>
#include <map>
#include <memory>

namespace qd {

struct HttpRequest
{
    QByteArray method = "GET";
    QUrl url;
    QList<std::pair<QByteArray, QByteArray>> headers;
    QByteArray body;
    QList<QByteArray> secrets{}; ///< among the headers' values: •••• wherever the answer or an error tells one back
    TlsIdentity tls;
    QByteArray tlsKey{};                      ///< the server shows it before anything is sent; empty: any, or none
    std::chrono::milliseconds deadline{5000}; ///< for the whole exchange, name resolution and redirects included
    qint64 maxBytes = 4 * 1024 * 1024;        ///< of the body
    bool followsRedirects = true;             ///< to the same origin; else the answer is the redirect itself
};

/// A complete answer, whatever its status: a 503 with a body is an answer, not an error.
struct HttpReply
{
    int status = 0;
    QByteArray contentType;
    QList<std::pair<QByteArray, QByteArray>> headers;
    QByteArray body;
    Millis latency{0};
    QByteArray tlsKey{}; ///< of the server, see tlsKeyOf(); empty without TLS
};

/// What two requests must have in common to share a connection.
struct HttpOrigin
{
    TlsIdentity tls;
    QString scheme;
    QString host;
    int port = 0;
    bool operator==(const HttpOrigin &) const = default;
    std::strong_ordering operator<=>(const HttpOrigin &) const = default;
};

/// HTTP/1.1 over QSslSocket. QNetworkAccessManager reads a head without end for ever (Qt 6.4): on its own thread, which
/// no deadline then ends. Connections are kept for requests with the same TLS identity to the same origin; redirects
/// are followed to the same origin only; no compression. Lives on the I/O thread; `send` must be called there.
class HttpClient : public QObject
{
    Q_OBJECT

public:
    /// `oldest`: a connection is not used again once it is so old, for its host's name may mean another one by then.
    explicit HttpClient(QObject *parent = nullptr, std::chrono::milliseconds oldest = std::chrono::minutes(5));
    ~HttpClient() override;

    /// `done` runs once on this thread, unless the call is dropped. Errors: Timeout, Unreachable, TlsFailure,
    /// TooLarge, Redirected, BadReply, BadInput (no http(s) URL, or one with credentials in it).
    [[nodiscard]] Call send(const HttpRequest &request, std::function<void(Result<HttpReply>)> done);

private:
    class Exchange;
    using Time = std::chrono::steady_clock::time_point;
    struct Connection
    {
        WireSocket socket;
        Time opened;
        Time idleSince;
    };
    /// A connection on which a request may be sent at once, or one without a socket.
    [[nodiscard]] Connection takeIdle(const HttpOrigin &origin);
    void keepIdle(const HttpOrigin &origin, WireSocket socket, Time opened);
    void closeIdle();
    const std::chrono::milliseconds m_oldest;
    std::multimap<HttpOrigin, Connection> m_idle;
};

/// What stands in a command line for a header's value that is a secret.
inline constexpr char unsaid[] = "…";

/// The curl line that shows the same answer; a bearer token, or what is called like a secret, stands as
/// "$TOKEN" unless it is `unsaid`.
[[nodiscard]] QString curlLine(const HttpRequest &request);

} // namespace qd
