/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/topology_parts.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::topology {
namespace {
Node redisNode(const ServerView<RedisServer> &server, const QString &address, Instant now)
{
    const RedisServer &fact = *server.fact;
    const bool isReplica = fact.role.valueOr({}) == "slave"_L1;
    Node node;
    node.key = u"redis/"_s + fact.name();
    node.title = !fact.server.isEmpty() ? words::text(fact.server) : !address.isEmpty() ? address : u"Redis"_s;
    node.role = isReplica ? Tr::tr("replica") : fact.role.has() ? textOf(fact.role) : QString();
    node.stage = isReplica ? Node::Stage::Replica : Node::Stage::Store;
    node.status = statusOf(server.freshness, Status::Ok);
    const Teller tell{.subject = u"Redis "_s + node.title, .source = server.source, .freshness = server.freshness};

    Figure memory = tell.figure(Tr::tr("Memory"), Tr::tr("memory used"), fact.usedMemory);
    Spoken &said = memory.parts.first().spoken;
    if (said.text && fact.maxMemory.has()) {
        said.text = Tr::tr("%1 of %2").arg(*said.text, words::bytes(*fact.maxMemory));
        said.because.inputs = {spoken(fact.maxMemory, server.source).because};
        memory.hasMeter = true;
        if (fact.maxMemory->count > 0)
            memory.fill =
                Share{static_cast<double>(fact.usedMemory->count) / static_cast<double>(fact.maxMemory->count)};
    }
    node.figures.append(memory);
    node.figures.append(tell.figure(Tr::tr("Clients"), Tr::tr("clients"), fact.clients));
    sayAge(node, server.freshness, now);
    if (isReplica) {
        Figure link = tell.figure(Tr::tr("Link to its master"), Tr::tr("link to its master"), fact.masterLink);
        if (fact.masterLink.has() && *fact.masterLink != "up"_L1) {
            mark(link.parts.first(), Status::Degraded, Tr::tr("the link is not up"));
            node.status = statusOf(server.freshness, Status::Degraded);
        }
        node.figures.append(link);
        node.figures.append(tell.figure(Tr::tr("Follows"), Tr::tr("follows"), fact.follows));
        node.link = node.status;
    }
    return node;
}

Figure sentinelFigure(const Told<Sentinel> &row, const QString &agreed, Instant now)
{
    const Sentinel &fact = row.fact;
    const Teller tell{
        .subject = Tr::tr("Sentinel %1").arg(words::text(fact.id)), .source = row.source, .freshness = row.freshness};
    Figure figure = tell.figure(words::text(fact.id), Tr::tr("what it thinks of the master"), fact.flags);
    Part &part = figure.parts.first();
    if (fact.silentSince.has() && fact.flags.valueOr({}).split(u',').contains("s_down"_L1)) {
        part.spoken.text = Tr::tr("down since %1").arg(words::shortTime(*fact.silentSince, now));
        mark(part, Status::Degraded, Tr::tr("it holds its master for down"));
    } else if (fact.masterAddress.has() && *fact.masterAddress != agreed) {
        part = tell.part(Tr::tr("its master"), fact.masterAddress);
        mark(part, Status::Degraded, Tr::tr("the others follow %1").arg(agreed));
    } else if (!fact.flags.has()) {
        part.spoken.text = Tr::tr("tells nothing");
        mark(part, Status::Degraded, Tr::tr("it was asked, and does not tell of its master"));
    } else if (*fact.flags == "master"_L1) {
        part.spoken.text = Tr::tr("master is up");
    } else if (fact.flags->contains("disconnected"_L1)) {
        part.spoken.text = Tr::tr("master not reached");
    }
    return figure;
}

/// What was true once, and may not be now: "?, was yes at 01:43".
void sayWas(Figure &figure, const Freshness &freshness, Instant now)
{
    std::optional<QString> &said = figure.parts.first().spoken.text;
    if (said)
        said = Tr::tr("?, was %1 at %2").arg(*said, words::shortTime(freshness.since, now));
}

/// The votes, as the Sentinel sees them that reaches the fewest: it is the one whose failover would fail.
Node sentinelNode(const QString &master, const QList<const Told<Sentinel> *> &rows, Instant now)
{
    const Told<Sentinel> &least = **std::ranges::min_element(rows, {}, [](const Told<Sentinel> *row) {
        return std::pair(!isFresh(row->freshness), row->fact.usable.valueOr(std::numeric_limits<qint64>::max()));
    });
    const Sentinel &fact = least.fact;
    const Teller tell{.subject = Tr::tr("Sentinels of %1").arg(words::text(master)),
                      .source = least.source,
                      .freshness = least.freshness};
    Node node;
    node.key = u"sentinels/"_s + master;
    node.stage = Node::Stage::Front;
    node.title = words::text(master);
    node.role = Tr::tr("Sentinels");
    node.isWatch = true;
    node.status = statusOf(least.freshness, Status::Ok);
    // That none of all that are known answers is known as well; of one that no other told of nothing is.
    const bool isSilent = least.freshness.kind == Freshness::Kind::Stale;
    const bool isNoneLeft = isSilent && fact.known.has() && rows.size() >= *fact.known;
    Value<qint64> usable = fact.usable;
    if (isNoneLeft)
        usable.value = 0;
    else if (isSilent)
        usable.value.reset();
    Figure reached =
        isSilent && !isNoneLeft
            ? tell.figure(Tr::tr("Reachable"), Tr::tr("Sentinels that can be reached"), fact.usable)
            : tell.filling(Tr::tr("Reachable"), Tr::tr("Sentinels that can be reached"), usable, fact.known);
    if (isSilent && !isNoneLeft)
        sayWas(reached, least.freshness, now);
    if (isNoneLeft)
        reached.parts.first().freshness = {.kind = Freshness::Kind::Fresh, .since = now, .error = {}};
    // All of them is what is wanted here.
    const bool isShort = usable.has() && fact.known.has() && *usable < *fact.known;
    reached.parts.first().spoken.status = Status::Ok;
    reached.parts.first().spoken.because.rule.clear();
    if (isShort)
        mark(reached.parts.first(), Status::Degraded, Tr::tr("not all known Sentinels can be reached"));
    node.figures.append(reached);
    const auto votes = [&](const QString &name, const QString &what, const Value<qint64> &value) {
        Figure figure = tell.figure(name, what, value);
        Part &part = figure.parts.first();
        if (!value.has())
            return figure;
        part.spoken.text = Tr::tr("%n votes", nullptr, static_cast<int>(*value));
        if (usable.has()) {
            const bool isReached = *usable >= *value;
            part.spoken.text = (isReached ? Tr::tr("%1, reached") : Tr::tr("%1, not reached")).arg(*part.spoken.text);
            part.spoken.because.inputs = {spoken(fact.usable, least.source).because};
            if (!isReached)
                mark(part, Status::Degraded, Tr::tr("%1 < %2").arg(*usable).arg(*value));
        }
        return figure;
    };
    node.figures.append(votes(Tr::tr("Quorum"), Tr::tr("quorum: votes that call the master down"), fact.quorum));
    node.figures.append(votes(Tr::tr("Majority"), Tr::tr("majority: votes that elect who fails over"), fact.majority));
    Figure decide = tell.figure(Tr::tr("Can fail over"), Tr::tr("can fail over"), fact.canDecide);
    if (fact.canDecide.has()) {
        decide.parts.first().spoken.text = *fact.canDecide == 1 ? Tr::tr("yes") : Tr::tr("no");
        if (isSilent)
            sayWas(decide, least.freshness, now);
        else if (*fact.canDecide == 0)
            mark(decide.parts.first(), Status::Degraded, Tr::tr("SENTINEL CKQUORUM says NOQUORUM"));
    }
    node.figures.append(decide);
    const auto masterOf = [](const Told<Sentinel> *row) { return row->fact.masterAddress.valueOr({}); };
    QString agreed = masterOf(rows.first());
    for (const Told<Sentinel> *row : rows) {
        const auto count = [&](const QString &address) { return std::ranges::count(rows, address, masterOf); };
        if (count(masterOf(row)) > count(agreed))
            agreed = masterOf(row);
    }
    for (const Told<Sentinel> *row : rows)
        node.figures.append(sentinelFigure(*row, agreed, now));
    for (const Figure &figure : std::as_const(node.figures))
        node.status = std::max(node.status, figure.parts.first().spoken.status);
    sayAge(node, least.freshness, now);
    return node;
}

QList<Node> sentinelNodes(const DeploymentView &view)
{
    QList<Node> nodes;
    QStringList masters;
    for (const Told<Sentinel> &row : view.sentinels.rows) {
        if (!masters.contains(row.fact.master))
            masters.append(row.fact.master);
    }
    for (const QString &master : std::as_const(masters)) {
        QList<const Told<Sentinel> *> rows;
        for (const Told<Sentinel> &row : view.sentinels.rows) {
            if (row.fact.master == master)
                rows.append(&row);
        }
        nodes.append(sentinelNode(master, rows, view.at));
    }
    return nodes;
}

QString addressOf(const RedisConnection *connection)
{
    return connection != nullptr && !connection->host.isEmpty() ? u"%1:%2"_s.arg(connection->host).arg(connection->port)
                                                                : QString();
}
} // namespace

TopologyLane redisLane(const DeploymentView &view, const Profile &profile, const QList<LostReplica> &lost)
{
    QString masterAddress;
    for (const Told<Sentinel> &row : view.sentinels.rows) {
        if (isFresh(row.freshness) && row.fact.masterAddress.has())
            masterAddress = textOf(row.fact.masterAddress);
    }
    QList<Node> stores;
    QList<std::pair<QString, Node>> followers; // address, node
    for (const ServerView<RedisServer> &server : view.redisServers) {
        const QString &name = server.fact->server;
        const QString address = addressOf(profile.connection<RedisConnection>(name.isEmpty() ? u"redis"_s : name));
        const bool isMaster = server.source == view.redis.source;
        const Node node = redisNode(server, isMaster && !masterAddress.isEmpty() ? masterAddress : address, view.at);
        if (node.stage == Node::Stage::Replica)
            followers.append({address, node});
        else
            stores.append(node);
    }
    addSilentSources(stores, view, u"redis", QString::fromLatin1(RedisServer::kind), [&](const QString &id) {
        return std::ranges::any_of(view.redisServers, [&](const auto &server) { return server.source == id; });
    });
    const Node master = stores.isEmpty() ? Node() : stores.first();
    QList<Node> replicas;
    for (const Told<Replica> &row : view.replicas.rows) {
        if (row.fact.system != "redis"_L1)
            continue;
        Node node = replicaNode(view, row, master.key);
        const auto own = std::ranges::find(followers, row.fact.id, [](const auto &follower) { return follower.first; });
        if (own != followers.end()) {
            node.figures += own->second.figures;
            followers.erase(own);
        }
        replicas.append(node);
    }
    for (auto &[address, node] : followers) {
        node.behind = master.key;
        replicas.append(node);
    }
    for (const LostReplica &gone : lost) {
        if (gone.system == "redis"_L1)
            replicas.append(lostNode(gone, master.key, view.at));
    }
    const QList<Node> nodes = sentinelNodes(view);
    Notes notes;
    if (nodes.isEmpty() && excludes(profile, u"sentinels")) {
        if (!stores.isEmpty())
            notes.addNotHere(Tr::tr("Sentinels"));
    } else if (const auto told = tellingOf(view, QString::fromLatin1(Sentinel::kind)); told && nodes.isEmpty()) {
        notes.add(isFresh(*told) ? Tr::tr("no Sentinel watches it")
                                 : Tr::tr("Sentinels: %1").arg(words::freshness(*told, view.at)));
    }
    if (const QString teller = tellerOf(view, u"redis"); replicas.isEmpty() && !teller.isEmpty())
        noteNoReplicas(notes, view, profile, teller);
    if (!nodes.isEmpty() && !stores.isEmpty()) {
        stores.first().behind = nodes.first().key;
        stores.first().link = nodes.first().status;
    }
    return {.title = u"Redis"_s,
            .nodes = nodes + stores + replicas,
            .isNoteBad = replicas.isEmpty() && hasLostReplica(view, u"redis"),
            .note = notes.text()};
}

} // namespace qd::topology
