/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/lease_keeper.h"
#include "actions/signing_key/key_store.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto leaseTime = 60s; // renewed while it acts
constexpr int mostTries = 3;    // where somebody else writes at the same moment
constexpr auto freshness = 2s;  // so old may a time be that is written as that of now

// Body of a RedisStore::Change. args: the plan as JSON, then the secrets of new keys. Values are edited here, so that
// no secret leaves the server for it.
constexpr auto changeBody = R"lua(
local plan = cjson.decode(args[1])
local now = redis.call('TIME')
if now[1] * 1000 + now[2] / 1000 > plan.latest then return 'changed' end
local flat = redis.call('HGETALL', keys[1])
if #flat ~= 2 * plan.count then return 'changed' end
local values = {}
for i = 1, #flat, 2 do
  if plan.digests[flat[i]] ~= redis.sha1hex(flat[i + 1]) then return 'changed' end
  values[flat[i]] = flat[i + 1]
end
local commands = {}
if #plan.removed > 0 then commands[1] = {'HDEL', keys[1], unpack(plan.removed)} end
if #plan.keys > 0 then
  local set = {'HSET', keys[1]}
  for _, key in ipairs(plan.keys) do
    local value = values[key.id] and cjson.decode(values[key.id]) or {}
    for name, member in pairs(key.members) do value[name] = member end
    if key.secret then value[plan.secret] = args[key.secret] end
    set[#set + 1] = key.id
    set[#set + 1] = cjson.encode(value)
  end
  commands[#commands + 1] = set
end
return commands
)lua";

// Nothing but whether this user may run it.
constexpr auto tryBody = R"lua(
redis.call('TIME')
redis.call('HGETALL', keys[1])
local commands = {{'HSET', keys[1], 'k', 'v'}}
if args[1] == '1' then commands[2] = {'HDEL', keys[1], 'k'} end
return commands
)lua";

// The secret of one key, alone.
constexpr auto secretScript = R"lua(
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value then return false end
local member = cjson.decode(value)[ARGV[2]]
return type(member) == 'string' and member or false
)lua";

class RedisKeyStore final : public KeyStore
{
public:
    RedisKeyStore(RedisStore::Place place, KeySetLayout layout, QString secret, RedisStore::Stop stop)
        : m_place(std::move(place))
        , m_layout(std::move(layout))
        , m_secret(std::move(secret))
        , m_stop(std::move(stop))
    {
    }

    QString name() const override { return m_layout.place; }
    Target target() const override { return m_store->target(); }
    QString where() const override { return m_store ? m_store->target().address : QString(); }
    QString tokens() const override { return {}; }
    Guard guard() const override { return Guard::Script; }
    std::optional<Error> differsFrom(const Target &target) const override { return m_store->differsFrom(target); }
    void forget() override { m_store.reset(); }

    std::optional<Error> isUnmarked() const override
    {
        if (m_store->isMarked())
            return std::nullopt;
        return Error{ErrorCode::NotFound,
                     u"nothing tells which deployment this Redis belongs to; to have it told: SET %1 %2/%3"_s.arg(
                         m_place.marker, m_place.deployment, m_place.environment),
                     where()};
    }

    Check lease(Deadline deadline) override
    {
        Check check{.phrase = {u"nobody-else-acts"_s, {}}};
        const auto lease = m_store->lease(deadline);
        if (!lease)
            check.error = lease.error();
        else if (*lease)
            check.error = heldBy(**lease, where());
        check.result = check.error ? Check::Result::Failed : Check::Result::Passed;
        return check;
    }

    Result<std::optional<Lease>> take(const QString &holder, Deadline deadline) override
    {
        const auto taken = m_store->take(holder, leaseTime, deadline);
        if (!taken)
            return std::unexpected(taken.error());
        m_lease = *taken;
        m_keeper = std::make_unique<LeaseKeeper>(m_place, m_store->target(), *m_lease, leaseTime);
        return m_lease;
    }

    Result<void> renew(Deadline deadline) override
    {
        if (!m_lease)
            return failure(ErrorCode::Internal, u"there is no lease to renew"_s, where());
        if (auto opened = open(deadline); !opened)
            return opened;
        return m_store->renew(*m_lease, leaseTime, deadline);
    }

    void giveBack(Deadline deadline) override
    {
        m_keeper.reset();
        if (m_store && m_lease) [[maybe_unused]]
            const auto tried = m_store->giveBack(*m_lease, deadline);
        m_lease.reset();
    }

    Result<Ring> ring(Deadline deadline) override
    {
        const auto read = this->read(deadline);
        if (!read)
            return std::unexpected(read.error());
        return read->ring;
    }

    Result<Secret> secretOf(const QString &key, Deadline deadline) override
    {
        auto reply = m_store->ask(
            {{"EVAL", secretScript, "1", m_layout.place.toUtf8(), key.toUtf8(), m_secret.toUtf8()}}, deadline);
        if (!reply)
            return std::unexpected(reply.error());
        if (reply->first().text.isEmpty())
            return failure(ErrorCode::NotFound, u"%1 has no secret in %2"_s.arg(key, name()), where());
        return Secret(std::move(reply->first().text));
    }

