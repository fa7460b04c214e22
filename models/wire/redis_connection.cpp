/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/redis_connection.h"

#include "base/redact.h"
#include "profile/connections.h"
#include "wire/redis_format.h"
#include "wire/secret_fetch.h"
#include "wire/tls.h"

#include <QPointer>
#include <QPromise>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {

RedisClient::Private::Private(RedisConnection connection, Limits limits)
    : m_connection(std::move(connection))
    , m_limits(limits)
{
    connect(&m_resolver, &QFutureWatcherBase::finished, this, &Private::passwordResolved);
    if (!m_connection.sentinels.isEmpty())
        m_search = std::make_unique<MasterSearch>(m_connection);
}

RedisClient::Private::~Private()
{
    close();
}

QString RedisClient::Private::where() const
{
    if (m_search && (m_stage == Stage::Searching || m_connection.host.isEmpty()))
        return m_search->where();
    const QString server = u"%1:%2"_s.arg(m_connection.host).arg(m_connection.port);
    return m_search ? u"%1, named by Sentinel %2"_s.arg(server, m_namedBy) : server;
}

void RedisClient::Private::enqueue(Pipeline pipeline)
{
    pipeline.timer = std::make_unique<QTimer>();
    pipeline.timer->setSingleShot(true);
    pipeline.timer->setTimerType(Qt::PreciseTimer);
    connect(pipeline.timer.get(), &QTimer::timeout, this, [this, line = pipeline.line.get()] { timedOut(line); });
    pipeline.timer->start(pipeline.deadline);
    m_queue.push_back(std::move(pipeline));
    // Later: the caller has no handle yet, and what fails at once would call it back before it has.
    QMetaObject::invokeMethod(this, [this] { advance(); }, Qt::QueuedConnection);
}

void RedisClient::Private::advance()
{
    if (m_queue.empty())
        return;
    if (m_stage == Stage::Closed)
        resolvePassword();
    else if (m_stage == Stage::Ready)
        sendFirst();
}

void RedisClient::Private::resolvePassword()
{
    if (!m_connection.password || !m_password.isEmpty()) {
        reach();
        return;
    }
    m_stage = Stage::Resolving;
    if (m_resolver.isRunning())
        return; // an earlier, dropped pipeline asked already
    // A keyring or a file can block: never here.
    auto promise = std::make_shared<QPromise<std::shared_ptr<Result<Secret>>>>();
    promise->start();
    m_resolver.setFuture(promise->future());
    fetchSecret(*m_connection.password, [promise](Result<Secret> fetched) {
        promise->addResult(std::make_shared<Result<Secret>>(std::move(fetched)));
        promise->finish();
    });
}

void RedisClient::Private::passwordResolved()
{
    const auto resolved = m_resolver.result();
    if (*resolved)
        m_password = std::move(**resolved);
    if (m_stage != Stage::Resolving)
        return;
    if (!*resolved)
        fail({ErrorCode::AuthRequired, u"the password cannot be had: %1"_s.arg(resolved->error().message),
              resolved->error().where});
    else if (m_queue.empty())
        m_stage = Stage::Closed;
    else
        reach();
}

void RedisClient::Private::reach()
{
    if (!m_search) {
        connectSocket();
        return;
    }
    m_stage = Stage::Searching;
    m_search->start(m_queue.front().timer->remainingTimeAsDuration(),
                    [this](const Result<MasterSearch::Found> &found) { masterFound(found); });
}

void RedisClient::Private::masterFound(const Result<MasterSearch::Found> &found)
{
    if (!found) {
        fail(found.error());
        return;
    }
    m_connection.host = found->master.host;
    m_connection.port = found->master.port;
    m_namedBy = found->by.text();
    m_stage = Stage::Connecting;
    if (m_connection.inClearOnLoopbackAlone && !isLoopback(m_connection.host))
        fail({ErrorCode::BadInput,
              u"the master would be reached over a network in clear; write 'tls: true' in the connection, or "
              "'tls: false' if that is meant"_s,
              where()});
    else
        connectSocket();
}

void RedisClient::Private::connectSocket()
{
    m_stage = Stage::Connecting;
    m_reader = std::make_unique<RedisReader>(m_limits);
    std::optional<QSslConfiguration> tls;
    if (m_connection.useTls) {
        const auto configuration = tlsConfiguration(m_connection.tls);
        if (!configuration) {
            fail(configuration.error());
            return;
        }
        tls = *configuration;
    }
    m_dial =
        std::make_unique<Dial>(m_connection.host, m_connection.port, m_queue.front().timer->remainingTimeAsDuration(),
                               [this, tls](Result<WireSocket> made) {
                                   m_dial.reset();
                                   if (made)
                                       connected(std::move(*made), tls);
                                   else
                                       fail({made.error().code, made.error().message, where()});
                               });
    m_dial->start();
}

