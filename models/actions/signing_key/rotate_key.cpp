/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/signing_key.h"

#include "base/cleaned.h"
#include "profile/environment.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr QLatin1StringView published("key-published");
constexpr QLatin1StringView listed("key-listed");
constexpr QLatin1StringView waited("key-set-read");
constexpr QLatin1StringView proved("key-proved");
constexpr QLatin1StringView signs("key-signs");
constexpr QLatin1StringView bothProved("keys-proved");
constexpr QLatin1StringView scheduled("retirement-scheduled");

std::optional<QString> timeText(std::optional<Instant> at)
{
    return at ? std::optional(QString::number(at->time_since_epoch().count())) : std::nullopt;
}

/// Of timeText().
KeyTime timeIn(const std::optional<QString> &text)
{
    return {.to = KeyTime::To::At, .at = Instant(std::chrono::milliseconds(text.value_or(QString()).toLongLong()))};
}

/// The steps' arguments: the new key, the old one, what a person reads.
class RotateKey final : public KeyAction
{
public:
    using KeyAction::KeyAction;

protected:
    Result<void> fill(Plan &plan, const Wish &wish, const Ring &ring) const override
    {
        const RingKey *old = ring.find(wish.resource);
        const RingKey *signer = ring.signer();
        if (!old)
            return notThere(ring, wish.resource);
        if (!signer && old->state == KeyState::Next && ring.verifies(*old))
            return fillWithoutSigner(plan, *old, ring, wish);
        if (old != signer)
            return failure(ErrorCode::BadInput,
                           signer
                               ? u"%1 does not sign; %2 does"_s.arg(old->id, signer->id)
                               : u"no key signs now: name one that waits, and it will sign; revoking one makes a new "
                                 "one that signs (the keys are %1)"_s.arg(listOf(ring)),
                           where());
        if (old->hasEndlessTokens)
            return failure(
                ErrorCode::BadInput,
                u"%1 has signed tokens that never end: no time can be set after which it may go"_s.arg(old->id),
                where());
        const auto next = nextKey(ring, wish);
        if (!next)
            return std::unexpected(next.error());
        const RingKey *waiting = ring.find(*next);
        plan.action = u"rotate-signing-key"_s;
        plan.changes = {{.what = u"signs"_s, .before = old->id, .after = *next},
                        {.what = u"old-key"_s, .before = u"active"_s, .after = u"retiring"_s},
                        {.what = u"users"_s, .before = u"signed-in"_s, .after = u"signed-in"_s}};
        if (old->retireAfter)
            plan.changes.append({.what = u"old-key-end"_s, .before = timeText(old->retireAfter), .after = {}});
        const auto add = [&](QLatin1StringView code, const QStringList &more) {
            plan.steps.append({code, QStringList{*next, old->id} + more});
        };
        if (!waiting)
            add(published, {keys().store->name()});
        if (keys().jwks)
            add(listed, {keys().jwks->path});
        // Whoever published it may have done so long ago; when the public set came to list it, nobody knows.
        if (keys().jwks || !waiting || !waiting->createdAt || *waiting->createdAt + refresh() > ring.at)
            add(waited, {refreshText()});
        if (keys().probe)
            add(proved, {keys().probe->path});
        add(signs, {});
        if (keys().probe)
            add(bothProved, {keys().probe->path});
        add(scheduled, {QString::number(keys().overlap.count())});
        plan.undo = {{u"key-signs-again"_s, {old->id, *next}}};
        plan.impact = {tokensOf(ring, *old)};
        for (const Measure &known : wish.known)
            plan.impact.append(known);
        if (isProduction(plan.target.environment))
            plan.risk = Risk::High;
        return {};
    }

    Stand standOf(const Ring &ring, const Plan &, const Phrase &step) const override
    {
        const RingKey *next = ring.find(step.arguments.value(0));
        const RingKey *old = ring.find(step.arguments.value(1));
        const RingKey *signer = ring.signer();
        const bool noneSigned = step.arguments.value(1).isEmpty();
        if (!noneSigned && (!old || old->state == KeyState::Retired))
            return Stand::Other;
        if (step.code == published) {
            if (next)
                return ring.verifies(*next) ? Stand::After : Stand::Other;
            return signer == old && ring.waiting().isEmpty() ? Stand::Before : Stand::Other;
        }
        if (isWaiting(step)) {
            if (step.code == waited && !keys().jwks)
                return next && next->createdAt && *next->createdAt + refresh() <= ring.at ? Stand::After
                                                                                          : Stand::Before;
            return wasProved(step) ? Stand::After : Stand::Before;
        }
        if (step.code == signs && noneSigned) {
            if (next && signer == next)
                return Stand::After;
            return !signer && next && next->state == KeyState::Next && ring.verifies(*next) ? Stand::Before
                                                                                            : Stand::Other;
        }
        if (step.code == signs) {
            if (next && signer == next && old->state != KeyState::Active)
                return Stand::After;
            return signer == old && (!next || next->state != KeyState::Active) ? Stand::Before : Stand::Other;
        }
        if (signer == old)
            return Stand::Before; // it signs, or signs again
        if (old->state != KeyState::Retiring || signer != next)
            return Stand::Other;
        return old->retireAfter ? Stand::After : Stand::Before;
    }

