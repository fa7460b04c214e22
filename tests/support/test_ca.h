/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QString>
#include <QTemporaryDir>

namespace qd::test {

/// A certificate authority that nobody else knows. Everything is made by the `openssl` program when it is asked for,
/// is valid for two days and goes with this object.
class TestCa
{
public:
    struct Certificate
    {
        QString file;    ///< PEM, of the certificate
        QString keyFile; ///< PEM, of its key
        QByteArray pem;
        QByteArray key;
    };

    TestCa();

    /// The authority's own certificate, PEM.
    [[nodiscard]] QString file() const;
    /// A server's certificate for `names` ("DNS:localhost,IP:127.0.0.1").
    [[nodiscard]] Certificate issue(const QString &names);

private:
    void openssl(const QStringList &arguments);
    QTemporaryDir m_directory;
    int m_count = 0;
};

} // namespace qd::test
