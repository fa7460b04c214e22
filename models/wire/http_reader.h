/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "wire/http.h"

namespace qd {

/// Bytes in, an answer out: Boost.Beast's parser of HTTP/1.1 (RFC 9112) with everything counted as it comes. The head
/// with its interim answers has a cap of its own, the framing of chunks may take as much as the body.
class HttpReader
{
public:
    /// `toHead`: the answer to a HEAD request, which has no body whatever its head says. `maxBytes` of the body.
    HttpReader(bool toHead, qint64 maxBytes);
    ~HttpReader();

    /// True once the answer is complete; what follows it is left. Errors: TooLarge, BadReply. After an error it is of
    /// no more use.
    [[nodiscard]] Result<bool> feed(QByteArrayView bytes);
    /// True if the answer may end by the end of its connection, and is complete.
    [[nodiscard]] bool endsWithConnection() const;
    /// True once there was a byte.
    [[nodiscard]] bool begun() const { return m_begun; }
    /// True if another request may follow on the connection.
    [[nodiscard]] bool reusable() const { return m_reusable; }

    [[nodiscard]] int status() const { return m_status; }
    /// The value of a header, by its name in small letters; empty if there is none.
    [[nodiscard]] QByteArray header(QByteArrayView name) const;
    [[nodiscard]] const QList<std::pair<QByteArray, QByteArray>> &headers() const { return m_headers; }
    [[nodiscard]] QByteArray body() const;

    static constexpr qint64 maxHead = 64 * 1024;

private:
    struct Parser; // keeps Beast's headers out of this one
    [[nodiscard]] Result<void> headEnds();
    [[nodiscard]] std::unexpected<Error> tooLarge() const;

    bool m_toHead;
    qint64 m_maxBytes;
    std::unique_ptr<Parser> m_parser;
    QByteArray m_rest; ///< what the parser could not use yet
    qint64 m_used = 0; ///< bytes, of all that came
    int m_status = 0;
    bool m_begun = false;
    bool m_closes = false;
    bool m_reusable = false;
    QList<std::pair<QByteArray, QByteArray>> m_headers;
};

} // namespace qd