void RedisClient::Private::connected(WireSocket socket, const std::optional<QSslConfiguration> &tls)
{
    m_socket = std::move(socket);
    connect(m_socket.get(), &QSslSocket::readyRead, this, &Private::read);
    connect(m_socket.get(), &QSslSocket::disconnected, this, &Private::lost);
    connect(m_socket.get(), &QSslSocket::errorOccurred, this, &Private::lost);
    if (!tls) {
        greet();
        return;
    }
    connect(m_socket.get(), &QSslSocket::encrypted, this, &Private::greet);
    m_socket->setSslConfiguration(*tls);
    m_socket->setPeerVerifyName(m_connection.host);
    m_socket->startClientEncryption();
}

void RedisClient::Private::greet()
{
    if (m_stage != Stage::Connecting)
        return;
    m_stage = Stage::Greeting;
    m_tlsKey = m_socket->isEncrypted() ? tlsKeyOf(m_socket->peerCertificate()) : QByteArray();
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    m_authAwaited = !m_password.isEmpty();
    m_greetingsAwaited = 0;
    if (m_authAwaited) {
        const Secret auth = formatAuth(m_connection.user, m_password);
        m_socket->write(auth.reveal());
        ++m_greetingsAwaited;
    }
    if (m_connection.database != 0) {
        m_socket->write(format({"SELECT", QByteArray::number(m_connection.database)}));
        ++m_greetingsAwaited;
    }
    if (m_greetingsAwaited == 0) {
        m_stage = Stage::Ready;
        advance();
    }
}

void RedisClient::Private::sendFirst()
{
    m_stage = Stage::Busy;
    m_replies.clear();
    m_reader->refill();
    const Pipeline &first = m_queue.front();
    if (first.commands == 0) {
        answerFirst();
        return;
    }
    m_roleAwaited = m_search != nullptr;
    m_socket->write(m_roleAwaited ? format({"ROLE"}) + first.bytes : first.bytes);
}

void RedisClient::Private::read()
{
    std::array<char, 32 * 1024> piece;
    const QPointer<Private> self(this); // whoever is answered may drop this client
    while (self && m_reader) {
        const qint64 count = m_socket->read(piece.data(), piece.size());
        if (count <= 0)
            return;
        if (m_stage != Stage::Greeting && m_stage != Stage::Busy) {
            close(); // unsolicited: whatever it is, the next reply could not be told from it
            return;
        }
        if (auto fed = m_reader->feed(piece.data(), count); !fed) {
            fail({fed.error().code, fed.error().message, where()});
            return;
        }
        while (self && m_reader) {
            auto reply = m_reader->next();
            if (!reply) {
                fail({reply.error().code, reply.error().message, where()});
                return;
            }
            if (!*reply)
                break;
            hidePassword(**reply);
            take(std::move(**reply));
        }
    }
}

/// Some tell in their refusal what they were told. What is stored stays as it is.
void RedisClient::Private::hidePassword(RedisReply &reply) const
{
    if (reply.type == RedisReply::Type::Error)
        reply.text = withoutSecrets(std::move(reply.text), {m_password.reveal()});
    for (RedisReply &item : reply.items)
        hidePassword(item);
}

void RedisClient::Private::take(RedisReply reply)
{
    if (m_stage == Stage::Greeting) {
        greetingReply(reply);
        return;
    }
    if (m_stage != Stage::Busy) {
        close();
        return;
    }
    if (std::exchange(m_roleAwaited, false)) {
        roleReply(reply);
        return;
    }
    m_replies.append(std::move(reply));
    if (m_replies.size() < m_queue.front().commands)
        return;
    if (m_reader->hasMore()) {
        fail({ErrorCode::BadReply, u"sent more replies than there were commands"_s, where()});
        return;
    }
    answerFirst();
}

void RedisClient::Private::greetingReply(const RedisReply &reply)
{
    if (reply.type == RedisReply::Type::Error) {
        Error error = errorOf(reply, where());
        if (m_authAwaited && error.code != ErrorCode::Unavailable) {
            error.code = ErrorCode::AuthRequired;
            m_password = {}; // it may have been changed where it is kept
        } else if (!m_authAwaited && error.code == ErrorCode::ServerError) {
            error.code = ErrorCode::NotFound;
        }
        fail(std::move(error));
        return;
    }
    m_authAwaited = false;
    if (--m_greetingsAwaited > 0)
        return;
    if (m_reader->hasMore()) {
        fail({ErrorCode::BadReply, u"sent more replies than there were commands"_s, where()});
        return;
    }
    m_stage = Stage::Ready;
    // From the event loop: read() still iterates.
    QMetaObject::invokeMethod(this, [this] { advance(); }, Qt::QueuedConnection);
}

