/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/token.h"

#include <QJsonDocument>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr auto base64 = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

QByteArray part(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toBase64(base64);
}

const unsigned char *in(const QByteArray &bytes)
{
    return reinterpret_cast<const unsigned char *>(bytes.constData());
}
} // namespace

Secret newSecret()
{
    std::array<unsigned char, 32> random{};
    if (RAND_priv_bytes(random.data(), static_cast<int>(random.size())) != 1)
        qFatal("the operating system gives no random numbers");
    QByteArray text;
    text.reserve(2 * static_cast<qsizetype>(random.size()));
    for (const unsigned char byte : random) {
        text.append("0123456789abcdef"[byte >> 4]);
        text.append("0123456789abcdef"[byte & 15]);
    }
    OPENSSL_cleanse(random.data(), random.size());
    return Secret(std::move(text));
}

Secret signedToken(const QString &id, const QJsonObject &claims, const Secret &secret)
{
    QJsonObject header{{u"alg"_s, u"HS256"_s}, {u"typ"_s, u"JWT"_s}};
    if (!id.isEmpty())
        header.insert(u"kid"_s, id);
    QByteArray text = part(header) + '.' + part(claims);
    const QByteArray &key = secret.reveal();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    HMAC(EVP_sha256(), key.constData(), static_cast<int>(key.size()), in(text), static_cast<std::size_t>(text.size()),
         digest.data(), &length);
    text += '.' + QByteArray(reinterpret_cast<const char *>(digest.data()), length).toBase64(base64);
    return Secret(std::move(text));
}

} // namespace qd
