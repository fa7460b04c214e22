/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/redis_store.h"

#include "base/cleaned.h"

#include <QThread>

#include <algorithm>
#include <condition_variable>
#include <mutex>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto leaseKey = "quarterdeck:lease"; // "FENCE HOLDER"; one for all of it: two people never act at once
constexpr auto fenceKey = "quarterdeck:fence";

// Fencing numbers grow even where the last one was evicted: they are not below the server's clock.
constexpr auto takeScript = R"lua(
local has = redis.call('GET', KEYS[1])
if has and string.match(has, '^%d+ (.*)$') ~= ARGV[1] then return {'held', has, redis.call('PTTL', KEYS[1])} end
local now = redis.call('TIME')
local fence = math.max((tonumber(redis.call('GET', KEYS[2])) or 0) + 1, now[1] * 1000000 + now[2])
fence = string.format('%.0f', fence)
redis.call('SET', KEYS[2], fence)
redis.call('SET', KEYS[1], fence .. ' ' .. ARGV[1], 'PX', ARGV[2])
return {'taken', fence}
)lua";

constexpr auto renewScript = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
                             "return redis.call('PEXPIRE', KEYS[1], ARGV[2])";
constexpr auto giveBackScript = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
                                "return redis.call('DEL', KEYS[1])";

// KEYS: marker, lease, the change's. ARGV: marker, run, replication, whether Sentinels lead here, lease, mode, the
// change's. Commands are run once all of them are allowed: a script that fails half-way is not rolled back.
constexpr auto guardedScript = R"lua(
local function change(keys, args)
%BODY%
end
local replication = redis.call('INFO', 'replication')
if not string.find(replication, 'role:master', 1, true) then return {'replica'} end
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local data = string.match(replication, 'master_replid:(%x+)')
local former = string.match(replication, 'master_replid2:(%x+)')
local same = run == ARGV[2] or (ARGV[4] == '1' and (data == ARGV[3] or former == ARGV[3]))
if not same or (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return {'other'} end
if ARGV[5] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[5] then return {'lost'} end
local keys, args = {}, {}
for i = 3, #KEYS do keys[#keys + 1] = KEYS[i] end
for i = 7, #ARGV do args[#args + 1] = ARGV[i] end
local commands = change(keys, args)
if type(commands) == 'string' then return {commands} end
for _, command in ipairs(commands) do
  if redis.acl_check_cmd and not redis.acl_check_cmd(unpack(command)) then return {'forbidden', command[1], command[2]} end
end
if ARGV[6] == 'try' then return {'done', '0'} end
local touched = 0
for i, command in ipairs(commands) do
  local reply = redis.pcall(unpack(command))
  if type(reply) == 'table' and reply.err then return {i == 1 and 'failed' or 'half', reply.err} end
  if type(reply) == 'number' then touched = touched + reply end
end
return {'done', tostring(touched)}
)lua";

QByteArray written(const Lease &lease)
{
    return QByteArray::number(lease.fence) + ' ' + lease.holder.toUtf8();
}

Lease leaseIn(const QByteArray &text, qint64 left)
{
    const qsizetype space = text.indexOf(' ');
    return {.holder = cleaned(QString::fromUtf8(text.mid(space + 1))),
            .fence = text.left(space).toLongLong(),
            .left = std::chrono::seconds((left + 999) / 1000)};
}

QString field(const QByteArray &info, const QByteArray &name)
{
    const qsizetype at = info.indexOf('\n' + name + ':');
    if (at < 0)
        return {};
    const qsizetype begin = at + name.size() + 2;
    const qsizetype end = info.indexOf('\r', begin);
    return cleaned(QString::fromUtf8(info.mid(begin, end < 0 ? -1 : end - begin)));
}

/// What an error reply means for whoever acts.
Error refusal(const RedisReply &reply, const QString &where)
{
    Error error = errorOf(reply, where);
    const auto begins = [&](const char *word) { return reply.text.startsWith(word); };
    if (error.code == ErrorCode::Forbidden) {
        error.message += u"; see 'redis_operator' in resources/profile-reference.yaml for what it needs"_s;
    } else if (begins("ERR unknown command") || begins("CROSSSLOT")) {
        error.code = ErrorCode::Unsupported;
        error.message += u"; without scripts over the keys of one server nothing can be changed safely"_s;
    } else if (begins("OOM") || begins("READONLY") || begins("NOREPLICAS") || begins("MISCONF")) {
        error.code = ErrorCode::Unavailable; // known not to have happened
    }
    return error;
}
} // namespace

