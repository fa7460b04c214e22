/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/freshness.h"

#include <algorithm>

namespace qd {

/// Makes a view's rows: the facts that were read joined with what the profile expects, each with its freshness,
/// status and the way it came about.
class Rows
{
public:
    Rows(const DeploymentState &state, const Profile &profile, const Sources &sources, Instant at);

    [[nodiscard]] QList<HealthView> health() const;
    [[nodiscard]] QList<BreakerView> breakers() const;
    [[nodiscard]] QList<CacheView> caches() const;
    [[nodiscard]] QList<LimitView> limits() const;
    [[nodiscard]] QList<TierView> tiers(const QList<LimitView> &limits, const LimiterView &limiter) const;
    [[nodiscard]] LimiterView limiter() const;
    [[nodiscard]] RequestsView requests() const;
    [[nodiscard]] QList<ExpectationView> expectations() const;
    [[nodiscard]] QList<ServerView<RedisServer>> redisServers() const;
    [[nodiscard]] QList<ServerView<Database>> databases() const;
    /// The one to write to: the first that says so now, else the first of all.
    [[nodiscard]] ServerView<RedisServer> master(const QList<ServerView<RedisServer>> &servers) const;
    [[nodiscard]] ServerView<Database> primary(const QList<ServerView<Database>> &servers) const;
    template <class F>
    [[nodiscard]] Telling<F> told() const;

private:
    struct Scan
    {
        Freshness freshness;
        bool complete = false; ///< every counter was seen
    };
    [[nodiscard]] Scan limitScan() const;
    /// Of what a deployment has once: who tells of it, the first that is fresh, else the first. At most one.
    template <class F>
    [[nodiscard]] QList<std::pair<QString, F>> speaker() const;
    /// A field of a fact of type F that `source` told.
    template <class F, class T>
    [[nodiscard]] Shown<T> shown(const QString &source, const F &, const Value<T> &value) const
    {
        Shown<T> shown{.value = value.value, .because = {.source = source, .origin = value.origin}};
        if (!shown.has())
            shown.error = m_sources.whyMissing(source, QString::fromLatin1(F::kind), value.origin.pointer);
        return shown;
    }
    /// The last minute of a counter of `fact` as `source` told it; null where there is none.
    [[nodiscard]] const CounterWindow *window(const QString &source, const Fact &fact, QStringView field) const;
    /// `counter` and `counts`: who counts its calls, where `fact` does not (a health document tells the state, a page
    /// of metrics the counts); else source and fact again.
    [[nodiscard]] BreakerView breaker(const QString &name, const QString &source, const Breaker *fact,
                                      const QString &counter, const Breaker *counts, const BreakerPolicy *policy) const;
    [[nodiscard]] CacheView cache(const QString &group, const QString &source, const Cache *fact,
                                  const CachePolicy *policy) const;
    /// What the tier refused in the last minute, against the profile's threshold.
    void addRefused(TierView &row, const QString &source, const LimitTier &fact) const;
    [[nodiscard]] LimitView limit(const QString &source, const RateLimit &fact) const;
    [[nodiscard]] ExpectationView expectation(const Expectation &expected,
                                              const QList<std::pair<QString, Metric>> &metrics) const;
    template <class F>
    [[nodiscard]] QList<ServerView<F>> servers() const;

    const DeploymentState &m_state;
    const Profile &m_profile;
    const Sources &m_sources;
    Instant m_at;
};

template <class F>
QList<std::pair<QString, F>> Rows::speaker() const
{
    const auto facts = factsOf<F>(m_state);
    const auto fresh = std::ranges::find_if(
        facts, [this](const auto &fact) { return isFresh(m_sources.of(fact.first, QString::fromLatin1(F::kind))); });
    return fresh != facts.end() ? QList{*fresh} : facts.first(std::min<qsizetype>(1, facts.size()));
}

template <class F>
Telling<F> Rows::told() const
{
    Telling<F> all;
    const QString kind = QString::fromLatin1(F::kind);
    all.freshness = m_sources.ofKind(kind);
    for (auto &[source, fact] : factsOf<F>(m_state)) {
        Told<F> row{.source = source, .freshness = m_sources.of(source, kind), .fact = std::move(fact)};
        row.status = row.freshness.kind == Freshness::Kind::Fresh ? Status::Ok : Status::Unknown;
        all.rows.append(std::move(row));
    }
    std::ranges::stable_sort(all.rows, {}, [](const Told<F> &row) { return row.fact.name(); });
    return all;
}

} // namespace qd
