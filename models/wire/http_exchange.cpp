/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/http_exchange.h"

#include "base/redact.h"
#include "wire/tls.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

constexpr int maxRedirects = 5;

int portOf(const QUrl &url)
{
    return url.port(url.scheme() == "https"_L1 ? 443 : 80);
}

bool sameOrigin(const QUrl &a, const QUrl &b)
{
    return a.scheme() == b.scheme() && a.host() == b.host() && portOf(a) == portOf(b);
}

QString originOf(const QUrl &url)
{
    return u"%1://%2:%3"_s.arg(url.scheme(), url.host()).arg(portOf(url));
}

/// A header of its own must not begin inside of another's value.
Result<void> checkRequest(const HttpRequest &request)
{
    const QUrl &url = request.url;
    const bool known = url.scheme() == "http"_L1 || url.scheme() == "https"_L1;
    if (!url.isValid() || !known || url.host().isEmpty())
        return failure(ErrorCode::BadInput, u"not a complete http or https URL"_s, shown(url));
    if (!url.userInfo().isEmpty())
        return failure(ErrorCode::BadInput, u"credentials do not belong in a URL; use a secret reference"_s,
                       shown(url));
    for (const auto &[name, value] : request.headers) {
        if (name.isEmpty() || name.contains('\r') || name.contains('\n') || value.contains('\r') ||
            value.contains('\n'))
            return failure(ErrorCode::BadInput,
                           u"the header %1 holds a line break"_s.arg(QString::fromLatin1(name.simplified())),
                           shown(url));
    }
    return {};
}

QByteArray bytesOf(const HttpRequest &request, const QUrl &url)
{
    QByteArray target = url.path(QUrl::FullyEncoded).toLatin1();
    if (target.isEmpty())
        target = "/";
    if (url.hasQuery())
        target += '?' + url.query(QUrl::FullyEncoded).toLatin1();
    QByteArray host = url.host(QUrl::FullyEncoded).toLatin1();
    if (host.contains(':'))
        host = '[' + host + ']';
    if (url.port() > 0)
        host += ':' + QByteArray::number(url.port());
    QByteArray bytes = request.method + ' ' + target + " HTTP/1.1\r\nHost: " + host +
                       "\r\nUser-Agent: quarterdeck/" QD_VERSION "\r\nAccept-Encoding: identity\r\n";
    for (const auto &[name, value] : request.headers)
        bytes += name + ": " + value + "\r\n";
    if (!request.body.isEmpty() || request.method == "POST")
        bytes += "Content-Length: " + QByteArray::number(request.body.size()) + "\r\n";
    return bytes + "\r\n" + request.body;
}

} // namespace

HttpClient::Exchange::Exchange(HttpRequest request, Finished finished, HttpClient *client)
    : QObject(client)
    , m_client(client)
    , m_request(std::move(request))
    , m_finished(std::move(finished))
    , m_url(m_request.url)
{
    m_since.start();
    m_deadline.setSingleShot(true);
    m_deadline.setTimerType(Qt::PreciseTimer);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        finish(failure(ErrorCode::Timeout, u"no complete answer within %1 ms"_s.arg(m_request.deadline.count()),
                       shown(m_url)));
    });
    m_deadline.start(m_request.deadline);
}

HttpClient::Exchange::~Exchange()
{
    letGoOfSocket();
}

void HttpClient::Exchange::start()
{
    if (m_ended)
        return;
    if (auto checked = checkRequest(m_request); !checked)
        finish(std::unexpected(checked.error()));
    else
        sendTo(m_request.url);
}

void HttpClient::Exchange::abort()
{
    m_ended = true;
    m_deadline.stop();
    letGoOfSocket();
    deleteLater();
}

void HttpClient::Exchange::letGoOfSocket()
{
    m_dial.reset();
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket.reset();
}

HttpOrigin HttpClient::Exchange::origin() const
{
    return {m_request.tls, m_url.scheme(), m_url.host(QUrl::FullyEncoded), portOf(m_url)};
}

