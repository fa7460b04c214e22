/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/rows.h"

#include "sources/source.h"
#include "watch/judgement.h"

#include <algorithm>
#include <cmath>
#include <tuple>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
template <class T>
Shown<T> shown(const QString &source, const Value<T> &value)
{
    return {.value = value.value, .status = Status::Ok, .because = {.source = source, .origin = value.origin}};
}

template <class T>
Because because(const QString &source, const Value<T> &value)
{
    return {.source = source, .origin = value.origin};
}

QString num(double value)
{
    return QString::number(value, 'f', value == std::floor(value) ? 0 : 2);
}

/// "(1204 − 1100) / 60 s": how a rate came about.
QString rateFormula(const CounterWindow &window)
{
    const auto &first = window.points.first();
    const auto &last = window.points.last();
    const std::chrono::duration<double> span = last.at - first.at;
    const double increase = window.increase().value_or(0);
    if (last.value - first.value == increase)
        return u"(%1 − %2) / %3 s"_s.arg(num(last.value), num(first.value), num(span.count()));
    return u"%1 counted across a restart / %2 s"_s.arg(num(increase), num(span.count()));
}

Shown<PerSecond> rateOf(const CounterWindow *window, Because input)
{
    Shown<PerSecond> rate;
    if (!window)
        return rate;
    rate.value = window->rate();
    if (rate.value) {
        rate.because.formula = rateFormula(*window);
        rate.because.inputs = {std::move(input)};
    }
    return rate;
}

/// Growth of `part` over growth of `whole` in the last minute; nothing where `whole` did not grow.
Shown<Share> shareOf(double part, double whole, QList<Because> inputs)
{
    Shown<Share> share;
    if (whole <= 0)
        return share;
    share.value = Share{part / whole};
    share.because.formula = u"%1 / %2, growth over the last minute"_s.arg(num(part), num(whole));
    share.because.inputs = std::move(inputs);
    return share;
}

Status statusOf(const Freshness &freshness, Status whenFresh)
{
    return freshness.kind == Freshness::Kind::Fresh ? whenFresh : Status::Unknown;
}

Status statusOf(Level level)
{
    switch (level) {
    case Level::Ok:
        return Status::Ok;
    case Level::Degraded:
        return Status::Degraded;
    case Level::Down:
        return Status::Down;
    case Level::Unknown:
        break;
    }
    return Status::Unknown;
}

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

/// The rows that the profile names, in its order, then the others by name.
template <class Policy, class F, class Make>
auto joined(const QList<Policy> &policies, auto nameOf, const QList<std::pair<QString, F>> &facts, Make make)
{
    QList<decltype(make(QString(), QString(), static_cast<const F *>(nullptr), static_cast<const Policy *>(nullptr)))>
        rows;
    QStringList known;
    const auto find = [&](const QString &name) -> const std::pair<QString, F> * {
        const auto it = std::ranges::find_if(facts, [&](const auto &f) { return f.second.name() == name; });
        return it == facts.end() ? nullptr : &*it;
    };
    for (const Policy &policy : policies) {
        const QString name = nameOf(policy);
        const auto *fact = find(name);
        known.append(name);
        rows.append(make(name, fact ? fact->first : QString(), fact ? &fact->second : nullptr, &policy));
    }
    QStringList others;
    for (const auto &[source, fact] : facts) {
        if (!known.contains(fact.name()) && !others.contains(fact.name()))
            others.append(fact.name());
    }
    others.sort();
    for (const QString &name : std::as_const(others)) {
        const auto *fact = find(name);
        rows.append(make(name, fact->first, &fact->second, nullptr));
    }
    return rows;
}

