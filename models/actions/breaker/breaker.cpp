/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/breaker/breaker.h"

#include "base/cleaned.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qint64 heldByDefault = 600;
constexpr qint64 heldAtMost = 86'400;

// KEYS: state, opened_at, fail_counter. ARGV: state before and after, opened_at before and after (empty: not there),
// failures after (empty: left alone, as they go on being counted).
constexpr auto setScript = R"lua(
  if (redis.call('GET', keys[1]) or '') ~= args[1] or (redis.call('GET', keys[2]) or '') ~= args[3] then
    return 'changed'
  end
  local commands = {{'SET', keys[1], args[2]}}
  if args[4] ~= args[3] then
    commands[2] = args[4] == '' and {'DEL', keys[2]} or {'SET', keys[2], args[4]}
  end
  if args[5] ~= '' then commands[#commands + 1] = {'SET', keys[3], args[5]} end
  return commands
)lua";

struct Held
{
    std::optional<QString> state;
    std::optional<QString> failures;
    std::optional<QString> openedAt;
};

class SetBreaker final : public RedisAction
{
public:
    SetBreaker(Breakers breakers, const Clock &clock, RedisStore::Stop stop)
        : RedisAction(std::move(breakers.place), clock, std::move(stop))
        , m_keys(std::move(breakers.keys))
        , m_policies(std::move(breakers.policies))
    {
    }

private:
    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override
    {
        const auto wrong = [&](ErrorCode code, const QString &why) { return failure(code, why, where()); };
        if (!m_keys.names.contains(wish.resource))
            return wrong(ErrorCode::NotFound,
                         u"the profile has no breaker '%1', but %2"_s.arg(wish.resource, m_keys.names.join(u", "_s)));
        QString state = u"closed"_s;
        qint64 seconds = heldByDefault;
        for (const auto &[what, value] : wish.set) {
            bool ok = true;
            if (what == "state"_L1)
                state = value;
            else if (what == "for"_L1)
                seconds = value.toLongLong(&ok);
            else
                return wrong(ErrorCode::BadInput,
                             u"'%1': expected state=closed, or state=open for=SECONDS"_s.arg(what));
            if (!ok || seconds < 1 || seconds > heldAtMost)
                return wrong(ErrorCode::BadInput, u"'%1': expected seconds from 1 to %2"_s.arg(value).arg(heldAtMost));
        }
        const bool opens = state == "open"_L1;
        if (!opens && (state != "closed"_L1 || wish.set.contains(u"for"_s)))
            return wrong(ErrorCode::BadInput, u"expected state=closed, or state=open for=SECONDS"_s);
        const auto held = read(wish.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        plan.action = u"breaker"_s;
        const QString until =
            QString::number(std::chrono::floor<std::chrono::seconds>(now().time_since_epoch()).count() + seconds);
        // pybreaker lets the next call try once its recovery time has passed since then.
        const QString openedAt = QString::number(until.toLongLong() - recovery(wish.resource));
        plan.changes = {{.what = u"state"_s, .before = held->state, .after = state},
                        {.what = u"opened_at"_s,
                         .before = held->openedAt,
                         .after = opens ? std::optional(openedAt) : held->openedAt}};
        if (std::ranges::all_of(plan.changes, [](const Change &change) { return change.before == change.after; }))
            return wrong(ErrorCode::BadInput, u"%1 is closed already; nothing would change"_s.arg(wish.resource));
        if (!opens)
            plan.changes.append({.what = u"fail_counter"_s, .before = held->failures, .after = u"0"_s});
        plan.fingerprint = fingerprint(wish.resource, *held);
        if (opens)
            plan.steps.append({u"breaker-open"_s, {wish.resource, QString::number(seconds), until}});
        else
            plan.steps.append({u"breaker-close"_s, {wish.resource}});
        plan.undo = {{u"breaker-set-back"_s, {wish.resource, held->state.value_or(QString())}}};
        return {};
    }

    [[nodiscard]] qint64 recovery(const QString &name) const
    {
        const auto it = std::ranges::find(m_policies, name, &BreakerPolicy::name);
        return it == m_policies.end() ? 0 : it->recoveryTimeout.count();
    }

    Result<Held> read(const QString &name, Deadline deadline)
    {
        const auto replies = store().ask({m_keys.command(name)}, deadline);
        if (!replies)
            return std::unexpected(replies.error());
        const auto text = [&](qsizetype field) -> std::optional<QString> {
            const RedisReply value = replies->at(0).items.value(field);
            return value.type == RedisReply::Type::String ? std::optional(cleaned(QString::fromUtf8(value.text), 40))
                                                          : std::nullopt;
        };
        Held held{.state = text(0), .failures = text(1), .openedAt = text(2)};
        if (!held.state)
            return failure(
                ErrorCode::NotFound,
                u"there is no key %1; the service writes it when it starts, else check the action's 'keys'"_s.arg(
                    QString::fromUtf8(m_keys.key(name, "state"))),
                where());
        return held;
    }

    static QByteArray fingerprint(const QString &name, const Held &held)
    {
        return fingerprintOf({name.toUtf8(), wordFor(held.state), wordFor(held.openedAt)});
    }

    Result<void> asPlanned(const Plan &plan, Deadline deadline) override
    {
        const auto held = read(plan.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        if (fingerprint(plan.resource, *held) != plan.fingerprint)
            return failure(ErrorCode::BadInput, u"%1 is not as the plan found it; make a new plan"_s.arg(plan.resource),
                           where());
        const qint64 until = plan.steps.value(0).arguments.value(2).toLongLong();
        if (until > 0 && now() >= Instant(std::chrono::seconds(until)))
            return failure(ErrorCode::BadInput, u"the time for which it was to be open is over; make a new plan"_s,
                           where());
        return {};
    }

    Result<Stand> stand(const Plan &plan, qsizetype, Deadline deadline) override
    {
        const auto held = read(plan.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        const auto stands = [&](std::optional<QString> Change::*side) {
            const Change *state = plan.change(u"state");
            const Change *openedAt = plan.change(u"opened_at");
            return state && openedAt && held->state == state->*side && held->openedAt == openedAt->*side;
        };
        if (stands(&Change::after))
            return Stand::After;
        return stands(&Change::before) ? Stand::Before : Stand::Other;
    }

    Result<RedisStore::Change> change(const Plan &plan, qsizetype, Way way) const override
    {
        const Change *state = plan.change(u"state");
        const Change *openedAt = plan.change(u"opened_at");
        const Change *failures = plan.change(u"fail_counter");
        if (plan.action != "breaker"_L1 || !m_keys.names.contains(plan.resource) || !state || !openedAt)
            return failure(ErrorCode::BadInput, u"this is no plan for one of the profile's breakers"_s, where());
        const auto from = way == Way::There ? &Change::before : &Change::after;
        const auto to = way == Way::There ? &Change::after : &Change::before;
        const auto bytes = [](const Change *change, std::optional<QString> Change::*side) {
            return change ? (change->*side).value_or(QString()).toUtf8() : QByteArray();
        };
        return RedisStore::Change{.body = setScript,
                                  .keys = {m_keys.key(plan.resource, "state"), m_keys.key(plan.resource, "opened_at"),
                                           m_keys.key(plan.resource, "fail_counter")},
                                  .arguments = {bytes(state, from), bytes(state, to), bytes(openedAt, from),
                                                bytes(openedAt, to), bytes(failures, to)}};
    }

    const PybreakerKeys m_keys;
    const QList<BreakerPolicy> m_policies;
};
} // namespace

std::unique_ptr<Action> setBreaker(Breakers breakers, const Clock &clock, RedisStore::Stop stop)
{
    return std::make_unique<SetBreaker>(std::move(breakers), clock, std::move(stop));
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeBreakerAction(const ActionSpec &spec, const Profile &profile,
                                                                       const Clock &clock, const RedisStore::Stop &stop)
{
    if (spec.options.find(u"endpoint"))
        return makeActuatorBreakerAction(spec, profile, clock, stop);
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    Breakers breakers{.place = readRedisPlace(reader, spec, profile, &errors),
                      .keys = {.names = {}, .pattern = reader.string(u"keys", u"{name}:pybreaker"_s)},
                      .policies = profile.breakers};
    for (const BreakerPolicy &breaker : profile.breakers)
        breakers.keys.names.append(breaker.name);
    if (breakers.keys.names.isEmpty())
        reader.error(spec.options, u"only breakers under 'breakers' can be set; there are none"_s);
    if (breakers.keys.pattern.count("{name}"_L1) != 1 && breakers.keys.names.size() > 1)
        reader.error(reader.node(u"keys"), u"'keys': expected '{name}' once in it, such as {name}:pybreaker"_s);
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return setBreaker(std::move(breakers), clock, stop);
}

} // namespace qd
