/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/topology.h"

#include "sources/source.h"
#include "words/words.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(Topology)
};

using Node = TopologyNode;
using Figure = TopologyFigure;
using Part = TopologyFigure::Part;

constexpr qsizetype mostPools = 4;
constexpr double nearlyAllConnections = 0.9;

bool isFresh(const Freshness &freshness)
{
    return freshness.kind == Freshness::Kind::Fresh;
}

Status statusOf(const Freshness &freshness, Status whenFresh)
{
    return isFresh(freshness) ? whenFresh : Status::Unknown;
}

bool excludes(const Profile &profile, QStringView what)
{
    return profile.unavailable.contains(what);
}

/// What the figures of one row of facts have in common.
struct Teller
{
    QString subject; ///< "primary app"
    QString source;
    Freshness freshness;

    template <class T>
    [[nodiscard]] Part part(const QString &what, const Value<T> &value) const
    {
        return {.subject = u"%1, %2"_s.arg(subject, what), .spoken = spoken(value, source), .freshness = freshness};
    }

    template <class T>
    [[nodiscard]] Figure figure(const QString &name, const QString &what, const Value<T> &value) const
    {
        return {.name = name, .parts = {part(what, value)}, .hasMeter = false, .fill = {}};
    }

    /// "18 of 100", with a meter where both are known.
    [[nodiscard]] Figure filling(const QString &name, const QString &what, const Value<qint64> &used,
                                 const Value<qint64> &most) const
    {
        Figure figure = this->figure(name, what, used);
        Spoken &said = figure.parts.first().spoken;
        if (!used.has() || !most.has())
            return figure;
        said.text = words::of(*used, *most);
        said.because.inputs = {spoken(most, source).because};
        figure.hasMeter = true;
        if (*most > 0)
            figure.fill = Share{static_cast<double>(*used) / static_cast<double>(*most)};
        if (isFresh(freshness) && figure.fill && figure.fill->of1 >= nearlyAllConnections) {
            said.status = Status::Degraded;
            said.because.rule = Tr::tr("%1 of %2 is 90 % or more").arg(*used).arg(*most);
        }
        return figure;
    }
};

void mark(Part &part, Status status, const QString &rule)
{
    if (!isFresh(part.freshness))
        return;
    part.spoken.status = status;
    part.spoken.because.rule = rule;
}

QString textOf(const Value<QString> &value)
{
    return words::text(value.valueOr({}));
}

Node noteNode(const QString &key, Node::Stage stage, const QString &note, Status status)
{
    Node node;
    node.key = key;
    node.stage = stage;
    node.shape = Node::Shape::Note;
    node.note = note;
    node.status = status;
    return node;
}

/// Why the console says that `subject` is in trouble; empty where it does not.
QString ruleFor(const DeploymentView &view, const QString &subject, QStringView word)
{
    const auto reason = std::ranges::find_if(view.reasons, [&](const Reason &each) {
        return each.subject == subject && each.word == word && each.status >= Status::Degraded;
    });
    return reason == view.reasons.end() ? QString() : words::sentence(*reason);
}

/// Old figures say of when they are.
void sayAge(Node &node, const Freshness &freshness, Instant now)
{
    if (!isFresh(freshness) && node.note.isEmpty())
        node.note = words::freshness(freshness, now);
}

/// The source that tells who follows: the primary's, the master's. Empty where none is known.
QString tellerOf(const DeploymentView &view, QStringView system)
{
    if (system == "redis"_L1)
        return view.redis.fact && view.redis.fact->role.valueOr({}) != "slave"_L1 ? view.redis.source : QString();
    return view.database.fact && view.database.fact->isStandby.valueOr(0) != 1 ? view.database.source : QString();
}

/// A server that never answered: all that is known of it is its source.
Node silentNode(const SourceView &source, Instant now)
{
    Node node;
    node.key = u"source/"_s + source.id;
    node.title = source.id;
    node.status = Status::Unknown;
    node.note = words::freshness(source.freshness, now);
    return node;
}

