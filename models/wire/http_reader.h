/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "wire/http.h"

namespace qd {

/// Bytes in, an answer out: HTTP/1.1 (RFC 9112) with everything counted as it comes. The head with its interim answers
/// and trailers has a cap of its own, the framing of chunks may take as much as the body.
class HttpReader
{
public:
    /// `toHead`: the answer to a HEAD request, which has no body whatever its head says. `maxBytes` of the body.
    HttpReader(bool toHead, qint64 maxBytes);

    /// True once the answer is complete; what follows it is left. Errors: TooLarge, BadReply. After an error it is of
    /// no more use.
    [[nodiscard]] Result<bool> feed(QByteArrayView bytes);
    /// True if the answer may end by the end of its connection, and is complete.
    [[nodiscard]] bool endsWithConnection() const { return m_stage == Stage::UntilClose; }
    /// True once there was a byte.
    [[nodiscard]] bool begun() const { return m_begun; }
    /// True if another request may follow on the connection.
    [[nodiscard]] bool reusable() const { return m_reusable; }

    [[nodiscard]] int status() const { return m_status; }
    /// The value of a header, by its name in small letters; empty if there is none.
    [[nodiscard]] QByteArray header(QByteArrayView name) const;
    [[nodiscard]] const QList<std::pair<QByteArray, QByteArray>> &headers() const { return m_headers; }
    [[nodiscard]] const QByteArray &body() const { return m_body; }

    static constexpr qint64 maxHead = 64 * 1024;

private:
    enum class Stage { Status, Headers, Length, UntilClose, ChunkSize, Chunk, ChunkEnd, Trailers, Complete };
    [[nodiscard]] Result<bool> takeLine(QByteArrayView *rest, QByteArray *line);
    [[nodiscard]] Result<void> take(const QByteArray &line);
    [[nodiscard]] Result<void> takeStatus(const QByteArray &line);
    [[nodiscard]] Result<void> takeHeader(const QByteArray &line);
    [[nodiscard]] Result<void> headEnds();
    [[nodiscard]] Result<void> takeChunkSize(const QByteArray &line);
    [[nodiscard]] Result<void> takeBody(QByteArrayView *rest);
    [[nodiscard]] std::unexpected<Error> tooLarge() const;

    bool m_toHead;
    qint64 m_maxBytes;
    Stage m_stage = Stage::Status;
    QByteArray m_line; ///< begun, not yet ended
    qint64 m_headBytes = 0;
    qint64 m_framingBytes = 0;
    qint64 m_left = 0; ///< of the body or the chunk
    int m_status = 0;
    bool m_begun = false;
    bool m_reusable = false;
    QList<std::pair<QByteArray, QByteArray>> m_headers;
    QByteArray m_body;
};

} // namespace qd
