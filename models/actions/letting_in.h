/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/profile.h"
#include "sources/io_line.h"

namespace qd {

enum class TokenAnswer {
    None,     ///< nobody answered, or neither yes nor no (429, 5xx)
    Accepted, ///< 2xx
    Refused,  ///< 401, 403
};

/// Whether a page lets somebody in who shows `header`, of which `secret` is a part. `said`: the status or the error,
/// for people; never what the page says.
[[nodiscard]] TokenAnswer askToBeLetIn(const HttpConnection &connection, const QString &path,
                                       const std::pair<QByteArray, QByteArray> &header, const Secret &secret,
                                       IoLine &line, IoLine::Deadline deadline, QString *said);

/// The connection under `connection` (default http) without credentials of its own. `what` is proved over it: for an
/// error, which stands at `where`.
[[nodiscard]] HttpConnection readStrangersConnection(ConfigReader &options, const Profile &profile, const QString &what,
                                                     const QString &where, QList<Error> &errors);

} // namespace qd