/// Why no replica stands behind a server that `source` tells of.
Node noReplicas(const DeploymentView &view, const Profile &profile, const QString &system, const QString &source)
{
    const QString key = u"none/"_s + system;
    if (excludes(profile, u"replicas"))
        return noteNode(key, Node::Stage::Replica, Tr::tr("Replicas: not available here"), Status::NotAvailable);
    const Freshness freshness = freshnessOf(view, source, QString::fromLatin1(Replica::kind));
    if (isFresh(freshness))
        return noteNode(key, Node::Stage::Replica, Tr::tr("No replica is connected"), Status::NotAvailable);
    return noteNode(key, Node::Stage::Replica, Tr::tr("Replicas: %1").arg(words::freshness(freshness, view.at)),
                    Status::Unknown);
}

/// Whether a replica takes what its primary writes, as the primary writes its state.
bool isStreaming(const Value<QString> &state)
{
    static constexpr std::array well{"streaming"_L1, "online"_L1};
    return !state.has() || std::ranges::find(well, *state) != well.end();
}

Node replicaNode(const DeploymentView &view, const Told<Replica> &row, const QString &behind)
{
    const Replica &fact = row.fact;
    const Teller tell{.subject = fact.id, .source = row.source, .freshness = row.freshness};
    Node node;
    node.key = u"replica/"_s + fact.name();
    node.stage = Node::Stage::Replica;
    node.title = words::text(fact.id);
    node.role = Tr::tr("replica");
    node.behind = behind;
    node.status = statusOf(row.freshness, row.status);

    Figure lag{.name = Tr::tr("Lag"),
               .parts = {tell.part(Tr::tr("lag in bytes"), fact.lag), tell.part(Tr::tr("lag in time"), fact.delay)},
               .hasMeter = false,
               .fill = {}};
    if (node.status >= Status::Degraded)
        mark(lag.parts.first(), node.status, ruleFor(view, fact.id, u"bytes"));
    node.figures.append(lag);

    Figure state = tell.figure(Tr::tr("State"), Tr::tr("state"), fact.state);
    if (!isStreaming(fact.state)) {
        mark(state.parts.first(), Status::Degraded, Tr::tr("it is not streaming"));
        node.status = statusOf(row.freshness, Status::Degraded);
    }
    if (fact.sync.has())
        state.parts.append(tell.part(Tr::tr("synchronous or not"), fact.sync));
    node.figures.append(state);
    node.link = node.status;
    sayAge(node, row.freshness, view.at);
    return node;
}

Node lostNode(const LostReplica &lost, const QString &behind, Instant now)
{
    Node node;
    node.key = u"replica/%1/%2"_s.arg(lost.system, lost.id);
    node.stage = Node::Stage::Replica;
    node.shape = Node::Shape::Gone;
    node.title = words::text(lost.id);
    node.role = Tr::tr("replica");
    node.behind = behind;
    node.status = Status::Degraded;
    node.link = Status::Degraded;
    node.note = Tr::tr("Not connected any more; last seen %1").arg(words::shortTime(lost.lastSeen, now));
    return node;
}

// PostgreSQL

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

void linkTo(Node &front, const Node &store)
{
    front.link = front.status == Status::Degraded || front.status == Status::Down ? front.status : store.status;
}

void addSilentSources(QList<Node> &nodes, const DeploymentView &view, QStringView kind, QStringView factKind,
                      auto speaks)
{
    for (const SourceView &source : view.sources) {
        if (source.kind == kind && factKindsOf(source.kind).contains(factKind) && !speaks(source.id))
            nodes.append(silentNode(source, view.at));
    }
}

QList<Node> postgresNodes(const DeploymentView &view, const Profile &profile, const QList<LostReplica> &lost)
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
    if (replicas.isEmpty() && !teller.isEmpty())
        replicas.append(noReplicas(view, profile, u"postgresql"_s, teller));

    QList<Node> nodes;
    if (!view.pools.rows.isEmpty()) {
        nodes.append(poolerNode(view));
    } else if (excludes(profile, u"pools")) {
        if (!stores.isEmpty())
            nodes.append(noteNode(u"none/pools"_s, Node::Stage::Front, Tr::tr("Pools: not available here"),
                                  Status::NotAvailable));
    } else if (const auto told = tellingOf(view, QString::fromLatin1(Pool::kind))) {
        nodes.append(noteNode(u"none/pools"_s, Node::Stage::Front,
                              isFresh(*told) ? Tr::tr("pgBouncer has no pool now")
                                             : Tr::tr("pgBouncer: %1").arg(words::freshness(*told, view.at)),
                              isFresh(*told) ? Status::NotAvailable : Status::Unknown));
    }
    if (!nodes.isEmpty() && !stores.isEmpty()) {
        stores.first().behind = nodes.first().key;
        linkTo(stores.first(), nodes.first());
        stores.first().link = std::max(stores.first().link, nodes.first().status);
    }
    return nodes + stores + replicas;
}