/// A client on a thread of its own, as its socket needs an event loop and the action has none.
class RedisStore::Line
{
public:
    Line(const RedisConnection &connection, Stop stop, const Secret *password = nullptr)
        : m_stop(std::move(stop))
    {
        m_owner.moveToThread(&m_thread);
        m_thread.start();
        QMetaObject::invokeMethod(
            &m_owner,
            [&] {
                m_client = password ? std::make_unique<RedisClient>(connection, password->copy())
                                    : std::make_unique<RedisClient>(connection);
            },
            Qt::BlockingQueuedConnection);
    }
    Line(const Line &) = delete;
    Line &operator=(const Line &) = delete;

    ~Line()
    {
        QMetaObject::invokeMethod(
            &m_owner,
            [this] {
                m_call.drop();
                m_client.reset();
            },
            Qt::BlockingQueuedConnection);
        m_thread.quit();
        m_thread.wait();
    }

    /// The server that answered stands in `server` afterwards.
    Result<QList<RedisReply>> run(const QList<RedisCommand> &commands, Deadline deadline)
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left <= 0ms)
            return failure(ErrorCode::Timeout, u"no time was left to ask Redis"_s);
        const auto answer = std::make_shared<Answer>();
        QMetaObject::invokeMethod(&m_owner, [this, commands, left, answer] {
            m_call = m_client->run(commands, left, [this, answer](const Result<QList<RedisReply>> &replies) {
                const std::lock_guard lock(answer->mutex);
                answer->server = m_client->server();
                answer->tlsKey = m_client->tlsKey();
                answer->replies = replies;
                answer->came.notify_one();
            });
        });
        std::unique_lock lock(answer->mutex);
        // The client keeps the deadline; who stops us is heard in a tenth of a second.
        while (!answer->came.wait_for(lock, 100ms, [&] { return answer->replies.has_value(); })) {
            if (!m_stop || !*m_stop)
                continue;
            QMetaObject::invokeMethod(&m_owner, [this] { m_call.drop(); });
            return failure(ErrorCode::Cancelled, u"stopped before Redis answered"_s);
        }
        server = answer->server;
        tlsKey = answer->tlsKey;
        return *answer->replies;
    }

    RedisConnection server;
    QByteArray tlsKey;

private:
    struct Answer
    {
        std::mutex mutex;
        std::condition_variable came;
        std::optional<Result<QList<RedisReply>>> replies;
        RedisConnection server;
        QByteArray tlsKey;
    };
    const Stop m_stop;
    QThread m_thread;
    QObject m_owner; ///< lives on that thread, as the next two do
    std::unique_ptr<RedisClient> m_client;
    Call m_call;
};

RedisStore::RedisStore(std::unique_ptr<Line> line, Place place)
    : m_line(std::move(line))
    , m_place(std::move(place))
{
}

RedisStore::RedisStore(RedisStore &&) noexcept = default;
RedisStore &RedisStore::operator=(RedisStore &&) noexcept = default;
RedisStore::~RedisStore() = default;

Result<RedisStore> RedisStore::open(const Place &place, Deadline deadline, Stop stop)
{
    RedisStore store(std::make_unique<Line>(place.connection, std::move(stop)), place);
    if (const auto read = store.readTarget(deadline); !read)
        return std::unexpected(read.error());
    return store;
}

Result<bool> RedisStore::accepts(const RedisConnection &connection, const Secret &password, Deadline deadline,
                                 Stop stop)
{
    Line line(connection, std::move(stop), &password);
    const auto replies = line.run({{"PING"}}, deadline);
    if (!replies)
        return replies.error().code == ErrorCode::AuthRequired ? Result<bool>(false) : std::unexpected(replies.error());
    return true; // let in, whether it may PING or not
}

