/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"
#include "profile/profile.h"

#include <QSslConfiguration>
#include <QSslError>

namespace qd {

/// The verifying configuration of an identity: TLS 1.2 or later, the peer's certificate and name checked against its
/// CA file or the system's. Errors: TlsFailure (the CA file cannot be read or holds no certificate).
[[nodiscard]] Result<QSslConfiguration> tlsConfiguration(const TlsIdentity &identity);

/// What is wrong with a certificate, in one line.
[[nodiscard]] QString wordsOf(const QList<QSslError> &errors);

} // namespace qd
