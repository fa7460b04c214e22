/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/jwt.h"

#include <QDateTime>
#include <QJsonDocument>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

namespace {

constexpr auto base64 = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

QByteArray encoded(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toBase64(base64);
}

QJsonObject decoded(const QByteArray &part)
{
    return QJsonDocument::fromJson(QByteArray::fromBase64(part, base64)).object();
}

} // namespace

QByteArray hmacSha256(const QByteArray &text, const QByteArray &secret)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    HMAC(EVP_sha256(), secret.constData(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char *>(text.constData()), static_cast<std::size_t>(text.size()), digest,
         &length);
    return QByteArray(reinterpret_cast<const char *>(digest), static_cast<qsizetype>(length));
}

bool isSame(const QByteArray &a, const QByteArray &b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.constData(), b.constData(), static_cast<std::size_t>(a.size())) == 0;
}

QByteArray signedToken(QJsonObject header, const QJsonObject &claims, const QByteArray &secret)
{
    header.insert(u"alg"_s, u"HS256"_s);
    header.insert(u"typ"_s, u"JWT"_s);
    const QByteArray text = encoded(header) + '.' + encoded(claims);
    return text + '.' + hmacSha256(text, secret).toBase64(base64);
}

QJsonObject tokenHeader(const QByteArray &token)
{
    return decoded(token.left(token.indexOf('.')));
}

std::optional<QJsonObject> verifiedClaims(const QByteArray &token, const QByteArray &secret)
{
    const QList<QByteArray> parts = token.split('.');
    if (parts.size() != 3 || secret.isEmpty() ||
        !isSame(hmacSha256(parts[0] + '.' + parts[1], secret).toBase64(base64), parts[2]))
        return std::nullopt;
    QJsonObject claims = decoded(parts[1]);
    if (claims.value("exp"_L1).toInteger() <= QDateTime::currentSecsSinceEpoch())
        return std::nullopt;
    return claims;
}

} // namespace qd::sandbox
