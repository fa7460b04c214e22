/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/http_server.h"

#include <QHostAddress>
#include <QHttpServerRequest>
#include <QJsonDocument>
#include <QPointer>
#include <QTcpSocket>

#include <utility>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

QByteArray reasonPhrase(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    default:
        return "Status";
    }
}

QByteArray methodName(QHttpServerRequest::Method method)
{
    switch (method) {
    case QHttpServerRequest::Method::Get:
        return "GET";
    case QHttpServerRequest::Method::Head:
        return "HEAD";
    case QHttpServerRequest::Method::Put:
        return "PUT";
    case QHttpServerRequest::Method::Post:
        return "POST";
    case QHttpServerRequest::Method::Delete:
        return "DELETE";
    default:
        return "OTHER";
    }
}

void writeAnswer(QTcpSocket &socket, const ServiceAnswer &answer, bool withBody)
{
    const QByteArray body = answer.contentType == "application/json"
                                ? QJsonDocument(answer.body).toJson(QJsonDocument::Compact)
                                : answer.text;
    QByteArray out = "HTTP/1.1 " + QByteArray::number(answer.status) + ' ' + reasonPhrase(answer.status) +
                     "\r\nContent-Type: " + answer.contentType +
                     "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n";
    for (const auto &[name, value] : answer.headers)
        out += name + ": " + value + "\r\n";
    out += "\r\n";
    if (withBody)
        out += body;
    socket.write(out);
}

} // namespace

QByteArray ServiceRequest::header(const QByteArray &name) const
{
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            return value.trimmed();
    }
    return {};
}

QJsonObject ServiceRequest::json() const
{
    return QJsonDocument::fromJson(body).object();
}

HttpServer::HttpServer(Handler handler, QObject *parent)
    : QAbstractHttpServer(parent)
    , m_handler(std::move(handler))
{
}

Result<quint16> HttpServer::listenOnLoopback(quint16 port)
{
    const quint16 taken = listen(QHostAddress(QHostAddress::LocalHost), port);
    if (taken == 0)
        return failure(ErrorCode::Unavailable, u"cannot listen: the port is taken"_s, u"127.0.0.1:%1"_s.arg(port));
    return taken;
}

bool HttpServer::handleRequest(const QHttpServerRequest &request, QTcpSocket *socket)
{
    ServiceRequest copy;
    copy.method = methodName(request.method());
    copy.path = request.url().path();
    copy.query = QUrlQuery(request.url());
    copy.body = request.body();
    for (const auto &[name, value] : request.headers())
        copy.headers.append({name, value});
    copy.client = QString::fromLatin1(copy.header("X-Forwarded-For"));
    if (copy.client.isEmpty())
        copy.client = request.remoteAddress().toString();
    const QByteArray authorization = copy.header("Authorization");
    if (authorization.startsWith("Bearer "))
        copy.bearer = authorization.mid(7);
    const bool withBody = copy.method != "HEAD";
    m_handler(copy, [this, withBody, target = QPointer<QTcpSocket>(socket)](ServiceAnswer answer) {
        QMetaObject::invokeMethod(
            this,
            [target, withBody, answer = std::move(answer)] {
                if (target && target->state() == QAbstractSocket::ConnectedState)
                    writeAnswer(*target, answer, withBody);
            },
            Qt::QueuedConnection);
    });
    return true;
}

void HttpServer::missingHandler(const QHttpServerRequest &, QTcpSocket *socket)
{
    writeAnswer(*socket, {.status = 404, .body = {{u"detail"_s, u"Not Found"_s}}}, true);
}

} // namespace qd::sandbox
