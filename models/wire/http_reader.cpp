/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/http_reader.h"

#define BOOST_DISABLE_ASSERTS // Beast 1.74 asserts that "0\r\n" and the CRLF after it come in one piece
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>

namespace http = boost::beast::http;
using namespace Qt::StringLiterals;

namespace qd {
namespace {

std::unexpected<Error> notHttp(const QString &why)
{
    return failure(ErrorCode::BadReply, u"does not answer in HTTP: %1"_s.arg(why));
}

std::unexpected<Error> headTooLarge()
{
    return failure(ErrorCode::TooLarge,
                   u"the head of the answer is larger than %1 KiB and was cut off"_s.arg(HttpReader::maxHead / 1024));
}

QByteArray bytes(boost::beast::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

} // namespace

struct HttpReader::Parser : http::response_parser<http::string_body>
{
    Parser(bool toHead, qint64 maxBytes)
    {
        header_limit(maxHead);
        body_limit(static_cast<std::uint64_t>(maxBytes));
        skip(toHead);
    }
};

HttpReader::HttpReader(bool toHead, qint64 maxBytes)
    : m_toHead(toHead)
    , m_maxBytes(maxBytes)
    , m_parser(std::make_unique<Parser>(toHead, maxBytes))
{
}

HttpReader::~HttpReader() = default;

bool HttpReader::endsWithConnection() const
{
    return m_parser->is_header_done() && m_parser->need_eof();
}

QByteArray HttpReader::header(QByteArrayView name) const
{
    for (const auto &[known, value] : m_headers) {
        if (known.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

QByteArray HttpReader::body() const
{
    return QByteArray::fromStdString(m_parser->get().body());
}

Result<bool> HttpReader::feed(QByteArrayView received)
{
    m_begun = m_begun || !received.isEmpty();
    m_rest.append(received);
    QByteArrayView rest = m_rest;
    while (!rest.isEmpty() && !m_parser->is_done()) {
        // No line and no trailers are longer than a head: Beast's fields throw at 64 KiB.
        const QByteArrayView piece = rest.first(std::min<qsizetype>(rest.size(), maxHead));
        const bool inHead = !m_parser->is_header_done();
        boost::system::error_code error;
        const auto used =
            static_cast<qsizetype>(m_parser->put({piece.data(), static_cast<std::size_t>(piece.size())}, error));
        rest = rest.sliced(used);
        m_used += used;
        if (error == http::error::header_limit)
            return headTooLarge();
        if (error == http::error::body_limit || m_used > maxHead + 2 * m_maxBytes)
            return tooLarge();
        if (error && error != http::error::need_more)
            return notHttp(QString::fromStdString(error.message()));
        if (error && used == 0) {
            if (piece.size() == maxHead)
                return tooLarge();
            break;
        }
        if (inHead && m_parser->is_header_done()) {
            if (auto taken = headEnds(); !taken)
                return std::unexpected(taken.error());
        }
    }
    m_reusable =
        m_parser->is_done() && m_parser->keep_alive() && !m_closes && rest.isEmpty(); // no more than we asked for
    m_rest.remove(0, m_rest.size() - rest.size());
    return m_parser->is_done();
}

/// What Beast leaves to its users. Now, for it would put the trailers among the headers.
Result<void> HttpReader::headEnds()
{
    if (m_used > maxHead)
        return headTooLarge();
    m_status = static_cast<int>(m_parser->get().result_int());
    if (m_status < 100 || m_status > 599)
        return notHttp(u"there is no status %1"_s.arg(m_status));
    if (m_status == 101)
        return notHttp(u"it changes the protocol"_s);
    if (m_status < 200) { // an interim answer; the final one follows
        m_parser = std::make_unique<Parser>(m_toHead, m_maxBytes);
        return {};
    }
    int lengths = 0;
    for (const auto &field : m_parser->get()) {
        m_headers.append({bytes(field.name_string()), bytes(field.value())});
        const QByteArray name = m_headers.constLast().first.toLower();
        const QByteArray value = m_headers.constLast().second.toLower();
        lengths += name == "transfer-encoding" || name == "content-length";
        m_closes = m_closes || (name == "connection" && value.contains("close"));
        if (name == "content-encoding" && !value.isEmpty() && value != "identity")
            return failure(ErrorCode::BadReply, u"its answer is compressed, which nobody asked for"_s);
        if (name == "transfer-encoding" && value != "chunked")
            return notHttp(u"its transfer encoding is unknown"_s);
    }
    if (lengths > 1)
        return notHttp(u"it says more than once how long its answer is"_s);
    return {};
}

std::unexpected<Error> HttpReader::tooLarge() const
{
    return failure(ErrorCode::TooLarge, u"the answer is larger than %1 KiB and was cut off"_s.arg(m_maxBytes / 1024));
}

} // namespace qd
