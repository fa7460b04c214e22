/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/redis_sentinel/redis_sentinel.h"

#include "base/clock.h"
#include "wire/redis_sentinels.h"

#include <QPointer>

#include <vector>

using namespace Qt::StringLiterals;

namespace qd {
namespace {

using Replies = Result<QList<RedisReply>>;

class SentinelSource final : public QObject, public Source
{
public:
    SentinelSource(const RedisConnection &watched, std::chrono::milliseconds deadline)
        : m_name(watched.master)
        , m_hint(watched.sentinelPassword ? u"REDISCLI_AUTH=… "_s : QString())
        , m_deadline(deadline)
    {
        for (const RedisConnection::Address &address : watched.sentinels) {
            const RedisConnection connection = sentinelConnection(watched, address);
            m_sentinels.push_back({.id = address.text(),
                                   .connection = connection,
                                   .client = std::make_unique<RedisClient>(connection),
                                   .call = {}});
        }
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        const auto line = std::make_shared<Call::Line>();
        m_line = line;
        m_done = std::move(done);
        m_said.assign(m_sentinels.size(), {});
        m_awaited = m_sentinels.size();
        for (std::size_t i = 0; i < m_sentinels.size(); ++i)
            m_sentinels[i].call = m_sentinels[i].client->run(commands(), m_deadline,
                                                             [this, i](const Replies &replies) { take(i, replies); });
        return Call(line, [self = QPointer(this)] {
            if (!self)
                return;
            for (One &sentinel : self->m_sentinels)
                sentinel.call.drop();
        });
    }

private:
    struct One
    {
        QString id;
        RedisConnection connection;
        std::unique_ptr<RedisClient> client;
        Call call; // after the client: dropped before it goes
    };
    struct Said
    {
        std::optional<Replies> replies;
        Instant at;
    };

    [[nodiscard]] QList<RedisCommand> commands() const
    {
        return {{"SENTINEL", "MASTER", m_name.toUtf8()}, {"SENTINEL", "CKQUORUM", m_name.toUtf8()}};
    }

    void take(std::size_t index, const Replies &replies)
    {
        m_said[index] = {.replies = replies, .at = SystemClock().now()};
        if (--m_awaited > 0)
            return;
        const SourceAnswer answer = this->answer();
        // Last: whoever is called may drop this source.
        Call::deliver(m_line, this, [done = std::exchange(m_done, {}), answer] { done(answer); });
    }

    [[nodiscard]] SourceAnswer answer() const
    {
        SourceAnswer answer{.outcome = Findings(), .exchanges = {}};
        Findings &findings = *answer.outcome;
        for (std::size_t i = 0; i < m_sentinels.size(); ++i) {
            const One &sentinel = m_sentinels[i];
            const auto refuse = [&](const Error &error) {
                findings.refusals.append({u"%1/%2"_s.arg(QLatin1StringView(Sentinel::kind), sentinel.id), error});
            };
            const Replies &replies = *m_said[i].replies;
            if (!replies) {
                findings.facts.append(Sentinel{.id = sentinel.id, .master = m_name});
                refuse(replies.error());
                continue;
            }
            const RedisReply &master = replies->at(0);
            const RedisReply &quorum = replies->at(1);
            findings.facts.append(sentinelFact(sentinel.id, m_name, master, quorum, m_said[i].at,
                                               static_cast<int>(answer.exchanges.size())));
            answer.exchanges.append(evidence(lines(sentinel.connection), sentinelJson(master, quorum)));
            if (master.type == RedisReply::Type::Error)
                refuse(errorOfMaster(master, sentinel.id));
            else if (quorum.type == RedisReply::Type::Error && !quorum.text.startsWith("NOQUORUM "))
                refuse(errorOf(quorum, sentinel.id));
        }
        // A Sentinel that cannot tell of the master tells nothing at all.
        const bool anyTells =
            std::ranges::any_of(findings.facts, [](const Fact &fact) { return std::get<Sentinel>(fact).flags.has(); });
        if (!anyTells)
            answer.outcome = std::unexpected(ofAll(findings.refusals));
        return answer;
    }

    [[nodiscard]] Error errorOfMaster(const RedisReply &reply, const QString &where) const
    {
        if (reply.text.startsWith("ERR No such master"))
            return {ErrorCode::NotFound, u"it watches no set '%1'; check 'master' of the connection"_s.arg(m_name),
                    where};
        return errorOf(reply, where);
    }

    [[nodiscard]] Error ofAll(const QList<Refusal> &refusals) const
    {
        if (refusals.isEmpty())
            return {ErrorCode::BadReply, u"the Sentinels say nothing of what Sentinels say"_s, m_sentinels[0].id};
        Error error = refusals.first().error;
        if (refusals.size() > 1)
            error.message =
                u"none of the %1 Sentinels tells of '%2': %3"_s.arg(refusals.size()).arg(m_name, error.message);
        return error;
    }

    [[nodiscard]] QString lines(const RedisConnection &connection) const
    {
        QStringList all;
        const auto asked = commands();
        for (const RedisCommand &command : asked)
            all.append(m_hint + redisCliLine(connection, command));
        return all.join(u'\n');
    }

    const QString m_name;
    const QString m_hint; ///< where whoever runs a line puts the password
    const std::chrono::milliseconds m_deadline;
    std::vector<One> m_sentinels;
    std::vector<Said> m_said; ///< in this poll, by Sentinel
    std::size_t m_awaited = 0;
    std::shared_ptr<Call::Line> m_line;
    std::function<void(SourceAnswer)> m_done;
};

} // namespace

std::expected<SourceFactory, QList<Error>> redisSentinelFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader(spec.options, &errors).finish();
    const auto connection = connectionOf<RedisConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    else if (connection->sentinels.isEmpty())
        errors.append({ErrorCode::BadInput,
                       u"the source '%1' needs 'sentinels' and 'master' in its Redis connection; write them there, or "
                       "'%1: off' under sources"_s.arg(spec.id),
                       spec.options.where()});
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return [connection = *connection, deadline = spec.deadline](const Wire &) -> std::unique_ptr<Source> {
        return std::make_unique<SentinelSource>(connection, deadline);
    };
}

} // namespace qd
