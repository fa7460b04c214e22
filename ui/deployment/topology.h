/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/value_label.h"
#include "history/series_store.h"
#include "profile/profile.h"

/// How the stores of a deployment hang together, as it is drawn. Pure.
namespace qd {

/// A figure of a node: a name and the values beside it, each with its own evidence.
struct TopologyFigure
{
    struct Part
    {
        QString subject; ///< "primary app, connections"
        Spoken spoken;
        Freshness freshness;
    };
    QString name;
    QList<Part> parts;
    bool hasMeter = false;
    std::optional<Share> fill; ///< nothing: not measured
};

/// A server, a group of Sentinels or a pooler.
struct TopologyNode
{
    enum class Shape {
        Server,
        Gone, ///< it was connected within the time shown, and is not now
    };
    enum class Stage { Front, Store, Replica };
    QString key; ///< what makes it the same node in the next view
    Stage stage = Stage::Store;
    Shape shape = Shape::Server;
    QString title;
    QString role; ///< "primary", "standby", "pooler"
    Status status = Status::Unknown;
    QList<TopologyFigure> figures;
    QString note;   ///< a sentence under the figures
    QString behind; ///< key of the node before it; empty: none
    Status link = Status::Ok;
    bool isWatch = false; ///< the link watches, no data goes through it
};

/// The nodes of one system; what stands before others comes first.
struct TopologyLane
{
    QString title;
    QList<TopologyNode> nodes;
    bool isNoteBad = false; ///< what the note tells is trouble
    QString note{};         ///< why what could stand before or behind the servers does not: "no replica is connected"
};

/// A replica that was connected and is not any more.
struct LostReplica
{
    QString system;
    QString id;
    Instant lastSeen;
    bool wasMaster = false; ///< it is gone since a failover took its place, at lastSeen
};

/// The replicas that `series` knows of within `range` and `view` has no longer, where it can be told now.
[[nodiscard]] QList<LostReplica> lostReplicas(const SeriesStore &series, const DeploymentView &view, TimeRange range);

/// Whether a replica of `system` ("postgresql", "redis") that should be there is not.
[[nodiscard]] bool hasLostReplica(const DeploymentView &view, QStringView system);

/// PostgreSQL, then Redis; a lane without anything to say is left out.
[[nodiscard]] QList<TopologyLane> topologyOf(const DeploymentView &view, const Profile &profile,
                                             const QList<LostReplica> &lost);

/// How far what `source` says of `kind` can be believed: its own freshness, or its refusal of that kind.
[[nodiscard]] Freshness freshnessOf(const DeploymentView &view, const QString &source, QStringView kind);

/// Of all sources that tell `kind`, the one in the worst shape; nothing where no source tells it.
[[nodiscard]] std::optional<Freshness> tellingOf(const DeploymentView &view, QStringView kind);

} // namespace qd