void RedisClient::Private::roleReply(const RedisReply &reply)
{
    const QByteArray role = reply.items.isEmpty() ? QByteArray() : reply.items.first().text;
    if (role == "master") {
        m_wasMaster = true;
    } else if (reply.type == RedisReply::Type::Error) {
        fail(errorOf(reply, where()));
    } else if (m_wasMaster) { // demoted since: the Sentinels know who is master now
        close();
        QMetaObject::invokeMethod(this, [this] { advance(); }, Qt::QueuedConnection);
    } else {
        fail({ErrorCode::Unavailable, u"this is no master; a failover may be under way"_s, where()});
    }
}

void RedisClient::Private::answerFirst()
{
    for (const RedisReply &reply : std::as_const(m_replies)) {
        if (reply.type != RedisReply::Type::Error)
            continue;
        const Error error = errorOf(reply, where());
        const bool loading = reply.text.startsWith("LOADING");
        if (error.code == ErrorCode::AuthRequired || loading) {
            fail(error);
            return;
        }
    }
    m_stage = Stage::Ready;
    QList<RedisReply> replies = std::exchange(m_replies, {});
    const auto isReadOnly = [](const RedisReply &reply) {
        return reply.type == RedisReply::Type::Error && reply.text.startsWith("READONLY");
    };
    if (m_search && std::ranges::any_of(replies, isReadOnly)) // demoted after it said its role
        close();
    finishFirst(std::move(replies));
}

void RedisClient::Private::lost()
{
    if (m_stage == Stage::Closed || m_stage == Stage::Resolving || m_stage == Stage::Searching)
        return;
    using Socket = QAbstractSocket;
    const auto error = m_socket->error();
    const bool tls = error == Socket::SslHandshakeFailedError || error == Socket::SslInternalError ||
                     error == Socket::SslInvalidUserDataError;
    if (tls) {
        fail({ErrorCode::TlsFailure, tlsFailure(where(), m_socket->sslHandshakeErrors(), m_socket->errorString()),
              where()});
    } else if (m_stage == Stage::Ready) {
        close(); // an idle connection: the next pipeline opens another
        advance();
    } else {
        fail({ErrorCode::Unreachable, u"the connection was lost: %1"_s.arg(m_socket->errorString()), where()});
    }
}

void RedisClient::Private::timedOut(const Call::Line *line)
{
    const auto it = std::ranges::find(m_queue, line, [](const Pipeline &p) { return p.line.get(); });
    if (it == m_queue.end())
        return;
    const auto waited = it->deadline;
    if (it == m_queue.begin()) {
        const bool connected = m_stage == Stage::Busy || m_stage == Stage::Greeting;
        const bool handshake = m_stage == Stage::Connecting && m_socket;
        const QString what = connected   ? u"no complete answer within %1 ms"_s
                             : handshake ? u"no TLS handshake within %1 ms; "_s + adviceOn(TlsFault::NoTls)
                                         : u"no connection within %1 ms"_s;
        fail({ErrorCode::Timeout, what.arg(waited.count()), where()});
        return;
    }
    Pipeline late = std::move(*it);
    m_queue.erase(it);
    Call::deliver(late.line, this, [&] {
        late.done(failure(ErrorCode::Timeout,
                          u"earlier questions kept the connection busy for %1 ms"_s.arg(waited.count()), where()));
    });
}

void RedisClient::Private::drop(const Call::Line *line)
{
    const auto it = std::ranges::find(m_queue, line, [](const Pipeline &p) { return p.line.get(); });
    if (it == m_queue.end())
        return;
    const bool sent = it == m_queue.begin() && m_stage == Stage::Busy;
    m_queue.erase(it);
    if (sent || (m_queue.empty() && m_stage != Stage::Ready))
        close(); // replies to it may still come
    QMetaObject::invokeMethod(this, [this] { advance(); }, Qt::QueuedConnection);
}

void RedisClient::Private::close()
{
    m_stage = Stage::Closed;
    m_wasMaster = false;
    if (m_search)
        m_search->stop();
    m_reader.reset();
    m_replies.clear();
    m_dial.reset();
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket.reset();
}

void RedisClient::Private::fail(Error error)
{
    if (m_search && !m_wasMaster)
        m_search->mistrust();
    close();
    if (!m_queue.empty())
        finishFirst(std::unexpected(std::move(error)));
}

void RedisClient::Private::finishFirst(Result<QList<RedisReply>> outcome)
{
    const Pipeline first = std::move(m_queue.front());
    m_queue.pop_front();
    QMetaObject::invokeMethod(this, [this] { advance(); }, Qt::QueuedConnection);
    // Last: whoever is called may drop this client.
    Call::deliver(first.line, this, [&] { first.done(std::move(outcome)); });
}

} // namespace qd
