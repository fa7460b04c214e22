/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/topology.h"
#include "sources/source.h"
#include "watch/freshness.h"

#include <QCoreApplication>

/// What the lanes of a topology are made of; used by *_lane.cpp alone.
namespace qd::topology {

struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(Topology)
};

using Node = TopologyNode;
using Figure = TopologyFigure;
using Part = TopologyFigure::Part;

/// What the figures of one row of facts have in common.
struct Teller
{
    QString subject; ///< "primary app"
    QString source;
    Freshness freshness;

    template <class T>
    [[nodiscard]] Part part(const QString &what, const Value<T> &value) const
    {
        return {.subject = QStringLiteral("%1, %2").arg(subject, what),
                .spoken = spoken(value, source),
                .freshness = freshness};
    }

    template <class T>
    [[nodiscard]] Figure figure(const QString &name, const QString &what, const Value<T> &value) const
    {
        return {.name = name, .parts = {part(what, value)}, .hasMeter = false, .fill = {}};
    }

    /// "18 of 100", with a meter where both are known.
    [[nodiscard]] Figure filling(const QString &name, const QString &what, const Value<qint64> &used,
                                 const Value<qint64> &most) const;
};

void mark(Part &part, Status status, const QString &rule);
[[nodiscard]] QString textOf(const Value<QString> &value);
/// Why the console says that `subject` is in trouble; empty where it does not.
[[nodiscard]] QString ruleFor(const DeploymentView &view, const QString &subject, QStringView word);
/// Old figures say of when they are.
void sayAge(Node &node, const Freshness &freshness, Instant now);
/// The source that tells who follows: the primary's, the master's. Empty where none is known.
[[nodiscard]] QString tellerOf(const DeploymentView &view, QStringView system);
/// A server that never answered: all that is known of it is its source.
[[nodiscard]] Node silentNode(const SourceView &source, Instant now);
/// The sentences that stand beside a lane's title.
class Notes
{
public:
    void add(const QString &sentence) { m_sentences.append(sentence); }
    /// The profile says that the deployment has no such thing.
    void addNotHere(const QString &things) { m_notHere.append(things); }
    [[nodiscard]] QString text() const;

private:
    QStringList m_sentences;
    QStringList m_notHere;
};
/// Why no replica stands behind a server that `source` tells of.
void noteNoReplicas(Notes &notes, const DeploymentView &view, const Profile &profile, const QString &source);
/// Whether a replica takes what its primary writes, as the primary writes its state.
[[nodiscard]] bool isStreaming(const Value<QString> &state);
[[nodiscard]] Node replicaNode(const DeploymentView &view, const Told<Replica> &row, const QString &behind);
[[nodiscard]] Node lostNode(const LostReplica &lost, const QString &behind, Instant now);
[[nodiscard]] Status statusOf(const Freshness &freshness, Status whenFresh);
[[nodiscard]] bool excludes(const Profile &profile, QStringView what);
/// A front that is well is joined as well as its store is.
void linkTo(Node &front, const Node &store);
/// Servers that never answered, of those that `speaks` does not know.
void addSilentSources(QList<Node> &nodes, const DeploymentView &view, QStringView kind, QStringView factKind,
                      auto speaks)
{
    for (const SourceView &source : view.sources) {
        if (source.kind == kind && factKindsOf(source.kind).contains(factKind) && !speaks(source.id))
            nodes.append(silentNode(source, view.at));
    }
}

[[nodiscard]] TopologyLane postgresLane(const DeploymentView &view, const Profile &profile,
                                        const QList<LostReplica> &lost);
[[nodiscard]] TopologyLane redisLane(const DeploymentView &view, const Profile &profile,
                                     const QList<LostReplica> &lost);

} // namespace qd::topology
