/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/judgement.h"

#include "sources/source.h"
#include "watch/custody.h"
#include "watch/freshness.h"

#include <QMap>
#include <QUrl>

#include <algorithm>
#include <ranges>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
/// Whether the source `id` tells now who replicates from its server.
bool seesReplicas(const DeploymentView &v, const QString &id)
{
    return std::ranges::none_of(v.sources, [&](const SourceView &source) {
        return source.id == id && std::ranges::any_of(source.refusals, [](const Refusal &r) {
                   return r.what == QLatin1StringView(Replica::kind);
               });
    });
}

std::optional<Instant> sinceOf(const DeploymentState &state, const QString &kind, const QString &name)
{
    const auto it = state.since.find(kind + u'/' + name);
    return it == state.since.end() ? std::nullopt : std::optional(it->second);
}

/// A right that is missing leaves the console blind and somebody has to act; a part that is not there yet (counters
/// before the first request, a table of a later version) is worth a note and no more.
bool isBlind(ErrorCode code)
{
    return code == ErrorCode::Forbidden || code == ErrorCode::AuthRequired;
}

/// Of sources that ask one server, which does not answer, the first one's reason is enough.
Reason *sameTrouble(QList<Reason> &reasons, const Error &error)
{
    const auto server = [](const QString &where) { return where.contains("://"_L1) ? QUrl(where).authority() : where; };
    const auto it = std::ranges::find_if(reasons, [&](const Reason &r) {
        return r.code == Reason::Code::SourceFailing && r.error->code == error.code &&
               r.error->message == error.message && !server(error.where).isEmpty() &&
               server(r.error->where) == server(error.where);
    });
    return it == reasons.end() || isRefusal(error.code) ? nullptr : &*it;
}

/// A service that does not answer while its stores do is down; when nothing answers it may be our own network.
void judgeSources(const DeploymentView &v, QList<Reason> &reasons)
{
    const bool anyFresh = std::ranges::any_of(v.sources, [](const SourceView &s) { return isFresh(s.freshness); });
    for (const SourceView &source : v.sources) {
        if (source.error) {
            Status status = source.isService ? Status::Unknown : Status::Degraded;
            if (source.isService && anyFresh && !isRefusal(source.error->code))
                status = Status::Down;
            if (!anyFresh)
                status = Status::Unknown;
            if (Reason *said = sameTrouble(reasons, *source.error)) {
                said->status = std::max(said->status, status);
                said->since = std::min(said->since, std::optional(source.failingSince));
                continue;
            }
            reasons.append({.code = Reason::Code::SourceFailing,
                            .status = status,
                            .subject = source.id,
                            .word = source.kind,
                            .error = source.error,
                            .since = source.failingSince});
        } else if (!isFresh(source.freshness)) {
            const bool asked = source.freshness.kind != Freshness::Kind::Pending;
            reasons.append({.code = Reason::Code::SourceSilent,
                            .status = Status::Unknown,
                            .subject = source.id,
                            .word = source.kind,
                            .since = asked ? std::optional(source.freshness.since) : std::nullopt});
        }
        for (const Refusal &refusal : source.refusals) {
            reasons.append({.code = Reason::Code::PartRefused,
                            .status = isBlind(refusal.error.code) ? Status::Degraded : Status::Ok,
                            .subject = source.id,
                            .word = refusal.what,
                            .error = refusal.error});
        }
    }
}

/// A trial that fails opens it no second time.
std::optional<Instant> openSince(const DeploymentState &state, const QString &breaker)
{
    const auto opening = openingOf(state.events, breaker);
    return opening ? std::optional(opening->at) : std::nullopt;
}

void judgeBreakers(const DeploymentView &v, const DeploymentState &state, QList<Reason> &reasons)
{
    for (const BreakerView &breaker : v.breakers) {
        if (!isFresh(breaker.freshness) || !breaker.state.has())
            continue;
        if (*breaker.state == BreakerState::Unknown) { // told, in a word that the profile does not know
            reasons.append({.code = Reason::Code::HealthUnknown,
                            .status = Status::Unknown,
                            .subject = breaker.name,
                            .since = sinceOf(state, QString::fromLatin1(Breaker::kind), breaker.name)});
            continue;
        }
        const bool open = *breaker.state == BreakerState::Open;
        if (!open && *breaker.state != BreakerState::HalfOpen)
            continue;
        reasons.append({.code = open ? Reason::Code::BreakerOpen : Reason::Code::BreakerHalfOpen,
                        .status = Status::Degraded,
                        .subject = breaker.name,
                        .count = breaker.failures.value,
                        .threshold = breaker.threshold.value,
                        .since = openSince(state, breaker.name)});
    }
}

