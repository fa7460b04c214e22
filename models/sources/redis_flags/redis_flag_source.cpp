/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/redis_flags/redis_flags.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int mostRounds = 100; ///< of SCAN with COUNT 1000

class RedisFlagSource final : public QObject, public Source
{
public:
    RedisFlagSource(const RedisConnection &connection, RedisFlagLayout layout, std::chrono::milliseconds deadline)
        : m_layout(std::move(layout))
        , m_deadline(deadline)
        , m_client(connection)
    {
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        m_done = std::move(done);
        m_asked.start();
        m_flags.clear();
        m_cells.clear();
        m_rounds = 0;
        m_isCut = false;
        const auto line = std::make_shared<Call::Line>();
        m_line = line;
        if (m_layout.isHash())
            readHash();
        else
            scan("0");
        return Call(line, [self = QPointer(this)] {
            if (self)
                self->m_step.drop();
        });
    }

private:
    using Replies = Result<QList<RedisReply>>;

    /// One after the other, within the poll's deadline.
    void ask(const QList<RedisCommand> &commands, const std::function<void(const QList<RedisReply> &)> &then)
    {
        const auto left =
            std::max(m_deadline - std::chrono::milliseconds(m_asked.elapsed()), std::chrono::milliseconds(1));
        m_step = m_client.run(commands, left, [this, then](const Replies &replies) {
            if (!replies)
                finish(std::unexpected(replies.error()));
            else
                then(*replies);
        });
    }

    void readHash()
    {
        ask({{"HGETALL", m_layout.set.key.toUtf8()}}, [this](const QList<RedisReply> &replies) {
            const RedisReply &hash = replies.first();
            if (hash.type == RedisReply::Type::Error)
                return finish(std::unexpected(errorOf(hash, where())));
            std::map<QByteArray, RedisReply> fields;
            for (qsizetype i = 0; i + 1 < hash.items.size(); i += 2)
                fields[hash.items[i].text] = hash.items[i + 1];
            for (const auto &[field, value] : fields) {
                const auto flag = m_layout.flagIn(field);
                if (!flag || !take(*flag))
                    continue;
                const auto rollout = fields.find(m_layout.rolloutField(*flag));
                m_cells.append(
                    {.flag = *flag, .set = value, .rollout = rollout == fields.end() ? RedisReply() : rollout->second});
            }
            finish(redisFlagFindings(m_layout, m_cells, where()));
        });
    }

    void scan(const QByteArray &cursor)
    {
        ask({{"SCAN", cursor, "MATCH", m_layout.pattern(), "COUNT", "1000"}}, [this](const QList<RedisReply> &replies) {
            const RedisReply &page = replies.first();
            if (page.type == RedisReply::Type::Error)
                return finish(std::unexpected(errorOf(page, where())));
            if (page.items.size() != 2)
                return finish(
                    failure(ErrorCode::BadReply, u"SCAN answered something else than a cursor and keys"_s, where()));
            for (const RedisReply &key : page.items[1].items) {
                if (const auto flag = m_layout.flagIn(key.text))
                    static_cast<void>(take(*flag));
            }
            const QByteArray next = page.items[0].text;
            if (++m_rounds >= mostRounds && next != "0")
                m_isCut = true;
            if (next == "0" || m_isCut)
                readKeys();
            else
                scan(next);
        });
    }

    void readKeys()
    {
        QStringList names(m_flags.begin(), m_flags.end());
        names.sort();
        QList<RedisCommand> commands;
        for (const QString &flag : std::as_const(names))
            commands += m_layout.commands(flag);
        if (commands.isEmpty())
            return finish(Findings());
        ask(commands, [this, names](const QList<RedisReply> &replies) {
            const qsizetype each = m_layout.rollout.key.isEmpty() ? 1 : 2;
            for (qsizetype i = 0; i < names.size(); ++i)
                m_cells.append({.flag = names[i],
                                .set = replies[i * each],
                                .rollout = each > 1 ? replies[i * each + 1] : RedisReply()});
            finish(redisFlagFindings(m_layout, m_cells, where()));
        });
    }

    /// False where there are more of them than are read.
    [[nodiscard]] bool take(const QString &flag)
    {
        if (m_flags.size() >= mostRedisFlags) {
            m_isCut = true;
            return false;
        }
        m_flags.insert(flag);
        return true;
    }

    void finish(Result<Findings> findings)
    {
        if (findings && m_isCut)
            findings->refusals.append(
                {QString::fromLatin1(FeatureFlag::kind) + u"/rest"_s,
                 {ErrorCode::TooLarge, u"there are more than %1 flags; the others are not read"_s.arg(mostRedisFlags),
                  where()}});
        QList<Exchange> exchanges;
        if (findings) {
            const RedisConnection &server = m_client.server();
            const QString hint = server.password ? u"REDISCLI_AUTH=… "_s : QString();
            QStringList lines;
            if (m_layout.isHash())
                lines.append(hint + redisCliLine(server, {"HGETALL", m_layout.set.key.toUtf8()}));
            else
                lines.append(hint + redisCliLine(server, {"SCAN", "0", "MATCH", m_layout.pattern()}));
            if (!m_layout.isHash() && !m_cells.isEmpty()) {
                for (const RedisCommand &command : m_layout.commands(m_cells.first().flag))
                    lines.append(hint + redisCliLine(server, command));
            }
            exchanges.append(evidence(lines.join(u'\n'), redisFlagJson(m_cells)));
        }
        const auto done = m_done;
        const SourceAnswer answer{.outcome = std::move(findings), .exchanges = exchanges};
        Call::deliver(m_line, this, [done, answer] { done(answer); });
    }

    [[nodiscard]] QString where() const { return u"%1:%2"_s.arg(m_client.server().host).arg(m_client.server().port); }

    const RedisFlagLayout m_layout;
    const std::chrono::milliseconds m_deadline;
    RedisClient m_client;
    std::shared_ptr<Call::Line> m_line;
    std::function<void(SourceAnswer)> m_done;
    QElapsedTimer m_asked;
    QSet<QString> m_flags;
    QList<RedisFlagCells> m_cells;
    int m_rounds = 0;
    bool m_isCut = false;
    Call m_step; // after the client: dropped before it goes
};
} // namespace

std::expected<SourceFactory, QList<Error>> redisFlagsFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    const RedisFlagLayout layout = readFlagLayout(reader, spec.options);
    reader.finish();
    const auto connection = connectionOf<RedisConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return [connection = *connection, layout, deadline = spec.deadline](const Wire &) -> std::unique_ptr<Source> {
        return std::make_unique<RedisFlagSource>(connection, layout, deadline);
    };
}

} // namespace qd
