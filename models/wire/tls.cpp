/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/tls.h"

#include <QSslCertificate>
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
                       u"the CA file cannot be read or holds no PEM certificate; check tls.ca_file in the profile"_s,
                       identity.caFile);
    configuration.setCaCertificates(certificates);
    return configuration;
}

QString wordsOf(const QList<QSslError> &errors)
{
    QStringList words;
    for (const QSslError &error : errors) {
        if (!words.contains(error.errorString()))
            words.append(error.errorString());
    }
    return words.join(u"; "_s);
}

} // namespace qd