/// The word for a health path's parent; "" for "database" and for "external/openai" "external".
QString parentOf(const QString &path)
{
    const qsizetype slash = path.lastIndexOf(u'/');
    return slash < 0 ? QString() : path.left(slash);
}
/// Gives "external/openai" a parent "external" where nobody reported one: as bad as the worst of its parts.
void addParents(QList<HealthView> &rows)
{
    for (qsizetype i = 0; i < rows.size(); ++i) { // grows while it runs, so that grandparents come, too
        const QString parent = parentOf(rows[i].path);
        if (parent.isEmpty() || std::ranges::any_of(rows, [&](const HealthView &r) { return r.path == parent; }))
            continue;
        HealthView group{
            .path = parent, .depth = rows[i].depth - 1, .freshness = rows[i].freshness, .status = Status::Ok};
        group.level.because.formula = u"the worst of its parts"_s;
        for (const HealthView &row : std::as_const(rows)) {
            if (!row.path.startsWith(parent + u'/'))
                continue;
            group.status = std::max(group.status, row.status);
            group.level.because.inputs.append(row.level.because);
            if (row.level.has() && (!group.level.has() || *row.level > *group.level))
                group.level.value = row.level.value;
        }
        group.level.status = group.status;
        rows.append(group);
    }
}
} // namespace

Rows::Rows(const DeploymentState &state, const Profile &profile, const Sources &sources, Instant at)
    : m_state(state)
    , m_profile(profile)
    , m_sources(sources)
    , m_at(at)
{
}

const CounterWindow *Rows::window(const QString &series) const
{
    const auto it = m_state.counters.find(series);
    return it == m_state.counters.end() || it->second.points.isEmpty() ? nullptr : &it->second;
}

QList<HealthView> Rows::health() const
{
    const auto facts = factsOf<HealthCheck>(m_state);
    QList<HealthView> rows;
    HealthView root;
    root.freshness = m_sources.ofMissing(QString::fromLatin1(HealthCheck::kind));
    rows.append(root);
    for (const auto &[source, fact] : facts) {
        HealthView row;
        row.path = fact.path;
        row.depth = fact.path.isEmpty() ? 0 : static_cast<int>(fact.path.count(u'/')) + 1;
        row.freshness = m_sources.of(source, QString::fromLatin1(HealthCheck::kind));
        row.level = shown(source, fact.level);
        row.word = shown(source, fact.word);
        row.latency = shown(source, fact.latency);
        row.detail = shown(source, fact.detail);
        row.status = statusOf(row.freshness, statusOf(fact.level.valueOr(Level::Unknown)));
        row.level.status = row.status;
        if (fact.path.isEmpty())
            rows.first() = row;
        else
            rows.append(row);
    }
    addParents(rows);
    // Depth first: a node comes after its parent and before the parent's next sibling; siblings as they were said.
    QList<HealthView> ordered{rows.first()};
    const auto place = [&](auto &&self, const QString &parent) -> void {
        for (const HealthView &row : std::as_const(rows)) {
            if (row.path.isEmpty() || parentOf(row.path) != parent)
                continue;
            ordered.append(row);
            self(self, row.path);
        }
    };
    place(place, {});
    return ordered;
}

