/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/source.h"
#include "watch/row_parts.h"
#include "watch/rows.h"

#include <QHash>

#include <tuple>

using namespace Qt::StringLiterals;

namespace qd {

LimitView Rows::limit(const QString &source, const RateLimit &fact) const
{
    LimitView row;
    row.tier = fact.tier;
    row.client = fact.client;
    row.scope = fact.scope;
    row.freshness = m_sources.of(source, QString::fromLatin1(RateLimit::kind));
    row.used = shown(source, fact, fact.used);
    row.limit = shown(source, fact, fact.limit);
    row.window = shown(source, fact, fact.window);
    row.limitUntil = shown(source, fact, fact.limitUntil);
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

/// The source that scans for counters, and whether it saw them all: counters come and go with their windows, so
/// that none may mean that nobody called, or that nobody could look.
Rows::Scan Rows::limitScan() const
{
    const QString kind = QString::fromLatin1(RateLimit::kind);
    Scan scan{.freshness = m_sources.ofMissing(kind), .complete = false};
    for (const SourceView &source : m_sources.all()) {
        const auto state = m_state.sources.find(source.id);
        if (state == m_state.sources.end() || !state->second.good || !factKindsOf(source.kind).contains(kind))
            continue;
        scan.freshness = m_sources.of(source.id, kind);
        scan.complete = std::ranges::none_of(
            source.refusals, [&](const Refusal &r) { return r.what == kind || r.what.startsWith(kind + u'/'); });
    }
    return scan;
}

void Rows::addRefused(TierView &row, const QString &source, const LimitTier &fact) const
{
    const CounterWindow *counted = window(source, fact, u"rejected_total");
    explainBy(row.refused, row.rejected);
    if (!counted || !counted->increase())
        return;
    row.refused.value = static_cast<qint64>(*counted->increase());
    row.refused.because = {.source = {},
                           .formula = u"%1 counted in the last minute"_s.arg(*row.refused),
                           .rule = u"profile: thresholds.refusals = %1 a minute"_s.arg(m_profile.refusalsAtMost),
                           .inputs = {because(source, fact.rejectedTotal)}};
    if (!isFresh(m_sources.of(source, QString::fromLatin1(LimitTier::kind))) ||
        *row.refused <= m_profile.refusalsAtMost)
        return;
    row.refused.status = Status::Degraded;
    row.status = std::max(row.status, Status::Degraded);
}

QList<TierView> Rows::tiers(const QList<LimitView> &limits, const LimiterView &limiter) const
{
    struct Use
    {
        qint64 clients = 0;
        qint64 atLimit = 0;
        Status worst = Status::Ok;
    };
    QHash<QString, Use> uses;
    for (const LimitView &limit : limits) {
        // What the headers of a reply tell is the console's own limit, and none of the service's clients.
        const SourceView *source = m_sources.find(limit.used.because.source);
        if (!source || !factKindsOf(source->kind).contains(QLatin1StringView(RateLimit::kind)))
            continue;
        Use &use = uses[limit.tier];
        ++use.clients;
        use.atLimit += limit.fill.has() && limit.fill->of1 >= 1 ? 1 : 0;
        use.worst = std::max(use.worst, limit.status);
    }
    Scan scan = limitScan();
    if (!limiter.isInRedis()) {
        scan.complete = false;
        if (scan.freshness.kind == Freshness::Kind::Fresh)
            scan.freshness = limiter.freshness;
    }
    const auto make = [&](const QString &name, const QString &source, const LimitTier *fact, const TierPolicy *policy) {
        TierView row;
        row.tier = name;
        if (policy) {
            row.limit = policy->limit;
            row.window = policy->window;
        }
        row.freshness = scan.freshness;
        const Use use = uses.value(name);
        if (scan.complete) {
            row.clients.value = use.clients;
            row.clients.because.formula = u"counters of this tier alive now"_s;
            row.clientsAtLimit.value = use.atLimit;
            row.clientsAtLimit.because.formula = u"counters of this tier with used ≥ limit"_s;
        }
        if (scan.complete || (use.worst != Status::Ok && limiter.isInRedis()))
            row.status = statusOf(row.freshness, use.worst);
        if (fact) {
            row.rejected = shown(source, *fact, fact->rejectedTotal);
            row.rejecting = rateOf(window(source, *fact, u"rejected_total"), because(source, fact->rejectedTotal));
            explainBy(row.rejecting, row.rejected);
            addRefused(row, source, *fact);
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
    for (const auto &[source, fact] : speaker<Limiter>()) {
        row.freshness = m_sources.of(source, kind);
        row.mode = shown(source, fact, fact.mode);
        const LimiterMode mode = fact.mode.valueOr(LimiterMode::Unknown);
        Status status = mode == LimiterMode::Unknown ? Status::Unknown : Status::Ok;
        if (m_profile.has<RedisConnection>() && mode != LimiterMode::Redis && mode != LimiterMode::Unknown) {
            status = Status::Degraded;
            row.mode.because.rule = u"profile: a Redis is configured, so counting elsewhere is a fallback"_s;
        }
        row.status = statusOf(row.freshness, status);
        row.mode.status = row.status;
    }
    return row;
}

} // namespace qd
