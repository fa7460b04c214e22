/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "support/fake_key_endpoint.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace qd::test {
namespace {
QByteArray reply(int status, const QJsonObject &body, const QByteArray &headers = {})
{
    const QByteArray json = QJsonDocument(body).toJson(QJsonDocument::Compact);
    const QByteArray date =
        QLocale::c().toString(QDateTime::currentDateTimeUtc(), u"ddd, dd MMM yyyy HH:mm:ss 'GMT'"_s).toLatin1();
    return "HTTP/1.1 " + QByteArray::number(status) + " X\r\nContent-Type: application/jwk-set+json\r\nDate: " + date +
           "\r\n" + headers + "Content-Length: " + QByteArray::number(json.size()) + "\r\n\r\n" + json;
}
} // namespace

FakeKeyEndpoint::FakeKeyEndpoint()
    : m_http([this](const QByteArray &received) { return answer(received); })
{
}

QJsonObject FakeKeyEndpoint::document()
{
    const std::lock_guard guard(m_lock);
    return m_document;
}

void FakeKeyEndpoint::setDocument(const QJsonObject &document)
{
    const std::lock_guard guard(m_lock);
    m_document = document;
    ++m_version;
    m_puts = 0;
}

int FakeKeyEndpoint::puts()
{
    const std::lock_guard guard(m_lock);
    return m_puts;
}

void FakeKeyEndpoint::setToken(const QByteArray &token)
{
    const std::lock_guard guard(m_lock);
    m_token = token;
}

void FakeKeyEndpoint::setMarker(const QString &marker)
{
    const std::lock_guard guard(m_lock);
    m_marker = marker;
}

std::optional<QByteArray> FakeKeyEndpoint::answer(const QByteArray &received)
{
    if (received.startsWith("PUT ") && beforePut)
        beforePut();
    const std::lock_guard guard(m_lock);
    const QByteArrayList line = received.left(received.indexOf('\r')).split(' ');
    if (!m_token.isEmpty() && !received.contains("Bearer " + m_token + '\r'))
        return reply(401, {});
    if (line.value(1) == "/info")
        return reply(200, {{u"app"_s, QJsonObject{{u"environment"_s, m_marker}}}});
    if (line.value(1) != "/internal/keys")
        return reply(404, {});
    if (line.first() == "OPTIONS")
        return reply(200, {},
                     fault == Fault::ReadOnly ? "Allow: GET, HEAD, OPTIONS\r\n" : "Allow: GET, PUT, OPTIONS\r\n");
    if (line.first() == "PUT")
        return answerPut(received);
    const QByteArray tag = hasTags ? "ETag: \"v" + QByteArray::number(m_version) + "\"\r\n" : QByteArray();
    return reply(200, m_document, tag);
}

std::optional<QByteArray> FakeKeyEndpoint::answerPut(const QByteArray &received)
{
    if (fault == Fault::Refuses)
        return reply(403, {});
    if (fault == Fault::Redirects)
        return reply(307, {}, "Location: http://127.0.0.1:9/elsewhere\r\n");
    const qsizetype match = received.indexOf("If-Match: ");
    const QByteArray tag =
        match < 0 ? QByteArray() : received.mid(match + 10, received.indexOf('\r', match) - match - 10);
    if (hasTags && tag != "\"v" + QByteArray::number(m_version) + '"')
        return reply(tag.isEmpty() ? 428 : 412, {});
    const QJsonDocument document = QJsonDocument::fromJson(received.mid(received.indexOf("\r\n\r\n") + 4));
    if (!document.object()["keys"_L1].isArray())
        return reply(400, {});
    m_document = document.object();
    ++m_version;
    ++m_puts;
    if (fault == Fault::HangsUp)
        return std::nullopt;
    return reply(fault == Fault::FailsAfter ? 500 : 200, {});
}

} // namespace qd::test
