/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/http_exchange.h"

#include "base/redact.h"
#include "wire/tls.h"

#include <QNetworkAccessManager>

#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

constexpr int maxRedirects = 5;
/// How much Qt may buffer for us: with it the socket is read no faster than we count.
constexpr qint64 readAhead = 256 * 1024;

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

QNetworkRequest networkRequest(const HttpRequest &request, const QUrl &url, const QSslConfiguration &tls)
{
    QNetworkRequest out(url);
    out.setSslConfiguration(tls);
    out.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    // Open HPACK fault below 6.5.4.
    out.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    // The manager is shared between deployments: nothing of one may reach another through it.
    out.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    out.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    out.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    out.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    out.setDecompressedSafetyCheckThreshold(-1); // our own cap counts decoded bytes
    out.setRawHeader("User-Agent", "quarterdeck/" QD_VERSION);
    for (const auto &[name, value] : request.headers)
        out.setRawHeader(name, value);
    return out;
}

} // namespace

HttpClient::Exchange::Exchange(HttpRequest request, QNetworkAccessManager *manager, const QSslConfiguration &tls,
                               Finished finished, QObject *parent)
    : QObject(parent)
    , m_request(std::move(request))
    , m_manager(manager)
    , m_tls(tls)
    , m_finished(std::move(finished))
{
    m_deadline.setSingleShot(true);
    m_deadline.setTimerType(Qt::PreciseTimer);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        finish(failure(ErrorCode::Timeout, u"no complete answer within %1 ms"_s.arg(m_request.deadline.count()),
                       shown(m_url)));
    });
}

HttpClient::Exchange::~Exchange()
{
    letGoOfReply();
}

void HttpClient::Exchange::start()
{
    m_since.start();
    m_deadline.start(m_request.deadline);
    sendTo(m_request.url);
}

void HttpClient::Exchange::abort()
{
    m_ended = true;
    m_deadline.stop();
    letGoOfReply();
    deleteLater();
}

void HttpClient::Exchange::letGoOfReply()
{
    if (!m_reply)
        return;
    QNetworkReply *reply = std::exchange(m_reply, nullptr);
    reply->disconnect(this);
    if (reply->isRunning())
        reply->abort();
    reply->deleteLater();
}

void HttpClient::Exchange::sendTo(const QUrl &url)
{
    m_url = url;
    m_body.clear();
    const QNetworkRequest request = networkRequest(m_request, url, m_tls);
    m_reply = m_manager->sendCustomRequest(request, m_request.method, m_request.body);
    m_reply->setReadBufferSize(readAhead);
    connect(m_reply, &QNetworkReply::readyRead, this, &Exchange::read);
    connect(m_reply, &QNetworkReply::finished, this, &Exchange::replyFinished);
    connect(m_reply, &QNetworkReply::sslErrors, this, [this](const QList<QSslError> &errors) { m_tlsErrors = errors; });
}

void HttpClient::Exchange::read()
{
    // In small pieces: a compressed body is decoded as it is read, and one read could ask for all of it.
    std::array<char, 32 * 1024> piece;
    while (m_reply) {
        const qint64 count = m_reply->read(piece.data(), piece.size());
        if (count <= 0)
            return;
        if (m_body.size() + count > m_request.maxBytes) {
            finish(failure(ErrorCode::TooLarge,
                           u"the answer is larger than %1 KiB and was cut off"_s.arg(m_request.maxBytes / 1024),
                           shown(m_url)));
            return;
        }
        m_body.append(piece.data(), static_cast<qsizetype>(count));
    }
}

void HttpClient::Exchange::replyFinished()
{
    read();
    if (m_ended)
        return;
    const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (!isAnswer(status)) {
        finish(std::unexpected(networkError()));
        return;
    }
    if (followRedirect(status) || m_ended)
        return;
    HttpReply answer;
    answer.status = status;
    answer.contentType = m_reply->rawHeader("Content-Type");
    answer.headers = m_reply->rawHeaderPairs();
    answer.body = m_body;
    answer.latency = std::chrono::nanoseconds(m_since.nsecsElapsed());
    finish(std::move(answer));
}

/// True if it went on to another URL. A refused redirect has finished the exchange.
bool HttpClient::Exchange::followRedirect(int status)
{
    const bool redirect = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    const QByteArray location = m_reply->rawHeader("Location");
    if (!redirect || location.isEmpty())
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
    letGoOfReply();
    sendTo(target);
    return true;
}

/// Qt calls 4xx and 5xx errors; to us they are answers. What broke off before its end is none.
bool HttpClient::Exchange::isAnswer(int status) const
{
    const auto error = m_reply->error();
    if (error == QNetworkReply::NoError)
        return status > 0;
    const bool aboutStatus = (error > 200 && error < 300) || (error > 400 && error < 500) ||
                             error == QNetworkReply::ProtocolInvalidOperationError;
    return status >= 400 && aboutStatus;
}

Error HttpClient::Exchange::networkError() const
{
    const QString where = shown(m_url);
    const QString host = u"%1:%2"_s.arg(m_url.host()).arg(portOf(m_url));
    switch (m_reply->error()) {
    case QNetworkReply::ConnectionRefusedError:
        return {ErrorCode::Unreachable, u"%1 refuses connections"_s.arg(host), where};
    case QNetworkReply::HostNotFoundError:
        return {ErrorCode::Unreachable, u"the name %1 cannot be resolved"_s.arg(m_url.host()), where};
    case QNetworkReply::RemoteHostClosedError:
        // Qt also says so, and closes itself, where what came is not HTTP.
        if (!m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).isValid())
            return {ErrorCode::Unreachable, u"%1 gave no answer in HTTP before the connection closed"_s.arg(host),
                    where};
        return {ErrorCode::Unreachable, u"%1 closed the connection before its answer was complete"_s.arg(host), where};
    case QNetworkReply::SslHandshakeFailedError:
        return {ErrorCode::TlsFailure, tlsFailure(host, m_tlsErrors, m_reply->errorString()), where};
    case QNetworkReply::ProtocolFailure:
    case QNetworkReply::UnknownContentError:
    case QNetworkReply::NoError:
        return {ErrorCode::BadReply, u"%1 does not answer in HTTP: %2"_s.arg(host, m_reply->errorString()), where};
    default:
        return {ErrorCode::Unreachable, u"%1: %2"_s.arg(host, m_reply->errorString()), where};
    }
}

void HttpClient::Exchange::finish(Result<HttpReply> outcome)
{
    if (m_ended)
        return;
    m_ended = true;
    m_deadline.stop();
    letGoOfReply();
    deleteLater();
    m_finished(std::move(outcome));
}

} // namespace qd
