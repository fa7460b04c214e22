/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/judgement.h"
#include "watch/row_parts.h"
#include "watch/rows.h"

#include <QHash>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
Status statusOf(BreakerState state)
{
    switch (state) {
    case BreakerState::Closed:
        return Status::Ok;
    case BreakerState::HalfOpen:
        return Status::Degraded;
    case BreakerState::Open:
        return Status::Down;
    case BreakerState::Disabled:
        return Status::Muted;
    case BreakerState::Unknown:
        break;
    }
    return Status::Unknown;
}
} // namespace

BreakerView Rows::breaker(const QString &name, const QString &source, const Breaker *fact, const QString &counter,
                          const Breaker *counts, const BreakerPolicy *policy) const
{
    BreakerView row;
    row.name = name;
    const QString kind = QString::fromLatin1(Breaker::kind);
    row.freshness = fact ? m_sources.of(source, kind) : m_sources.ofMissing(kind);
    if (policy && policy->failureThreshold > 0) {
        row.threshold.value = policy->failureThreshold;
        row.threshold.because.rule = u"profile: breakers.%1.failures"_s.arg(name);
    }
    if (policy && policy->recoveryTimeout.count() > 0) {
        row.recoveryTimeout.value = Millis(policy->recoveryTimeout);
        row.recoveryTimeout.because.rule = u"profile: breakers.%1.recovery"_s.arg(name);
    }
    if (!fact)
        return row;
    row.state = shown(source, *fact, fact->state);
    row.failures = shown(source, *fact, fact->failures);
    if (fact->failureThreshold.has())
        row.threshold = shown(source, *fact, fact->failureThreshold);
    if (fact->recoveryTimeout.has())
        row.recoveryTimeout = shown(source, *fact, fact->recoveryTimeout);
    row.calls = shown(counter, *counts, counts->callsTotal);
    row.failed = shown(counter, *counts, counts->failuresTotal);
    row.rejected = shown(counter, *counts, counts->rejectedTotal);
    const BreakerState state = fact->state.valueOr(BreakerState::Unknown);
    row.status = statusOf(row.freshness, statusOf(state));
    row.state.status = row.status;

    if (state == BreakerState::Open && row.freshness.kind == Freshness::Kind::Fresh && fact->openedAt.has() &&
        row.recoveryTimeout.has()) {
        const Instant due =
            *fact->openedAt + std::chrono::duration_cast<std::chrono::milliseconds>(*row.recoveryTimeout);
        row.halfOpenIn.value = std::max(Millis(due - m_at), Millis{0});
        row.halfOpenIn.because.formula = u"opened at + %1 s − now"_s.arg(num(row.recoveryTimeout->count() / 1000));
        row.halfOpenIn.because.inputs = {because(source, fact->openedAt), because(source, fact->recoveryTimeout)};
    }
    const CounterWindow *calls = window(counter, *counts, u"calls_total");
    const CounterWindow *failures = window(counter, *counts, u"failures_total");
    const CounterWindow *rejected = window(counter, *counts, u"rejected_total");
    row.traffic = rateOf(calls, because(counter, counts->callsTotal));
    if (const auto refused = rateOf(rejected, because(counter, counts->rejectedTotal));
        refused.has() && row.traffic.has()) {
        row.traffic.value = PerSecond{row.traffic->rate + refused->rate};
        row.traffic.because.formula += u" + "_s + refused.because.formula;
        row.traffic.because.inputs += refused.because.inputs;
    }
    if (calls && failures && calls->increase() && failures->increase()) {
        row.errorShare = shareOf(*failures->increase(), *calls->increase(),
                                 {because(counter, counts->failuresTotal), because(counter, counts->callsTotal)});
    }
    if (!counts->callsTotal.has() && fact->failureShare.has())
        row.errorShare = shown(source, *fact, fact->failureShare);
    explainBy(row.traffic, row.calls);
    explainBy(row.errorShare, row.failed, row.calls);
    const auto last = std::find_if(m_state.events.crbegin(), m_state.events.crend(), [&](const Event &event) {
        return event.kind == EventKind::BreakerChanged && event.subject == name;
    });
    if (last != m_state.events.crend())
        row.lastTransition =
            last->to == toWord(BreakerState::Open) ? openingOf(m_state.events, name).value_or(*last) : *last;
    return row;
}

QList<BreakerView> Rows::breakers() const
{
    auto facts = factsOf<Breaker>(m_state);
    // Of two sources the one that tells the state speaks for the breaker, and a fresh one before an old one.
    std::ranges::stable_sort(facts, {}, [this](const auto &told) {
        const bool isOld = !isFresh(m_sources.of(told.first, QString::fromLatin1(Breaker::kind)));
        return std::pair(!told.second.state.has(), isOld);
    });
    QHash<QString, const std::pair<QString, Breaker> *> counted;
    for (const auto &told : std::as_const(facts)) {
        const Freshness freshness = m_sources.of(told.first, QString::fromLatin1(Breaker::kind));
        if (told.second.callsTotal.has() && freshness.kind == Freshness::Kind::Fresh &&
            !counted.contains(told.second.id))
            counted.insert(told.second.id, &told);
    }
    return joined(
        m_profile.breakers, [](const BreakerPolicy &p) { return p.name; }, facts,
        [&](const QString &name, const QString &source, const Breaker *fact, const BreakerPolicy *policy) {
            const auto *other = fact && !fact->callsTotal.has() ? counted.value(name) : nullptr;
            return breaker(name, source, fact, other ? other->first : source, other ? &other->second : fact, policy);
        });
}

} // namespace qd
