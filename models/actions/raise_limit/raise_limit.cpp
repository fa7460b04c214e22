/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/raise_limit/raise_limit.h"

#include "actions/registry.h"
#include "base/cleaned.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr qint64 longest = 7 * 86'400; ///< seconds
constexpr qint64 mostFields = 100;     ///< that a hash keeps beside the limit; the script's #fields is twice that

// KEYS: the override, what it was is kept as, that this was done. ARGV: the field ('': it is no hash), the limit found
// ('': none) and the one wanted ('': none), its milliseconds, and how long what was done is told. A hash keeps its
// other fields. What had no end is kept as long as that, and its own word with it.
constexpr auto setScript = R"lua(
  local has, fields
  local kind = redis.call('TYPE', keys[1]).ok
  if args[1] ~= '' and kind == 'hash' then
    has, fields = redis.call('HGET', keys[1], args[1]), redis.call('HGETALL', keys[1])
    if args[3] ~= '' and #fields > 200 then return 'changed' end
  elseif args[1] == '' and kind == 'string' then
    has = redis.call('GET', keys[1])
  elseif kind ~= 'none' then
    return 'changed'
  end
  if (has or '') ~= args[2] then return 'changed' end
  local commands = {}
  local left = redis.call('PTTL', keys[1])
  if args[3] ~= '' and kind ~= 'none' and (left == -1 or left > tonumber(args[4])) then return 'changed' end
  if kind ~= 'none' then
    commands[1] = {'RENAME', keys[1], keys[2]}
    if left == -1 then commands[2] = {'PEXPIRE', keys[2], args[5]} end
  end
  if args[3] ~= '' then
    if args[1] == '' then
      commands[#commands + 1] = {'SET', keys[1], args[3], 'PX', args[4]}
    else
      local set = {'HSET', keys[1]}
      for i = 1, #(fields or {}), 2 do
        if fields[i] ~= args[1] then set[#set + 1] = fields[i]; set[#set + 1] = fields[i + 1] end
      end
      set[#set + 1] = args[1]
      set[#set + 1] = args[3]
      commands[#commands + 1] = set
      commands[#commands + 1] = {'PEXPIRE', keys[1], args[4]}
    end
  end
  commands[#commands + 1] = {'SET', keys[3], left == -1 and 'forever' or 'done', 'PX', args[5]}
  return commands
)lua";

// The same KEYS. ARGV: the field, the limit that was set ('': none). One that ended by itself is no other's.
constexpr auto putBackScript = R"lua(
  local has
  local kind = redis.call('TYPE', keys[1]).ok
  if args[1] ~= '' and kind == 'hash' then
    has = redis.call('HGET', keys[1], args[1])
  elseif args[1] == '' and kind == 'string' then
    has = redis.call('GET', keys[1])
  elseif kind ~= 'none' then
    return 'changed'
  end
  if kind ~= 'none' and (has or '') ~= args[2] then return 'changed' end
  local commands = {}
  if redis.call('EXISTS', keys[2]) == 1 then
    commands[1] = {'RENAME', keys[2], keys[1]}
    if redis.call('GET', keys[3]) == 'forever' then commands[2] = {'PERSIST', keys[1]} end
  elseif kind ~= 'none' then
    commands[1] = {'DEL', keys[1]}
  end
  commands[#commands + 1] = {'DEL', keys[3]}
  return commands
)lua";

/// A client's override as it is now.
struct Held
{
    std::optional<QString> limit;
    std::optional<std::chrono::seconds> left; ///< nothing: for ever, or there is none
    qint64 fields = 0;                        ///< where it is a hash
};

class RaiseLimit final : public RedisAction
{
public:
    RaiseLimit(RaisableLimits limits, const Clock &clock, RedisStore::Stop stop)
        : RedisAction(limits.place, clock, std::move(stop))
        , m_limits(std::move(limits))
    {
    }

private:
    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override
    {
        const auto wrong = [&](ErrorCode code, const QString &why) { return failure(code, why, where()); };
        const QString &client = wish.resource;
        if (client.isEmpty() || cleaned(client) != client)
            return wrong(ErrorCode::BadInput, u"expected a client, as the limiter calls it"_s);
        if (maskedIdentity(client) != client)
            return wrong(
                ErrorCode::BadInput,
                u"this client is called by what looks like a secret, which has no place in a plan or a journal; "
                "set its limit where it is kept"_s);
        std::optional<qint64> limit;
        std::optional<qint64> seconds;
        bool removes = false;
        for (const auto &[what, value] : wish.set) {
            bool ok = true;
            if (what == "limit"_L1)
                limit = value.toLongLong(&ok);
            else if (what == "for"_L1)
                seconds = value.toLongLong(&ok);
            else if (what == "remove"_L1 && value == "true"_L1)
                removes = true;
            else
                ok = false;
            if (!ok)
                return wrong(ErrorCode::BadInput, u"'%1=%2': expected limit=NUMBER for=SECONDS, or remove=true"_s.arg(
                                                      what, cleaned(value, 60)));
        }
        if (removes == (limit.has_value() || seconds.has_value()))
            return wrong(ErrorCode::BadInput, u"expected limit=NUMBER for=SECONDS, or remove=true"_s);
        const auto held = read(client, deadline);
        if (!held)
            return std::unexpected(held.error());
        if (removes && !held->limit)
            return wrong(ErrorCode::NotFound, u"%1 has no limit of its own; nothing would change"_s.arg(client));
        if (!removes) {
            if (auto fits = check(client, limit.value_or(0), seconds.value_or(0), *held); !fits)
                return fits;
        }
        add(plan, client, removes ? std::nullopt : limit, seconds.value_or(0), *held);
        return {};
    }

    /// What may be asked for.
    Result<void> check(const QString &client, qint64 limit, qint64 seconds, const Held &held) const
    {
        const auto wrong = [&](const QString &why) { return failure(ErrorCode::BadInput, why, where()); };
        if (held.fields > mostFields)
            return failure(
                ErrorCode::Unsupported,
                u"what is kept of %1 has %2 fields, more than the %3 that are written anew with a limit; set "
                "it where it is kept"_s.arg(client)
                    .arg(held.fields)
                    .arg(mostFields),
                where());
        const qint64 least = m_limits.tier ? m_limits.tier->limit + 1 : 1;
        if (limit < least || limit > m_limits.most)
            return wrong(u"expected a limit from %1 to %2"_s.arg(least).arg(m_limits.most));
        if (seconds < 1 || seconds > longest)
            return wrong(u"expected an end: for=SECONDS from 1 to %1"_s.arg(longest));
        if (held.limit && (!held.left || held.left->count() > seconds))
            return wrong(u"%1 has a limit of %2 %3, which would be lost when this one ends: %4"_s.arg(
                client, *held.limit, held.left ? u"for %1 s more"_s.arg(held.left->count()) : u"without an end"_s,
                held.left && held.left->count() <= longest ? u"ask for at least as long, or take it away first"_s
                                                           : u"take it away first, with remove=true"_s));
        return {};
    }

    void add(Plan &plan, const QString &client, std::optional<qint64> limit, qint64 seconds, const Held &held) const
    {
        plan.action = u"raise-limit"_s;
        plan.changes = {{.what = u"client-limit"_s,
                         .before = held.limit,
                         .after = limit ? std::optional(QString::number(*limit)) : std::nullopt}};
        const auto lasting = held.left    ? std::optional(QString::number(held.left->count()))
                             : held.limit ? std::optional(u"forever"_s)
                                          : std::nullopt;
        plan.changes.append({.what = u"limit-lasts"_s,
                             .before = lasting,
                             .after = limit ? std::optional(QString::number(seconds)) : std::nullopt});
        const QString own = m_limits.tier ? QString::number(m_limits.tier->limit) : QString();
        if (limit)
            plan.steps = {{u"limit-raised"_s, {client, QString::number(*limit), QString::number(seconds), own}}};
        else
            plan.steps = {{u"limit-removed"_s, {client, held.limit.value_or(QString()), own}}};
        plan.undo = {{u"limit-put-back"_s, {client, held.limit.value_or(QString()), own}}};
        plan.fingerprint = fingerprint(client, held);
    }

    Result<Held> read(const QString &client, Deadline deadline)
    {
        const QByteArray key = m_limits.overrides.keyOf(client);
        QList<RedisCommand> commands{m_limits.overrides.command(client), {"PTTL", key}};
        if (!m_limits.overrides.field.isEmpty())
            commands.append({"HLEN", key});
        const auto replies = store().ask(commands, deadline);
        if (!replies)
            return failure(replies.error().code == ErrorCode::BadReply ? ErrorCode::Unsupported : replies.error().code,
                           replies.error().message, replies.error().where);
        Held held;
        if (replies->at(0).type == RedisReply::Type::String)
            held.limit = cleaned(QString::fromUtf8(replies->at(0).text), 40);
        if (replies->size() > 2)
            held.fields = replies->at(2).integer;
        if (replies->at(1).integer >= 0)
            held.left = std::chrono::ceil<std::chrono::seconds>(std::chrono::milliseconds(replies->at(1).integer));
        return held;
    }

    [[nodiscard]] QByteArray fingerprint(const QString &client, const Held &held) const
    {
        return fingerprintOf(
            {m_limits.overrides.keyOf(client), m_limits.overrides.field.toUtf8(), wordFor(held.limit)});
    }

    Result<void> asPlanned(const Plan &plan, Deadline deadline) override
    {
        const auto held = read(plan.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        if (fingerprint(plan.resource, *held) == plan.fingerprint)
            return {};
        return failure(ErrorCode::BadInput,
                       u"the limit of %1 is not as the plan found it; make a new plan"_s.arg(plan.resource), where());
    }

    /// The mark alone tells that it was done: a limit that ended by itself looks as if it had never been.
    Result<Stand> stand(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        const Change *limit = plan.change(u"client-limit");
        const auto done = store().ask({{"EXISTS", markKey(plan, step)}}, deadline);
        if (!done)
            return std::unexpected(done.error());
        const auto held = read(plan.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        if (!limit)
            return Stand::Other;
        if (done->at(0).integer == 1)
            return !held->limit || held->limit == limit->after ? Stand::After : Stand::Other;
        // Nor does a removed one look as it was: what was kept of it is gone as well.
        const bool isAsBefore = held->limit == limit->before || (!held->limit && limit->after);
        return isAsBefore ? Stand::Before : Stand::Other;
    }

    [[nodiscard]] static QByteArray markKey(const Plan &plan, qsizetype step) { return keptKey(plan, step) + ":done"; }

    Result<RedisStore::Change> change(const Plan &plan, qsizetype step, Way way) const override
    {
        const Change *limit = plan.change(u"client-limit");
        bool ok = true;
        const qint64 most = limit && limit->after ? limit->after->toLongLong(&ok) : 0;
        const Phrase phrase = plan.steps.value(0);
        const qint64 seconds = phrase.code == "limit-raised"_L1 ? phrase.arguments.value(2).toLongLong() : 0;
        const bool hasEnd = !limit || !limit->after || (seconds >= 1 && seconds <= longest);
        // A plan may come from anywhere: it is no way to a limit without an end, or beyond all bounds.
        if (plan.action != "raise-limit"_L1 || !limit || !ok || most < 0 || most > m_limits.most || !hasEnd ||
            plan.resource.isEmpty())
            return failure(ErrorCode::BadInput, u"this is no plan for a client's limit"_s, where());
        const auto text = [](const std::optional<QString> &value) { return value.value_or(QString()).toUtf8(); };
        RedisStore::Change change{
            .body = way == Way::There ? setScript : putBackScript,
            .keys = {m_limits.overrides.keyOf(plan.resource), keptKey(plan, step), markKey(plan, step)},
            .arguments = {m_limits.overrides.field.toUtf8()}};
        if (way == Way::Back) {
            change.arguments.append(text(limit->after));
            return change;
        }
        const auto kept =
            std::max<std::chrono::milliseconds>(keptUntilRevert(plan), std::chrono::seconds(seconds) + 1h);
        change.arguments += {text(limit->before), text(limit->after), QByteArray::number(seconds * 1000),
                             QByteArray::number(qint64{kept.count()})};
        return change;
    }

    const RaisableLimits m_limits;
};
} // namespace

std::unique_ptr<Action> raiseLimit(RaisableLimits limits, const Clock &clock, RedisStore::Stop stop)
{
    return std::make_unique<RaiseLimit>(std::move(limits), clock, std::move(stop));
}

Result<RaiseOffer> raiseOfferOf(const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, u"raise-limit"_s, &ActionSpec::kind);
    if (spec == profile.actions.end())
        return failure(ErrorCode::Unsupported,
                       u"the profile of %1 names no action 'raise-limit': see 'actions' in "
                       "resources/profile-reference.yaml"_s.arg(profile.name),
                       profile.name);
    if (const auto connection = redisOperatorOf(*spec, profile); !connection)
        return std::unexpected(connection.error());
    const ConfigNode *tier = spec->options.find(u"tier");
    const ConfigNode *most = spec->options.find(u"at_most");
    return RaiseOffer{
        .action = spec->id, .tier = tier ? tier->scalar : QString(), .most = most ? most->scalar.toLongLong() : 0};
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeRaiseAction(const ActionSpec &spec, const Profile &profile,
                                                                     const Clock &clock, const RedisStore::Stop &stop)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    RaisableLimits limits{.place = readRedisPlace(reader, spec, profile, &errors), .overrides = {}, .tier = {}};
    const ConfigNode overrides = reader.map(u"overrides");
    if (reader.has(u"overrides"))
        limits.overrides = readLimitOverrides(overrides, &errors);
    else
        reader.error(spec.options, u"'overrides' is missing: expected such as {key: \"limits:override:{client}\"}"_s);
    const QString tier = reader.string(u"tier");
    const auto named = std::ranges::find(profile.tiers, tier, &TierPolicy::name);
    if (named != profile.tiers.end())
        limits.tier = *named;
    else if (!tier.isEmpty())
        reader.error(reader.node(u"tier"), u"'tier': there is no '%1' under 'tiers', whose limit it is"_s.arg(tier));
    if (!reader.has(u"at_most"))
        reader.error(spec.options, u"'at_most' is missing: the highest limit that anybody may be given"_s);
    limits.most = reader.integer(u"at_most", 1, 1, 1'000'000'000);
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return raiseLimit(std::move(limits), clock, stop);
}

} // namespace qd
