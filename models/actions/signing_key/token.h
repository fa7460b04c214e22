/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/secret.h"

#include <QJsonObject>

namespace qd {

/// A new secret of 256 bits as 64 hexadecimal digits, from the operating system's generator through OpenSSL. Aborts
/// where that fails: a weak key is worse than none.
[[nodiscard]] Secret newSecret();

/// A token signed with HMAC-SHA256 (RFC 7519, "HS256") by the key `id`, which is told where it is not empty; the
/// secret's text is the key, as it stands.
[[nodiscard]] Secret signedToken(const QString &id, const QJsonObject &claims, const Secret &secret);

} // namespace qd