bool saidByBreaker(const DeploymentView &v, const QString &path)
{
    const QString name = path.section(u'/', -1);
    return std::ranges::any_of(v.breakers, [&](const BreakerView &b) {
        return b.name == name && b.state.has() && *b.state != BreakerState::Closed;
    });
}

QString leafOf(const QString &path)
{
    return path.section(u'/', -1);
}

/// "liveness" says no more than "liveness/database", and that no more than "database".
bool saidByAnother(const DeploymentView &v, const HealthView &check)
{
    return std::ranges::any_of(v.health, [&](const HealthView &other) {
        if (!isFresh(other.freshness) || !other.level.has() || *other.level < *check.level)
            return false;
        return other.path.startsWith(check.path + u'/') ||
               (other.depth < check.depth && leafOf(other.path) == leafOf(check.path));
    });
}

/// The source that asks the system of that check, if it fails for the console as well; "" if none does. That a
/// source refuses the console says nothing of the service.
QString failingSource(const DeploymentView &v, const QString &path)
{
    const QString leaf = leafOf(path).toLower();
    const auto it = std::ranges::find_if(v.sources, [&](const SourceView &source) {
        const SourceKind *kind = sourceKind(source.kind);
        return source.error && !isRefusal(source.error->code) && kind && kind->checks.contains(leaf);
    });
    return it == v.sources.end() ? QString() : it->id;
}

void judgeHealth(const DeploymentView &v, const DeploymentState &state, QList<Reason> &reasons)
{
    for (const HealthView &check : v.health) {
        if (!isFresh(check.freshness) || !check.level.has())
            continue;
        const Level level = *check.level;
        if (level == Level::Ok)
            continue;
        // A group says no more than its parts, and a part no more than its breaker.
        if (!check.level.because.formula.isEmpty() || (!check.path.isEmpty() && saidByBreaker(v, check.path)))
            continue;
        const bool whole = check.path.isEmpty();
        if (!whole && saidByAnother(v, check))
            continue;
        if (level == Level::Unknown) {
            if (!whole) // a provider that nobody called; the whole has its own word
                continue;
            reasons.append({.code = Reason::Code::HealthUnknown,
                            .status = Status::Unknown,
                            .subject = check.path,
                            .word = check.word.value.value_or(QString()),
                            .since = sinceOf(state, QString::fromLatin1(HealthCheck::kind), check.path)});
            continue;
        }
        reasons.append({.code = level == Level::Down ? Reason::Code::HealthDown : Reason::Code::HealthDegraded,
                        .status = whole && level == Level::Down ? Status::Down : Status::Degraded,
                        .subject = check.path,
                        .word = check.word.value.value_or(QString()),
                        .cause = whole ? QString() : failingSource(v, check.path),
                        .since = sinceOf(state, QString::fromLatin1(HealthCheck::kind), check.path)});
    }
}

/// That a tier refuses much, and by the counters whom.
Reason refusing(const DeploymentView &v, const TierView &tier, const Profile &profile)
{
    Reason reason{.code = Reason::Code::LimitRefusing,
                  .status = Status::Degraded,
                  .subject = tier.tier,
                  .count = tier.refused.value,
                  .threshold = profile.refusalsAtMost};
    if (!v.limiter.isInRedis()) // what Redis still counts is not what the service refuses by
        return reason;
    for (const LimitView &limit : v.limits) { // the fullest come first
        if (limit.tier != tier.tier || limit.status != Status::Down)
            continue;
        if (reason.clients++ == 0) {
            reason.client = limit.client;
            reason.route = limit.scope;
        }
    }
    return reason;
}

void judgeExpectations(const DeploymentView &v, QList<Reason> &reasons)
{
    for (const ExpectationView &row : v.expectations) {
        if (row.status != Status::Degraded)
            continue;
        const bool isAbove = row.atMost && *row.value > *row.atMost;
        reasons.append({.code = Reason::Code::MetricOutOfBounds,
                        .status = Status::Degraded,
                        .subject = row.title,
                        .word = row.unit,
                        .number = row.value.value,
                        .bound = isAbove ? row.atMost : row.atLeast});
    }
}

