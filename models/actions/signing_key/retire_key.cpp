/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/signing_key.h"

#include <QDateTime>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr QLatin1StringView removed("key-removed");
constexpr QLatin1StringView unlisted("key-unlisted");
constexpr QLatin1StringView scheduled("retirement-scheduled");
constexpr QLatin1StringView retired("key-retired");

QString shown(Instant at)
{
    return QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count()).toString(u"yyyy-MM-dd HH:mm"_s);
}

/// One step, and where there is a public set another one, that waits until the key is gone from it. Their arguments are
/// as those of a rotation: nothing, the key, what a person reads.
class RetireKey final : public KeyAction
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
            return failure(ErrorCode::BadInput, u"%1 is retired already"_s.arg(key->id), where());
        if (key->state == KeyState::Unknown)
            return failure(ErrorCode::BadInput, u"%1 is in a state that the profile has no word for"_s.arg(key->id),
                           where());
        if (key == ring.signer())
            return failure(
                ErrorCode::BadInput,
                u"%1 signs: rotate first, and nobody is logged out. Revoking it logs everybody out"_s.arg(key->id),
                where());
        plan.action = u"retire-signing-key"_s;
        plan.impact = {tokensOf(ring, *key)};
        const auto does = [&](QLatin1StringView code, const QString &after) {
            plan.changes = {{.what = u"key-state"_s, .before = toWord(key->state), .after = after}};
            plan.steps = {{code, {QString(), key->id, QString::number(keys().overlap.count())}}};
            if (keys().jwks && code != scheduled)
                plan.steps.append({unlisted, {QString(), key->id, keys().jwks->path}});
        };
        if (key->state == KeyState::Next && key->tokens == 0) {
            does(removed, u"removed"_s);
            plan.changes.first().after = std::nullopt;
            return {};
        }
        if (!needed(ring, *key)) {
            does(retired, u"retired"_s);
            plan.undo = {{u"key-verifies-again"_s, {key->id}}};
            return {};
        }
        // A rotation that stopped before its end, by a crash or by hand.
        if (!key->retireAfter && !key->hasEndlessTokens) {
            does(scheduled, u"retiring"_s);
            plan.undo = {{u"key-without-end"_s, {key->id}}};
            return {};
        }
        const RingKey *signer = ring.signer();
        if (ring.countsTokens && key->tokens == 0 && signer && signer->activatedAt)
            return failure(ErrorCode::BadInput,
                           u"a process may sign with %1 until it has read that %2 does, by %3: it can go then"_s.arg(
                               key->id, signer->id, shown(*signer->activatedAt + refresh())),
                           where());
        return failure(
            ErrorCode::BadInput,
            ring.countsTokens
                ? u"%1 tokens that %2 signed are alive, the last one until %3: it can go then"_s.arg(key->tokens)
                      .arg(key->id, key->lastTokenExpiry ? shown(*key->lastTokenExpiry) : u"an unknown time"_s)
                : u"%1 verifies until %2: it can go then"_s.arg(key->id, shown(*key->retireAfter)),
            where());
    }

    Stand standOf(const Ring &ring, const Plan &plan, const Phrase &step) const override
    {
        const RingKey *key = ring.find(step.arguments.value(1));
        if (isWaiting(step))
            return wasProved(step) ? Stand::After : Stand::Before;
        if (step.code == removed)
            return !key                                               ? Stand::After
                   : key->state == KeyState::Next && key->tokens == 0 ? Stand::Before
                                                                      : Stand::Other;
        if (!key || key == ring.signer())
            return Stand::Other;
        if (step.code == retired) {
            if (key->state == KeyState::Retired)
                return Stand::After;
            return needed(ring, *key) ? Stand::Other : Stand::Before;
        }
        if (key->state == KeyState::Retiring && key->retireAfter)
            return Stand::After;
        const Change *state = plan.change(u"key-state");
        return state && state->before == toWord(key->state) ? Stand::Before : Stand::Other;
    }

    Result<RingChange> changeOf(const Ring &ring, const Plan &plan, const Phrase &step, Way way) const override
    {
        const QString &id = step.arguments.value(1);
        RingChange change;
        if (step.code == removed) {
            if (way == Way::Back)
                return failure(ErrorCode::Unsupported, u"its secret is gone"_s, where());
            change.removed = {id};
            return change;
        }
        if (way == Way::There) {
            change.updated = {
                step.code == retired
                    ? RingChange::Updated{.id = id, .to = KeyState::Retired}
                    : RingChange::Updated{.id = id, .to = KeyState::Retiring, .retireAfter = endFor(ring, id)}};
            return change;
        }
        const QString before = plan.change(u"key-state")->before.value_or(QString());
        const KeyState state = before == toWord(KeyState::Active) ? KeyState::Active
                               : before == toWord(KeyState::Next) ? KeyState::Next
                                                                  : KeyState::Retiring;
        change.updated = {{.id = id,
                           .to = state,
                           .retireAfter = {.to = step.code == retired ? KeyTime::To::Kept : KeyTime::To::Nothing}}};
        return change;
    }

    Result<void> await(const Plan &, const Phrase &step, Deadline) override
    {
        return waitForSet(step.arguments.value(1), false);
    }
    bool staysValid(const Plan &plan, const QString &key) const override { return key != plan.resource; }

private:
    /// Tokens of it may be alive.
    [[nodiscard]] bool needed(const Ring &ring, const RingKey &key) const
    {
        // A process that has not read the keys since may still sign with it.
        const RingKey *signer = ring.signer();
        if (signer && signer->activatedAt && *signer->activatedAt + refresh() > ring.at)
            return true;
        return ring.countsTokens ? key.tokens > 0 : !key.retireAfter || *key.retireAfter > ring.at;
    }
};
} // namespace

std::unique_ptr<Action> retireKey(SigningRing keys, const Clock &clock, const PgConnection::Stop &stop)
{
    return std::make_unique<RetireKey>(std::move(keys), clock, stop);
}

} // namespace qd
