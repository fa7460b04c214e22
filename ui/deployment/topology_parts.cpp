/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/topology_parts.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd::topology {
namespace {
constexpr double nearlyAll = 0.9; // of what a server takes
}

Figure Teller::filling(const QString &name, const QString &what, const Value<qint64> &used,
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
    if (isFresh(freshness) && figure.fill && figure.fill->of1 >= nearlyAll) {
        said.status = Status::Degraded;
        said.because.rule = Tr::tr("%1 of %2 is 90 % or more").arg(*used).arg(*most);
    }
    return figure;
}

Status statusOf(const Freshness &freshness, Status whenFresh)
{
    return isFresh(freshness) ? whenFresh : Status::Unknown;
}

bool excludes(const Profile &profile, QStringView what)
{
    return profile.unavailable.contains(what);
}

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

QString Notes::text() const
{
    QStringList all = m_sentences;
    if (!m_notHere.isEmpty())
        all.append(Tr::tr("not available here: %1").arg(m_notHere.join(u", "_s)));
    return all.join(u" · "_s);
}

QString ruleFor(const DeploymentView &view, const QString &subject, QStringView word)
{
    const auto reason = std::ranges::find_if(view.reasons, [&](const Reason &each) {
        return each.subject == subject && each.word == word && each.status >= Status::Degraded;
    });
    return reason == view.reasons.end() ? QString() : words::sentence(*reason);
}

void sayAge(Node &node, const Freshness &freshness, Instant now)
{
    if (!isFresh(freshness) && node.note.isEmpty())
        node.note = words::freshness(freshness, now);
}

QString tellerOf(const DeploymentView &view, QStringView system)
{
    if (system == "redis"_L1)
        return view.redis.fact && view.redis.fact->role.valueOr({}) != "slave"_L1 ? view.redis.source : QString();
    return view.database.fact && view.database.fact->isStandby.valueOr(0) != 1 ? view.database.source : QString();
}

Node silentNode(const SourceView &source, Instant now)
{
    Node node;
    node.key = u"source/"_s + source.id;
    node.title = source.id;
    node.status = Status::Unknown;
    node.note = words::freshness(source.freshness, now);
    return node;
}

void noteNoReplicas(Notes &notes, const DeploymentView &view, const Profile &profile, const QString &source)
{
    const Freshness freshness = freshnessOf(view, source, QString::fromLatin1(Replica::kind));
    if (excludes(profile, u"replicas"))
        notes.addNotHere(Tr::tr("replicas"));
    else if (isFresh(freshness))
        notes.add(Tr::tr("no replica is connected"));
    else
        notes.add(Tr::tr("replicas: %1").arg(words::freshness(freshness, view.at)));
}

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
    const QString when = words::shortTime(lost.lastSeen, now);
    if (lost.wasMaster) {
        node.role = Tr::tr("lost");
        node.note = Tr::tr("The master until the failover at %1; not connected since").arg(when);
    } else {
        node.note = Tr::tr("Not connected any more; last seen %1").arg(when);
    }
    return node;
}

void linkTo(Node &front, const Node &store)
{
    front.link = front.status == Status::Degraded || front.status == Status::Down ? front.status : store.status;
}

} // namespace qd::topology
