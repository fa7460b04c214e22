/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/evidence.h"
#include "sources/redis/redis_facts.h"

#include "base/clock.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPointer>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype keyCap = 5'000; ///< of one scan
constexpr int roundCap = 100;       ///< of SCAN with COUNT 1000: a hundred thousand keys walked at most
constexpr double scanShare = 0.6;   ///< of the deadline; the rest is for the values

/// One walk over the keys that match a pattern.
struct Scan
{
    QByteArray pattern;
    QByteArray cursor = "0";
    QSet<QByteArray> seen; // SCAN may return a key twice
    QList<QByteArray> keys;
    std::optional<Error> error;
    bool done = true;
    bool cut = false;                               ///< more keys than we look at
    std::function<bool(const QByteArray &)> wanted; ///< among those that match; empty: all

    void start(QByteArray match)
    {
        pattern = std::move(match);
        done = false;
    }
    [[nodiscard]] RedisCommand command() const { return {"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"}; }
    void take(const RedisReply &reply, const QString &where)
    {
        done = true;
        if (reply.type == RedisReply::Type::Error) {
            error = errorOf(reply, where);
            return;
        }
        if (reply.items.size() != 2) {
            error = Error{ErrorCode::BadReply, u"SCAN answered something else than a cursor and keys"_s, where};
            return;
        }
        for (const RedisReply &item : reply.items[1].items) {
            if (wanted && !wanted(item.text))
                continue;
            if (keys.size() >= keyCap) {
                cut = true;
                return;
            }
            if (!seen.contains(item.text)) {
                seen.insert(item.text);
                keys.append(item.text);
            }
        }
        cursor = reply.items[0].text;
        done = cursor == "0";
    }
};

/// What one poll has gathered so far.
struct Poll
{
    std::shared_ptr<Call::Line> line;
    std::function<void(SourceAnswer)> done;
    QElapsedTimer asked;
    Findings findings;
    QList<Exchange> exchanges;
    QList<Cache> caches;
    Scan limits;
    Scan cacheKeys;
    /// What slides or refills is reckoned as it stands then, by the server's clock: the console's may be set wrong.
    Instant countedAt{};
    std::chrono::milliseconds ahead{0}; ///< the console's clock, before the server's
    int rounds = 0;
    std::optional<Error> firstRefusal;

    void refuse(const QString &what, const Error &error)
    {
        findings.refusals.append({what, error});
        if (!firstRefusal)
            firstRefusal = error;
    }
};

class RedisSource final : public QObject, public Source
{
public:
    RedisSource(const RedisConnection &connection, QString server, RedisOptions options, const QList<TierPolicy> &tiers,
                std::chrono::milliseconds deadline, const Clock &clock)
        : m_clock(clock)
        , m_server(std::move(server))
        , m_options(std::move(options))
        , m_tiers(tiers)
        , m_deadline(deadline)
        , m_client(connection)
    {
    }

    Call poll(std::function<void(SourceAnswer)> done) override
    {
        const auto poll = std::make_shared<Poll>();
        poll->line = std::make_shared<Call::Line>();
        poll->done = std::move(done);
        poll->asked.start();
        QList<RedisCommand> commands{{"INFO"}, {"TIME"}};
        if (!m_options.statsHash.isEmpty())
            commands.append({"HGETALL", m_options.statsHash.toUtf8()});
        m_step = m_client.run(commands, m_deadline, [this, poll](const Result<QList<RedisReply>> &replies) {
            if (replies)
                takeFirst(poll, *replies);
            else
                finish(poll, replies.error());
        });
        return Call(poll->line, [self = QPointer(this)] {
            if (self)
                self->m_step.drop();
        });
    }

private:
    using PollPtr = std::shared_ptr<Poll>;

    /// "…" is where whoever runs the line puts the password.
    [[nodiscard]] QString lineOf(const RedisCommand &command) const
    {
        const QString line = redisCliLine(m_client.server(), command);
        return m_client.server().password ? u"REDISCLI_AUTH=… "_s + line : line;
    }
    [[nodiscard]] QString where() const { return u"%1:%2"_s.arg(m_client.server().host).arg(m_client.server().port); }
    [[nodiscard]] std::chrono::milliseconds left(const Poll &poll) const
    {
        return std::max(std::chrono::milliseconds(1), m_deadline - std::chrono::milliseconds(poll.asked.elapsed()));
    }