BreakerView Rows::breaker(const QString &name, const QString &source, const Breaker *fact,
                          const BreakerPolicy *policy) const
{
    BreakerView row;
    row.name = name;
    const QString kind = QString::fromLatin1(Breaker::kind);
    row.freshness = fact ? m_sources.of(source, kind) : m_sources.ofMissing(kind);
    if (policy) {
        row.threshold.value = policy->failureThreshold;
        row.threshold.because.rule = u"profile: breakers.%1.failures"_s.arg(name);
        row.recoveryTimeout.value = Millis(policy->recoveryTimeout);
        row.recoveryTimeout.because.rule = u"profile: breakers.%1.recovery"_s.arg(name);
    }
    if (!fact)
        return row;
    row.state = shown(source, fact->state);
    row.failures = shown(source, fact->failures);
    if (fact->failureThreshold.has())
        row.threshold = shown(source, fact->failureThreshold);
    if (fact->recoveryTimeout.has())
        row.recoveryTimeout = shown(source, fact->recoveryTimeout);
    row.calls = shown(source, fact->callsTotal);
    row.failed = shown(source, fact->failuresTotal);
    row.rejected = shown(source, fact->rejectedTotal);
    const BreakerState state = fact->state.valueOr(BreakerState::Unknown);
    row.status = statusOf(row.freshness, statusOf(state));
    row.state.status = row.status;

    if (state == BreakerState::Open && fact->openedAt.has() && row.recoveryTimeout.has()) {
        const Instant due =
            *fact->openedAt + std::chrono::duration_cast<std::chrono::milliseconds>(*row.recoveryTimeout);
        row.halfOpenIn.value = std::max(Millis(due - m_at), Millis{0});
        row.halfOpenIn.because.formula = u"opened at + %1 s − now"_s.arg(num(row.recoveryTimeout->count() / 1000));
        row.halfOpenIn.because.inputs = {because(source, fact->openedAt), because(source, fact->recoveryTimeout)};
    }
    const QString key = keyOf(*fact);
    const CounterWindow *calls = window(key + u"/calls_total"_s);
    const CounterWindow *failures = window(key + u"/failures_total"_s);
    const CounterWindow *rejected = window(key + u"/rejected_total"_s);
    row.traffic = rateOf(calls, because(source, fact->callsTotal));
    if (const auto refused = rateOf(rejected, because(source, fact->rejectedTotal));
        refused.has() && row.traffic.has()) {
        row.traffic.value = PerSecond{row.traffic->rate + refused->rate};
        row.traffic.because.formula += u" + "_s + refused.because.formula;
        row.traffic.because.inputs += refused.because.inputs;
    }
    if (calls && failures && calls->increase() && failures->increase()) {
        row.errorShare = shareOf(*failures->increase(), *calls->increase(),
                                 {because(source, fact->failuresTotal), because(source, fact->callsTotal)});
    }
    const auto last = std::find_if(m_state.events.crbegin(), m_state.events.crend(), [&](const Event &event) {
        return event.kind == EventKind::BreakerChanged && event.subject == name;
    });
    if (last != m_state.events.crend())
        row.lastTransition = *last;
    return row;
}

QList<BreakerView> Rows::breakers() const
{
    return joined(
        m_profile.breakers, [](const BreakerPolicy &p) { return p.name; }, factsOf<Breaker>(m_state),
        [this](const QString &name, const QString &source, const Breaker *fact, const BreakerPolicy *policy) {
            return breaker(name, source, fact, policy);
        });
}

CacheView Rows::cache(const QString &group, const QString &source, const Cache *fact, const CachePolicy *policy) const
{
    CacheView row;
    row.group = group;
    const QString kind = QString::fromLatin1(Cache::kind);
    row.freshness = fact ? m_sources.of(source, kind) : m_sources.ofMissing(kind);
    if (policy) {
        row.ttl = policy->ttl;
        row.hitRateAtLeast = policy->hitRateAtLeast;
    }
    if (!fact)
        return row;
    row.hits = shown(source, fact->hits);
    row.misses = shown(source, fact->misses);
    row.keys = shown(source, fact->keys);
    row.status = statusOf(row.freshness, Status::Ok);
    const QList<Because> inputs{because(source, fact->hits), because(source, fact->misses)};
    if (fact->hits.has() && fact->misses.has()) {
        row.hitRateTotal =
            shareOf(static_cast<double>(*fact->hits), static_cast<double>(*fact->hits + *fact->misses), inputs);
        if (row.hitRateTotal.has())
            row.hitRateTotal.because.formula =
                u"%1 / (%1 + %2), since the counters were started"_s.arg(*fact->hits).arg(*fact->misses);
    }
    const QString key = keyOf(*fact);
    const CounterWindow *hits = window(key + u"/hits_total"_s);
    const CounterWindow *misses = window(key + u"/misses_total"_s);
    if (!hits || !misses || !hits->increase() || !misses->increase())
        return row;
    const double lookups = *hits->increase() + *misses->increase();
    row.hitRate = shareOf(*hits->increase(), lookups, inputs);
    if (const auto h = hits->rate(), m = misses->rate(); h && m) {
        row.lookups.value = PerSecond{h->rate + m->rate};
        row.lookups.because = {
            .source = {}, .formula = rateFormula(*hits) + u" + "_s + rateFormula(*misses), .inputs = inputs};
    }
    if (row.hitRate.has() && row.hitRateAtLeast) {
        const bool low = *row.hitRate < *row.hitRateAtLeast;
        row.hitRate.because.rule =
            u"profile: caches.%1.hit_rate_at_least = %2 %, judged from %3 lookups a minute"_s.arg(
                group, num(row.hitRateAtLeast->of1 * 100), num(judgedFrom));
        if (low && lookups >= judgedFrom) {
            row.hitRate.status = Status::Degraded;
            row.status = statusOf(row.freshness, Status::Degraded);
        }
    }
    return row;
}

