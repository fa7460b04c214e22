/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/unblock_client/unblock_client.h"

#include "sources/redis/redis_facts.h"

#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype mostCounters = 20;
constexpr int mostPages = 2'000; ///< of SCAN with COUNT 1000

// KEYS, for each part of a counter: itself, what it is kept as, and as what where it never expired. ARGV: how long
// that is kept then.
constexpr auto removeScript = R"lua(
  local commands = {}
  for i = 1, #keys, 3 do
    local left = redis.call('PTTL', keys[i])
    if left >= 0 then commands[#commands + 1] = {'RENAME', keys[i], keys[i + 1]} end
    if left == -1 then
      commands[#commands + 1] = {'RENAME', keys[i], keys[i + 2]}
      commands[#commands + 1] = {'PEXPIRE', keys[i + 2], args[1]}
    end
  end
  return commands
)lua";

constexpr auto restoreScript = R"lua(
  local commands = {}
  for i = 1, #keys, 3 do
    local kept, forever = redis.call('EXISTS', keys[i + 1]) == 1, redis.call('EXISTS', keys[i + 2]) == 1
    if (kept or forever) and redis.call('EXISTS', keys[i]) == 1 then return 'changed' end
    if kept then commands[#commands + 1] = {'RENAME', keys[i + 1], keys[i]} end
    if forever then
      commands[#commands + 1] = {'RENAME', keys[i + 2], keys[i]}
      commands[#commands + 1] = {'PERSIST', keys[i]}
    end
  end
  return commands
)lua";

struct Counter
{
    QString key;
    RateLimit limit;
};

class UnblockClient final : public RedisAction
{
public:
    UnblockClient(const LimitCounters &counters, const Clock &clock, RedisStore::Stop stop)
        : RedisAction(counters.place, clock, std::move(stop))
        , m_layout(counters.layout)
        , m_tiers(counters.tiers)
    {
    }

private:
    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override
    {
        const QString client = wish.resource;
        if (client.isEmpty())
            return failure(ErrorCode::BadInput, u"expected a client, as the limiter calls it"_s, where());
        QString tier;
        for (const auto &[what, value] : wish.set) {
            if (what != "tier"_L1)
                return failure(ErrorCode::BadInput, u"'%1': expected tier=NAME, or tier=all"_s.arg(what), where());
            tier = value;
        }
        auto counters = find(client, deadline);
        if (!counters)
            return std::unexpected(counters.error());
        QStringList tiers;
        for (const Counter &counter : std::as_const(*counters))
            tiers.append(counter.limit.tier);
        tiers.removeDuplicates();
        if (tiers.isEmpty())
            return failure(ErrorCode::NotFound, u"nothing counts against '%1' under %2"_s.arg(client, m_layout.prefix),
                           where());
        if (tier.isEmpty() && tiers.size() > 1)
            return failure(
                ErrorCode::BadInput,
                u"'%1' is counted in %2: write tier=%3, or tier=all"_s.arg(client, tiers.join(u", "_s), tiers.first()),
                where());
        if (!tier.isEmpty() && tier != "all"_L1) {
            if (!tiers.contains(tier))
                return failure(ErrorCode::NotFound,
                               u"'%1' is not counted in '%2', but in %3"_s.arg(client, tier, tiers.join(u", "_s)),
                               where());
            counters->removeIf([&](const Counter &counter) { return counter.limit.tier != tier; });
        }
        if (counters->size() > mostCounters)
            return failure(ErrorCode::TooLarge,
                           u"%1 counters count against '%2', more than %3; name a tier"_s.arg(counters->size())
                               .arg(client)
                               .arg(mostCounters),
                           where());
        plan.action = u"unblock-client"_s;
        for (const Counter &counter : std::as_const(*counters))
            add(plan, counter);
        plan.fingerprint = fingerprint(plan);
        return {};
    }

    void add(Plan &plan, const Counter &counter) const
    {
        const auto number = [](const auto &value) { return value.has() ? QString::number(*value) : QString(); };
        const RateLimit &limit = counter.limit;
        QString left;
        if (limit.resetsAt.has())
            left = QString::number(std::chrono::ceil<std::chrono::seconds>(*limit.resetsAt - now()).count());
        plan.changes.append({.what = counter.key, .before = number(limit.used), .after = std::nullopt});
        plan.steps.append({u"counter-removed"_s,
                           {plan.resource, limit.tier, limit.scope, number(limit.used), number(limit.limit), left}});
        plan.undo.append({u"counter-restored"_s, {plan.resource, limit.tier, limit.scope}});
    }

    /// Everything that counts against `client`, by tier.
    Result<QList<Counter>> find(const QString &client, Deadline deadline)
    {
        const QByteArray pattern = globEscaped(m_layout.prefix) + '*' + globEscaped(client) + '*';
        QSet<QByteArray> keys; // SCAN may return a key twice
        QByteArray cursor = "0";
        int pages = 0;
        do {
            const auto page = store().scan(pattern, cursor, deadline);
            if (!page)
                return std::unexpected(page.error());
            for (const QByteArray &key : page->keys)
                keys.insert(key);
            cursor = page->cursor;
            if (++pages == mostPages || keys.size() > 10'000)
                return failure(ErrorCode::TooLarge,
                               u"this Redis holds too many keys to find all that count against '%1'"_s.arg(client),
                               where());
        } while (cursor != "0");
        QList<Counter> found;
        for (const QByteArray &key : std::as_const(keys)) {
            const auto replies = store().ask(counterCommands(m_layout, key, m_tiers, now()), deadline);
            if (!replies && replies.error().code == ErrorCode::BadReply) // WRONGTYPE: no counter of this layout
                continue;
            if (!replies)
                return std::unexpected(replies.error());
            const auto limit = rateLimit(m_layout, key, *replies, m_tiers, now(), 0);
            if (!limit || limit->client != client)
                continue;
            const auto text = keyText(key);
            if (!text)
                return std::unexpected(text.error());
            found.append({.key = *text, .limit = *limit});
        }
        std::ranges::sort(found, {}, [](const Counter &counter) { return std::pair(counter.limit.tier, counter.key); });
        return found;
    }

    static QByteArray fingerprint(const Plan &plan)
    {
        QList<std::optional<QByteArray>> words{plan.resource.toUtf8()};
        for (const Change &change : plan.changes)
            words.append(change.what.toUtf8());
        return fingerprintOf(words);
    }

    /// That it goes on counting changes nothing of what is to be done.
    Result<void> asPlanned(const Plan &plan, Deadline deadline) override
    {
        for (qsizetype step = 0; step < plan.steps.size(); ++step) {
            const auto stands = stand(plan, step, deadline);
            if (!stands)
                return std::unexpected(stands.error());
            if (*stands == Stand::Before)
                return {};
        }
        return failure(
            ErrorCode::BadInput,
            u"what counted against %1 is over by now; make a new plan if it is counted again"_s.arg(plan.resource),
            where());
    }

    Result<Stand> stand(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        const auto parts = change(plan, step, Way::There);
        if (!parts)
            return std::unexpected(parts.error());
        QList<RedisCommand> commands;
        for (const QByteArray &key : parts->keys.first(3))
            commands.append({"EXISTS", key});
        const auto there = store().ask(commands, deadline);
        if (!there)
            return std::unexpected(there.error());
        const bool isKept = there->at(1).integer == 1 || there->at(2).integer == 1;
        if (isKept)
            return Stand::After;
        if (there->at(0).integer == 1)
            return Stand::Before;
        // Gone and not kept: it expired, by itself or since it was taken away. One that told no end would still be
        // there, had we not forgotten it.
        const bool hasEnd = !plan.steps.value(step).arguments.value(5).isEmpty();
        return hasEnd || now() - plan.madeAt < keptUntilRevert(plan) ? Stand::After : Stand::Other;
    }

    Result<RedisStore::Change> change(const Plan &plan, qsizetype step, Way way) const override
    {
        const QByteArray key = plan.changes.value(step).what.toUtf8();
        // A plan may come from anywhere: it is no way to other keys.
        if (plan.action != "unblock-client"_L1 || !key.startsWith(m_layout.prefix.toUtf8()) ||
            !key.contains(plan.resource.toUtf8()) || plan.resource.isEmpty() || plan.fingerprint != fingerprint(plan))
            return failure(ErrorCode::BadInput, u"this is no plan for the counters under %1"_s.arg(m_layout.prefix),
                           where());
        RedisStore::Change change{.body = way == Way::There ? removeScript : restoreScript,
                                  .keys = {},
                                  .arguments = {QByteArray::number(qint64{keptUntilRevert(plan).count()})}};
        QByteArrayList parts{key};
        if (m_layout.kind == LimitLayout::Kind::LimitsSlidingWindow)
            parts.append(key + "/-1");
        QByteArray kept = keptKey(plan, step);
        for (const QByteArray &part : std::as_const(parts)) {
            change.keys += {part, kept, kept + ":forever"};
            kept += ":before";
        }
        return change;
    }

    const LimitLayout m_layout;
    const QList<TierPolicy> m_tiers;
};
} // namespace

std::unique_ptr<Action> unblockClient(const LimitCounters &counters, const Clock &clock, RedisStore::Stop stop)
{
    return std::make_unique<UnblockClient>(counters, clock, std::move(stop));
}

std::expected<std::unique_ptr<Action>, QList<Error>> makeUnblockAction(const ActionSpec &spec, const Profile &profile,
                                                                       const Clock &clock, const RedisStore::Stop &stop)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    LimitCounters counters{
        .place = readRedisPlace(reader, spec, profile, &errors), .layout = {}, .tiers = profile.tiers};
    const ConfigNode limits = reader.map(u"limits");
    if (reader.has(u"limits"))
        counters.layout = readLimitLayout(limits, profile.tiers, &errors);
    else
        reader.error(spec.options, u"'limits' is missing: expected what the redis source has there"_s);
    reader.finish();
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return unblockClient(counters, clock, stop);
}

} // namespace qd