    void takeFirst(const PollPtr &poll, const QList<RedisReply> &replies)
    {
        takeInfo(poll, replies[0]);
        if (const auto time = redisTime(replies[1])) // refused, the two are taken for equal
            poll->ahead = m_clock.now() - *time;
        if (replies.size() > 2)
            takeStats(poll, replies[2]);
        if (!m_options.limits.prefix.isEmpty())
            poll->limits.start(globEscaped(m_options.limits.prefix) + '*');
        if (m_options.limits.kind == LimitLayout::Kind::LimitsSlidingWindow)
            poll->limits.wanted = [](const QByteArray &key) { return !key.endsWith("/-1"); }; // read with its own key
        if (!m_options.cacheKeys.isEmpty())
            poll->cacheKeys.start(QString(m_options.cacheKeys).replace("{group}"_L1, "*"_L1).toUtf8());
        if (!m_options.groups.isEmpty())
            poll->cacheKeys.wanted = [this](const QByteArray &key) {
                const auto group = groupIn(QString::fromUtf8(key), m_options.cacheKeys);
                return group && m_options.groups.contains(*group);
            };
        scan(poll);
    }

    void takeInfo(const PollPtr &poll, const RedisReply &info)
    {
        std::optional<Error> error;
        if (info.type == RedisReply::Type::Error) {
            error = errorOf(info, where());
        } else {
            poll->exchanges.append(evidence(lineOf({"INFO"}), info.text, Exchange::Format::Text));
            RedisServer server = redisServer(info.text, 0);
            if (server == redisServer({}, 0)) {
                error = Error{ErrorCode::BadReply, u"INFO says nothing of what Redis says"_s, where()};
            } else {
                server.server = m_server;
                poll->findings.facts.append(server);
            }
        }
        if (error)
            poll->refuse(QString::fromLatin1(RedisServer::kind), *error);
        if (const auto replicas = redisReplicas(info.text, 0); replicas && !error) {
            for (const Replica &replica : *replicas)
                poll->findings.facts.append(replica);
        } else {
            poll->refuse(QString::fromLatin1(Replica::kind),
                         error.value_or(Error{ErrorCode::BadReply, u"INFO says nothing of replication"_s, where()}));
        }
    }

    void takeStats(const PollPtr &poll, const RedisReply &hash)
    {
        const QString kind = QString::fromLatin1(Cache::kind);
        const QString at = u"%1, key %2"_s.arg(where(), m_options.statsHash);
        if (hash.type == RedisReply::Type::Error) {
            poll->refuse(kind, errorOf(hash, at));
            return;
        }
        QJsonObject fields;
        for (qsizetype i = 0; i + 1 < hash.items.size(); i += 2)
            fields.insert(QString::fromUtf8(hash.items[i].text), QString::fromUtf8(hash.items[i + 1].text));
        const int index = static_cast<int>(poll->exchanges.size());
        poll->exchanges.append(evidence(lineOf({"HGETALL", m_options.statsHash.toUtf8()}), QJsonDocument(fields)));
        poll->caches = cacheCounters(hash, m_options, index);
        if (poll->caches.isEmpty())
            poll->refuse(kind + u"/counters"_s, {ErrorCode::NotFound,
                                                 u"no counters in this hash yet; if the service has had traffic, check "
                                                 "'cache_stats' of the source"_s,
                                                 at});
    }

    /// Both walks share their round trips.
    void scan(const PollPtr &poll)
    {
        const bool late =
            static_cast<double>(poll->asked.elapsed()) > static_cast<double>(m_deadline.count()) * scanShare;
        if (late || ++poll->rounds > roundCap) {
            for (Scan *s : {&poll->limits, &poll->cacheKeys})
                s->cut = s->cut || !std::exchange(s->done, true);
        }
        QList<Scan *> open;
        QList<RedisCommand> commands;
        for (Scan *s : {&poll->limits, &poll->cacheKeys}) {
            if (!s->done) {
                open.append(s);
                commands.append(s->command());
            }
        }
        if (open.isEmpty()) {
            readKeys(poll);
            return;
        }
        m_step = m_client.run(commands, left(*poll), [this, poll, open](const Result<QList<RedisReply>> &replies) {
            for (qsizetype i = 0; i < open.size(); ++i) {
                if (replies) {
                    open[i]->take(replies->at(i), where());
                } else {
                    open[i]->error = replies.error();
                    open[i]->done = true;
                }
            }
            scan(poll);
        });
    }