QList<CacheView> Rows::caches() const
{
    return joined(
        m_profile.caches, [](const CachePolicy &p) { return p.group; }, factsOf<Cache>(m_state),
        [this](const QString &name, const QString &source, const Cache *fact, const CachePolicy *policy) {
            return cache(name, source, fact, policy);
        });
}

LimitView Rows::limit(const QString &source, const RateLimit &fact) const
{
    LimitView row;
    row.tier = fact.tier;
    row.client = fact.client;
    row.scope = fact.scope;
    row.freshness = m_sources.of(source, QString::fromLatin1(RateLimit::kind));
    row.used = shown(source, fact.used);
    row.limit = shown(source, fact.limit);
    row.window = shown(source, fact.window);
    if (fact.resetsAt.has()) {
        row.resetsIn.value = std::max(Millis(*fact.resetsAt - m_at), Millis{0});
        row.resetsIn.because = because(source, fact.resetsAt);
    }
    Status status = Status::Ok;
    if (fact.used.has() && fact.limit.has() && *fact.limit > 0) {
        const Share fill{static_cast<double>(*fact.used) / static_cast<double>(*fact.limit)};
        row.fill.value = fill;
        row.fill.because = {.source = {},
                            .formula = u"%1 / %2"_s.arg(*fact.used).arg(*fact.limit),
                            .rule =
                                u"profile: thresholds.limit_near = %1 %"_s.arg(num(m_profile.limitNearAt.of1 * 100)),
                            .inputs = {because(source, fact.used), because(source, fact.limit)}};
        if (fill.of1 >= 1)
            status = Status::Down;
        else if (fill >= m_profile.limitNearAt)
            status = Status::Degraded;
    }
    row.status = statusOf(row.freshness, status);
    row.fill.status = row.status;
    return row;
}

QList<LimitView> Rows::limits() const
{
    QList<LimitView> rows;
    const auto facts = factsOf<RateLimit>(m_state);
    for (const auto &[source, fact] : facts)
        rows.append(limit(source, fact));
    std::ranges::stable_sort(rows, [](const LimitView &a, const LimitView &b) {
        const double fa = a.fill.has() ? a.fill->of1 : -1;
        const double fb = b.fill.has() ? b.fill->of1 : -1;
        if (fa != fb)
            return fa > fb;
        return std::tie(a.tier, a.client, a.scope) < std::tie(b.tier, b.client, b.scope);
    });
    return rows;
}

