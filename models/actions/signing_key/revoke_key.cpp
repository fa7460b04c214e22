/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/signing_key.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr QLatin1StringView revoked("key-revoked");
constexpr QLatin1StringView waited("key-set-read");
constexpr QLatin1StringView refused("key-refused");
constexpr QLatin1StringView unlisted("key-unlisted");
constexpr QLatin1StringView proved("key-proved");

/// The steps' arguments: the key that signs from then on (empty: none changes), the revoked one, what a person reads.
class RevokeKey final : public KeyAction
{
public:
    using KeyAction::KeyAction;

protected:
    Result<void> fill(Plan &plan, const Wish &wish, const Ring &ring) const override
    {
        const RingKey *key = ring.find(wish.resource);
        if (!key)
            return notThere(ring, wish.resource);
        if (key->state == KeyState::Retired)
            return failure(ErrorCode::BadInput, u"%1 is retired already: no token of it is accepted"_s.arg(key->id),
                           where());
        const RingKey *signer = ring.signer();
        const QString next = signer && signer != key ? QString() : newKeyId(ring);
        plan.action = u"revoke-signing-key"_s;
        plan.changes = {{.what = u"key-state"_s, .before = toWord(key->state), .after = u"retired"_s}};
        if (!next.isEmpty())
            plan.changes.append(
                {.what = u"signs"_s, .before = signer ? std::optional(signer->id) : std::nullopt, .after = next});
        if (!ring.countsTokens || key->tokens > 0)
            plan.changes.append({.what = u"users"_s, .before = u"signed-in"_s, .after = u"logged-out"_s});
        const auto add = [&](QLatin1StringView code, const QString &more) {
            plan.steps.append({code, {next, key->id, more}});
        };
        add(revoked, keys().store->name());
        if (keys().jwks)
            add(unlisted, keys().jwks->path);
        add(waited, refreshText());
        if (keys().probe) {
            add(refused, keys().probe->path);
            if (!next.isEmpty())
                add(proved, keys().probe->path);
        }
        plan.impact = {tokensOf(ring, *key)};
        for (const Measure &known : wish.known)
            plan.impact.append(known);
        plan.risk = Risk::High;
        return {};
    }

    Stand standOf(const Ring &ring, const Plan &, const Phrase &step) const override
    {
        const RingKey *key = ring.find(step.arguments.value(1));
        const QString &next = step.arguments.value(0);
        if (isWaiting(step))
            return wasProved(step) ? Stand::After : Stand::Before;
        if (!key)
            return Stand::Other;
        const bool isFollowed = next.isEmpty() || ring.find(next);
        // Who signs by now was another one when it was planned: nobody could sign in, or a key more would sign.
        const RingKey *signer = ring.signer();
        if (key->state != KeyState::Retired && signer && next.isEmpty() == (signer == key))
            return Stand::Other;
        if (key->state == KeyState::Retired)
            return isFollowed ? Stand::After : Stand::Other;
        return next.isEmpty() || !isFollowed ? Stand::Before : Stand::Other;
    }

    Result<RingChange> changeOf(const Ring &, const Plan &, const Phrase &step, Way way) const override
    {
        if (way == Way::Back)
            return failure(ErrorCode::Unsupported, u"a revoked key does not come back"_s, where());
        const QString &next = step.arguments.value(0);
        RingChange change;
        change.updated = {
            {.id = step.arguments.value(1), .to = KeyState::Retired, .retireAfter = {.to = KeyTime::To::Now}}};
        if (!next.isEmpty())
            change.added = {{.id = next, .state = KeyState::Active}};
        return change;
    }

    Result<void> await(const Plan &, const Phrase &step, Deadline deadline) override
    {
        if (step.code == waited)
            return waitForRefresh([&](const Ring &ring) {
                const RingKey *key = ring.find(step.arguments.value(1));
                return key && key->state == KeyState::Retired ? key->retireAfter : std::nullopt;
            });
        if (step.code == unlisted)
            return waitForSet(step.arguments.value(1), false);
        return step.code == refused ? proveRefused(step.arguments.value(1), deadline)
                                    : prove({step.arguments.value(0)}, deadline);
    }

    bool staysValid(const Plan &plan, const QString &key) const override { return key != plan.resource; }
};
} // namespace

std::unique_ptr<Action> revokeKey(SigningRing keys, const Clock &clock, const PgConnection::Stop &stop)
{
    return std::make_unique<RevokeKey>(std::move(keys), clock, stop);
}

} // namespace qd
