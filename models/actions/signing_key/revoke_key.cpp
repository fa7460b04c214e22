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
constexpr QLatin1StringView proved("key-proved");

/// The steps' arguments: the key that signs from then on (empty: none changes), the revoked one, what a person reads.
class RevokeKey final : public KeyAction
{
public:
    using KeyAction::KeyAction;

protected:
    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override
    {
        const auto now = ring(deadline);
        if (!now)
            return std::unexpected(now.error());
        const RingKey *key = now->find(wish.resource);
        if (!key)
            return notThere(*now, wish.resource);
        if (key->state == KeyState::Retired)
            return failure(ErrorCode::BadInput, u"%1 is retired already: no token of it is accepted"_s.arg(key->id),
                           where());
        const RingKey *signer = now->signer();
        const QString next = signer && signer != key ? QString() : newKeyId(*now);
        plan.action = u"revoke-signing-key"_s;
        plan.fingerprint = now->fingerprint;
        plan.changes = {{.what = u"key-state"_s, .before = toWord(key->state), .after = u"retired"_s}};
        if (!next.isEmpty())
            plan.changes.append(
                {.what = u"signs"_s, .before = signer ? std::optional(signer->id) : std::nullopt, .after = next});
        if (!now->countsTokens || key->tokens > 0)
            plan.changes.append({.what = u"users"_s, .before = u"signed-in"_s, .after = u"logged-out"_s});
        const auto add = [&](QLatin1StringView code, const QString &more) {
            plan.steps.append({code, {next, key->id, more}});
        };
        add(revoked, table().options.rows.table);
        add(waited, refreshText());
        if (table().probe) {
            add(refused, table().probe->path);
            if (!next.isEmpty())
                add(proved, table().probe->path);
        }
        plan.impact = {tokensOf(*now, *key)};
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

    Result<void> change(PgConnection &connection, const Ring &ring, const Plan &, const Phrase &step, Way way,
                        Deadline deadline) override
    {
        if (way == Way::Back)
            return failure(ErrorCode::Unsupported, u"a revoked key does not come back"_s, where());
        const QString &next = step.arguments.value(0);
        const QByteArray end = columnOf(u"retire_after"_s) + " = clock_timestamp()"; // see publish()
        if (auto done = update(connection, ring, step.arguments.value(1), KeyState::Retired, {end}, deadline); !done)
            return done;
        return next.isEmpty() ? Result<void>() : publish(connection, ring, next, KeyState::Active, deadline);
    }

    Result<void> await(const Plan &, const Phrase &step, Deadline deadline) override
    {
        if (step.code == waited)
            return waitForRefresh([&](const Ring &ring) {
                const RingKey *key = ring.find(step.arguments.value(1));
                return key && key->state == KeyState::Retired ? key->retireAfter : std::nullopt;
            });
        return step.code == refused ? proveRefused(step.arguments.value(1), deadline)
                                    : prove({step.arguments.value(0)}, deadline);
    }

    bool staysValid(const Plan &plan, const QString &key) const override { return key != plan.resource; }
};
} // namespace

std::expected<std::unique_ptr<Action>, QList<Error>>
makeRevokeKeyAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop)
{
    QList<Error> errors;
    KeyTable table = readKeyTable(spec, profile, errors);
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return std::make_unique<RevokeKey>(std::move(table), clock, stop);
}

} // namespace qd