    Result<bool> mayChange(const RingRights &rights, Deadline deadline) override
    {
        const auto tried = m_store->tryOut(
            m_store->target(),
            {.body = tryBody, .keys = {m_layout.place.toUtf8()}, .arguments = {rights.removes ? "1" : "0"}}, deadline);
        return tried ? Result<bool>(true) : std::unexpected(tried.error());
    }

    Result<void> change(const Decide &decide, Deadline deadline) override
    {
        if (!m_lease || !plan())
            return failure(ErrorCode::Internal, u"nothing is changed without the lease"_s, where());
        Result<qint64> done = 0;
        for (int i = 0; i < mostTries; ++i) {
            const auto here = read(deadline);
            if (!here)
                return std::unexpected(here.error());
            const auto wanted = decide(here->ring);
            if (!wanted)
                return std::unexpected(wanted.error());
            if (wanted->isEmpty())
                return {};
            done = m_store->guarded(m_lease, *plan(), changeFor(*here, *wanted), deadline);
            if (done || done.error().code != ErrorCode::BadInput)
                break;
        }
        return done ? Result<void>() : std::unexpected(done.error());
    }

protected:
    Result<void> connect(Deadline deadline) override
    {
        if (m_store)
            return {};
        auto opened = RedisStore::open(m_place, deadline, m_stop);
        if (!opened)
            return std::unexpected(opened.error());
        m_store = std::move(*opened);
        return {};
    }

private:
    struct Held
    {
        Ring ring;
        QList<ListedKey> keys;
    };

    [[nodiscard]] Result<Held> read(Deadline deadline)
    {
        const auto replies = m_store->ask({{"TIME"}, readKeyHash(m_layout, true)}, deadline);
        if (!replies)
            return std::unexpected(replies.error());
        auto keys = keysInHash(replies->at(1), m_layout, where());
        if (!keys)
            return std::unexpected(keys.error());
        for (const ListedKey &key : *keys) {
            if (!key.isKept)
                return failure(ErrorCode::Unsupported,
                               u"'%1' in %2 holds a list, an object or a number of over 14 digits, which Redis cannot "
                               "write again as it stands"_s.arg(QString::fromUtf8(key.id), name()),
                               where());
        }
        auto ring = ringOf(rowsOf(*keys), m_layout.words, name(), where());
        if (!ring)
            return std::unexpected(ring.error());
        const QList<RedisReply> &time = replies->at(0).items;
        ring->at = Instant(
            std::chrono::milliseconds(time.value(0).text.toLongLong() * 1000 + time.value(1).text.toLongLong() / 1000));
        return Held{.ring = std::move(*ring), .keys = std::move(*keys)};
    }

    [[nodiscard]] RedisStore::Change changeFor(const Held &here, const RingChange &change) const
    {
        RedisStore::Change made{.body = changeBody, .keys = {m_layout.place.toUtf8()}, .arguments = {QByteArray()}};
        QJsonArray keys;
        for (const RingChange::Updated &key : change.updated)
            keys.append(QJsonObject{{u"id"_s, key.id}, {u"members"_s, membersOf(here.ring, here.keys, key, m_layout)}});
        for (const RingChange::Added &key : change.added) {
            const Secret secret = newKey();
            made.arguments.append(QByteArray());
            made.arguments.last().append(QByteArrayView(secret.reveal())); // a copy: what the secret holds is wiped
            keys.append(QJsonObject{{u"id"_s, key.id},
                                    {u"members"_s, membersOf(here.ring, here.keys, key, m_layout)},
                                    {u"secret"_s, made.arguments.size()}}); // Lua counts from 1
        }
        QJsonObject digests;
        for (const ListedKey &key : here.keys)
            digests.insert(QString::fromUtf8(key.id), QString::fromLatin1(key.digest));
        const QJsonObject plan{{u"latest"_s, qint64{(here.ring.at + freshness).time_since_epoch().count()}},
                               {u"count"_s, here.keys.size()},
                               {u"digests"_s, digests},
                               {u"removed"_s, QJsonArray::fromStringList(change.removed)},
                               {u"keys"_s, keys},
                               {u"secret"_s, m_secret}};
        made.arguments.first() = QJsonDocument(plan).toJson(QJsonDocument::Compact);
        return made;
    }

    const RedisStore::Place m_place;
    const KeySetLayout m_layout; ///< of the source that watches it
    const QString m_secret;      ///< the member
    const RedisStore::Stop m_stop;
    std::optional<RedisStore> m_store;
    std::optional<Lease> m_lease;
    std::unique_ptr<LeaseKeeper> m_keeper;
};
} // namespace

std::unique_ptr<KeyStore> redisKeyStore(RedisStore::Place place, KeySetLayout layout, QString secret,
                                        const PgConnection::Stop &stop)
{
    return std::make_unique<RedisKeyStore>(std::move(place), std::move(layout), std::move(secret), stop);
}

} // namespace qd
