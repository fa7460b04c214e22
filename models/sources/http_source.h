/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/source.h"
#include "wire/http.h"

#include <variant>

namespace qd {

/// What a complete answer means; `command` is the line that shows the same by hand.
using Understand = std::function<SourceAnswer(const HttpReply &reply, const QString &command)>;

/// A source that asks one URL, with the bearer token and the headers of its connection.
[[nodiscard]] std::unique_ptr<Source> httpSource(HttpClient &http, const HttpRequest &request,
                                                 const HttpConnection &connection, Understand understand);

/// One question of a poll and how it was answered.
struct HttpTurn
{
    QString command; ///< the line that shows the same by hand
    Result<HttpReply> reply;
};

/// What to ask after these turns, or what they come to.
using HttpDialogue = std::function<std::variant<HttpRequest, SourceAnswer>(const QList<HttpTurn> &turns)>;

/// A source that asks one thing after the other; `deadline` is that of all together. Errors name `where` if no request
/// can be made at all.
[[nodiscard]] std::unique_ptr<Source> httpSource(HttpClient &http, const HttpConnection &connection,
                                                 std::chrono::milliseconds deadline, QString where,
                                                 HttpDialogue dialogue);

/// `path` (with its query) below a connection's base URL; what is percent-encoded in it stays so.
[[nodiscard]] QUrl urlBelow(const QUrl &base, const QString &path);

/// Whether a step of `path` is "." or "..", which servers and proxies take as a way to another one.
[[nodiscard]] bool leadsElsewhere(const QString &path);

/// Why an answer is refused by its code alone, whatever its body says: AuthRequired (401), Forbidden (403), NotFound
/// (404, 410), Redirected (3xx), Unavailable (429).
[[nodiscard]] std::optional<Error> refusedBy(const HttpReply &reply, const QString &where);

} // namespace qd
