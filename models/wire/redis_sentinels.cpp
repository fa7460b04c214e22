/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "wire/redis_sentinels.h"

#include "wire/dial.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace qd {

RedisConnection sentinelConnection(const RedisConnection &watched, const RedisConnection::Address &sentinel)
{
    RedisConnection connection;
    connection.host = sentinel.host;
    connection.port = sentinel.port;
    connection.password = watched.sentinelPassword;
    connection.useTls = watched.useTls;
    connection.tls = watched.tls;
    return connection;
}

MasterSearch::MasterSearch(const RedisConnection &watched)
    : m_watched(watched)
{
}

void MasterSearch::start(std::chrono::milliseconds remaining, Done done)
{
    m_done = std::move(done);
    m_deadline = QDeadlineTimer(remaining, Qt::PreciseTimer);
    m_asked = 0;
    m_error.reset();
    askNext();
}

void MasterSearch::stop()
{
    m_done = {};
    m_call.drop();
    m_client.reset();
}

QString MasterSearch::where() const
{
    QStringList all;
    for (const RedisConnection::Address &sentinel : m_watched.sentinels)
        all.append(sentinel.text());
    return all.join(u", "_s);
}

void MasterSearch::askNext()
{
    const auto all = static_cast<std::size_t>(m_watched.sentinels.size());
    if (m_asked >= all) {
        m_error->message = u"no Sentinel tells who is master of '%1': %2"_s.arg(m_watched.master, m_error->message);
        finish(std::unexpected(*m_error));
        return;
    }
    m_sentinel = m_watched.sentinels[static_cast<qsizetype>((m_first + m_asked) % all)];
    // One share is for the master itself.
    const auto turn = turnOf(std::chrono::milliseconds(m_deadline.remainingTime()), all - m_asked + 1);
    ++m_asked;
    m_client = std::make_unique<RedisClient>(sentinelConnection(m_watched, m_sentinel));
    m_call = m_client->run({{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", m_watched.master.toUtf8()}}, turn,
                           [this](const Result<QList<RedisReply>> &replies) { take(replies); });
}

void MasterSearch::take(const Result<QList<RedisReply>> &replies)
{
    const auto master = replies ? addressIn(replies->first()) : std::unexpected(replies.error());
    if (master) {
        m_first += m_asked - 1;
        finish(Found{*master, m_sentinel});
        return;
    }
    if (!m_error || m_error->code == ErrorCode::Unreachable || m_error->code == ErrorCode::Timeout)
        m_error = master.error(); // who answered tells more than who did not
    askNext();
}

Result<RedisConnection::Address> MasterSearch::addressIn(const RedisReply &reply) const
{
    static const QRegularExpression host(u"^[A-Za-z0-9_.:%-]{1,253}$"_s);
    const QString where = m_sentinel.text();
    if (reply.type == RedisReply::Type::Error)
        return std::unexpected(errorOf(reply, where));
    if (reply.type == RedisReply::Type::Nil)
        return failure(ErrorCode::NotFound, u"it watches no set of that name; check 'master' of the connection"_s,
                       where);
    const QString name = reply.items.size() == 2 ? QString::fromUtf8(reply.items[0].text) : QString();
    const uint port = reply.items.size() == 2 ? reply.items[1].text.toUInt() : 0;
    if (!host.match(name).hasMatch() || port < 1 || port > 65'535)
        return failure(ErrorCode::BadReply, u"it answered something else than an address"_s, where);
    return RedisConnection::Address{name, static_cast<quint16>(port)};
}

void MasterSearch::finish(const Result<Found> &found)
{
    m_client.reset();
    if (const Done done = std::exchange(m_done, {}))
        done(found);
}

} // namespace qd