/// Whether a server may be asked twice: on a connection that it was about to close, the first time is lost.
bool HttpClient::Exchange::mayRepeat() const
{
    return m_request.method == "GET" || m_request.method == "HEAD";
}

void HttpClient::Exchange::sendTo(const QUrl &url)
{
    m_url = url;
    m_reader.emplace(m_request.method == "HEAD", m_request.maxBytes);
    Connection idle = mayRepeat() ? m_client->takeIdle(origin()) : Connection();
    m_socket = std::move(idle.socket);
    m_opened = idle.opened;
    m_reused = m_socket != nullptr;
    if (!m_reused) {
        connectSocket();
        return;
    }
    listen();
    sendRequest();
}

void HttpClient::Exchange::listen()
{
    connect(m_socket.get(), &QSslSocket::readyRead, this, &Exchange::read);
    connect(m_socket.get(), &QSslSocket::disconnected, this, &Exchange::lost);
    connect(m_socket.get(), &QSslSocket::errorOccurred, this, &Exchange::lost);
}

void HttpClient::Exchange::connectSocket()
{
    const HttpOrigin to = origin();
    std::optional<QSslConfiguration> tls;
    if (to.scheme == "https"_L1) {
        const auto configuration = tlsConfiguration(m_request.tls);
        if (!configuration) {
            finish(std::unexpected(configuration.error()));
            return;
        }
        tls = *configuration;
    }
    m_dial = std::make_unique<Dial>(to.host, static_cast<quint16>(to.port), m_deadline.remainingTimeAsDuration(),
                                    [this, tls](Result<WireSocket> made) {
                                        m_dial.reset();
                                        if (made)
                                            connected(std::move(*made), tls);
                                        else
                                            finish(failure(made.error().code, made.error().message, shown(m_url)));
                                    });
    m_dial->start();
}

void HttpClient::Exchange::connected(WireSocket socket, const std::optional<QSslConfiguration> &tls)
{
    m_socket = std::move(socket);
    m_opened = std::chrono::steady_clock::now();
    listen();
    if (!tls) {
        sendRequest();
        return;
    }
    connect(m_socket.get(), &QSslSocket::encrypted, this, &Exchange::sendRequest);
    m_socket->setSslConfiguration(*tls);
    m_socket->setPeerVerifyName(origin().host);
    m_socket->startClientEncryption();
}

void HttpClient::Exchange::sendRequest()
{
    if (!m_request.tlsKey.isEmpty() && m_request.tlsKey != tlsKey()) {
        finish(failure(ErrorCode::TlsFailure,
                       u"this server shows another TLS key than the one that was asked for; nothing was sent"_s,
                       shown(m_url)));
        return;
    }
    m_socket->write(bytesOf(m_request, m_url));
}

QByteArray HttpClient::Exchange::tlsKey() const
{
    return m_socket->isEncrypted() ? tlsKeyOf(m_socket->peerCertificate()) : QByteArray();
}

void HttpClient::Exchange::read()
{
    std::array<char, 32 * 1024> piece;
    while (m_socket) { // not for ever: everything that may come has a cap
        const qint64 count = m_socket->read(piece.data(), piece.size());
        if (count <= 0)
            return;
        const auto complete = m_reader->feed(QByteArrayView(piece.data(), static_cast<qsizetype>(count)));
        if (!complete) {
            const QString host = u"%1:%2 "_s.arg(m_url.host()).arg(portOf(m_url));
            const Error &error = complete.error();
            finish(failure(error.code, error.code == ErrorCode::BadReply ? host + error.message : error.message,
                           shown(m_url)));
            return;
        }
        if (*complete) {
            answered();
            return;
        }
    }
}

void HttpClient::Exchange::lost()
{
    read(); // what came before the end
    if (!m_socket)
        return;
    const auto error = m_socket->error();
    const bool closed = error == QAbstractSocket::RemoteHostClosedError || error == QAbstractSocket::UnknownSocketError;
    if (closed && m_reused && !m_reader->begun()) {
        m_reused = false;
        letGoOfSocket();
        connectSocket();
    } else if (closed && m_reader->endsWithConnection()) {
        answered();
    } else {
        finish(std::unexpected(networkError()));
    }
}

