/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/source.h"
#include "wire/http.h"

namespace qd {

/// What a complete answer means; `command` is the line that shows the same by hand.
using Understand = std::function<SourceAnswer(const HttpReply &reply, const QString &command)>;

/// A source that asks one URL, with the bearer token and the headers of its connection.
[[nodiscard]] std::unique_ptr<Source> httpSource(HttpClient &http, const HttpRequest &request,
                                                 const HttpConnection &connection, Understand understand);

/// `path` (with its query) below a connection's base URL.
[[nodiscard]] QUrl urlBelow(const QUrl &base, const QString &path);

/// Why an answer is refused by its code alone, whatever its body says: AuthRequired (401), Forbidden (403), NotFound
/// (404, 410), Redirected (3xx), Unavailable (429).
[[nodiscard]] std::optional<Error> refusedBy(const HttpReply &reply, const QString &where);

} // namespace qd