Result<void> RedisStore::readTarget(Deadline deadline)
{
    const RedisConnection &connection = m_place.connection;
    m_target.address = connection.sentinels.isEmpty() ? u"%1:%2"_s.arg(connection.host).arg(connection.port)
                                                      : connection.sentinels.first().text();
    const auto replies =
        ask({{"ROLE"}, {"INFO", "server"}, {"INFO", "replication"}, {"GET", m_place.marker.toUtf8()}}, deadline);
    if (!replies)
        return std::unexpected(replies.error());
    const QString where = u"%1:%2"_s.arg(m_line->server.host).arg(m_line->server.port);
    if (replies->at(0).items.value(0).text != "master")
        return failure(ErrorCode::Unavailable,
                       u"this Redis is a replica: what is changed here is lost. The connection has to lead to the "
                       "master, best through its Sentinels"_s,
                       where);
    const QString marker = cleaned(QString::fromUtf8(replies->at(3).text));
    const QStringList words = marker.split(u'/');
    if (replies->at(3).type == RedisReply::Type::String && (words.size() != 2 || words.contains(QString())))
        return failure(ErrorCode::BadReply,
                       u"%1 holds '%2': expected DEPLOYMENT/ENVIRONMENT"_s.arg(m_place.marker, marker), where);
    m_target = {.deployment = m_place.deployment,
                .environment = m_place.environment,
                .system = u"redis"_s,
                .address = where,
                .identity = {words.value(0), words.value(1), field(replies->at(1).text, "run_id"),
                             field(replies->at(2).text, "master_replid"), connection.master,
                             QString::number(connection.database)}};
    m_target.setTlsKey(m_line->tlsKey);
    m_formerData = field(replies->at(2).text, "master_replid2");
    if (m_target.identity.value(2).isEmpty())
        return failure(ErrorCode::BadReply, u"INFO does not say which server this is"_s, where);
    return {};
}

std::optional<Error> RedisStore::differsFrom(const Target &target) const
{
    const auto differs = [this](const QString &why) { return Error{ErrorCode::BadInput, why, m_target.address}; };
    const QStringList own = m_target.ownWords();
    const QStringList planned = target.ownWords();
    const auto name = [](const QStringList &identity) {
        return identity.value(0).isEmpty() ? u"nothing"_s : identity.value(0) + u'/' + identity.value(1);
    };
    if (target.system != m_target.system || planned.size() != own.size() || own.value(4) != planned.value(4))
        return differs(u"the plan was made for another kind of store; make it again"_s);
    if (own.value(0) != planned.value(0) || own.value(1) != planned.value(1))
        return differs(u"this Redis calls itself %1, and the plan was made for %2"_s.arg(name(own), name(planned)));
    if (own.value(5) != planned.value(5))
        return differs(u"this is database %1, and the plan was made for %2"_s.arg(own.value(5), planned.value(5)));
    const bool isGoingOn =
        !own.value(4).isEmpty() && (own.value(3) == planned.value(3) || m_formerData == planned.value(3));
    if (own.value(2) != planned.value(2) && !isGoingOn)
        return differs(
            u"this is another Redis than the plan was made for, or it was restarted since; make a new plan"_s);
    // A plan that was made before keys were written down has none.
    if (!target.tlsKey().isEmpty() && m_target.tlsKey() != target.tlsKey() &&
        !(isGoingOn && own.value(2) != planned.value(2)))
        return differs(u"this Redis shows another TLS key than the plan was made for; make it again"_s);
    if (target.deployment != m_target.deployment || target.environment != m_target.environment)
        return differs(u"the profile is called %1 (%2), and the plan was made for %3 (%4)"_s.arg(
            m_target.deployment, m_target.environment, target.deployment, target.environment));
    // The marker is there so that a profile cannot lead elsewhere than it says.
    if (isMarked() && (own.value(0) != target.deployment || own.value(1) != target.environment))
        return differs(u"this Redis says that it is %1, and the profile says %2/%3"_s.arg(name(own), target.deployment,
                                                                                          target.environment));
    return std::nullopt;
}

Result<QList<RedisReply>> RedisStore::ask(const QList<RedisCommand> &commands, Deadline deadline)
{
    auto replies = m_line->run(commands, deadline);
    if (!replies)
        return failure(replies.error().code, replies.error().message,
                       replies.error().where.isEmpty() ? m_target.address : replies.error().where);
    for (const RedisReply &reply : std::as_const(*replies)) {
        if (reply.type == RedisReply::Type::Error)
            return std::unexpected(refusal(reply, m_target.address));
    }
    return replies;
}

Result<RedisReply> RedisStore::askOne(const RedisCommand &command, Deadline deadline)
{
    auto replies = ask({command}, deadline);
    if (!replies)
        return std::unexpected(replies.error());
    return replies->takeFirst();
}

