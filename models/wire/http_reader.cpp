/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/http_reader.h"

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

std::unexpected<Error> notHttp(const QString &why)
{
    return failure(ErrorCode::BadReply, u"does not answer in HTTP: %1"_s.arg(why));
}

/// Digits alone: no sign, no blanks, none of what toLongLong() would forgive.
std::optional<qint64> number(const QByteArray &text, int base)
{
    const auto isDigit = [base](char c) {
        return (c >= '0' && c <= '9') || (base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
    };
    if (text.isEmpty() || text.size() > 15 || !std::ranges::all_of(text, isDigit))
        return std::nullopt;
    return text.toLongLong(nullptr, base);
}

} // namespace

HttpReader::HttpReader(bool toHead, qint64 maxBytes)
    : m_toHead(toHead)
    , m_maxBytes(maxBytes)
{
}

QByteArray HttpReader::header(QByteArrayView name) const
{
    for (const auto &[known, value] : m_headers) {
        if (known.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

Result<bool> HttpReader::feed(QByteArrayView bytes)
{
    m_begun = m_begun || !bytes.isEmpty();
    while (!bytes.isEmpty() && m_stage != Stage::Complete) {
        if (m_stage == Stage::Length || m_stage == Stage::UntilClose || m_stage == Stage::Chunk) {
            if (auto taken = takeBody(&bytes); !taken)
                return std::unexpected(taken.error());
            continue;
        }
        QByteArray line;
        const auto whole = takeLine(&bytes, &line);
        if (!whole)
            return std::unexpected(whole.error());
        if (!*whole)
            break;
        if (auto taken = take(line); !taken)
            return std::unexpected(taken.error());
    }
    if (!bytes.isEmpty())
        m_reusable = false; // more than we asked for
    return m_stage == Stage::Complete;
}

/// False if the line does not end yet. Without its CRLF; a bare LF ends one too (RFC 9112, 2.2).
Result<bool> HttpReader::takeLine(QByteArrayView *rest, QByteArray *line)
{
    const qsizetype end = rest->indexOf('\n');
    const qsizetype count = end < 0 ? rest->size() : end + 1;
    const bool framing = m_stage == Stage::ChunkSize || m_stage == Stage::ChunkEnd;
    (framing ? m_framingBytes : m_headBytes) += count;
    if (m_headBytes > maxHead || m_line.size() + count > maxHead)
        return failure(ErrorCode::TooLarge,
                       u"the head of the answer is larger than %1 KiB and was cut off"_s.arg(maxHead / 1024));
    if (m_framingBytes > m_maxBytes)
        return tooLarge();
    m_line.append(rest->first(count));
    *rest = rest->sliced(count);
    if (end < 0)
        return false;
    m_line.chop(m_line.endsWith("\r\n") ? 2 : 1);
    *line = std::exchange(m_line, {});
    return true;
}

Result<void> HttpReader::take(const QByteArray &line)
{
    switch (m_stage) {
    case Stage::Status:
        return takeStatus(line);
    case Stage::Headers:
        return line.isEmpty() ? headEnds() : takeHeader(line);
    case Stage::ChunkSize:
        return takeChunkSize(line);
    case Stage::ChunkEnd:
        if (!line.isEmpty())
            return notHttp(u"a chunk is longer than it says"_s);
        m_stage = Stage::ChunkSize;
        return {};
    case Stage::Trailers:
        if (line.isEmpty())
            m_stage = Stage::Complete;
        return {};
    case Stage::Length:
    case Stage::UntilClose:
    case Stage::Chunk:
    case Stage::Complete:
        break;
    }
    return {};
}

Result<void> HttpReader::takeStatus(const QByteArray &line)
{
    const bool known = line.startsWith("HTTP/1.1 ") || line.startsWith("HTTP/1.0 ");
    const auto status = number(line.mid(9, 3), 10);
    if (!known || !status || *status < 100 || *status > 599 || (line.size() > 12 && line.at(12) != ' '))
        return notHttp(u"it has no status line"_s);
    m_status = static_cast<int>(*status);
    m_reusable = line.startsWith("HTTP/1.1 ");
    m_headers.clear();
    m_stage = Stage::Headers;
    return {};
}

Result<void> HttpReader::takeHeader(const QByteArray &line)
{
    const qsizetype colon = line.indexOf(':');
    // A line that begins with a blank would go on with the one before: obsolete, and a way to smuggle.
    if (colon <= 0 || line.left(colon).contains(' ') || line.left(colon).contains('\t'))
        return notHttp(u"a header has no name"_s);
    m_headers.append({line.left(colon), line.mid(colon + 1).trimmed()});
    return {};
}

/// Decides how long the body is (RFC 9112, 6.3).
Result<void> HttpReader::headEnds()
{
    if (m_status == 101)
        return notHttp(u"it changes the protocol"_s);
    if (m_status < 200) { // an interim answer; the final one follows
        m_stage = Stage::Status;
        return {};
    }
    if (header("connection").toLower().contains("close"))
        m_reusable = false;
    const QByteArray encoding = header("content-encoding").toLower();
    if (!encoding.isEmpty() && encoding != "identity")
        return failure(ErrorCode::BadReply, u"its answer is compressed, which nobody asked for"_s);
    if (m_toHead || m_status == 204 || m_status == 304) {
        m_stage = Stage::Complete;
        return {};
    }
    const QByteArray transfer = header("transfer-encoding").toLower();
    if (!transfer.isEmpty()) {
        if (transfer != "chunked")
            return notHttp(u"its transfer encoding is unknown"_s);
        m_stage = Stage::ChunkSize;
        return {};
    }
    std::optional<qint64> length;
    for (const auto &[name, value] : std::as_const(m_headers)) {
        if (name.compare("content-length", Qt::CaseInsensitive) != 0)
            continue;
        const auto written = number(value, 10);
        if (!written || (length && *length != *written))
            return notHttp(u"its length is no number"_s);
        length = written;
    }
    if (!length) {
        m_reusable = false;
        m_stage = Stage::UntilClose;
        return {};
    }
    if (*length > m_maxBytes)
        return tooLarge();
    m_left = *length;
    m_stage = *length == 0 ? Stage::Complete : Stage::Length;
    return {};
}

Result<void> HttpReader::takeChunkSize(const QByteArray &line)
{
    const qsizetype end = line.indexOf(';'); // extensions
    const auto size = number((end < 0 ? line : line.left(end)).trimmed(), 16);
    if (!size)
        return notHttp(u"the length of a chunk is no number"_s);
    if (*size > m_maxBytes - m_body.size())
        return tooLarge();
    m_left = *size;
    m_stage = *size == 0 ? Stage::Trailers : Stage::Chunk;
    return {};
}

Result<void> HttpReader::takeBody(QByteArrayView *rest)
{
    const qsizetype count =
        m_stage == Stage::UntilClose ? rest->size() : std::min<qsizetype>(rest->size(), static_cast<qsizetype>(m_left));
    if (m_body.size() + count > m_maxBytes)
        return tooLarge();
    m_body.append(rest->first(count));
    *rest = rest->sliced(count);
    if (m_stage == Stage::UntilClose)
        return {};
    m_left -= count;
    if (m_left == 0)
        m_stage = m_stage == Stage::Chunk ? Stage::ChunkEnd : Stage::Complete;
    return {};
}

std::unexpected<Error> HttpReader::tooLarge() const
{
    return failure(ErrorCode::TooLarge, u"the answer is larger than %1 KiB and was cut off"_s.arg(m_maxBytes / 1024));
}

} // namespace qd
