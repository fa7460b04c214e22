/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/signing_key/signing_key.h"

#include "base/cleaned.h"
#include "profile/environment.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// A new key is made with it.
bool makesKey(const Phrase &step)
{
    return step.code == "key-published"_L1 || (step.code == "key-revoked"_L1 && !step.arguments.value(0).isEmpty());
}

/// A key is taken away by it, or to take it back.
bool removesKey(const Phrase &step)
{
    return step.code == "key-removed"_L1 || step.code == "key-published"_L1;
}

QString guardWord(KeyStore::Guard guard)
{
    switch (guard) {
    case KeyStore::Guard::Transaction:
        return u"transaction"_s;
    case KeyStore::Guard::Script:
        return u"script"_s;
    case KeyStore::Guard::Tag:
        return u"tag"_s;
    case KeyStore::Guard::Look:
        break;
    }
    return u"look"_s;
}
} // namespace

KeyAction::KeyAction(SigningRing keys, const Clock &clock, const PgConnection::Stop &stop)
    : m_keys(std::move(keys))
    , m_clock(clock)
    , m_line(stop)
{
}

bool KeyAction::isWaiting(const Phrase &step)
{
    static const QStringList codes{u"key-set-read"_s, u"key-proved"_s, u"keys-proved"_s,
                                   u"key-refused"_s,  u"key-listed"_s, u"key-unlisted"_s};
    return codes.contains(step.code);
}

QString KeyAction::refreshText() const
{
    return QString::number(std::chrono::ceil<std::chrono::seconds>(refresh()).count());
}

Result<Ring> KeyAction::ring(Deadline deadline)
{
    if (const auto opened = m_keys.store->open(deadline); !opened)
        return std::unexpected(opened.error());
    return m_keys.store->ring(deadline);
}

Result<Secret> KeyAction::secretOf(const QString &key, Deadline deadline)
{
    if (const auto opened = m_keys.store->open(deadline); !opened)
        return std::unexpected(opened.error());
    return m_keys.store->secretOf(key, deadline);
}

std::unexpected<Error> KeyAction::notThere(const Ring &ring, const QString &key) const
{
    return failure(ErrorCode::NotFound, u"there is no key '%1'; the keys are %2"_s.arg(cleaned(key, 60), listOf(ring)),
                   where());
}

KeyTime KeyAction::endFor(const Ring &ring, const QString &key) const
{
    return {.to = KeyTime::To::At, .at = endOf(*ring.find(key), ring, refresh(), m_keys.overlap)};
}

Measure KeyAction::tokensOf(const Ring &ring, const RingKey &key) const
{
    if (!ring.countsTokens)
        return {.what = u"live-tokens"_s, .number = {}, .unit = {}, .source = m_keys.store->tokensUncounted()};
    return {.what = u"live-tokens"_s,
            .number = key.tokens,
            .unit = u"count"_s,
            .source = u"signed by %1, counted in %2"_s.arg(key.id, m_keys.store->tokens())};
}

Result<Plan> KeyAction::plan(const Wish &wish, Deadline deadline)
{
    m_keys.store->forget();
    const auto now = ring(deadline);
    if (!now)
        return std::unexpected(now.error());
    if (const auto differs = m_keys.store->differsFrom(m_keys.store->target()))
        return std::unexpected(*differs);                    // it says itself that it is another deployment's
    [[maybe_unused]] const auto told = readSetAge(deadline); // checks tell why it could not be read
    Plan plan;
    plan.target = m_keys.store->target();
    plan.resource = wish.resource;
    plan.fingerprint = now->fingerprint;
    plan.risk = isProduction(m_keys.environment) ? Risk::Medium : Risk::Low;
    plan.author = wish.author;
    plan.reason = wish.reason;
    plan.madeAt = m_clock.now();
    if (const auto filled = fill(plan, wish, *now); !filled)
        return std::unexpected(filled.error());
    return plan;
}

