/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <QByteArrayView>

#include <memory>

namespace qd {

/// An operator's Ed25519 key. Its private half never leaves OpenSSL's memory, which is wiped when it is freed, but
/// through pem() and save().
class SigningIdentity
{
public:
    [[nodiscard]] static Result<SigningIdentity> generate();
    /// From a PEM (PKCS #8, not encrypted) that nobody but its owner can read. A file with wider rights than 0600 is
    /// refused (Forbidden).
    [[nodiscard]] static Result<SigningIdentity> load(const QString &path);
    /// The same from memory: what pem() gave.
    [[nodiscard]] static Result<SigningIdentity> fromPem(const Secret &pem);

    SigningIdentity(SigningIdentity &&) noexcept;
    SigningIdentity &operator=(SigningIdentity &&) noexcept;
    SigningIdentity(const SigningIdentity &) = delete;
    SigningIdentity &operator=(const SigningIdentity &) = delete;
    ~SigningIdentity();

    /// 32 bytes.
    [[nodiscard]] const QByteArray &publicKey() const { return m_publicKey; }
    /// 64 bytes. Safe from several threads at once.
    [[nodiscard]] Result<QByteArray> sign(QByteArrayView bytes) const;

    /// For a keychain.
    [[nodiscard]] Result<Secret> pem() const;
    /// A new file with rights 0600. An existing one is not overwritten (BadInput).
    [[nodiscard]] Result<void> save(const QString &path) const;

private:
    struct Key;
    explicit SigningIdentity(std::unique_ptr<Key> key);
    std::unique_ptr<Key> m_key;
    QByteArray m_publicKey;
};

/// Whether `signature` over `bytes` was made with the private half of `publicKey` (32 bytes).
[[nodiscard]] bool verify(const QByteArray &publicKey, QByteArrayView bytes, const QByteArray &signature);

/// Base64 of the 32 bytes, as it stands in a policy file.
[[nodiscard]] QString publicKeyText(const QByteArray &publicKey);
/// BadInput if that is no base64 of 32 bytes.
[[nodiscard]] Result<QByteArray> publicKeyFromText(const QString &text);

} // namespace qd
