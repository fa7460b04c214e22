/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/marks.h"

#include "words/words.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QString labelOf(const Event &event)
{
    switch (event.kind) {
    case EventKind::BreakerChanged:
    case EventKind::HitRateChanged:
    case EventKind::LimitChanged:
    case EventKind::MetricChanged:
    case EventKind::RoleChanged:
    case EventKind::SourceLost:
    case EventKind::SourceBack:
    case EventKind::StatusChanged:
        return words::text(event.subject);
    case EventKind::HealthChanged:
        return words::text(event.subject.section(u'/', -1));
    case EventKind::ErrorsChanged:
        return QCoreApplication::translate("qd::Mark", "errors");
    case EventKind::LatencyChanged:
        return QCoreApplication::translate("qd::Mark", "latency");
    case EventKind::LimiterChanged:
        return QCoreApplication::translate("qd::Mark", "limiter");
    case EventKind::FailedOver:
        return QCoreApplication::translate("qd::Mark", "failover");
    case EventKind::CounterReset:
        return QCoreApplication::translate("qd::Mark", "restart");
    case EventKind::Deployed:
        return QCoreApplication::translate("qd::Mark", "deploy");
    case EventKind::SchemaChanged:
        return QCoreApplication::translate("qd::Mark", "schema");
    case EventKind::KeyChanged:
        return QCoreApplication::translate("qd::Mark", "key");
    case EventKind::FlagChanged:
        return QCoreApplication::translate("qd::Mark", "flag");
    case EventKind::BackupTaken:
        return QCoreApplication::translate("qd::Mark", "backup");
    }
    return {};
}

bool isOfSource(const Event &event)
{
    using enum EventKind;
    return event.kind == SourceLost || event.kind == SourceBack || event.kind == CounterReset ||
           event.kind == RoleChanged;
}
} // namespace

Mark markOf(const Event &event)
{
    return {.at = event.at, .status = words::statusOf(event), .text = words::sentence(event), .label = labelOf(event)};
}

bool movesAnything(const Event &event)
{
    return event.kind == EventKind::Deployed || event.kind == EventKind::FailedOver;
}

bool isTurnOfBreaker(const Event &event)
{
    const QString closed = toWord(BreakerState::Closed);
    return event.kind == EventKind::BreakerChanged && (event.from == closed || event.to == closed);
}

bool movesRedis(const Event &event, const DeploymentView &view)
{
    return isOfSource(event) && std::ranges::find(view.redisServers, event.source, &ServerView<RedisServer>::source) !=
                                    view.redisServers.end();
}

bool movesCache(const Event &event, const DeploymentView &view, const QString &group)
{
    if (event.kind == EventKind::HitRateChanged)
        return event.subject == group;
    if (event.kind == EventKind::HealthChanged)
        return event.subject == "cache"_L1; // as the service checks it
    const auto cache = std::ranges::find(view.caches, group, &CacheView::group);
    const bool isTeller = isOfSource(event) && cache != view.caches.end() && cache->hits.because.source == event.source;
    return movesAnything(event) || movesRedis(event, view) || isTeller;
}

} // namespace qd
