/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/judgement.h"
#include "watch/row_parts.h"
#include "watch/rows.h"

using namespace Qt::StringLiterals;

namespace qd {

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
    row.hits = shown(source, *fact, fact->hits);
    row.misses = shown(source, *fact, fact->misses);
    row.keys = shown(source, *fact, fact->keys);
    row.status = statusOf(row.freshness, Status::Ok);
    const QList<Because> inputs{because(source, fact->hits), because(source, fact->misses)};
    if (fact->hits.has() && fact->misses.has()) {
        row.hitRateTotal =
            shareOf(static_cast<double>(*fact->hits), static_cast<double>(*fact->hits + *fact->misses), inputs);
        if (row.hitRateTotal.has())
            row.hitRateTotal.because.formula =
                u"%1 / (%1 + %2), since the counters were started"_s.arg(*fact->hits).arg(*fact->misses);
    }
    explainBy(row.hitRate, row.hits, row.misses);
    explainBy(row.hitRateTotal, row.hits, row.misses);
    explainBy(row.lookups, row.hits, row.misses);
    const CounterWindow *hits = window(source, *fact, u"hits_total");
    const CounterWindow *misses = window(source, *fact, u"misses_total");
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
    const auto facts = factsOf<Cache>(m_state);
    return joined(
        m_profile.caches, [](const CachePolicy &p) { return p.group; }, facts,
        [&](const QString &name, const QString &source, const Cache *fact, const CachePolicy *policy) {
            CacheView row = cache(name, source, fact, policy);
            // One source may count the lookups and another one the keys.
            const auto other = std::ranges::find_if(
                facts, [&](const auto &told) { return told.second.group == name && told.second.keys.has(); });
            if (!row.keys.has() && other != facts.end() &&
                m_sources.of(other->first, QString::fromLatin1(Cache::kind)).kind == Freshness::Kind::Fresh)
                row.keys = shown(other->first, other->second, other->second.keys);
            return row;
        });
}

} // namespace qd
