/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "profile/profile.h"

#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslError>

namespace qd {

/// The verifying configuration of an identity: TLS 1.2 or later, the peer's certificate and name checked against its
/// CA file or the system's. Errors: TlsFailure (the CA file cannot be read or holds no certificate).
[[nodiscard]] Result<QSslConfiguration> tlsConfiguration(const TlsIdentity &identity);

/// SHA-256 of a server's public key (its SubjectPublicKeyInfo, as pins have it), in hex; empty without a certificate.
[[nodiscard]] QByteArray tlsKeyOf(const QSslCertificate &certificate);

enum class TlsFault {
    Untrusted, ///< by an authority not known here, or no longer valid
    WrongName, ///< a certificate for another host
    NoTls,     ///< the other end does not speak TLS
    CaFile,    ///< the CA file cannot be used
};

/// What to do about it, as the end of a sentence.
[[nodiscard]] QString adviceOn(TlsFault fault);

/// Why there is no TLS connection to `host` and what to do, in one line. `errors` are about its certificate; if there
/// are none, `otherwise` are Qt's words for what went wrong.
[[nodiscard]] QString tlsFailure(const QString &host, const QList<QSslError> &errors, const QString &otherwise);

} // namespace qd
