/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/tls.h"

#include <QCryptographicHash>
#include <QSslCertificate>
#include <QSslKey>
#include <QStringList>

using namespace Qt::StringLiterals;

namespace qd {

Result<QSslConfiguration> tlsConfiguration(const TlsIdentity &identity)
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setProtocol(QSsl::TlsV1_2OrLater);
    configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
    if (identity.caFile.isEmpty())
        return configuration;
    const auto certificates =
        QSslCertificate::fromPath(identity.caFile, QSsl::Pem, QSslCertificate::PatternSyntax::FixedString);
    if (certificates.isEmpty())
        return failure(ErrorCode::TlsFailure,
                       u"the CA file cannot be read or holds no PEM certificate; %1"_s.arg(adviceOn(TlsFault::CaFile)),
                       identity.caFile);
    configuration.setCaCertificates(certificates);
    return configuration;
}

QByteArray tlsKeyOf(const QSslCertificate &certificate)
{
    const QByteArray key = certificate.publicKey().toDer();
    return key.isEmpty() ? key : QCryptographicHash::hash(key, QCryptographicHash::Sha256).toHex();
}

QString adviceOn(TlsFault fault)
{
    switch (fault) {
    case TlsFault::Untrusted:
        return u"if this is the right server and its certificate has not expired, name the PEM file of its authority "
               "as 'ca' in the profile"_s;
    case TlsFault::WrongName:
        return u"connect by a name that stands in the certificate, or have one issued for this name"_s;
    case TlsFault::NoTls:
        return u"does this port speak TLS?"_s;
    case TlsFault::CaFile:
        return u"check 'ca' in the profile"_s;
    }
    return {};
}

QString tlsFailure(const QString &host, const QList<QSslError> &errors, const QString &otherwise)
{
    QStringList words;
    bool wrongName = false;
    for (const QSslError &error : errors) {
        wrongName = wrongName || error.error() == QSslError::HostNameMismatch;
        if (!words.contains(error.errorString()))
            words.append(error.errorString());
    }
    if (words.isEmpty())
        return u"no TLS connection to %1: %2; %3"_s.arg(host, otherwise, adviceOn(TlsFault::NoTls));
    // A name can only be wrong where the rest is right: who is not trusted may write any name.
    const bool trusted = wrongName && words.size() == 1;
    return u"no TLS connection to %1: %2; %3"_s.arg(host, words.join(u"; "_s),
                                                    adviceOn(trusted ? TlsFault::WrongName : TlsFault::Untrusted));
}

} // namespace qd
