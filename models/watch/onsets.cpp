/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/onsets.h"

#include "watch/freshness.h"
#include "watch/judgement.h"

#include <algorithm>

namespace qd {
namespace {
enum class Sight {
    None,  ///< there is nothing to look at, or it is not looked at here
    Blind, ///< there is, and nobody can tell now how it stands
    Clear, ///< what the reason says holds in that view if the reason is in it, and only then
};

template <class Row>
Sight sightOf(const QList<Row> &rows, const QString &name, QString Row::*key, auto isSeen)
{
    const auto row = std::ranges::find(rows, name, key);
    if (row == rows.end())
        return Sight::None;
    return isFresh(row->freshness) && isSeen(*row) ? Sight::Clear : Sight::Blind;
}

template <class F>
Sight sightOf(const Telling<F> &told, const QString &name, auto nameOf, auto isSeen)
{
    const auto row = std::ranges::find(told.rows, name, [&](const Told<F> &each) { return nameOf(each.fact); });
    if (row == told.rows.end())
        return Sight::None;
    return isFresh(row->freshness) && isSeen(row->fact) ? Sight::Clear : Sight::Blind;
}

Sight sightOfDelay(const DeploymentView &view, const QString &name)
{
    const auto server = std::ranges::find(view.databases, name, [](const auto &each) { return each.fact->name(); });
    if (server == view.databases.end())
        return Sight::None;
    return isFresh(server->freshness) && server->fact->replayDelay.has() ? Sight::Clear : Sight::Blind;
}

/// The service itself counts what it refuses, whoever counts its clients.
Sight sightOfRefusals(const DeploymentView &view, const QString &name)
{
    const auto tier = std::ranges::find(view.tiers, name, &TierView::tier);
    if (tier == view.tiers.end())
        return Sight::None;
    const auto source = std::ranges::find(view.sources, tier->rejected.because.source, &SourceView::id);
    return source != view.sources.end() && isFresh(source->freshness) && tier->refused.has() ? Sight::Clear
                                                                                             : Sight::Blind;
}

/// A rate takes two readings, and with one alone nothing is known of the share either; an idle minute has a rate, 0.
Sight sightOf(const DeploymentView &view, const Reason &reason)
{
    switch (reason.code) {
    case Reason::Code::HitRateLow:
        return sightOf(view.caches, reason.subject, &CacheView::group,
                       [](const CacheView &cache) { return cache.lookups.has(); });
    case Reason::Code::LimitReached:
        return sightOf(view.tiers, reason.subject, &TierView::tier,
                       [](const TierView &tier) { return tier.clientsAtLimit.has(); });
    case Reason::Code::PartRefused:
        return sightOf(view.sources, reason.subject, &SourceView::id, [](const SourceView &) { return true; });
    case Reason::Code::ErrorsHigh:
        return isFresh(view.requests.freshness) && view.requests.rate.has() && view.requests.errors.has()
                   ? Sight::Clear
                   : Sight::Blind;
    case Reason::Code::LatencyHigh:
        return isFresh(view.requests.freshness) && view.requests.latencyP95.has() && view.requests.isLatencyJudged
                   ? Sight::Clear
                   : Sight::Blind;
    case Reason::Code::MetricOutOfBounds:
        return sightOf(view.expectations, reason.subject, &ExpectationView::title,
                       [](const ExpectationView &row) { return row.value.has(); });
    case Reason::Code::LimitRefusing:
        return sightOfRefusals(view, reason.subject);
    case Reason::Code::ReplicaLagging:
        if (reason.word != QStringLiteral("bytes"))
            return sightOfDelay(view, reason.subject);
        return sightOf(
            view.replicas, reason.subject, [](const Replica &replica) { return replica.id; },
            [](const Replica &replica) { return replica.lag.has(); });
    case Reason::Code::ClientsWaiting:
        return sightOf(
            view.pools, reason.subject, [](const Pool &pool) { return pool.name(); },
            [](const Pool &pool) { return pool.longestWait.has(); });
    case Reason::Code::QuorumLost: {
        const auto told = [&](const Told<Sentinel> &row) {
            return row.fact.master == reason.subject && isFresh(row.freshness) && row.fact.canDecide.has();
        };
        return std::ranges::any_of(view.sentinels.rows, told) ? Sight::Clear : Sight::Blind;
    }
    case Reason::Code::SentinelLost: {
        const auto told = [&](const Told<Sentinel> &row) {
            return row.fact.master == reason.subject && isFresh(row.freshness) && row.fact.usable.has() &&
                   row.fact.known.has();
        };
        return std::ranges::any_of(view.sentinels.rows, told) ? Sight::Clear : Sight::Blind;
    }
    case Reason::Code::ReplicaLost: {
        if (reason.word == QStringLiteral("postgresql"))
            return seesStandbys(view) ? Sight::Clear : Sight::Blind;
        const auto told = [&](const Told<Sentinel> &row) {
            return row.fact.master == reason.subject && isFresh(row.freshness) && row.fact.replicas.has();
        };
        return seesRedisReplicas(view) && std::ranges::any_of(view.sentinels.rows, told) ? Sight::Clear : Sight::Blind;
    }
    default:
        return Sight::None;
    }
}

const Reason *find(const QList<Reason> &reasons, const Reason &reason)
{
    const auto it = std::ranges::find_if(reasons, [&](const Reason &other) {
        return other.code == reason.code && other.subject == reason.subject && other.word == reason.word;
    });
    return it == reasons.end() ? nullptr : &*it;
}

std::optional<EventKind> eventOf(Reason::Code code)
{
    switch (code) {
    case Reason::Code::HitRateLow:
        return EventKind::HitRateChanged;
    case Reason::Code::LimitReached:
        return EventKind::LimitChanged;
    case Reason::Code::ErrorsHigh:
        return EventKind::ErrorsChanged;
    case Reason::Code::LatencyHigh:
        return EventKind::LatencyChanged;
    case Reason::Code::MetricOutOfBounds:
        return EventKind::MetricChanged;
    default:
        return {};
    }
}

Event eventOf(const Reason &reason, EventKind kind, Instant at, Status from, Status to)
{
    return {.at = at,
            .kind = kind,
            .source = {},
            .subject = reason.subject,
            .from = toWord(from),
            .to = toWord(to),
            .error = {},
            .threshold = reason.threshold,
            .bound = reason.atLeast};
}

/// What degrades a deployment has rows of its own; that it is gone, or out of sight, is more than its parts tell.
bool isGone(Status status)
{
    return status == Status::Down || status == Status::Unknown;
}
} // namespace

std::optional<Event> Onsets::statusChange(const DeploymentView &view, const DeploymentView &before)
{
    constexpr std::chrono::seconds oneFall{2}; // sources of one machine are lost one after the other
    const bool wasKnown = m_isKnown;           // while the sources are asked for the first time nothing changes
    m_isKnown = m_isKnown || view.status != Status::Unknown;
    if (!wasKnown || view.status == before.status)
        return {};
    Status from = before.status;
    if (!isGone(from) && m_last && !isGone(m_last->from) && view.at - m_last->at <= oneFall)
        from = m_last->from;
    m_last = {from, view.at};
    if (!isGone(from) && !isGone(view.status))
        return {};
    const bool isDated = view.since && *view.since > before.at && *view.since <= view.at;
    return Event{.at = isDated ? *view.since : view.at,
                 .kind = EventKind::StatusChanged,
                 .subject = view.name,
                 .from = toWord(from),
                 .to = toWord(view.status)};
}

QList<Event> Onsets::changes(const DeploymentView &view, const DeploymentView &before)
{
    QList<Event> events;
    for (const Reason &reason : view.reasons) {
        const auto kind = eventOf(reason.code);
        if (!kind)
            continue;
        const auto told = std::ranges::find_if(m_told, [&](const Told &t) { return find({t.reason}, reason); });
        if (told != m_told.end()) {
            told->endedAt.reset();
            continue;
        }
        m_told.append({reason, {}});
        if (wasWell(before, reason))
            events.append(eventOf(reason, *kind, view.at, Status::Ok, Status::Degraded));
    }
    QList<Told> standing;
    for (Told &told : m_told) {
        const Sight sight = sightOf(view, told.reason);
        if (sight == Sight::None)
            continue;
        if (sight == Sight::Clear && !find(view.reasons, told.reason) && !told.endedAt)
            told.endedAt = view.at;
        if (sight == Sight::Clear && told.endedAt && view.at - *told.endedAt >= std::chrono::minutes(1))
            events.append(
                eventOf(told.reason, *eventOf(told.reason.code), *told.endedAt, Status::Degraded, Status::Ok));
        else
            standing.append(std::move(told));
    }
    m_told = std::move(standing);
    return events;
}

/// One reason may take over from another, and what got better is not well yet: it has stood since the first. What was
/// seen first without a date is older than that look, whatever begins later.
void Onsets::dateStatus(DeploymentView &view, const DeploymentView &before)
{
    view.since = statusSince(view);
    // What was a smaller trouble before has its date, and is down only now.
    if (view.status == Status::Down && before.status == Status::Degraded && view.since && *view.since <= before.at)
        view.since = view.at;
    for (const Status level : {Status::Unknown, Status::Degraded, Status::Down}) {
        // To be worse than unknown is no part of not being known.
        const bool isLeft = level == Status::Unknown ? view.status != level : view.status < level;
        const auto standing = m_since.find(level);
        if (isLeft)
            m_since.remove(level);
        else if (standing == m_since.end() && (view.since || level != Status::Unknown))
            m_since.insert(level, {.since = view.since, .seenAt = view.at});
        else if (standing != m_since.end() && view.since && (level != Status::Down || !standing->since))
            standing->date(*view.since);
    }
    if (const auto standing = m_since.constFind(view.status); standing != m_since.cend())
        view.since = standing->since;
}

/// What `reason` says did not hold in `before`. A latency that was judged once and had too few requests then was not
/// high: what stands goes on standing through a lull.
bool Onsets::wasWell(const DeploymentView &before, const Reason &reason) const
{
    return sightOf(before, reason) == Sight::Clear ||
           (reason.code == Reason::Code::LatencyHigh && m_isLatencyKnown && isFresh(before.requests.freshness));
}

QList<Event> Onsets::date(DeploymentView &view, const DeploymentView &before)
{
    QList<Reason> standing;
    for (Reason &reason : view.reasons) {
        if (reason.since || sightOf(view, reason) == Sight::None)
            continue;
        if (const Reason *known = find(m_standing, reason))
            reason.since = known->since;
        else if (wasWell(before, reason))
            reason.since = view.at;
        standing.append(reason);
    }
    // What could not be seen for a while has not ended by that.
    for (const Reason &reason : std::as_const(m_standing)) {
        if (sightOf(view, reason) == Sight::Blind && !find(standing, reason))
            standing.append(reason);
    }
    m_standing = std::move(standing);
    dateStatus(view, before);
    QList<Event> events = changes(view, before);
    m_isLatencyKnown = m_isLatencyKnown || view.requests.isLatencyJudged;
    if (const auto change = statusChange(view, before))
        events.append(*change);
    return events;
}

} // namespace qd
