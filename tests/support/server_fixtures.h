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

#include <array>
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
    /// Runs one command at once and returns its reply's text, the integer's digits, or that of a list's first item.
    /// Ends the test on a failure.
    QByteArray command(const QList<QByteArray> &words);

private:
    QTemporaryDir m_directory;
    SecretFiles m_secrets;
    QByteArray m_password;
    std::optional<sandbox::LocalRedis> m_server;
};

/// A real master with its replica, and three real Sentinels (quorum 2) that hold it for down after a second.
class RedisSetFixture
{
public:
    explicit RedisSetFixture(const QByteArray &password = {});

    /// The master at the start, and its replica.
    [[nodiscard]] sandbox::LocalRedis &first() { return *m_redis[0]; }
    [[nodiscard]] sandbox::LocalRedis &second() { return *m_redis[1]; }
    [[nodiscard]] sandbox::LocalRedis &sentinel(std::size_t number) { return *m_sentinels.at(number); }
    /// Through the Sentinels.
    [[nodiscard]] RedisConnection connection();
    /// As RedisFixture::command().
    [[nodiscard]] QByteArray ask(const sandbox::LocalRedis &server, const QList<QByteArray> &words) const;

    inline static const QByteArray name = "shop";

private:
    [[nodiscard]] sandbox::LocalRedis startServer(const QString &directory, const QList<QByteArray> &lines,
                                                  bool isSentinel, quint16 port);
    QTemporaryDir m_directory;
    SecretFiles m_secrets;
    QByteArray m_password;
    std::array<std::optional<sandbox::LocalRedis>, 2> m_redis;
    std::array<std::optional<sandbox::LocalRedis>, 3> m_sentinels;
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
