/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <QJsonObject>

namespace qd {

enum class TokenAlgorithm {
    Hs256, ///< HMAC-SHA256; the secret's text is the key, as it stands
    Es256, ///< ECDSA on P-256 with SHA-256; the secret is the private key, PKCS#8 in PEM
};

/// A new secret of 256 bits, from the operating system's generator through OpenSSL: 64 hexadecimal digits, or a private
/// key. Aborts where that fails: a weak key is worse than none.
[[nodiscard]] Secret newSecret(TokenAlgorithm algorithm = TokenAlgorithm::Hs256);

/// A signed token (RFC 7519) of the key `id`, which is told where it is not empty. Errors: BadInput (the secret is no
/// key of that algorithm).
[[nodiscard]] Result<Secret> signedToken(const QString &id, const QJsonObject &claims, const Secret &secret,
                                         TokenAlgorithm algorithm = TokenAlgorithm::Hs256);

/// The public half of a key of ES256 (RFC 7518 §6.2.1): `kty`, `crv`, `x` and `y`. Errors: as above.
[[nodiscard]] Result<QJsonObject> publicHalf(const Secret &secret);

} // namespace qd