Result<RedisStore::Page> RedisStore::scan(const QByteArray &pattern, const QByteArray &cursor, Deadline deadline)
{
    const auto reply = askOne({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"}, deadline);
    if (!reply)
        return std::unexpected(reply.error());
    if (reply->items.size() != 2)
        return failure(ErrorCode::BadReply, u"SCAN answered something else than a cursor and keys"_s, m_target.address);
    Page page{.cursor = reply->items[0].text, .keys = {}};
    for (const RedisReply &key : reply->items[1].items)
        page.keys.append(key.text);
    return page;
}

Result<std::optional<Lease>> RedisStore::lease(Deadline deadline)
{
    const auto replies = ask({{"GET", leaseKey}, {"PTTL", leaseKey}}, deadline);
    if (!replies)
        return std::unexpected(replies.error());
    if (replies->at(0).type != RedisReply::Type::String || replies->at(1).integer < 0)
        return std::nullopt;
    return leaseIn(replies->at(0).text, replies->at(1).integer);
}

Result<Lease> RedisStore::take(const QString &holder, std::chrono::seconds time, Deadline deadline)
{
    const auto milliseconds = QByteArray::number(qint64{std::chrono::milliseconds(time).count()});
    const auto reply = askOne({"EVAL", takeScript, "2", leaseKey, fenceKey, holder.toUtf8(), milliseconds}, deadline);
    if (!reply)
        return std::unexpected(reply.error());
    if (reply->items.value(0).text != "taken")
        return std::unexpected(
            heldBy(leaseIn(reply->items.value(1).text, reply->items.value(2).integer), m_target.address));
    return Lease{.holder = holder, .fence = reply->items.value(1).text.toLongLong(), .left = time};
}

Result<void> RedisStore::renew(const Lease &lease, std::chrono::seconds time, Deadline deadline)
{
    const auto milliseconds = QByteArray::number(qint64{std::chrono::milliseconds(time).count()});
    const auto reply = askOne({"EVAL", renewScript, "1", leaseKey, written(lease), milliseconds}, deadline);
    if (!reply)
        return std::unexpected(reply.error());
    if (reply->integer != 1)
        return failure(ErrorCode::Unavailable, u"the lease was lost; nothing more is changed"_s, m_target.address);
    return {};
}

Result<void> RedisStore::giveBack(const Lease &lease, Deadline deadline)
{
    const auto reply = askOne({"EVAL", giveBackScript, "1", leaseKey, written(lease)}, deadline);
    if (!reply)
        return std::unexpected(reply.error());
    return {};
}

Result<qint64> RedisStore::guarded(const std::optional<Lease> &lease, const Target &target, const Change &change,
                                   Deadline deadline)
{
    return run(lease, target, change, "do", deadline);
}

Result<void> RedisStore::tryOut(const Target &target, const Change &change, Deadline deadline)
{
    const auto tried = run({}, target, change, "try", deadline);
    if (!tried)
        return std::unexpected(tried.error());
    return {};
}

Result<qint64> RedisStore::run(const std::optional<Lease> &lease, const Target &target, const Change &change,
                               const QByteArray &mode, Deadline deadline)
{
    const QStringList &planned = target.identity;
    const QByteArray marker =
        planned.value(0).isEmpty() ? QByteArray() : (planned.value(0) + u'/' + planned.value(1)).toUtf8();
    RedisCommand command{"EVAL", QByteArray(guardedScript).replace("%BODY%", change.body),
                         QByteArray::number(change.keys.size() + 2), m_place.marker.toUtf8(), leaseKey};
    command += change.keys;
    command += {marker,
                planned.value(2).toUtf8(),
                planned.value(3).toUtf8(),
                planned.value(4).isEmpty() ? "0" : "1",
                lease ? written(*lease) : QByteArray(),
                mode};
    command += change.arguments;
    const auto reply = askOne(command, deadline);
    if (!reply)
        return std::unexpected(reply.error());
    const QByteArray word = reply->items.value(0).text;
    const QString said = cleaned(QString::fromUtf8(reply->items.value(1).text));
    const auto refuse = [&](ErrorCode code, const QString &why) { return failure(code, why, m_target.address); };
    if (word == "done")
        return said.toLongLong();
    if (word == "other")
        return refuse(ErrorCode::BadInput,
                      u"the connection leads to another Redis now than the plan was made for; nothing was changed"_s);
    if (word == "replica")
        return refuse(ErrorCode::Unavailable, u"this Redis is no master any more; nothing was changed"_s);
    if (word == "lost")
        return refuse(ErrorCode::Unavailable, u"the lease was lost; nothing was changed"_s);
    if (word == "changed")
        return refuse(ErrorCode::BadInput, u"it is not as the plan found it; nothing was changed"_s);
    if (word == "forbidden")
        return refuse(ErrorCode::Forbidden,
                      u"this user may not run %1 on %2; nothing was changed. It needs both in its ACL"_s.arg(
                          said, cleaned(QString::fromUtf8(reply->items.value(2).text))));
    if (word == "failed")
        return refuse(ErrorCode::Unavailable, u"Redis says: %1"_s.arg(said));
    return refuse(ErrorCode::ServerError, u"a part of it was changed, then Redis said: %1"_s.arg(said));
}

} // namespace qd
