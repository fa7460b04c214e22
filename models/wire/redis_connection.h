/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "wire/dial.h"
#include "wire/redis.h"
#include "wire/redis_reader.h"
#include "wire/redis_sentinels.h"

#include <QElapsedTimer>
#include <QFutureWatcher>
#include <QTimer>

#include <deque>

namespace qd {

/// The client's socket, its queue of pipelines and what it waits for.
class RedisClient::Private : public QObject
{
public:
    Private(RedisConnection connection, Limits limits);
    ~Private() override;

    struct Pipeline
    {
        QByteArray bytes;
        qsizetype commands = 0;
        std::shared_ptr<Call::Line> line;
        std::function<void(Result<QList<RedisReply>>)> done;
        std::chrono::milliseconds deadline{0};
        std::unique_ptr<QTimer> timer;
    };

    void enqueue(Pipeline pipeline);
    void drop(const Call::Line *line);
    void setPassword(Secret password) { m_password = std::move(password); }
    [[nodiscard]] const RedisConnection &server() const { return m_connection; }
    [[nodiscard]] QByteArray tlsKey() const { return m_tlsKey; }

private:
    enum class Stage {
        Closed,
        Resolving,  ///< the password is being fetched
        Searching,  ///< the Sentinels are asked for the master
        Connecting, ///< TCP and TLS
        Greeting,   ///< AUTH, SELECT
        Ready,
        Busy, ///< a pipeline's replies are awaited
    };

    void advance();
    void resolvePassword();
    void passwordResolved();
    void reach();
    void masterFound(const Result<MasterSearch::Found> &found);
    void connectSocket();
    void connected(WireSocket socket, const std::optional<QSslConfiguration> &tls);
    void greet();
    void sendFirst();
    void read();
    void hidePassword(RedisReply &reply) const;
    void take(RedisReply reply);
    void greetingReply(const RedisReply &reply);
    void roleReply(const RedisReply &reply);
    void answerFirst();
    void lost();
    void timedOut(const Call::Line *line);
    void close();
    /// Ends the connection and, if there is one, the pipeline that needed it.
    void fail(Error error);
    void finishFirst(Result<QList<RedisReply>> outcome);
    [[nodiscard]] QString where() const;

    RedisConnection m_connection;           ///< with Sentinels, host and port are the master's that they named last
    std::unique_ptr<MasterSearch> m_search; ///< null without Sentinels
    QString m_namedBy;                      ///< the Sentinel that told the master
    bool m_roleAwaited = false;
    bool m_wasMaster = false; ///< over this connection it has said so
    Limits m_limits;
    Stage m_stage = Stage::Closed;
    std::unique_ptr<Dial> m_dial;
    WireSocket m_socket;
    QByteArray m_tlsKey;
    std::unique_ptr<RedisReader> m_reader;
    QFutureWatcher<std::shared_ptr<Result<Secret>>> m_resolver;
    Secret m_password;
    int m_greetingsAwaited = 0;
    bool m_authAwaited = false;
    std::deque<Pipeline> m_queue; ///< the first one is the one in work
    QList<RedisReply> m_replies;
};

} // namespace qd
