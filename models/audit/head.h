/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "base/units.h"

#include <QByteArray>

#include <optional>

namespace qd {

class SigningIdentity;

/// An operator's word for how a journal stood: "at this time its entry `seq` had this hash".
struct Head
{
    qint64 seq = 0;
    QByteArray hash; ///< 32 bytes
    Instant at;
    QByteArray key;       ///< the public half, 32 bytes
    QByteArray signature; ///< 64 bytes
    bool operator==(const Head &) const = default;
};

[[nodiscard]] Result<Head> signedHead(qint64 seq, const QByteArray &hash, Instant at, const SigningIdentity &identity);
/// Whether the signature is that of `key` over the rest.
[[nodiscard]] bool isGenuine(const Head &head);

/// A head as it stands in a witness: number, hash in hex, time, public key and signature in base64; without line end.
[[nodiscard]] QByteArray toLine(const Head &head);
/// Nothing if it is no such line; does not look at the signature.
[[nodiscard]] std::optional<Head> headFromLine(const QByteArray &line);

} // namespace qd