    void readKeys(const PollPtr &poll)
    {
        for (Scan *s : {&poll->limits, &poll->cacheKeys}) {
            if (s->error)
                s->keys.clear(); // nobody takes their replies
        }
        report(*poll, poll->limits, RateLimit::kind);
        report(*poll, poll->cacheKeys, "cache/keys");
        poll->countedAt = m_clock.now() - poll->ahead;
        QList<RedisCommand> commands;
        for (const QByteArray &key : std::as_const(poll->limits.keys))
            commands << counterCommands(m_options.limits, key, m_tiers, poll->countedAt);
        for (const QByteArray &key : std::as_const(poll->cacheKeys.keys))
            commands << RedisCommand{"PTTL", key};
        if (commands.isEmpty()) {
            takeKeys(poll, {});
            return;
        }
        m_step = m_client.run(commands, left(*poll), [this, poll](const Result<QList<RedisReply>> &replies) {
            if (replies) {
                takeKeys(poll, *replies);
                return;
            }
            if (!poll->limits.keys.isEmpty())
                poll->refuse(QString::fromLatin1(RateLimit::kind), replies.error());
            if (!poll->cacheKeys.keys.isEmpty())
                poll->refuse(u"cache/keys"_s, replies.error());
            finish(poll, {});
        });
    }

    void report(Poll &poll, const Scan &scan, const char *kind) const
    {
        const QString what = QString::fromLatin1(kind);
        if (scan.error)
            poll.refuse(what, *scan.error);
        else if (scan.cut)
            poll.refuse(what.contains(u'/') ? what : what + u"/keys"_s,
                        {ErrorCode::TooLarge,
                         u"only the first %1 keys that match %2 are read"_s.arg(scan.keys.size())
                             .arg(QString::fromUtf8(scan.pattern)),
                         where()});
    }

    void takeKeys(const PollPtr &poll, const QList<RedisReply> &replies)
    {
        qsizetype at = 0;
        if (!poll->limits.pattern.isEmpty() && !poll->limits.error)
            at = takeLimits(*poll, replies);
        if (!poll->cacheKeys.pattern.isEmpty() && !poll->cacheKeys.error)
            takeCacheKeys(*poll, replies.mid(at));
        for (const Cache &cache : std::as_const(poll->caches))
            poll->findings.facts.append(cache);
        poll->caches.clear();
        finish(poll, {});
    }

    qsizetype takeLimits(Poll &poll, const QList<RedisReply> &replies) const
    {
        const Instant now = poll.countedAt;
        const int index = static_cast<int>(poll.exchanges.size());
        const qsizetype each = counterCommands(m_options.limits, {}, m_tiers, now).size();
        QJsonObject shown;
        QByteArray example = "KEY";
        qsizetype at = 0;
        qsizetype others = 0;
        std::optional<Error> refused;
        for (const QByteArray &key : std::as_const(poll.limits.keys)) {
            const QList<RedisReply> told = replies.mid(at, each);
            at += each;
            for (const RedisReply &reply : told) {
                if (reply.type == RedisReply::Type::Error && !reply.text.startsWith("WRONGTYPE"))
                    refused = errorOf(reply, where());
            }
            if (auto fact = rateLimit(m_options.limits, key, told, m_tiers, now, index)) {
                if (fact->resetsAt.has())
                    *fact->resetsAt.value += poll.ahead; // as the console will count down to it
                if (fact->limitUntil.has())
                    *fact->limitUntil.value += poll.ahead;
                poll.findings.facts.append(*fact);
                const QString name = maskedIdentity(QString::fromUtf8(key));
                shown.insert(name, counterEvidence(m_options.limits, told, *fact));
                example = name.toUtf8();
            } else if (!isOver(m_options.limits, key, told, now)) {
                ++others;
            }
        }
        if (refused)
            poll.refuse(QString::fromLatin1(RateLimit::kind), *refused);
        else if (others > 0)
            poll.refuse(
                u"limit/layout"_s,
                {ErrorCode::BadReply,
                 u"%1 keys under %2 are no counters of the source's 'limits' and are left out"_s.arg(others).arg(
                     m_options.limits.prefix),
                 where()});
        QStringList commands{lineOf(poll.limits.command())};
        for (const RedisCommand &command : counterCommands(m_options.limits, example, m_tiers, now))
            commands.append(lineOf(command));
        poll.exchanges.append(evidence(commands.join(u'\n'), QJsonDocument(shown)));
        return at;
    }

