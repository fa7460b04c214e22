/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/feature_flag/feature_flag.h"

#include "actions/feature_flag/held_flag.h"
#include "base/cleaned.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
// A cell for each key. ARGV for each: its field (empty: the key itself), whether there is a value before, that value,
// whether there is one after, that value. A key keeps the time it has left.
constexpr auto setScript = R"lua(
  local commands = {}
  for i, key in ipairs(keys) do
    local field, had, before, has, after = unpack(args, i * 5 - 4, i * 5)
    local now
    if field == '' then now = redis.call('GET', key) else now = redis.call('HGET', key, field) end
    if (had == '1') ~= (now ~= false) or (now and now ~= before) then return 'changed' end
    if has == '1' and field == '' then commands[#commands + 1] = {'SET', key, after, 'KEEPTTL'}
    elseif has == '1' then commands[#commands + 1] = {'HSET', key, field, after}
    elseif field == '' then commands[#commands + 1] = {'DEL', key}
    else commands[#commands + 1] = {'HDEL', key, field} end
  end
  return commands
)lua";

const QStringList whole{u"enabled"_s, u"rollout"_s};

QList<QByteArray> toArguments(const std::optional<QString> &value)
{
    return {value ? "1" : "0", value.value_or(QString()).toUtf8()};
}

class SetRedisFlag final : public RedisAction
{
public:
    SetRedisFlag(RedisFlags flags, const Clock &clock, RedisStore::Stop stop)
        : RedisAction(std::move(flags.place), clock, std::move(stop))
        , m_layout(std::move(flags.layout))
    {
    }

private:
    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override
    {
        const auto held = read(wish.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        const auto changes = changesOf(wish, *held, where());
        if (!changes)
            return std::unexpected(changes.error());
        plan.action = u"feature-flag"_s;
        plan.changes = *changes;
        plan.fingerprint = fingerprint(wish.resource, *held);
        plan.steps = {{u"flag-set-in"_s, {wish.resource, m_layout.place()}}};
        plan.undo = undoOf(plan);
        plan.impact = {
            {.what = u"reach"_s, .number = {}, .unit = {}, .source = u"Redis does not tell who goes by the flag"_s}};
        return {};
    }

    Result<HeldFlag> read(const QString &flag, Deadline deadline)
    {
        // What a wish writes leads to no other key than a flag's.
        const QByteArray name = m_layout.isHash() ? m_layout.setField(flag) : m_layout.setKey(flag);
        if (m_layout.flagIn(name) != flag)
            return failure(ErrorCode::NotFound, u"'%1' is no name of a flag there"_s.arg(cleaned(flag, 60)), where());
        const auto replies = store().ask(m_layout.commands(flag), deadline);
        if (!replies)
            return std::unexpected(replies.error());
        HeldFlag held{.enabled = {}, .rollout = {}, .hasRollout = !m_layout.rollout.key.isEmpty()};
        for (qsizetype cell = 0; cell < replies->size(); ++cell) {
            const RedisReply &reply = replies->at(cell);
            if (reply.type == RedisReply::Type::Error)
                return std::unexpected(errorOf(reply, where()));
            if (reply.type == RedisReply::Type::Nil)
                continue;
            const QString text = QString::fromUtf8(reply.text);
            if (cleaned(text, 40) != text)
                return failure(ErrorCode::BadReply, u"what '%1' holds is no value of a flag; look there"_s.arg(flag),
                               where());
            (cell == 0 ? held.enabled : held.rollout) = text;
        }
        if (!held.enabled)
            return failure(ErrorCode::NotFound,
                           u"there is no flag '%1' in the %2; it has %3"_s.arg(flag, m_layout.place(), names(deadline)),
                           where());
        return held;
    }

    /// Of the flags that there are, as far as one look finds them.
    QString names(Deadline deadline)
    {
        QList<RedisReply> found;
        if (m_layout.isHash()) {
            if (const auto fields = store().ask({{"HKEYS", m_layout.set.key.toUtf8()}}, deadline))
                found = fields->first().items;
        } else if (const auto page = store().scan(m_layout.pattern(), "0", deadline)) {
            for (const QByteArray &key : page->keys)
                found.append({.type = RedisReply::Type::String, .text = key});
        }
        QStringList flags;
        for (const RedisReply &name : std::as_const(found)) {
            if (const auto flag = m_layout.flagIn(name.text))
                flags.append(*flag);
        }
        flags.sort();
        return someOf(flags);
    }

    static QByteArray fingerprint(const QString &flag, const HeldFlag &held)
    {
        return fingerprintOf({flag.toUtf8(), wordFor(held.enabled), wordFor(held.rollout)});
    }

    Result<void> asPlanned(const Plan &plan, Deadline deadline) override
    {
        const auto held = read(plan.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        if (fingerprint(plan.resource, *held) != plan.fingerprint)
            return failure(ErrorCode::BadInput, u"%1 is not as the plan found it; make a new plan"_s.arg(plan.resource),
                           where());
        return {};
    }

    Result<Stand> stand(const Plan &plan, qsizetype, Deadline deadline) override
    {
        const auto held = read(plan.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        return standOf(plan, whole, *held);
    }

    Result<RedisStore::Change> change(const Plan &plan, qsizetype, Way way) const override
    {
        const Phrase step = plan.steps.value(0);
        if (plan.steps.size() != 1 || step.code != "flag-set-in"_L1 || step.arguments.value(1) != m_layout.place())
            return failure(ErrorCode::BadInput, u"this is no plan for a flag in the %1"_s.arg(m_layout.place()),
                           where());
        RedisStore::Change change{.body = setScript, .keys = {}, .arguments = {}};
        const auto from = way == Way::There ? &qd::Change::before : &qd::Change::after;
        const auto to = way == Way::There ? &qd::Change::after : &qd::Change::before;
        for (const qd::Change &each : plan.changes) {
            const bool isRollout = each.what == "rollout"_L1;
            if (isRollout && m_layout.rollout.key.isEmpty())
                return failure(ErrorCode::BadInput, u"the profile says no more where the percentage lies"_s, where());
            change.keys.append(isRollout ? m_layout.rolloutKey(plan.resource) : m_layout.setKey(plan.resource));
            change.arguments.append(isRollout ? m_layout.rolloutField(plan.resource)
                                              : m_layout.setField(plan.resource));
            change.arguments << toArguments(each.*from) << toArguments(each.*to);
        }
        return change;
    }

    const RedisFlagLayout m_layout;
};
} // namespace

std::unique_ptr<Action> setRedisFlag(RedisFlags flags, const Clock &clock, RedisStore::Stop stop)
{
    return std::make_unique<SetRedisFlag>(std::move(flags), clock, std::move(stop));
}

std::expected<std::unique_ptr<Action>, QList<Error>>
makeRedisFlagAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const RedisStore::Stop &stop)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    RedisFlags flags{.place = readRedisPlace(reader, spec, profile, &errors),
                     .layout = readFlagLayout(reader, spec.options)};
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return setRedisFlag(std::move(flags), clock, stop);
}

} // namespace qd
