/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <QAbstractHttpServer>
#include <QByteArray>
#include <QJsonObject>
#include <QString>
#include <QUrlQuery>

#include <functional>

namespace qd::sandbox {

/// A request, copied out of the server's own, so that it may outlive its connection.
struct ServiceRequest
{
    QByteArray method;
    QString path;
    QUrlQuery query{};
    QByteArray body;
    QString client;    ///< X-Forwarded-For, else the peer's address
    QByteArray bearer; ///< the token of `Authorization: Bearer`
    QList<std::pair<QByteArray, QByteArray>> headers;
    [[nodiscard]] QByteArray header(const QByteArray &name) const; ///< empty where it was not sent
    [[nodiscard]] QJsonObject json() const;
};

struct ServiceAnswer
{
    int status = 200;
    QJsonObject body{};
    QList<std::pair<QByteArray, QByteArray>> headers{};
    QByteArray text{}; ///< sent in place of `body` where `contentType` is not JSON
    QByteArray contentType = "application/json";
};

/// Qt's HTTP server with answers that may come later and from any thread. Qt's own asynchronous handlers keep a bare
/// pointer to the socket and crash when the client has left meanwhile (6.4), so answers are written here.
class HttpServer : public QAbstractHttpServer
{
    Q_OBJECT

public:
    using Respond = std::function<void(ServiceAnswer)>; ///< once, from any thread, while the server lives
    using Handler = std::function<void(const ServiceRequest &, Respond)>;

    explicit HttpServer(Handler handler, QObject *parent = nullptr);
    /// On 127.0.0.1; 0 takes a free port. Returns the port. Error: Unavailable (taken).
    [[nodiscard]] Result<quint16> listenOnLoopback(quint16 port);

protected:
    bool handleRequest(const QHttpServerRequest &request, QTcpSocket *socket) override;
    void missingHandler(const QHttpServerRequest &request, QTcpSocket *socket) override;

private:
    Handler m_handler;
};

} // namespace qd::sandbox
