/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/http_source.h"
#include "sources/platform/platform.h"
#include "sources/source.h"

namespace qd {

struct RenderOptions
{
    QString service; ///< "srv-…"
    PlatformMap map;
    HttpConnection connection; ///< to the API (https://api.render.com)
    QString connectionName;    ///< what the profile calls it
};

/// Asks Render's REST API (api-docs.render.com, v1) for the latest deploys and for all variables, page by page, then
/// says what they come to. Render tells neither when a variable was changed nor whether it is live.
[[nodiscard]] std::variant<HttpRequest, SourceAnswer> askRender(const QList<HttpTurn> &turns,
                                                                const RenderOptions &options);

/// Why Render says no, without a word of its own: an error may repeat what it was asked. Errors: AuthRequired,
/// Forbidden, NotFound, Unavailable, ServerError (5xx), BadReply, Redirected.
[[nodiscard]] Error renderRefusal(int status, const RenderOptions &options, const QString &where);

/// What `spec.options` say, without a connection. Errors: BadInput, each with its place.
[[nodiscard]] std::expected<RenderOptions, QList<Error>> renderOptions(const SourceSpec &spec);

/// The registry's entry: options `service`, `flags` and `signing_keys`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> renderFactory(const SourceSpec &spec, const Profile &profile);

} // namespace qd