// Redis

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
    if (fact.downSince.has()) {
        part.spoken.text = Tr::tr("down since %1").arg(words::shortTime(*fact.downSince, now));
        mark(part, Status::Degraded, Tr::tr("it holds its master for down"));
    } else if (fact.masterAddress.has() && *fact.masterAddress != agreed) {
        part = tell.part(Tr::tr("its master"), fact.masterAddress);
        mark(part, Status::Degraded, Tr::tr("the others follow %1").arg(agreed));
    } else if (fact.flags.has() && *fact.flags == "master"_L1) {
        part.spoken.text = Tr::tr("master is up");
    } else if (fact.flags.has() && fact.flags->contains("disconnected"_L1)) {
        part.spoken.text = Tr::tr("master not reached");
    }
    return figure;
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
    Figure reached =
        tell.filling(Tr::tr("Reachable"), Tr::tr("Sentinels that can be reached"), fact.usable, fact.known);
    // All of them is what is wanted here.
    const bool isShort = fact.usable.has() && fact.known.has() && *fact.usable < *fact.known;
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
        if (fact.usable.has()) {
            const bool isReached = *fact.usable >= *value;
            part.spoken.text = (isReached ? Tr::tr("%1, reached") : Tr::tr("%1, not reached")).arg(*part.spoken.text);
            part.spoken.because.inputs = {spoken(fact.usable, least.source).because};
            if (!isReached)
                mark(part, Status::Degraded, Tr::tr("%1 < %2").arg(*fact.usable).arg(*value));
        }
        return figure;
    };
    node.figures.append(votes(Tr::tr("Quorum"), Tr::tr("quorum: votes that call the master down"), fact.quorum));
    node.figures.append(votes(Tr::tr("Majority"), Tr::tr("majority: votes that elect who fails over"), fact.majority));
    Figure decide = tell.figure(Tr::tr("Can fail over"), Tr::tr("can fail over"), fact.canDecide);
    if (fact.canDecide.has()) {
        decide.parts.first().spoken.text = *fact.canDecide == 1 ? Tr::tr("yes") : Tr::tr("no");
        if (*fact.canDecide == 0)
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

QList<Node> redisNodes(const DeploymentView &view, const Profile &profile, const QList<LostReplica> &lost)
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
    if (const QString teller = tellerOf(view, u"redis"); replicas.isEmpty() && !teller.isEmpty())
        replicas.append(noReplicas(view, profile, u"redis"_s, teller));

    QList<Node> nodes = sentinelNodes(view);
    if (nodes.isEmpty() && excludes(profile, u"sentinels") && !stores.isEmpty())
        nodes.append(noteNode(u"none/sentinels"_s, Node::Stage::Front, Tr::tr("Sentinels: not available here"),
                              Status::NotAvailable));
    const auto told = tellingOf(view, QString::fromLatin1(Sentinel::kind));
    if (nodes.isEmpty() && told)
        nodes.append(noteNode(u"none/sentinels"_s, Node::Stage::Front,
                              isFresh(*told) ? Tr::tr("No Sentinel watches it")
                                             : Tr::tr("Sentinels: %1").arg(words::freshness(*told, view.at)),
                              isFresh(*told) ? Status::NotAvailable : Status::Unknown));
    if (!nodes.isEmpty() && !stores.isEmpty()) {
        stores.first().behind = nodes.first().key;
        stores.first().link = nodes.first().status;
    }
    return nodes + stores + replicas;
}
} // namespace

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
    return lost;
}

QList<TopologyLane> topologyOf(const DeploymentView &view, const Profile &profile, const QList<LostReplica> &lost)
{
    QList<TopologyLane> lanes{{u"PostgreSQL"_s, postgresNodes(view, profile, lost)},
                              {u"Redis"_s, redisNodes(view, profile, lost)}};
    lanes.removeIf([](const TopologyLane &lane) { return lane.nodes.isEmpty(); });
    return lanes;
}

} // namespace qd
