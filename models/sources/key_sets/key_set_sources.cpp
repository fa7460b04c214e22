/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "sources/evidence.h"
#include "sources/http_source.h"
#include "sources/key_sets/key_sets.h"

#include <QPointer>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
class RedisKeySource final : public QObject, public Source
{
public:
    RedisKeySource(const RedisConnection &connection, KeySetLayout layout, std::chrono::milliseconds deadline)
        : m_layout(std::move(layout))
        , m_deadline(deadline)
        , m_client(connection)
    {
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        const auto line = std::make_shared<Call::Line>();
        m_asked = m_client.run({readKeyHash(m_layout, false)}, m_deadline,
                               [this, line, done = std::move(done)](const Result<QList<RedisReply>> &replies) {
                                   const SourceAnswer answer = answerOf(replies);
                                   Call::deliver(line, this, [done, answer] { done(answer); });
                               });
        return Call(line, [self = QPointer(this)] {
            if (self)
                self->m_asked.drop();
        });
    }

private:
    [[nodiscard]] SourceAnswer answerOf(const Result<QList<RedisReply>> &replies) const
    {
        if (!replies)
            return {.outcome = std::unexpected(replies.error()), .exchanges = {}};
        const RedisConnection &server = m_client.server();
        const QString where = u"%1:%2"_s.arg(server.host).arg(server.port);
        const auto keys = keysInHash(replies->first(), m_layout, where);
        if (!keys)
            return {.outcome = std::unexpected(keys.error()), .exchanges = {}};
        // By hand it is the whole hash: who may read that sees the secrets.
        const QString line = (server.password ? u"REDISCLI_AUTH=… "_s : QString()) +
                             redisCliLine(server, {"HKEYS", m_layout.place.toUtf8()});
        return {.outcome = keySetFindings(*keys, m_layout, u"hash"_s, where),
                .exchanges = {evidence(line, keySetJson(*keys))}};
    }

    const KeySetLayout m_layout;
    const std::chrono::milliseconds m_deadline;
    RedisClient m_client;
    Call m_asked; // after the client: dropped before it goes
};

/// Of a set with secrets in it, what is kept is what the profile names, and no more.
SourceAnswer understood(const HttpReply &reply, const QString &command, const KeySetLayout &layout,
                        const QString &where)
{
    if (const auto refused = refusedBy(reply, where))
        return {.outcome = std::unexpected(*refused), .exchanges = {}};
    const auto set = reply.status == 200
                         ? keysInSet(reply.body, where)
                         : Result<QJsonArray>(failure(ErrorCode::BadReply,
                                                      u"the keys were answered with %1"_s.arg(reply.status), where));
    if (!set)
        return {.outcome = std::unexpected(set.error()), .exchanges = {}};
    QList<ListedKey> keys;
    for (const QJsonValue &key : *set)
        keys.append(listedKey(key.toObject(), layout));
    return {.outcome = keySetFindings(keys, layout, u"key set"_s, where),
            .exchanges = {evidence(command, keySetJson(keys))}};
}
} // namespace

std::expected<SourceFactory, QList<Error>> redisSigningKeysFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const KeySetLayout layout = readKeySetLayout(reader, u"hash"_s, errors);
    reader.finish();
    const auto connection = connectionOf<RedisConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return [connection = *connection, layout, deadline = spec.deadline](const Wire &) -> std::unique_ptr<Source> {
        return std::make_unique<RedisKeySource>(connection, layout, deadline);
    };
}

std::expected<SourceFactory, QList<Error>> httpSigningKeysFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const KeySetLayout layout = readKeySetLayout(reader, u"path"_s, errors);
    reader.finish();
    const auto connection = connectionOf<HttpConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return [connection = *connection, layout, deadline = spec.deadline](const Wire &wire) -> std::unique_ptr<Source> {
        HttpRequest request;
        request.url = urlBelow(connection.base, layout.place);
        request.tls = connection.tls;
        request.headers = {{"Accept", "application/jwk-set+json, application/json"}};
        request.deadline = deadline;
        request.followsRedirects = false;
        return httpSource(*wire.http, request, connection,
                          [layout, where = shown(request.url)](const HttpReply &reply, const QString &command) {
                              return understood(reply, command, layout, where);
                          });
    };
}

} // namespace qd
