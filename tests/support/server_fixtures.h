/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "profile/profile.h"
#include "servers/local_postgres.h"
#include "servers/local_redis.h"
#include "support/test_ca.h"

#include <QTemporaryDir>

#include <optional>

namespace qd::test {

/// A private directory with secrets in it, each a 0600 file, for `file:` references.
class SecretFiles
{
public:
    [[nodiscard]] SecretRef keep(const QByteArray &secret);

private:
    QTemporaryDir m_directory;
    int m_count = 0;
};

/// A real redis-server. A server that cannot start ends the test program with the reason: it is never skipped.
class RedisFixture
{
public:
    explicit RedisFixture(const QByteArray &password = {}, const QList<QByteArray> &configLines = {});

    [[nodiscard]] sandbox::LocalRedis &server() { return *m_server; }
    /// As the default user, with the right password.
    [[nodiscard]] RedisConnection connection();
    [[nodiscard]] RedisConnection connection(const QString &user, const QByteArray &password);
    /// Runs one command at once and returns its reply's text, or the integer's digits. Ends the test on a failure.
    QByteArray command(const QList<QByteArray> &words);

private:
    QTemporaryDir m_directory;
    SecretFiles m_secrets;
    QByteArray m_password;
    std::optional<sandbox::LocalRedis> m_server;
};

/// A real PostgreSQL cluster with a database `app`, owned by `owner`.
class PostgresFixture
{
public:
    /// With a certificate it speaks TLS too.
    explicit PostgresFixture(const QList<QByteArray> &configLines = {},
                             const std::optional<TestCa::Certificate> &certificate = {});

    [[nodiscard]] sandbox::LocalPostgres &server() { return *m_server; }
    /// As the owner, to `app`.
    [[nodiscard]] PostgresConnection connection();
    [[nodiscard]] PostgresConnection connection(const QString &user, const QByteArray &password);
    /// Runs SQL at once as the superuser and returns the first cell. Ends the test on a failure.
    QByteArray execute(const QByteArray &sql, const QByteArray &database = "app");

private:
    QTemporaryDir m_directory;
    SecretFiles m_secrets;
    std::optional<sandbox::LocalPostgres> m_server;
};

} // namespace qd::test
