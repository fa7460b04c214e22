/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/topology_parts.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

using topology::tellerOf;

Freshness freshnessOf(const DeploymentView &view, const QString &source, QStringView kind)
{
    const auto found = std::ranges::find(view.sources, source, &SourceView::id);
    if (found == view.sources.end())
        return {};
    const auto refusal = std::ranges::find(found->refusals, kind, &Refusal::what);
    if (refusal == found->refusals.end() || !isFresh(found->freshness))
        return found->freshness;
    return {.kind = Freshness::Kind::Refused, .since = found->freshness.since, .error = refusal->error};
}

std::optional<Freshness> tellingOf(const DeploymentView &view, QStringView kind)
{
    std::optional<Freshness> worst;
    for (const SourceView &source : view.sources) {
        if (!factKindsOf(source.kind).contains(kind))
            continue;
        const Freshness mine = freshnessOf(view, source.id, kind);
        if (!worst || (isFresh(*worst) && !isFresh(mine)))
            worst = mine;
    }
    return worst;
}

bool hasLostReplica(const DeploymentView &view, QStringView system)
{
    return std::ranges::any_of(view.reasons, [system](const Reason &reason) {
        return reason.code == Reason::Code::ReplicaLost &&
               (reason.word == "postgresql"_L1) == (system == "postgresql"_L1);
    });
}

QList<LostReplica> lostReplicas(const SeriesStore &series, const DeploymentView &view, TimeRange range)
{
    constexpr int columns = 240;
    const QString kind = QString::fromLatin1(Replica::kind) + u'/';
    const QString field = u"/lag_bytes"_s;
    QList<LostReplica> lost;
    for (const QString &name : series.names(kind)) {
        if (!name.endsWith(field))
            continue;
        const QString fact = name.sliced(kind.size(), name.size() - kind.size() - field.size());
        const QString system = fact.section(u'/', 0, 0);
        const QString id = fact.section(u'/', 1);
        const auto isIt = [&](const Told<Replica> &row) { return row.fact.system == system && row.fact.id == id; };
        if (std::ranges::any_of(view.replicas.rows, isIt))
            continue;
        if (!isFresh(freshnessOf(view, tellerOf(view, system), QString::fromLatin1(Replica::kind))))
            continue;
        // After a failover the former replica is the master.
        const bool isMaster =
            std::ranges::any_of(view.sentinels.rows,
                                [&](const auto &row) { return row.fact.masterAddress.valueOr({}) == id; }) ||
            std::ranges::any_of(view.redisServers,
                                [&](const auto &server) { return server.fact->follows.valueOr({}) == id; });
        if (isMaster)
            continue;
        const Columns seen = series.query(name, range, columns);
        const auto last =
            std::ranges::find_if(seen.crbegin(), seen.crend(), [](const Column &column) { return column.count > 0; });
        if (last != seen.crend())
            lost.append({.system = system, .id = id, .lastSeen = last->at});
    }
    // The former master came back as nothing: where a replica would be, there is none.
    const auto failover = std::ranges::find_if(view.events, [&](const Event &event) {
        return event.kind == EventKind::FailedOver && event.at >= range.from && event.at <= range.to;
    });
    if (failover != view.events.end() && !failover->from.isEmpty() && hasLostReplica(view, u"redis") &&
        std::ranges::find(lost, failover->from, &LostReplica::id) == lost.end())
        lost.append({.system = u"redis"_s, .id = failover->from, .lastSeen = failover->at, .wasMaster = true});
    return lost;
}

QList<TopologyLane> topologyOf(const DeploymentView &view, const Profile &profile, const QList<LostReplica> &lost)
{
    QList<TopologyLane> lanes{topology::postgresLane(view, profile, lost), topology::redisLane(view, profile, lost)};
    lanes.removeIf([](const TopologyLane &lane) { return lane.nodes.isEmpty() && lane.note.isEmpty(); });
    return lanes;
}

} // namespace qd
