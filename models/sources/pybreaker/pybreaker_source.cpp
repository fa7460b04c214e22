/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/pybreaker/pybreaker.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
class PybreakerSource final : public Source
{
public:
    PybreakerSource(const RedisConnection &connection, PybreakerKeys keys, std::chrono::milliseconds deadline)
        : m_keys(std::move(keys))
        , m_deadline(deadline)
        , m_client(connection)
    {
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        return m_client.run(
            commands(), m_deadline, [this, done = std::move(done)](const Result<QList<RedisReply>> &replies) {
                done(replies ? answer(*replies)
                             : SourceAnswer{.outcome = std::unexpected(replies.error()), .exchanges = {}});
            });
    }

private:
    [[nodiscard]] QList<RedisCommand> commands() const
    {
        QList<RedisCommand> all;
        for (const QString &name : m_keys.names)
            all.append(m_keys.command(name));
        return all;
    }

    [[nodiscard]] SourceAnswer answer(const QList<RedisReply> &replies) const
    {
        const RedisConnection &server = m_client.server();
        const QString hint = server.password ? u"REDISCLI_AUTH=… "_s : QString();
        QStringList lines;
        const auto asked = commands();
        for (const RedisCommand &command : asked)
            lines.append(hint + redisCliLine(server, command));
        return {.outcome = pybreakerFindings(m_keys, replies, u"%1:%2"_s.arg(server.host).arg(server.port)),
                .exchanges = {evidence(lines.join(u'\n'), pybreakerJson(m_keys, replies))}};
    }

    const PybreakerKeys m_keys;
    const std::chrono::milliseconds m_deadline;
    RedisClient m_client;
};

PybreakerKeys readKeys(const SourceSpec &spec, const Profile &profile, QList<Error> *errors)
{
    ConfigReader reader(spec.options, errors);
    PybreakerKeys keys{.names = {}, .pattern = reader.string(u"keys", u"{name}:pybreaker"_s)};
    for (const BreakerPolicy &breaker : profile.breakers)
        keys.names.append(breaker.name);
    if (keys.names.isEmpty())
        reader.error(spec.options, u"the breakers under 'breakers' are read; there are none"_s);
    // A service with one breaker may have given it no namespace.
    if (keys.pattern.count("{name}"_L1) != 1 && keys.names.size() > 1)
        reader.error(reader.node(u"keys"), u"'keys': expected '{name}' once in it, such as {name}:pybreaker"_s);
    reader.finish();
    return keys;
}
} // namespace

std::expected<SourceFactory, QList<Error>> pybreakerFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    const PybreakerKeys keys = readKeys(spec, profile, &errors);
    const auto connection = connectionOf<RedisConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return [connection = *connection, keys, deadline = spec.deadline](const Wire &) -> std::unique_ptr<Source> {
        return std::make_unique<PybreakerSource>(connection, keys, deadline);
    };
}

} // namespace qd
