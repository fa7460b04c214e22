/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QString>
#include <QUrl>

namespace qd {

/// A URL as it may be shown or logged: no user info, and the values of query items that look like credentials
/// (token, key, secret, password, signature…) replaced by ••••. The only way a QUrl becomes text in this program.
[[nodiscard]] QString shown(const QUrl &url);

/// True for a name (JSON member, header, column, variable) whose value is treated as a credential.
[[nodiscard]] bool namesSecret(QStringView name);

/// `text` as it may be kept as evidence: the values of JSON members and `name=value` / `name: value` pairs whose name
/// is a secret's, bearer tokens and the password of any URL, replaced by ••••.
[[nodiscard]] QByteArray masked(QByteArray text);

} // namespace qd
