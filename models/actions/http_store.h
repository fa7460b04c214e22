/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/io_line.h"

#include <QJsonArray>
#include <QJsonObject>

namespace qd {

/// An API over HTTP as actions use it: with the secrets of the connection that acts, fetched anew for each request, as
/// one that was renewed since counts and none is kept. `line` outlives it.
class HttpStore
{
public:
    using Deadline = IoLine::Deadline;

    struct Question
    {
        QByteArray method = "GET";
        QString path;                                       ///< with its query, below the connection's base
        QJsonObject body{};                                 ///< none is sent where it is empty
        QJsonArray list{};                                  ///< sent in its place
        QList<std::pair<QByteArray, QByteArray>> headers{}; ///< beside those of the connection
        bool followsRedirects = true;                       ///< of a GET, to the same origin
    };

    HttpStore(HttpConnection connection, IoLine &line)
        : m_connection(std::move(connection))
        , m_line(line)
    {
    }

    /// The answer, whatever its status. Errors: those of HttpClient, of the secrets, Timeout, Cancelled. What changes
    /// something and fails with one that isUncertain() leaves open whether it happened: so does an answer that is cut
    /// off, no HTTP, or sends us elsewhere (3xx), which is not followed then.
    [[nodiscard]] Result<HttpReply> ask(const Question &question, Deadline deadline);
    [[nodiscard]] QString where(const QString &path) const; ///< for errors
    [[nodiscard]] const HttpConnection &connection() const { return m_connection; }
    /// That the server showed with its last answer; empty: none, or the profile names no 'ca' of its own. Behind a
    /// public name there are many servers with many keys.
    [[nodiscard]] QByteArray tlsKey() const { return m_connection.tls.caFile.isEmpty() ? QByteArray() : m_tlsKey; }

    /// From now on nothing is sent to a server that shows another key; empty: any may be shown.
    void expectTlsKey(const QByteArray &key) { m_expectedKey = key; }

private:
    [[nodiscard]] Result<void> addSecrets(HttpRequest &request, Deadline deadline) const;

    const HttpConnection m_connection;
    IoLine &m_line;
    QByteArray m_tlsKey;
    QByteArray m_expectedKey;
};

} // namespace qd