void judgeNumbers(const DeploymentView &v, const DeploymentState &state, const Profile &profile, QList<Reason> &reasons)
{
    for (const CacheView &cache : v.caches) {
        if (cache.status == Status::Degraded) {
            reasons.append({.code = Reason::Code::HitRateLow,
                            .status = Status::Degraded,
                            .subject = cache.group,
                            .share = cache.hitRate.value,
                            .atLeast = cache.hitRateAtLeast});
        }
    }
    if (v.limiter.status == Status::Degraded) {
        reasons.append({.code = Reason::Code::LimiterFallback,
                        .status = Status::Degraded,
                        .word = toWord(*v.limiter.mode),
                        .since = sinceOf(state, QString::fromLatin1(Limiter::kind), {})});
    }
    if (v.requests.errorShare.status == Status::Degraded) {
        reasons.append({.code = Reason::Code::ErrorsHigh,
                        .status = Status::Degraded,
                        .share = v.requests.errorShare.value,
                        .atLeast = profile.errorsAtMost});
    }
    if (v.requests.latencyP95.status == Status::Degraded) {
        reasons.append({.code = Reason::Code::LatencyHigh,
                        .status = Status::Degraded,
                        .count = static_cast<qint64>(v.requests.latencyP95->count()),
                        .threshold = profile.latencyP95AtMost.count()});
    }
    for (const TierView &tier : v.tiers) {
        if (tier.refused.status == Status::Degraded)
            reasons.append(refusing(v, tier, profile));
        if (tier.clientsAtLimit.has() && *tier.clientsAtLimit > 0 && isFresh(tier.freshness)) {
            reasons.append({.code = Reason::Code::LimitReached,
                            .status = Status::Ok,
                            .subject = tier.tier,
                            .count = tier.clientsAtLimit.value});
        }
    }
}

/// A logical slot that nobody reads from: a paused subscriber's, no standby's.
bool isLogicalSlot(const Replica &replica)
{
    return replica.state.valueOr({}).startsWith("logical, "_L1);
}

/// The first of a number that is too high marks its row as well.
void judgeStores(DeploymentView &v, const Profile &profile, QList<Reason> &reasons)
{
    const auto tooMuch = [&reasons](Reason::Code code, const QString &subject, const QString &unit, double number,
                                    qint64 atMost) {
        const auto count = static_cast<qint64>(number);
        if (count > atMost)
            reasons.append({.code = code,
                            .status = Status::Degraded,
                            .subject = subject,
                            .word = unit,
                            .count = count,
                            .threshold = atMost});
        return count > atMost;
    };
    for (Told<Replica> &row : v.replicas.rows) {
        const Value<Bytes> &lag = row.fact.lag;
        if (isFresh(row.freshness) && lag.has() && !isLogicalSlot(row.fact) &&
            tooMuch(Reason::Code::ReplicaLagging, row.fact.id, u"bytes"_s, static_cast<double>(lag->count),
                    profile.replicaLagAtMost.count))
            row.status = Status::Degraded;
    }
    for (const ServerView<Database> &server : std::as_const(v.databases)) {
        if (isFresh(server.freshness) && server.fact->replayDelay.has())
            tooMuch(Reason::Code::ReplicaLagging, server.fact->name(), u"ms"_s, server.fact->replayDelay->count(),
                    profile.replayDelayAtMost.count());
    }
    for (Told<Pool> &row : v.pools.rows) {
        if (isFresh(row.freshness) && row.fact.longestWait.has() &&
            tooMuch(Reason::Code::ClientsWaiting, row.fact.name(), u"ms"_s, row.fact.longestWait->count(),
                    profile.poolWaitAtMost.count()))
            row.status = Status::Degraded;
    }
}

