/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/letting_in.h"

namespace qd {

/// Where a service tells whether it accepts an API key: any page that only clients get.
struct KeyProbe
{
    HttpConnection connection; ///< without credentials of its own
    QString path;
    QByteArray header; ///< that carries the key; Authorization carries it as a bearer token
};

/// The map under `probe`: {path, header, connection}; nothing: there is none.
[[nodiscard]] std::optional<KeyProbe> readKeyProbe(ConfigReader &reader, const Profile &profile, QList<Error> &errors);

/// `said`: the status or the error, for people.
[[nodiscard]] TokenAnswer askWithKey(const KeyProbe &probe, IoLine &line, const Secret &key, IoLine::Deadline deadline,
                                     QString *said);

} // namespace qd
