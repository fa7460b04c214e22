/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/view.h"

#include "watch/freshness.h"
#include "watch/judgement.h"
#include "watch/rows.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

QString toWord(Status status)
{
    switch (status) {
    case Status::Ok:
        return u"ok"_s;
    case Status::NotAvailable:
        return u"not-available"_s;
    case Status::Muted:
        return u"muted"_s;
    case Status::Unknown:
        return u"unknown"_s;
    case Status::Degraded:
        return u"degraded"_s;
    case Status::Down:
        return u"down"_s;
    }
    return u"unknown"_s;
}

QString toWord(Freshness::Kind kind)
{
    switch (kind) {
    case Freshness::Kind::Pending:
        return u"not-measured"_s;
    case Freshness::Kind::Fresh:
        return u"fresh"_s;
    case Freshness::Kind::Stale:
        return u"stale"_s;
    case Freshness::Kind::Refused:
        return u"refused"_s;
    }
    return u"not-measured"_s;
}

bool LimiterView::isInRedis() const
{
    if (!mode.has()) // where nobody says, as with a service that has no word for it, Redis is what is known
        return !freshness.error;
    return freshness.kind == Freshness::Kind::Fresh && (*mode == LimiterMode::Redis || *mode == LimiterMode::Unknown);
}

qsizetype DeploymentView::openBreakers() const
{
    return std::ranges::count_if(breakers,
                                 [](const BreakerView &b) { return b.state.has() && *b.state == BreakerState::Open; });
}

const CacheView *DeploymentView::lowestHitRate() const
{
    const CacheView *lowest = nullptr;
    for (const CacheView &cache : caches) {
        if (cache.hitRate.has() && (!lowest || *cache.hitRate < *lowest->hitRate))
            lowest = &cache;
    }
    return lowest;
}

const LimitView *DeploymentView::nearestLimit() const
{
    const auto it = std::ranges::find_if(limits, [](const LimitView &l) { return l.fill.has(); });
    return it == limits.end() ? nullptr : &*it;
}

DeploymentView view(const DeploymentState &state, const Profile &profile, Instant at)
{
    constexpr qsizetype eventsShown = 200;
    const Sources sources(state, profile, at);
    const Rows rows(state, profile, sources, at);

    DeploymentView v;
    v.name = profile.name;
    v.title = profile.title;
    v.environment = profile.environment;
    v.at = at;
    v.watchedSince = state.watchedSince;
    v.sources = sources.all();
    v.health = rows.health();
    v.breakers = rows.breakers();
    v.caches = rows.caches();
    v.limiter = rows.limiter();
    v.limits = rows.limits();
    v.tiers = rows.tiers(v.limits, v.limiter);
    v.requests = rows.requests();
    v.expectations = rows.expectations();
    v.redisServers = rows.redisServers();
    v.redis = rows.master(v.redisServers);
    v.databases = rows.databases();
    v.database = rows.primary(v.databases);
    v.replicas = rows.told<Replica>();
    v.pools = rows.told<Pool>();
    v.sentinels = rows.told<Sentinel>();
    v.sessions = rows.told<Session>();
    v.statements = rows.told<Statement>();
    v.relations = rows.told<Relation>();
    v.backups = rows.told<Backup>();
    v.signingKeys = rows.told<SigningKey>();
    v.apiKeys = rows.told<ApiKey>();
    v.flags = rows.told<FeatureFlag>();
    v.variables = rows.told<Variable>();
    v.deploys = rows.told<Deploy>();
    v.metrics = rows.told<Metric>();
    for (auto it = state.events.crbegin(); it != state.events.crend() && v.events.size() < eventsShown; ++it)
        v.events.append(*it);
    for (const auto &[id, source] : state.sources) {
        if (source.good && (!v.lastAnswer || source.good->takenAt > *v.lastAnswer))
            v.lastAnswer = source.good->takenAt;
    }
    judge(v, state, profile);
    return v;
}

} // namespace qd