void judgeBackups(const DeploymentView &v, const Profile &profile, QList<Reason> &reasons)
{
    if (!isFresh(v.backups.freshness) || !profile.backupPolicy || profile.backupPolicy->every == 0s)
        return;
    const auto minutes = [](auto time) { return std::chrono::floor<std::chrono::minutes>(time).count(); };
    const auto every = profile.backupPolicy->every;
    const BackupFigures figures = figuresOf(v.backups, *profile.backupPolicy, v.at);
    const auto &newest = figures.newestGood;
    if (figures.isUnsure) // the refusal says that files could not be read
        return;
    if (newest && v.at - *newest->fact.takenAt <= every + BackupPolicy::tolerance)
        return;
    reasons.append({.code = Reason::Code::BackupOld,
                    .status = Status::Degraded,
                    .subject = newest ? newest->fact.id : QString(),
                    .count = newest ? std::optional<qint64>(minutes(v.at - *newest->fact.takenAt)) : std::nullopt,
                    .threshold = minutes(every),
                    .since = newest ? std::optional(*newest->fact.takenAt + every) : std::nullopt});
}

/// Sentinels of a set that can decide but are not all there. The one that reaches most counts: others may be cut off.
void judgeReached(const QString &set, const QList<const Sentinel *> &sentinels, QList<Reason> &reasons)
{
    const Sentinel *most = nullptr;
    for (const Sentinel *sentinel : sentinels) {
        if (sentinel->usable.has() && sentinel->known.has() && (!most || *sentinel->usable > *most->usable))
            most = sentinel;
    }
    if (most && *most->usable < *most->known)
        reasons.append({.code = Reason::Code::SentinelLost,
                        .status = Status::Degraded,
                        .subject = set,
                        .count = *most->known - *most->usable,
                        .threshold = most->known.value});
}

/// Of each set that Sentinels watch: one of them that can still decide is enough, as the others may be cut off.
void judgeSentinels(const DeploymentView &v, QList<Reason> &reasons)
{
    if (!isFresh(v.sentinels.freshness))
        return;
    QMap<QString, QList<const Sentinel *>> sets;
    for (const Told<Sentinel> &row : v.sentinels.rows) {
        if (isFresh(row.freshness) && row.fact.canDecide.has())
            sets[row.fact.master].append(&row.fact);
    }
    for (auto set = sets.cbegin(); set != sets.cend(); ++set) {
        if (std::ranges::any_of(*set, [](const Sentinel *s) { return *s->canDecide != 0; })) {
            judgeReached(set.key(), *set, reasons);
            continue;
        }
        Reason reason{.code = Reason::Code::QuorumLost, .status = Status::Degraded, .subject = set.key()};
        for (const Sentinel *sentinel : *set) {
            reason.count = std::max(reason.count, sentinel->usable.value);
            reason.threshold = std::max({reason.threshold, sentinel->quorum.value, sentinel->majority.value});
        }
        reasons.append(reason);
    }
}

/// Sentinels remember a set's replicas, the dead ones too: where they know some and none is connected to the master,
/// one was lost. With several sets nobody says whose master this is.
void judgeReplicas(const DeploymentView &v, QList<Reason> &reasons)
{
    if (!seesRedisReplicas(v) ||
        std::ranges::any_of(v.replicas.rows, [&](const auto &row) { return row.source == v.redis.source; }))
        return;
    const Sentinel *most = nullptr;
    for (const Told<Sentinel> &row : v.sentinels.rows) {
        if (!isFresh(row.freshness) || !row.fact.replicas.has())
            continue;
        if (most && most->master != row.fact.master)
            return;
        if (!most || *row.fact.replicas > *most->replicas)
            most = &row.fact;
    }
    if (most && *most->replicas > 0)
        reasons.append({.code = Reason::Code::ReplicaLost,
                        .status = Status::Degraded,
                        .subject = most->master,
                        .count = most->replicas.value});
}

/// A physical slot that nobody reads from was a standby's; a standby of the profile's that answers, while the primary
/// streams to nobody, has lost it.
void judgeStandbys(DeploymentView &v, QList<Reason> &reasons)
{
    const auto lost = [&reasons](const QString &name) {
        reasons.append(
            {.code = Reason::Code::ReplicaLost, .status = Status::Degraded, .subject = name, .word = u"postgresql"_s});
    };
    if (!seesStandbys(v))
        return;
    bool anyRow = false;
    for (Told<Replica> &row : v.replicas.rows) {
        if (row.source != v.database.source || isLogicalSlot(row.fact))
            continue;
        anyRow = true;
        const QString state = row.fact.state.valueOr({});
        if (state != "inactive"_L1 && state != "lost"_L1)
            continue;
        lost(row.fact.id);
        row.status = Status::Degraded;
    }
    for (const ServerView<Database> &server : std::as_const(v.databases)) {
        if (!anyRow && isFresh(server.freshness) && server.fact->isStandby.valueOr(0) == 1)
            lost(server.fact->name());
    }
}