QList<TierView> Rows::tiers(const QList<LimitView> &limits) const
{
    const QString limitKind = QString::fromLatin1(RateLimit::kind);
    const auto make = [&](const QString &name, const QString &source, const LimitTier *fact, const TierPolicy *policy) {
        TierView row;
        row.tier = name;
        if (policy) {
            row.limit = policy->limit;
            row.window = policy->window;
        }
        // Counters come and go with their windows: none may mean that nobody called. Whether that was measured, the
        // source that scans for them says.
        row.freshness = m_sources.ofMissing(limitKind);
        bool scanned = false;
        for (const SourceView &s : m_sources.all()) {
            const auto state = m_state.sources.find(s.id);
            if (state == m_state.sources.end() || !state->second.good || !factKindsOf(s.kind).contains(limitKind))
                continue;
            const Freshness mine = m_sources.of(s.id, limitKind);
            if (mine.kind == Freshness::Kind::Refused && mine.error && !s.error)
                continue; // answers, but may not scan
            row.freshness = mine;
            scanned = true;
        }
        if (scanned) {
            const auto mine = [&](const LimitView &l) { return l.tier == name; };
            row.clients.value = std::ranges::count_if(limits, mine);
            row.clients.because.formula = u"counters of this tier alive now"_s;
            row.clientsAtLimit.value = std::ranges::count_if(
                limits, [&](const LimitView &l) { return mine(l) && l.fill.has() && l.fill->of1 >= 1; });
            row.clientsAtLimit.because.formula = u"counters of this tier with used ≥ limit"_s;
            Status worst = Status::Ok;
            for (const LimitView &l : limits) {
                if (mine(l))
                    worst = std::max(worst, l.status);
            }
            row.status = statusOf(row.freshness, worst);
        }
        if (fact) {
            row.rejected = shown(source, fact->rejectedTotal);
            row.rejecting = rateOf(window(keyOf(*fact) + u"/rejected_total"_s), because(source, fact->rejectedTotal));
        }
        return row;
    };
    return joined(m_profile.tiers, [](const TierPolicy &p) { return p.name; }, factsOf<LimitTier>(m_state), make);
}

LimiterView Rows::limiter() const
{
    LimiterView row;
    const QString kind = QString::fromLatin1(Limiter::kind);
    row.freshness = m_sources.ofMissing(kind);
    for (const auto &[source, fact] : factsOf<Limiter>(m_state)) {
        row.freshness = m_sources.of(source, kind);
        row.mode = shown(source, fact.mode);
        const LimiterMode mode = fact.mode.valueOr(LimiterMode::Unknown);
        Status status = mode == LimiterMode::Unknown ? Status::Unknown : Status::Ok;
        if (m_profile.redis && mode != LimiterMode::Redis && mode != LimiterMode::Unknown) {
            status = Status::Degraded;
            row.mode.because.rule = u"profile: a Redis is configured, so counting elsewhere is a fallback"_s;
        }
        row.status = statusOf(row.freshness, status);
        row.mode.status = row.status;
    }
    return row;
}

RequestsView Rows::requests() const
{
    RequestsView row;
    const QString kind = QString::fromLatin1(Requests::kind);
    row.freshness = m_sources.ofMissing(kind);
    for (const auto &[source, fact] : factsOf<Requests>(m_state)) {
        row.freshness = m_sources.of(source, kind);
        row.latencyP50 = shown(source, fact.latencyP50);
        row.latencyP95 = shown(source, fact.latencyP95);
        row.total = shown(source, fact.total);
        row.errors = shown(source, fact.errorsTotal);
        const CounterWindow *total = window(keyOf(fact) + u"/total"_s);
        const CounterWindow *errors = window(keyOf(fact) + u"/errors_total"_s);
        row.rate = rateOf(total, because(source, fact.total));
        if (total && errors && total->increase() && errors->increase()) {
            row.errorShare = shareOf(*errors->increase(), *total->increase(),
                                     {because(source, fact.errorsTotal), because(source, fact.total)});
            row.errorShare.because.rule = u"profile: thresholds.errors = %1 %, judged from %2 requests a minute"_s.arg(
                num(m_profile.errorsAtMost.of1 * 100), num(judgedFrom));
            if (row.errorShare.has() && *total->increase() >= judgedFrom && *row.errorShare > m_profile.errorsAtMost &&
                row.freshness.kind == Freshness::Kind::Fresh)
                row.errorShare.status = Status::Degraded;
        }
    }
    return row;
}

template <class F>
ServerView<F> Rows::server() const
{
    ServerView<F> row;
    const QString kind = QString::fromLatin1(F::kind);
    row.freshness = m_sources.ofMissing(kind);
    for (const auto &[source, fact] : factsOf<F>(m_state)) {
        row.source = source;
        row.freshness = m_sources.of(source, kind);
        row.fact = fact;
    }
    return row;
}

ServerView<RedisServer> Rows::redis() const
{
    return server<RedisServer>();
}

ServerView<Database> Rows::database() const
{
    return server<Database>();
}

} // namespace qd
