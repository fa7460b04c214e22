/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "audit/signing.h"

#include <QFile>
#include <QFileInfo>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

constexpr size_t keySize = 32;
constexpr size_t signatureSize = 64;
constexpr qint64 pemCap = 16 * 1024;

template <auto free>
struct Freed
{
    template <class T>
    void operator()(T *object) const
    {
        free(object);
    }
};
using PKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

// OpenSSL's bytes are unsigned, Qt's are not.
const unsigned char *in(const char *bytes)
{
    return reinterpret_cast<const unsigned char *>(bytes); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}
unsigned char *out(QByteArray &bytes)
{
    return reinterpret_cast<unsigned char *>(bytes.data()); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

// Without it OpenSSL asks for the pass phrase of an encrypted key on the terminal.
int noPassPhrase(char * /*buffer*/, int /*size*/, int /*writing*/, void * /*user*/)
{
    return -1;
}

} // namespace

struct SigningIdentity::Key
{
    PKey pkey;
};

SigningIdentity::SigningIdentity(std::unique_ptr<Key> key)
    : m_key(std::move(key))
    , m_publicKey(static_cast<qsizetype>(keySize), '\0')
{
    size_t size = keySize;
    EVP_PKEY_get_raw_public_key(m_key->pkey.get(), out(m_publicKey), &size);
}

SigningIdentity::SigningIdentity(SigningIdentity &&) noexcept = default;
SigningIdentity &SigningIdentity::operator=(SigningIdentity &&) noexcept = default;
SigningIdentity::~SigningIdentity() = default;

Result<SigningIdentity> SigningIdentity::generate()
{
    PKey pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!pkey)
        return failure(ErrorCode::Internal, u"no signing key could be made"_s);
    return SigningIdentity(std::make_unique<Key>(std::move(pkey)));
}

Result<SigningIdentity> SigningIdentity::fromPem(const Secret &pem)
{
    const Bio bio(BIO_new_mem_buf(pem.reveal().constData(), static_cast<int>(pem.reveal().size())));
    PKey pkey(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassPhrase, nullptr));
    if (!pkey || EVP_PKEY_get_id(pkey.get()) != EVP_PKEY_ED25519)
        return failure(ErrorCode::BadInput, u"this is no Ed25519 private key in PEM without a pass phrase"_s);
    return SigningIdentity(std::make_unique<Key>(std::move(pkey)));
}

Result<SigningIdentity> SigningIdentity::load(const QString &path)
{
    const QFileInfo info(path);
    if (!info.exists())
        return failure(ErrorCode::NotFound, u"the signing key's file does not exist"_s, path);
    if (!info.isFile())
        return failure(ErrorCode::BadInput, u"expected a file with the signing key in it"_s, path);
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return failure(ErrorCode::Forbidden, u"the signing key's file cannot be read: %1"_s.arg(file.errorString()),
                       path);
#ifdef Q_OS_UNIX // elsewhere these rights say nothing
    constexpr auto ownerAlone = QFile::ReadOwner | QFile::WriteOwner;
    constexpr auto ours = QFile::ReadUser | QFile::WriteUser; // the same rights, as Qt tells them for who asks
    if (const auto rights = file.permissions(); rights & ~(ownerAlone | ours))
        return failure(ErrorCode::Forbidden,
                       u"more than its owner's reading and writing is allowed on the signing key's file; run: "
                       "chmod 600 %1"_s.arg(path),
                       path);
#endif
    // Read into an array of its own size: one that grows leaves its old buffers behind, unwiped.
    QByteArray bytes(pemCap, '\0');
    const qint64 size = file.read(bytes.data(), bytes.size());
    if (size == pemCap)
        return failure(ErrorCode::TooLarge, u"this is too large to be a signing key"_s, path);
    const Secret whole(std::move(bytes));
    auto key = fromPem(Secret(QByteArray(whole.reveal().constData(), std::max(size, qint64{0}))));
    if (!key)
        key.error().where = path;
    return key;
}

Result<QByteArray> SigningIdentity::sign(QByteArrayView bytes) const
{
    const Context context(EVP_MD_CTX_new());
    QByteArray signature(static_cast<qsizetype>(signatureSize), '\0');
    size_t size = signatureSize;
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, m_key->pkey.get()) != 1 ||
        EVP_DigestSign(context.get(), out(signature), &size, in(bytes.data()), static_cast<size_t>(bytes.size())) != 1)
        return failure(ErrorCode::Internal, u"signing failed"_s);
    return signature;
}

Result<Secret> SigningIdentity::pem() const
{
    const Bio bio(BIO_new(BIO_s_secmem()));
    char *bytes = nullptr;
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), m_key->pkey.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return failure(ErrorCode::Internal, u"the signing key could not be written"_s);
    const auto size = BIO_get_mem_data(bio.get(), &bytes);
    return Secret(QByteArray(bytes, size));
}

Result<void> SigningIdentity::save(const QString &path) const
{
    const auto bytes = pem();
    if (!bytes)
        return std::unexpected(bytes.error());
    QFile file(path);
    // Unbuffered: QFile's own buffer is not wiped.
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly | QIODevice::Unbuffered,
                   QFile::ReadOwner | QFile::WriteOwner)) {
        if (QFileInfo::exists(path))
            return failure(ErrorCode::BadInput, u"there is a file already; a signing key is not overwritten"_s, path);
        return failure(ErrorCode::Forbidden, u"the signing key cannot be written: %1"_s.arg(file.errorString()), path);
    }
    if (file.write(bytes->reveal()) != bytes->reveal().size()) {
        const QString why = file.errorString();
        file.remove();
        return failure(ErrorCode::Unavailable, u"the signing key cannot be written: %1"_s.arg(why), path);
    }
    return {};
}

bool verify(const QByteArray &publicKey, QByteArrayView bytes, const QByteArray &signature)
{
    if (publicKey.size() != keySize || signature.size() != signatureSize)
        return false;
    const PKey pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, in(publicKey.constData()), keySize));
    const Context context(EVP_MD_CTX_new());
    return pkey && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
           EVP_DigestVerify(context.get(), in(signature.constData()), signatureSize, in(bytes.data()),
                            static_cast<size_t>(bytes.size())) == 1;
}

QString publicKeyText(const QByteArray &publicKey)
{
    return QString::fromLatin1(publicKey.toBase64());
}

Result<QByteArray> publicKeyFromText(const QString &text)
{
    const auto decoded =
        QByteArray::fromBase64Encoding(text.trimmed().toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded || decoded.decoded.size() != keySize)
        return failure(ErrorCode::BadInput, u"a public key is the base64 of 32 bytes, 44 characters long"_s);
    return decoded.decoded;
}

} // namespace qd