QList<Check> KeyAction::checks(const Plan &plan, Deadline deadline)
{
    KeyStore &store = *m_keys.store;
    QList<Check> checks;
    const auto add = [&](const QString &code, const std::optional<Error> &error) {
        checks.append(
            {.phrase = {code, {}}, .result = error ? Check::Result::Failed : Check::Result::Passed, .error = error});
        return !error;
    };
    const auto failed = [](const auto &result) {
        return result ? std::optional<Error>() : std::optional(result.error());
    };
    const auto warn = [&](const Phrase &phrase, const std::optional<Error> &error) {
        checks.append(
            {.phrase = phrase, .result = error ? Check::Result::Warned : Check::Result::Passed, .error = error});
    };
    store.forget();
    if (!add(u"target-reached"_s, failed(store.open(deadline))) ||
        !add(u"target-proved"_s, store.differsFrom(plan.target)))
        return checks;
    if (const auto unmarked = store.isUnmarked())
        warn({u"target-marked"_s, {}}, unmarked);
    const auto now = store.ring(deadline);
    std::optional<Error> changed = failed(now);
    if (now && now->fingerprint != plan.fingerprint)
        changed = Error{ErrorCode::BadInput,
                        u"the keys are not as the plan found them (they are %1); make a new plan"_s.arg(listOf(*now)),
                        where()};
    add(u"state-as-planned"_s, changed);
    checks.append(store.lease(deadline));
    const auto may = store.mayChange({.adds = std::ranges::any_of(plan.steps, makesKey),
                                      .removes = std::ranges::any_of(plan.steps, removesKey),
                                      .readsSecrets = m_keys.probe.has_value()},
                                     deadline);
    if (may && !*may)
        warn({u"may-change"_s, {}}, Error{ErrorCode::Unsupported,
                                          u"this store does not tell whether this user may change it: the first step "
                                          "will"_s,
                                          where()});
    else
        add(u"may-change"_s, failed(may));
    const bool isGuarded = store.guard() != KeyStore::Guard::Look;
    warn({u"ring-guarded"_s, {guardWord(store.guard()), refreshText()}},
         isGuarded ? std::nullopt
                   : std::optional(Error{ErrorCode::Unsupported,
                                         u"it tells no ETag: nothing but a look right before keeps two writers from "
                                         "overwriting each other"_s,
                                         where()}));
    if (m_keys.jwks) {
        const auto read = readSetAge(deadline);
        // What has to go goes, whatever is published.
        const bool isNeeded =
            std::ranges::any_of(plan.steps, [](const Phrase &step) { return step.code == "key-listed"_L1; });
        checks.append({.phrase = {u"set-published"_s, {m_keys.jwks->path}},
                       .result = read       ? Check::Result::Passed
                                 : isNeeded ? Check::Result::Failed
                                            : Check::Result::Warned,
                       .error = failed(read)});
    }
    if (!m_keys.probe)
        warn({u"tokens-probed"_s, {}},
             Error{ErrorCode::NotFound,
                   u"the profile names no page that takes a token ('probe'): nothing will prove that tokens are "
                   "accepted"_s,
                   where()});
    return checks;
}

Result<std::optional<Lease>> KeyAction::begin(const Plan &plan, const QString &holder, Deadline deadline)
{
    m_keys.store->forget();
    m_keys.store->actOn(plan.target);
    if (const auto opened = m_keys.store->open(deadline); !opened)
        return std::unexpected(opened.error());
    m_listedAt.reset();
    [[maybe_unused]] const auto told = readSetAge(deadline); // where it is needed it is waited for
    auto taken = m_keys.store->take(holder, deadline);
    if (!taken)
        return taken;
    if (const auto watched = beginWatch(plan, deadline); !watched) {
        end(deadline);
        return std::unexpected(watched.error());
    }
    return taken;
}

Result<Stand> KeyAction::look(const Plan &plan, qsizetype step, Deadline deadline)
{
    const auto now = ring(deadline);
    if (!now)
        return std::unexpected(now.error());
    return standOf(*now, plan, plan.steps[step]);
}

Result<void> KeyAction::perform(const Plan &plan, qsizetype step, Deadline deadline)
{
    return make(plan, plan.steps[step], Way::There, deadline);
}

Result<void> KeyAction::revert(const Plan &plan, qsizetype step, Deadline deadline)
{
    return make(plan, plan.steps[step], Way::Back, deadline);
}

Result<void> KeyAction::make(const Plan &plan, const Phrase &step, Way way, Deadline deadline)
{
    if (auto opened = m_keys.store->open(deadline); !opened)
        return opened;
    if (isWaiting(step)) {
        m_proved.removeAll(step.code);
        if (way == Way::Back)
            return {};
        if (auto done = await(plan, step, deadline); !done)
            return done;
        m_proved.append(step.code);
        return {};
    }
    if (way == Way::There) {
        if (const auto refused = refusedMeanwhile())
            return std::unexpected(*refused);
    }
    return m_keys.store->change(
        [&](const Ring &here) -> Result<RingChange> {
            if (standOf(here, plan, step) != (way == Way::There ? Stand::Before : Stand::After))
                return failure(
                    ErrorCode::BadInput,
                    u"the keys are not as the plan found them (they are %1); nothing was changed"_s.arg(listOf(here)),
                    where());
            return changeOf(here, plan, step, way);
        },
        deadline);
}

QList<Check> KeyAction::verify(const Plan &plan, Deadline deadline)
{
    const auto now = ring(deadline);
    Check done{.phrase = {u"done-as-expected"_s, {plan.resource}}};
    if (!now)
        done.error = now.error();
    else if (!std::ranges::all_of(plan.steps, [&](const Phrase &step) {
                 return isWaiting(step) || standOf(*now, plan, step) == Stand::After;
             }))
        done.error = Error{ErrorCode::BadReply, u"the keys are not as they were left: %1"_s.arg(listOf(*now)), where()};
    done.result = done.error ? Check::Result::Failed : Check::Result::Passed;
    QList<Check> checks{done};
    if (m_watch) {
        const auto refused = refusedMeanwhile();
        qint64 asked = 0;
        for (const TokenRecord &record : m_watch->records())
            asked += record.accepted;
        if (asked > 0 || refused) // else there was none to try
            checks.append({.phrase = {u"no-token-refused"_s, {QString::number(asked)}},
                           .result = refused ? Check::Result::Failed : Check::Result::Passed,
                           .error = refused});
    }
    return checks;
}

void KeyAction::end(Deadline deadline)
{
    if (m_watch)
        m_records = m_watch->records();
    m_watch.reset();
    m_keys.store->giveBack(deadline);
}

} // namespace qd