/// The deployment's own word counts; only where the profile reads none, that of its parts.
bool isHealthKnown(const DeploymentView &v)
{
    const auto known = [](const HealthView &h) {
        return isFresh(h.freshness) && h.level.has() && *h.level != Level::Unknown;
    };
    const bool nobodySpeaksForAll = v.health.first().freshness.kind == Freshness::Kind::Pending;
    return nobodySpeaksForAll ? std::ranges::any_of(v.health, known) : known(v.health.first());
}

/// Within one status the most telling first: what failed, then what follows from it.
int order(const Reason &reason)
{
    using enum Reason::Code;
    switch (reason.code) {
    case HealthDown:
        return reason.cause.isEmpty() ? 0 : 7;
    case SourceFailing:
        return 1;
    case BreakerOpen:
        return 2;
    case BreakerHalfOpen:
        return 3;
    case LimiterFallback:
    case QuorumLost:
    case ReplicaLost:
        return 4;
    case LimitRefusing:
    case SentinelLost:
    case HitRateLow:
    case ReplicaLagging:
    case ClientsWaiting:
        return 5;
    case ErrorsHigh:
    case LatencyHigh:
    case MetricOutOfBounds:
        return 6;
    case HealthDegraded:
    case HealthUnknown:
    case BackupOld:
        return 7;
    case SourceSilent:
        return 8;
    case PartRefused:
        return 9;
    case LimitReached:
        return 10;
    }
    return 11;
}
} // namespace

void judge(DeploymentView &view, const DeploymentState &state, const Profile &profile)
{
    QList<Reason> reasons;
    judgeSources(view, reasons);
    judgeHealth(view, state, reasons);
    judgeBreakers(view, state, reasons);
    judgeNumbers(view, state, profile, reasons);
    judgeExpectations(view, reasons);
    judgeStores(view, profile, reasons);
    judgeBackups(view, profile, reasons);
    judgeSentinels(view, reasons);
    judgeReplicas(view, reasons);
    judgeStandbys(view, reasons);
    std::ranges::stable_sort(reasons, [](const Reason &a, const Reason &b) {
        return a.status != b.status ? a.status > b.status : order(a) < order(b);
    });

    view.status = isHealthKnown(view) ? Status::Ok : Status::Unknown;
    for (const Reason &reason : reasons)
        view.status = std::max(view.status, reason.status);
    view.reasons = std::move(reasons);
    view.since = statusSince(view);
}

std::optional<Event> openingOf(const QList<Event> &events, const QString &breaker)
{
    qint64 failedTrials = 0;
    for (const Event &event : std::ranges::reverse_view(events)) {
        if (event.kind != EventKind::BreakerChanged || event.subject != breaker)
            continue;
        const bool wasTrial = event.from == toWord(BreakerState::HalfOpen);
        if (event.to == toWord(BreakerState::Open) && !wasTrial) {
            Event opening = event;
            opening.failedTrials = failedTrials;
            return opening;
        }
        if (event.to == toWord(BreakerState::Open))
            ++failedTrials;
        else if (event.to != toWord(BreakerState::HalfOpen))
            return {};
    }
    return {};
}

bool seesRedisReplicas(const DeploymentView &view)
{
    return view.redis.fact && isFresh(view.redis.freshness) && view.redis.fact->role.valueOr({}) == "master"_L1 &&
           seesReplicas(view, view.redis.source);
}

bool seesStandbys(const DeploymentView &view)
{
    const ServerView<Database> &primary = view.database;
    return primary.fact && isFresh(primary.freshness) && primary.fact->isStandby.valueOr(1) == 0 &&
           seesReplicas(view, primary.source);
}

std::optional<Instant> statusSince(const DeploymentView &view)
{
    std::optional<Instant> since;
    if (view.status == Status::Ok) // a note is no reason for it
        return since;
    for (const Reason &reason : view.reasons) {
        if (reason.status == view.status && reason.since && (!since || *reason.since < *since))
            since = reason.since;
    }
    return since;
}

} // namespace qd
