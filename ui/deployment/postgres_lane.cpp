/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/topology_parts.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::topology {
namespace {
constexpr qsizetype mostPools = 4;

QList<Figure> databaseFigures(const Database &fact, const Teller &tell)
{
    QList<Figure> figures;
    figures.append(tell.filling(Tr::tr("Connections"), Tr::tr("connections"), fact.connections, fact.maxConnections));
    figures.append(tell.figure(Tr::tr("Working"), Tr::tr("sessions that work"), fact.active));
    Figure waiting = tell.figure(Tr::tr("Waiting for a lock"), Tr::tr("sessions that wait for a lock"), fact.waiting);
    if (fact.waiting.valueOr(0) > 0)
        mark(waiting.parts.first(), Status::Degraded, Tr::tr("a session waits for another one's lock"));
    figures.append(waiting);
    return figures;
}

Node databaseNode(const DeploymentView &view, const ServerView<Database> &server)
{
    const Database &fact = *server.fact;
    const bool isStandby = fact.isStandby.valueOr(0) == 1;
    Node node;
    node.key = u"database/"_s + fact.name();
    node.title = words::text(fact.name());
    node.role = isStandby ? Tr::tr("standby") : fact.isStandby.has() ? Tr::tr("primary") : QString();
    node.stage = isStandby ? Node::Stage::Replica : Node::Stage::Store;
    node.status = statusOf(server.freshness, Status::Ok);
    const Teller tell{.subject = node.title, .source = server.source, .freshness = server.freshness};
    node.figures = databaseFigures(fact, tell);
    sayAge(node, server.freshness, view.at);
    if (!isStandby)
        return node;
    node.figures.removeLast(); // locks are the primary's affair
    Figure delay = tell.figure(Tr::tr("Replay delay"), Tr::tr("replay delay"), fact.replayDelay);
    if (const QString rule = ruleFor(view, fact.name(), u"ms"); !rule.isEmpty()) {
        mark(delay.parts.first(), Status::Degraded, rule);
        node.status = statusOf(server.freshness, Status::Degraded);
    }
    node.figures.prepend(delay);
    return node;
}

/// What a standby says of itself goes into the node that its primary's word made; a standby's own node else.
void addStandby(QList<Node> &replicas, qsizetype standbys, Node own, const Node &primary, bool isSeen)
{
    const auto isNamed = [&](const Node &node) { return node.title.compare(own.title, Qt::CaseInsensitive) == 0; };
    auto match = std::ranges::find_if(replicas, isNamed);
    // One of each: they are the same server.
    if (match == replicas.end() && standbys == 1 && replicas.size() == 1)
        match = replicas.begin();
    if (match != replicas.end()) {
        if (match->shape == Node::Shape::Gone)
            match->figures.clear();
        match->role = own.role;
        match->figures += own.figures;
        if (own.status == Status::Degraded)
            match->status = std::max(match->status, own.status);
        return;
    }
    own.behind = primary.key;
    own.link = isSeen ? Status::Degraded : Status::Unknown;
    if (isSeen) {
        if (own.status != Status::Unknown)
            own.status = Status::Degraded;
        own.note = Tr::tr("The primary does not see it");
    }
    replicas.append(own);
}

Spoken sumOfClients(const QList<const Told<Pool> *> &pools)
{
    qint64 sum = 0;
    QStringList numbers;
    Spoken said;
    for (const Told<Pool> *row : pools) {
        for (const Value<qint64> *value : {&row->fact.clientsActive, &row->fact.clientsWaiting}) {
            if (!value->has())
                return {};
            sum += **value;
            numbers.append(QString::number(**value));
            said.because.inputs.append(spoken(*value, row->source).because);
        }
    }
    said.text = words::count(sum);
    said.because.formula = u"%1 = %2"_s.arg(numbers.join(u" + "_s), *said.text);
    return said;
}

QList<Figure> poolFigures(const Told<Pool> &row)
{
    const Pool &fact = row.fact;
    const QString name = u"%1 · %2"_s.arg(words::text(fact.database), words::text(fact.user));
    const Teller tell{.subject = name, .source = row.source, .freshness = row.freshness};
    Figure servers = tell.filling(name, Tr::tr("server connections in use"), fact.serversActive, fact.size);
    if (servers.parts.first().spoken.text)
        servers.parts.first().spoken.text = Tr::tr("%1 servers").arg(*servers.parts.first().spoken.text);
    Figure clients = tell.figure(Tr::tr("Clients"), Tr::tr("clients"), fact.clientsActive);
    if (Spoken &said = clients.parts.first().spoken; said.text)
        said.text = Tr::tr("%1 active").arg(*said.text);
    Part waiting = tell.part(Tr::tr("clients that wait"), fact.clientsWaiting);
    if (waiting.spoken.text)
        waiting.spoken.text = Tr::tr("%1 waiting").arg(*waiting.spoken.text);
    if (fact.clientsWaiting.valueOr(0) > 0)
        mark(waiting, Status::Degraded, Tr::tr("clients wait for a server connection"));
    clients.parts.append(waiting);
    QList<Figure> figures{servers, clients};
    if (fact.longestWait.valueOr(Millis{0}).count() > 0) {
        Figure longest = tell.figure(Tr::tr("Longest wait"), Tr::tr("longest wait"), fact.longestWait);
        longest.parts.first().spoken.status = row.status;
        figures.append(longest);
    }
    if (fact.isPaused.valueOr(0) == 1) {
        Figure paused = tell.figure(Tr::tr("Paused"), Tr::tr("paused"), fact.isPaused);
        paused.parts.first().spoken.text = Tr::tr("yes, nobody gets through");
        mark(paused.parts.first(), Status::Degraded, Tr::tr("PAUSE holds the database back"));
        figures.append(paused);
    }
    return figures;
}

Node poolerNode(const DeploymentView &view)
{
    QList<const Told<Pool> *> pools;
    for (const Told<Pool> &row : view.pools.rows)
        pools.append(&row);
    // The ones that clients wait for first.
    std::ranges::stable_sort(pools, std::ranges::greater(), [](const Told<Pool> *row) {
        return std::pair(row->fact.clientsWaiting.valueOr(0), row->fact.clientsActive.valueOr(0));
    });
    const Told<Pool> &first = *pools.first();
    const Teller tell{.subject = u"pgBouncer"_s, .source = first.source, .freshness = first.freshness};
    Node node;
    node.key = u"pooler"_s;
    node.stage = Node::Stage::Front;
    node.title = u"pgBouncer"_s;
    node.role = Tr::tr("pooler");
    node.status = Status::Ok;
    Part clients{.subject = Tr::tr("pgBouncer, clients"), .spoken = sumOfClients(pools), .freshness = first.freshness};
    if (clients.spoken.text && first.fact.maxClients.has()) {
        clients.spoken.text = Tr::tr("%1 of %2").arg(*clients.spoken.text, words::count(*first.fact.maxClients));
        clients.spoken.because.inputs.append(spoken(first.fact.maxClients, first.source).because);
    }
    node.figures.append({.name = Tr::tr("All clients"), .parts = {clients}, .hasMeter = false, .fill = {}});
    for (const Told<Pool> *row : pools) {
        const bool isPaused = row->fact.isPaused.valueOr(0) == 1;
        node.status = std::max(node.status, statusOf(row->freshness, isPaused ? Status::Degraded : row->status));
    }
    for (const Told<Pool> *row : pools.first(std::min(pools.size(), mostPools)))
        node.figures += poolFigures(*row);
    if (const qsizetype more = pools.size() - mostPools; more > 0)
        node.note = Tr::tr("and %n less busy pools", nullptr, static_cast<int>(more));
    sayAge(node, first.freshness, view.at);
    return node;
}
} // namespace

TopologyLane postgresLane(const DeploymentView &view, const Profile &profile, const QList<LostReplica> &lost)
{
    QList<Node> stores;
    QList<const ServerView<Database> *> standbys;
    for (const ServerView<Database> &server : view.databases) {
        if (server.fact->isStandby.valueOr(0) == 1)
            standbys.append(&server);
        else
            stores.append(databaseNode(view, server));
    }
    addSilentSources(stores, view, u"postgresql", QString::fromLatin1(Database::kind), [&](const QString &id) {
        return std::ranges::any_of(view.databases, [&](const auto &server) { return server.source == id; });
    });
    QList<Node> replicas;
    const Node primary = stores.isEmpty() ? Node() : stores.first();
    for (const Told<Replica> &row : view.replicas.rows) {
        if (row.fact.system == "postgresql"_L1)
            replicas.append(replicaNode(view, row, primary.key));
    }
    for (const LostReplica &gone : lost) {
        if (gone.system == "postgresql"_L1)
            replicas.append(lostNode(gone, primary.key, view.at));
    }
    const QString teller = tellerOf(view, u"postgresql");
    const bool isSeen = isFresh(freshnessOf(view, teller, QString::fromLatin1(Replica::kind)));
    for (const ServerView<Database> *standby : standbys)
        addStandby(replicas, standbys.size(), databaseNode(view, *standby), primary, isSeen);

    QList<Node> nodes;
    Notes notes;
    if (!view.pools.rows.isEmpty()) {
        nodes.append(poolerNode(view));
    } else if (excludes(profile, u"pools")) {
        if (!stores.isEmpty())
            notes.addNotHere(Tr::tr("pools"));
    } else if (const auto told = tellingOf(view, QString::fromLatin1(Pool::kind))) {
        notes.add(isFresh(*told) ? Tr::tr("pgBouncer has no pool now")
                                 : Tr::tr("pgBouncer: %1").arg(words::freshness(*told, view.at)));
    }
    if (replicas.isEmpty() && !teller.isEmpty())
        noteNoReplicas(notes, view, profile, teller);
    if (!nodes.isEmpty() && !stores.isEmpty()) {
        stores.first().behind = nodes.first().key;
        linkTo(stores.first(), nodes.first());
        stores.first().link = std::max(stores.first().link, nodes.first().status);
    }
    return {.title = u"PostgreSQL"_s,
            .nodes = nodes + stores + replicas,
            .isNoteBad = replicas.isEmpty() && hasLostReplica(view, u"postgresql"),
            .note = notes.text()};
}

} // namespace qd::topology
