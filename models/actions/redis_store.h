/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/pg_store.h"
#include "wire/redis.h"

#include <memory>

namespace qd {

/// A deployment's own Redis as actions see it. Every change is one script that first proves on the server that it is
/// the plan's, is master, and that the lease is still held, so that no reconnection can lead it elsewhere. Used by the
/// action's thread alone; the socket is served by a thread of the store's own, which the action waits for.
///
/// A failover may lose the lease, as it may lose any write: what a change compares guards it then.
class RedisStore
{
public:
    using Deadline = PgConnection::Deadline;
    using Stop = PgConnection::Stop;

    struct Place
    {
        QString deployment;
        QString environment;
        QString marker; ///< the key that says which deployment this is: "quoted/production"
        RedisConnection connection;
    };

    /// What is to be changed, in Lua: the body of a function of `keys` and `args`, which reads and answers with the
    /// commands to be run, {{'SET', keys[1], …}, …}, or with 'changed' where it is not as it was found.
    struct Change
    {
        QByteArray body;
        QList<QByteArray> keys;
        QList<QByteArray> arguments;
    };

    /// Some keys of a walk over all of them, and where it goes on; "0": it has come to its end.
    struct Page
    {
        QByteArray cursor;
        QList<QByteArray> keys;
    };

    /// Connects and reads whose Redis it is; Sentinels are asked for the master. Errors: those of RedisClient;
    /// Unavailable (it is no master), Forbidden (this user may not read what tells), BadReply (no such marker).
    [[nodiscard]] static Result<RedisStore> open(const Place &place, Deadline deadline, Stop stop = nullptr);
    /// Whether it lets the connection's user in with `password`. Errors: those of connecting.
    [[nodiscard]] static Result<bool> accepts(const RedisConnection &connection, const Secret &password,
                                              Deadline deadline, Stop stop = nullptr);
    RedisStore(RedisStore &&) noexcept;
    RedisStore &operator=(RedisStore &&) noexcept;
    ~RedisStore();

    /// Its identity: the marker's two words (empty where there is none), the server's run, the data's replication,
    /// what Sentinels call the set, and the database's number.
    [[nodiscard]] const Target &target() const { return m_target; }
    /// False where nothing tells which deployment this is.
    [[nodiscard]] bool isMarked() const { return !m_target.identity.value(0).isEmpty(); }
    /// Why it is not `target`: another marker, another server, a restarted one. After a failover it still is, where
    /// Sentinels tell the master. Nothing: it is.
    [[nodiscard]] std::optional<Error> differsFrom(const Target &target) const;

    /// Nothing: nobody holds it.
    [[nodiscard]] Result<std::optional<Lease>> lease(Deadline deadline);
    /// Takes it for `holder`. Errors: Unavailable (another holds it: the message says who and how long).
    [[nodiscard]] Result<Lease> take(const QString &holder, std::chrono::seconds time, Deadline deadline);
    /// Holds it for longer, with the same fencing number. Errors: Unavailable (it was lost).
    [[nodiscard]] Result<void> renew(const Lease &lease, std::chrono::seconds time, Deadline deadline);
    /// Gives it back; nothing happens if it was taken over.
    [[nodiscard]] Result<void> giveBack(const Lease &lease, Deadline deadline);

    /// Makes `change` in one step, if this is `target` and the lease is held; how many keys it touched, as far as the
    /// commands tell. Errors: BadInput (another target, not as it was found), Unavailable (no master, lease lost, out
    /// of memory), Forbidden, Unsupported (no scripts): nothing was changed. Timeout, Unreachable and ServerError leave
    /// open whether it was.
    [[nodiscard]] Result<qint64> guarded(const std::optional<Lease> &lease, const Target &target, const Change &change,
                                         Deadline deadline);
    /// All of it but the change and the lease: whether this user may make it at all. Before Redis 7 only scripts tell.
    [[nodiscard]] Result<void> tryOut(const Target &target, const Change &change, Deadline deadline);

    /// Reads. Errors: also those of the replies.
    [[nodiscard]] Result<QList<RedisReply>> ask(const QList<RedisCommand> &commands, Deadline deadline);
    [[nodiscard]] bool usable() const { return m_line != nullptr; } ///< its client connects anew by itself
    [[nodiscard]] Result<Page> scan(const QByteArray &pattern, const QByteArray &cursor, Deadline deadline);

private:
    class Line;
    struct Proof;
    RedisStore(std::unique_ptr<Line> line, Place place);
    [[nodiscard]] Result<void> readTarget(Deadline deadline);
    [[nodiscard]] Result<qint64> run(const std::optional<Lease> &lease, const Target &target, const Change &change,
                                     const QByteArray &mode, Deadline deadline);
    [[nodiscard]] Result<RedisReply> askOne(const RedisCommand &command, Deadline deadline);
    std::unique_ptr<Line> m_line;
    Place m_place;
    Target m_target;
    QString m_formerData; ///< the replication that this one goes on from
};

} // namespace qd