    Result<RingChange> changeOf(const Ring &ring, const Plan &plan, const Phrase &step, Way way) const override
    {
        using enum KeyTime::To;
        const QString &next = step.arguments.value(0);
        const QString &old = step.arguments.value(1);
        const KeyTime noEnd{.to = Nothing};
        RingChange change;
        if (step.code == published) {
            if (way == Way::There)
                change.added = {{.id = next, .state = KeyState::Next}};
            else if (ring.find(next)->state == KeyState::Next)
                change.removed = {next}; // what has signed has tokens: it verifies on until these are gone
            return change;
        }
        if (step.code == signs && old.isEmpty()) {
            const bool isThere = way == Way::There;
            change.updated = {{.id = next,
                               .to = isThere ? KeyState::Active : KeyState::Next,
                               .activatedAt = {.to = isThere ? Now : Nothing},
                               .retireAfter = noEnd}};
            return change;
        }
        if (step.code == signs && way == Way::There) {
            change.updated = {{.id = old, .to = KeyState::Retiring, .retireAfter = noEnd},
                              {.id = next, .to = KeyState::Active, .activatedAt = {.to = Now}, .retireAfter = noEnd}};
            return change;
        }
        if (step.code == signs) {
            const Change *end = plan.change(u"old-key-end");
            change.updated = {{.id = next, .to = KeyState::Retiring, .retireAfter = endFor(ring, next)},
                              {.id = old, .to = KeyState::Active, .retireAfter = end ? timeIn(end->before) : noEnd}};
            return change;
        }
        if (way == Way::Back && !ring.verifies(*ring.find(old)))
            return failure(
                ErrorCode::BadInput,
                u"the end of %1 has come, and processes refuse it: rotate once more, if %2 shall not sign"_s.arg(old,
                                                                                                                 next),
                where());
        change.updated = {
            {.id = old, .to = KeyState::Retiring, .retireAfter = way == Way::There ? endFor(ring, old) : noEnd}};
        return change;
    }

    Result<void> await(const Plan &, const Phrase &step, Deadline deadline) override
    {
        const QString &next = step.arguments.value(0);
        if (step.code == listed)
            return waitForSet(next, true);
        if (step.code == waited)
            return waitForRefresh([&](const Ring &ring) -> std::optional<Instant> {
                const RingKey *key = ring.find(next);
                if (!key || !ring.verifies(*key) || !key->createdAt)
                    return std::nullopt;
                return std::max(*key->createdAt, listedAt().value_or(*key->createdAt));
            });
        const QStringList keys = step.code == proved ? QStringList{next} : QStringList{next, step.arguments.value(1)};
        return prove(keys, deadline);
    }

private:
    /// A ring that a hand, or a crash, left without a key that signs: one that waits takes it on.
    [[nodiscard]] Result<void> fillWithoutSigner(Plan &plan, const RingKey &next, const Ring &ring,
                                                 const Wish &wish) const
    {
        if (!wish.set.empty())
            return failure(ErrorCode::BadInput,
                           u"no key signs now: %1 will, and nothing else is to be set"_s.arg(next.id), where());
        plan.action = u"rotate-signing-key"_s;
        plan.changes = {{.what = u"signs"_s, .before = {}, .after = next.id}};
        const auto add = [&](QLatin1StringView code, const QString &more) {
            plan.steps.append({code, {next.id, QString(), more}});
        };
        if (keys().jwks)
            add(listed, keys().jwks->path);
        if (keys().jwks || !next.createdAt || *next.createdAt + refresh() > ring.at)
            add(waited, refreshText());
        if (keys().probe)
            add(proved, keys().probe->path);
        add(signs, {});
        for (const Measure &known : wish.known)
            plan.impact.append(known);
        if (isProduction(plan.target.environment))
            plan.risk = Risk::High;
        return {};
    }

    /// The one that `to` names, or that waits already, or a new one.
    [[nodiscard]] Result<QString> nextKey(const Ring &ring, const Wish &wish) const
    {
        for (const auto &[what, value] : wish.set) {
            if (what != "to"_L1)
                return failure(ErrorCode::BadInput, u"'%1': expected to=KEY, or nothing"_s.arg(cleaned(what, 60)),
                               where());
            const RingKey *key = ring.find(value);
            if (!key || key->state != KeyState::Next || !ring.verifies(*key))
                return failure(
                    ErrorCode::BadInput,
                    u"'%1' is no key that waits to sign; the keys are %2"_s.arg(cleaned(value, 60), listOf(ring)),
                    where());
            return key->id;
        }
        const auto waiting = ring.waiting();
        if (waiting.size() > 1)
            return failure(
                ErrorCode::BadInput,
                u"%1 keys wait to sign; name one of them with to=KEY, and retire the others (%2)"_s.arg(waiting.size())
                    .arg(listOf(ring)),
                where());
        if (waiting.size() == 1)
            return waiting.first()->id;
        return newKeyId(ring);
    }
};
} // namespace

std::unique_ptr<Action> rotateKey(SigningRing keys, const Clock &clock, const PgConnection::Stop &stop)
{
    return std::make_unique<RotateKey>(std::move(keys), clock, stop);
}

} // namespace qd
