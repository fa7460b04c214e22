/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QJsonObject>

#include <optional>

namespace qd::sandbox {

[[nodiscard]] QByteArray hmacSha256(const QByteArray &text, const QByteArray &secret);
/// Compares in a time that does not depend on where they differ.
[[nodiscard]] bool isSame(const QByteArray &a, const QByteArray &b);

/// A token signed with HS256 (RFC 7519); `header` beyond alg and typ.
[[nodiscard]] QByteArray signedToken(QJsonObject header, const QJsonObject &claims, const QByteArray &secret);
/// What the header says, whoever wrote it.
[[nodiscard]] QJsonObject tokenHeader(const QByteArray &token);
/// The claims; nothing unless `secret` signed it and its `exp` is to come.
[[nodiscard]] std::optional<QJsonObject> verifiedClaims(const QByteArray &token, const QByteArray &secret);

} // namespace qd::sandbox
