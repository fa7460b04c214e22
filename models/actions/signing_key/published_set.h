/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/config.h"
#include "profile/profile.h"
#include "sources/io_line.h"

#include <QJsonArray>

namespace qd {

/// Where a service publishes the public halves of its keys: a JWK Set (RFC 7517).
struct PublishedSet
{
    HttpConnection connection;
    QString path;
};

/// The map under `jwks`: {path, connection}; nothing: there is none.
[[nodiscard]] std::optional<PublishedSet> readPublishedSet(ConfigReader &reader, const Profile &profile,
                                                           QList<Error> &errors);

struct PublishedKeys
{
    QJsonArray keys;
    std::chrono::seconds maxAge{0}; ///< whoever verifies may go by it for so long; 0: it is not told

    [[nodiscard]] std::optional<QJsonObject> find(const QString &id) const;
};

/// As it is now. Errors: those of HTTP, BadReply (no JWK Set), Unsupported (it may be kept for over an hour).
[[nodiscard]] Result<PublishedKeys> askPublished(const PublishedSet &set, IoLine &line, IoLine::Deadline deadline);

} // namespace qd