    void takeCacheKeys(Poll &poll, const QList<RedisReply> &replies) const
    {
        struct Seen
        {
            qint64 keys = 0;
            qint64 longest = -1;
        };
        std::map<QString, Seen> groups;
        for (qsizetype i = 0; i < poll.cacheKeys.keys.size() && i < replies.size(); ++i) {
            const auto group = groupIn(QString::fromUtf8(poll.cacheKeys.keys[i]), m_options.cacheKeys);
            if (!group || replies[i].integer == -2) // gone since the scan
                continue;
            Seen &seen = groups[*group];
            ++seen.keys;
            seen.longest = std::max(seen.longest, replies[i].integer);
        }
        const int index = static_cast<int>(poll.exchanges.size());
        const auto fill = [index](Cache &cache, const Seen &seen) {
            const QString pointer = pointerStep(cache.group);
            cache.keys = {.value = seen.keys, .origin = {index, pointer + u"/keys"_s}};
            cache.longestTtl.origin = {index, pointer + u"/longest_pttl"_s};
            if (seen.longest >= 0)
                cache.longestTtl.value = std::chrono::milliseconds(seen.longest);
        };
        QJsonObject shown;
        for (Cache &cache : poll.caches) {
            // A scan that was cut has not counted what it did not see.
            if (!poll.cacheKeys.cut || groups.contains(cache.group))
                fill(cache, groups[cache.group]);
        }
        for (const auto &[group, seen] : groups) {
            shown.insert(group, QJsonObject{{u"keys"_s, seen.keys}, {u"longest_pttl"_s, seen.longest}});
            if (std::ranges::any_of(poll.caches, [&g = group](const Cache &c) { return c.group == g; }))
                continue;
            Cache cache;
            cache.group = group;
            fill(cache, seen);
            poll.caches.append(cache);
        }
        poll.exchanges.append(evidence(lineOf(poll.cacheKeys.command()), QJsonDocument(shown)));
    }

    void finish(const PollPtr &poll, const std::optional<Error> &error)
    {
        SourceAnswer answer{.outcome = poll->findings, .exchanges = poll->exchanges};
        for (const Cache &cache : std::as_const(poll->caches))
            answer.outcome->facts.append(cache);
        if (error)
            answer.outcome = std::unexpected(*error);
        else if (poll->findings.facts.isEmpty() && poll->caches.isEmpty() && poll->firstRefusal)
            answer.outcome = std::unexpected(*poll->firstRefusal);
        Call::deliver(poll->line, this, [poll, answer] { poll->done(answer); });
    }

    const Clock &m_clock;
    const QString m_server; ///< RedisServer::server
    const RedisOptions m_options;
    const QList<TierPolicy> m_tiers;
    const std::chrono::milliseconds m_deadline;
    RedisClient m_client;
    Call m_step; // after the client: dropped before it goes
};

/// A field or pattern that must name the group it is about.
QString grouped(ConfigReader &reader, QStringView key)
{
    const QString written = reader.requiredString(key);
    if (!written.isEmpty() && written.count("{group}"_L1) != 1)
        reader.error(reader.node(key), u"'%1': expected '{group}' once in it, such as hits:{group}"_s.arg(key));
    return written;
}

RedisOptions readOptions(const ConfigNode &node, const Profile &profile, QList<Error> *errors)
{
    ConfigReader reader(node, errors);
    RedisOptions options;
    const ConfigNode stats = reader.map(u"cache_stats");
    if (reader.has(u"cache_stats")) {
        ConfigReader part(stats, errors);
        options.statsHash = part.requiredString(u"hash");
        options.hitsField = grouped(part, u"hits");
        options.missesField = grouped(part, u"misses");
        part.finish();
    }
    const ConfigNode keys = reader.map(u"cache_keys");
    if (reader.has(u"cache_keys")) {
        ConfigReader part(keys, errors);
        options.cacheKeys = grouped(part, u"pattern");
        // Nothing else in such a key tells that it is a cache's.
        if (options.cacheKeys.startsWith("{group}"_L1)) {
            for (const CachePolicy &cache : profile.caches)
                options.groups.append(cache.group);
            if (options.groups.isEmpty())
                part.error(part.node(u"pattern"),
                           u"'pattern': keys that begin with their group are counted for the groups under 'caches'; "
                           "there are none"_s);
        }
        part.finish();
    }
    const ConfigNode limits = reader.map(u"limits");
    if (reader.has(u"limits"))
        options.limits = readLimitLayout(limits, profile.tiers, errors);
    reader.finish();
    return options;
}
} // namespace

std::expected<SourceFactory, QList<Error>> redisFactory(const SourceSpec &spec, const Profile &profile)
{
    QList<Error> errors;
    const RedisOptions options = readOptions(spec.options, profile, &errors);
    const auto connection = connectionOf<RedisConnection>(spec, profile);
    if (!connection)
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    // The usual one needs no name.
    const QString server = spec.connection == RedisConnection::kind ? QString() : spec.connection;
    return [connection = *connection, server, options, tiers = profile.tiers,
            deadline = spec.deadline](const Wire &) -> std::unique_ptr<Source> {
        static const SystemClock clock;
        return redisSource(connection, server, options, tiers, deadline, clock);
    };
}

std::unique_ptr<Source> redisSource(const RedisConnection &connection, const QString &server,
                                    const RedisOptions &options, const QList<TierPolicy> &tiers,
                                    std::chrono::milliseconds deadline, const Clock &clock)
{
    return std::make_unique<RedisSource>(connection, server, options, tiers, deadline, clock);
}

} // namespace qd