void HttpClient::Exchange::answered()
{
    const QByteArray shownKey = tlsKey();
    if (m_reader->reusable()) {
        m_socket->disconnect(this);
        m_client->keepIdle(origin(), std::move(m_socket), m_opened);
    } else {
        letGoOfSocket();
    }
    if (followRedirect() || m_ended)
        return;
    HttpReply answer;
    answer.status = m_reader->status();
    answer.contentType = m_reader->header("content-type");
    answer.headers = m_reader->headers();
    answer.body = m_reader->body();
    answer.latency = std::chrono::nanoseconds(m_since.nsecsElapsed());
    answer.tlsKey = shownKey;
    finish(std::move(answer));
}

/// True if it went on to another URL. A refused redirect has finished the exchange.
bool HttpClient::Exchange::followRedirect()
{
    const int status = m_reader->status();
    const bool redirect = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    const QByteArray location = m_reader->header("location");
    if (!redirect || location.isEmpty() || !m_request.followsRedirects)
        return false;
    QUrl target = m_url.resolved(QUrl::fromEncoded(location));
    target.setUserInfo({});
    if (!sameOrigin(m_url, target)) {
        finish(failure(ErrorCode::Redirected,
                       u"redirects to %1, which is not followed (it would get our credentials)"_s.arg(originOf(target)),
                       shown(m_url)));
        return false;
    }
    if (++m_redirects > maxRedirects) {
        finish(failure(ErrorCode::BadReply, u"redirects in a circle (%1 times)"_s.arg(maxRedirects), shown(m_url)));
        return false;
    }
    if (status == 303 || (status <= 302 && m_request.method == "POST")) {
        if (m_request.method != "HEAD")
            m_request.method = "GET";
        m_request.body.clear();
    }
    sendTo(target);
    return true;
}

Error HttpClient::Exchange::networkError() const
{
    const QString where = shown(m_url);
    const QString host = u"%1:%2"_s.arg(m_url.host()).arg(portOf(m_url));
    switch (m_socket->error()) {
    case QAbstractSocket::SslHandshakeFailedError:
    case QAbstractSocket::SslInternalError:
    case QAbstractSocket::SslInvalidUserDataError:
        return {ErrorCode::TlsFailure, tlsFailure(host, m_socket->sslHandshakeErrors(), m_socket->errorString()),
                where};
    case QAbstractSocket::UnknownSocketError:
    case QAbstractSocket::RemoteHostClosedError:
        if (!m_reader->begun())
            return {ErrorCode::Unreachable, u"%1 closed the connection without an answer"_s.arg(host), where};
        return {ErrorCode::Unreachable, u"%1 closed the connection before its answer was complete"_s.arg(host), where};
    default:
        return {ErrorCode::Unreachable, u"%1: %2"_s.arg(host, m_socket->errorString()), where};
    }
}

void HttpClient::Exchange::hideSecrets(Result<HttpReply> &outcome) const
{
    const auto hide = [this](QByteArray &text) { text = withoutSecrets(std::move(text), m_request.secrets); };
    if (!outcome) {
        for (QString *text : {&outcome.error().message, &outcome.error().where})
            *text = QString::fromUtf8(withoutSecrets(text->toUtf8(), m_request.secrets));
        return;
    }
    hide(outcome->contentType);
    hide(outcome->body);
    for (auto &[name, value] : outcome->headers)
        hide(value);
}

void HttpClient::Exchange::finish(Result<HttpReply> outcome)
{
    if (m_ended)
        return;
    m_ended = true;
    m_deadline.stop();
    letGoOfSocket();
    hideSecrets(outcome);
    setParent(nullptr); // whoever is answered may delete the client
    deleteLater();
    m_finished(std::move(outcome));
}

} // namespace qd
