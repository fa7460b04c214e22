/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/token.h"

#include <QJsonDocument>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <memory>

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

template <auto release>
struct Release
{
    template <class T>
    void operator()(T *held) const
    {
        release(held);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_clear_free>>;
constexpr int bytesOfP256 = 32;

std::unexpected<Error> noKey()
{
    return failure(ErrorCode::BadInput, u"the secret is no private key on P-256 (PKCS#8 in PEM)"_s);
}

Key keyIn(const Secret &secret)
{
    const QByteArray &pem = secret.reveal();
    const Bio bio(BIO_new_mem_buf(pem.constData(), static_cast<int>(pem.size())));
    // One with a password is not asked for it, on a terminal of all places.
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, [](char *, int, int, void *) { return -1; }, nullptr));
    std::array<char, 32> group{};
    if (!key || EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) != 1 ||
        QLatin1StringView(group.data()) != QLatin1StringView(SN_X9_62_prime256v1))
        return {};
    return key;
}

Secret newPrivateKey()
{
    const Key key(EVP_EC_gen("P-256"));
    const Bio bio(BIO_new(BIO_s_secmem()));
    if (!key || !bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        qFatal("no private key can be made");
    char *text = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &text);
    return Secret(QByteArray(text, length));
}

/// r and s side by side (RFC 7518 §3.4), not as OpenSSL writes them.
QByteArray signedWith(EVP_PKEY *key, const QByteArray &text)
{
    const std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    std::array<unsigned char, 128> der{};
    std::size_t length = der.size();
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
        EVP_DigestSign(context.get(), der.data(), &length, in(text), static_cast<std::size_t>(text.size())) != 1)
        return {};
    const unsigned char *at = der.data();
    const std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>> pair(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(length)));
    std::array<unsigned char, std::size_t{2} * bytesOfP256> both{};
    if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), both.data(), bytesOfP256) != bytesOfP256 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), both.data() + bytesOfP256, bytesOfP256) != bytesOfP256)
        return {};
    return {reinterpret_cast<const char *>(both.data()), both.size()};
}
} // namespace

Secret newSecret(TokenAlgorithm algorithm)
{
    if (algorithm == TokenAlgorithm::Es256)
        return newPrivateKey();
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

Result<Secret> signedToken(const QString &id, const QJsonObject &claims, const Secret &secret, TokenAlgorithm algorithm)
{
    const bool isHmac = algorithm == TokenAlgorithm::Hs256;
    QJsonObject header{{u"alg"_s, isHmac ? u"HS256"_s : u"ES256"_s}, {u"typ"_s, u"JWT"_s}};
    if (!id.isEmpty())
        header.insert(u"kid"_s, id);
    QByteArray text = part(header) + '.' + part(claims);
    QByteArray signature;
    if (isHmac) {
        const QByteArray &key = secret.reveal();
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int length = 0;
        HMAC(EVP_sha256(), key.constData(), static_cast<int>(key.size()), in(text),
             static_cast<std::size_t>(text.size()), digest.data(), &length);
        signature = QByteArray(reinterpret_cast<const char *>(digest.data()), length);
    } else if (const Key key = keyIn(secret)) {
        signature = signedWith(key.get(), text);
    }
    if (signature.isEmpty())
        return noKey();
    text += '.' + signature.toBase64(base64);
    return Secret(std::move(text));
}

Result<QJsonObject> publicHalf(const Secret &secret)
{
    const Key key = keyIn(secret);
    if (!key)
        return noKey();
    const auto coordinate = [&key](const char *name) {
        BIGNUM *read = nullptr;
        std::array<unsigned char, bytesOfP256> bytes{};
        EVP_PKEY_get_bn_param(key.get(), name, &read);
        const Number number(read);
        if (!number || BN_bn2binpad(number.get(), bytes.data(), bytesOfP256) != bytesOfP256)
            return QString();
        return QString::fromLatin1(
            QByteArray(reinterpret_cast<const char *>(bytes.data()), bytes.size()).toBase64(base64));
    };
    return QJsonObject{{u"kty"_s, u"EC"_s},
                       {u"crv"_s, u"P-256"_s},
                       {u"x"_s, coordinate(OSSL_PKEY_PARAM_EC_PUB_X)},
                       {u"y"_s, coordinate(OSSL_PKEY_PARAM_EC_PUB_Y)}};
}

} // namespace qd
