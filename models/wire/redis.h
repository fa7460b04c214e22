/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/call.h"
#include "base/error.h"
#include "base/secret.h"
#include "profile/profile.h"

#include <QObject>

#include <functional>
#include <memory>

namespace qd {

/// A RESP2 reply (Redis 7.0). An error reply is a value: one refused command does not spoil its pipeline.
struct RedisReply
{
    enum class Type { Nil, Status, Error, Integer, String, Array };
    Type type = Type::Nil;
    QByteArray text; ///< of Status, Error, String
    qint64 integer = 0;
    QList<RedisReply> items;

    bool operator==(const RedisReply &) const = default;
};

using RedisCommand = QList<QByteArray>;

/// One connection to one Redis over QSslSocket (plain or TLS), opened when first needed and again after a failure;
/// hiredis formats commands and reads replies, nothing else. AUTH and SELECT are sent first. Lives on the I/O thread.
/// Where the connection names Sentinels it is to the master: they are asked for it at each connect, and ROLE is asked
/// before each pipeline, so that no reply comes from a server that was demoted.
class RedisClient : public QObject
{
    Q_OBJECT

public:
    /// Caps of one whole pipeline's replies.
    struct Limits
    {
        qint64 maxBytes = 16LL * 1024 * 1024;
        qint64 maxElements = 200'000;
    };

    explicit RedisClient(RedisConnection connection, QObject *parent = nullptr);
    RedisClient(RedisConnection connection, Limits limits, QObject *parent = nullptr);
    /// With a password that no reference leads to.
    RedisClient(RedisConnection connection, Secret password);
    ~RedisClient() override;

    /// Sends `commands` as one pipeline; `done` runs once on this thread with as many replies as commands, unless the
    /// call is dropped. A NOAUTH or WRONGPASS fails the whole call with AuthRequired, a server that is LOADING with
    /// Unavailable, a refused SELECT with NotFound (no such database) or Forbidden. Also Timeout, Unreachable,
    /// TlsFailure, TooLarge, BadReply. Calls queue up: a second one waits for the first within its own deadline. With
    /// Sentinels also Unavailable (whom they name is no master) and BadInput (it is reached in clear over a network,
    /// and nobody wrote that it may be).
    [[nodiscard]] Call run(const QList<RedisCommand> &commands, std::chrono::milliseconds deadline,
                           std::function<void(Result<QList<RedisReply>>)> done);

    /// The connection with the host and port of the server that answered last: what Sentinels told stands in it.
    [[nodiscard]] const RedisConnection &server() const;
    /// Of that server, see tlsKeyOf(); empty without TLS.
    [[nodiscard]] QByteArray tlsKey() const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// The error an Error reply stands for: NOAUTH, WRONGPASS → AuthRequired; NOPERM → Forbidden; LOADING, BUSY,
/// MASTERDOWN → Unavailable; WRONGTYPE → BadReply; else ServerError.
[[nodiscard]] Error errorOf(const RedisReply &reply, const QString &where);

/// The redis-cli line that shows the same; the password is left to REDISCLI_AUTH.
[[nodiscard]] QString redisCliLine(const RedisConnection &connection, const RedisCommand &command);

} // namespace qd
