/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/state.h"
#include "profile/profile.h"

namespace qd {

/// How a thing stands, for the eye. Ordered by trouble, worst last; Unknown is worse than healthy, because nobody
/// knows.
enum class Status { Ok = 0, NotAvailable = 1, Muted = 2, Unknown = 3, Degraded = 4, Down = 5 };
[[nodiscard]] QString toWord(Status status); ///< "ok", "not-available", "muted", "unknown", "degraded", "down"

/// How far a source's values can be believed at a moment.
struct Freshness
{
    enum class Kind {
        Pending, ///< *not measured*: not asked yet, or asked and never answered, and `error` says why
        Fresh,
        Stale,   ///< *stale since*: no answer within staleAfter, or failing with an older answer at hand
        Refused, ///< *refused because*: the source says no (wrong password, no right, not found); `error` says why
    };
    Kind kind = Kind::Pending;
    Instant since{}; ///< of the last good answer (Fresh, Stale); of the first failure where there was none
    std::optional<Error> error;

    bool operator==(const Freshness &) const = default;
};
[[nodiscard]] QString toWord(Freshness::Kind kind); ///< "not-measured", "fresh", "stale", "refused"

/// Why a number is what it is: its origin, or the formula that computed it with the numbers put in.
struct Because
{
    QString source;
    Origin origin;
    QString formula;       ///< empty where the deployment said the number itself
    QString rule;          ///< the profile's rule that coloured it, with its numbers ("hit rate < 80 %")
    QList<Because> inputs; ///< of the formula

    // Not defaulted: Qt's test for an equality operator (QMetaType) would chase its own tail through `inputs`.
    bool operator==(const Because &other) const;
};

/// A number as a view holds it: nothing = not measured, or refused where an `error` says why.
template <class T>
struct Shown
{
    std::optional<T> value;
    Status status = Status::Ok;
    Because because;
    std::optional<Error> error = std::nullopt; ///< the source answered and said why it has not this one

    [[nodiscard]] bool has() const { return value.has_value(); }
    [[nodiscard]] const T &operator*() const { return *value; }
    [[nodiscard]] const T *operator->() const { return &*value; }
    bool operator==(const Shown &) const = default;
};

/// Of a value in a row: the row's, unless its source could not tell this one.
template <class T>
[[nodiscard]] Freshness freshnessOf(const Shown<T> &shown, const Freshness &row)
{
    if (shown.has() || !shown.error || row.kind != Freshness::Kind::Fresh)
        return row;
    return {.kind = Freshness::Kind::Refused, .since = row.since, .error = shown.error};
}

struct SourceView
{
    QString id;
    QString kind;
    QString title;          ///< of the kind: "PostgreSQL"
    bool isService = false; ///< the deployment's own program, not something it stands on
    Freshness freshness;
    std::optional<Error> error; ///< of the latest attempt
    Instant failingSince{};     ///< with `error`: the first of these failures
    Millis latency{0};          ///< of the last good answer
    std::chrono::milliseconds interval{0};
    QList<Refusal> refusals;
    bool operator==(const SourceView &) const = default;
};

struct HealthView
{
    QString path; ///< "" is the deployment itself
    int depth = 0;
    Freshness freshness;
    Status status = Status::Unknown;
    Shown<Level> level;
    Shown<QString> word;
    Shown<Millis> latency;
    Shown<QString> detail;
    bool operator==(const HealthView &) const = default;
};

struct BreakerView
{
    QString name;
    Freshness freshness;
    Status status = Status::Unknown; ///< Open: Down; HalfOpen: Degraded
    Shown<BreakerState> state;
    Shown<qint64> failures;
    Shown<qint64> threshold;
    Shown<Millis> recoveryTimeout;
    Shown<Millis> halfOpenIn; ///< while open and fresh; 0 when due
    Shown<PerSecond> traffic; ///< calls and refusals over the last minute
    /// Failed calls of all calls over the last minute, not measured without traffic; where nobody counts calls, of
    /// those in the breaker's own window.
    Shown<Share> errorShare;
    Shown<qint64> calls; ///< totals
    Shown<qint64> failed;
    Shown<qint64> rejected;
    std::optional<Event> lastTransition;
    bool operator==(const BreakerView &) const = default;
};

struct CacheView
{
    QString group;
    Freshness freshness;
    Status status = Status::Unknown;
    Shown<Share> hitRate;      ///< over the last minute; not measured without lookups
    Shown<Share> hitRateTotal; ///< since the counters were started
    Shown<qint64> hits;
    Shown<qint64> misses;
    Shown<PerSecond> lookups;
    Shown<qint64> keys;
    std::chrono::seconds ttl{0}; ///< the profile's; 0: not written
    std::optional<Share> hitRateAtLeast;
    bool operator==(const CacheView &) const = default;
};

struct LimitView
{
    QString tier;
    QString client;
    QString scope;
    Freshness freshness;
    Status status = Status::Unknown; ///< at the limit: Down; near: Degraded
    Shown<qint64> used;
    Shown<qint64> limit;
    Shown<Share> fill; ///< used / limit, may pass 1
    Shown<Millis> window;
    Shown<Millis> resetsIn;
    Shown<Instant> limitUntil; ///< of a limit of this client's own
    bool operator==(const LimitView &) const = default;
};

/// One tier of the profile with what its clients use of it.
struct TierView
{
    QString tier;
    Freshness freshness;
    Status status = Status::Unknown;
    qint64 limit = 0;
    std::chrono::seconds window{0};
    Shown<qint64> clients; ///< with a counter now; not measured while the limiter is not in Redis
    Shown<qint64> clientsAtLimit;
    Shown<qint64> rejected;     ///< total, as the service counts
    Shown<PerSecond> rejecting; ///< 429s over the last minute
    Shown<qint64> refused;      ///< in the last minute; more than thresholds.refusals: Degraded
    bool operator==(const TierView &) const = default;
};

struct LimiterView
{
    Freshness freshness;
    Status status = Status::Unknown; ///< anything but Redis, where the profile expects Redis: Degraded
    Shown<LimiterMode> mode;
    bool operator==(const LimiterView &) const = default;
    /// False where the service counts elsewhere or not at all, or nobody can tell any more: then the counters in Redis
    /// do not say who is limited.
    [[nodiscard]] bool isInRedis() const;
};

struct RequestsView
{
    Freshness freshness;
    Shown<PerSecond> rate;
    Shown<Share> errorShare;
    Shown<Millis> latencyP50;
    Shown<Millis> latencyP95;
    bool isLatencyJudged = false; ///< there were requests enough in the last minute, or nobody counts them
    Shown<qint64> total;
    Shown<qint64> errors;
    bool operator==(const RequestsView &) const = default;
};

/// A metric of which the profile expects something.
struct ExpectationView
{
    QString title;
    Freshness freshness;
    Status status = Status::Unknown;
    Shown<double> value;
    QString unit; ///< "s", "/min" for what is counted a minute, or the profile's own word
    std::optional<double> atMost;
    std::optional<double> atLeast;
    bool operator==(const ExpectationView &) const = default;
};

/// A fact as read, with how far it can be believed.
template <class F>
struct Told
{
    QString source;
    Freshness freshness;
    Status status = Status::Unknown;
    F fact;
    bool operator==(const Told &) const = default;
};

/// All facts of one kind.
template <class F>
struct Telling
{
    Freshness freshness; ///< of the kind as a whole; fresh and no rows: there is none
    QList<Told<F>> rows; ///< by name
    bool operator==(const Telling &) const = default;
};

/// The server facts as read, with how fresh they are.
template <class F>
struct ServerView
{
    QString source;
    Freshness freshness;
    std::optional<F> fact;
    bool operator==(const ServerView &) const = default;
};

/// One reason for a deployment's status; ui/words says it.
struct Reason
{
    enum class Code {
        HealthDown, ///< subject: health path; word as written
        HealthDegraded,
        HealthUnknown, ///< it answers, and says nothing that the profile understands; word as written
        BreakerOpen,   ///< subject: breaker; count, threshold
        BreakerHalfOpen,
        HitRateLow,        ///< subject: group; share, atLeast
        LimiterFallback,   ///< word: mode
        LimitReached,      ///< subject: tier; count: clients at their limit. Never worse than Ok by itself
        LimitRefusing,     ///< subject: tier; count, threshold: refusals in the last minute; clients at their limit
        ErrorsHigh,        ///< share, atLeast
        LatencyHigh,       ///< count, threshold: p95 in ms
        MetricOutOfBounds, ///< subject: the expectation's title; word: its unit; number, bound
        ReplicaLagging,    ///< subject: replica, word "bytes", or database, word "ms"; count, threshold in that unit
        ClientsWaiting,    ///< subject: pool; count, threshold: the longest wait in ms
        BackupOld,     ///< subject: the newest good one, "" for none; count: its age, threshold: the policy, minutes
        SourceFailing, ///< subject: source; error
        SourceSilent,  ///< subject: source: no answer yet or none for too long
        PartRefused,   ///< subject: source; word: fact kind; error
        QuorumLost,    ///< subject: the set's name; count: Sentinels usable; threshold: that a failover takes
        SentinelLost,  ///< subject: the set's name; count: Sentinels not reached by the others; threshold: known
        /// Redis: subject: the set's name; count: replicas that its Sentinels know; none is connected. PostgreSQL:
        /// subject: the replica; word: "postgresql"
        ReplicaLost,
    };
    Code code = Code::SourceSilent;
    Status status = Status::Unknown;
    QString subject;
    QString word;
    std::optional<qint64> count;
    std::optional<qint64> threshold;
    std::optional<Share> share;
    std::optional<Share> atLeast;
    std::optional<double> number;
    std::optional<double> bound;
    QString client; ///< LimitRefusing: the one that is furthest beyond its limit, masked like a secret; "": not known
    QString route;  ///< with it, where the limiter tells one
    qint64 clients = 0; ///< LimitRefusing: at their limit now
    std::optional<Error> error;
    QString cause;                ///< HealthDown, HealthDegraded: the source whose failing explains it
    std::optional<Instant> since; ///< none where it stood already when it was first looked at
    bool operator==(const Reason &) const = default;
};

/// One deployment at one moment: everything the screen, the terminal and the rules may know of it.
struct DeploymentView
{
    QString name;
    QString title;
    QString environment;
    Instant at;
    Status status = Status::Unknown;
    std::optional<Instant> since;        ///< of the present status, where it is known
    std::optional<Instant> watchedSince; ///< nothing that happened before it can be in `events`
    QList<Reason> reasons;               ///< worst first
    QList<SourceView> sources;           ///< in the profile's order
    QList<HealthView> health;            ///< depth first, parents before children
    QList<BreakerView> breakers;         ///< profile's order, then by name
    QList<CacheView> caches;
    LimiterView limiter;
    QList<TierView> tiers;
    QList<LimitView> limits; ///< nearest to full first
    RequestsView requests;
    QList<ExpectationView> expectations; ///< in the profile's order
    ServerView<RedisServer> redis;
    ServerView<Database> database;
    QList<ServerView<RedisServer>> redisServers; ///< in the profile's order; `redis` is the master among them
    QList<ServerView<Database>> databases;       ///< in the profile's order; `database` is the primary among them
    Telling<Replica> replicas;
    Telling<Pool> pools;
    Telling<Sentinel> sentinels;
    Telling<Session> sessions;
    Telling<Statement> statements;
    Telling<Relation> relations;
    Telling<Backup> backups;
    Telling<SigningKey> signingKeys;
    Telling<ApiKey> apiKeys;
    Telling<FeatureFlag> flags;
    Telling<Variable> variables;
    Telling<Deploy> deploys;
    Telling<Metric> metrics;
    QList<Event> events;               ///< newest first
    std::optional<Instant> lastAnswer; ///< of any source

    bool operator==(const DeploymentView &) const = default;
    [[nodiscard]] qsizetype openBreakers() const;
    [[nodiscard]] const CacheView *lowestHitRate() const; ///< null where none is measured
    [[nodiscard]] const LimitView *nearestLimit() const;  ///< null where none is measured
};

/// Pure: what `state` means under `profile` at `at`.
[[nodiscard]] DeploymentView view(const DeploymentState &state, const Profile &profile, Instant at);

/// The path of a value from the raw reply to the screen, for *Why?*.
struct Explanation
{
    struct Step
    {
        QString command; ///< what shows the same by hand
        QByteArray reply;
        Exchange::Format format = Exchange::Format::Json;
        bool truncated = false;
        QString pointer; ///< the part of `reply` that was read
        QString source;
        Instant takenAt;
        Millis latency{0};
    };
    QString formula;
    QString rule;
    QList<Step> steps;
};

/// Pure: gathers the evidence behind `because` from the sources' last good readings.
[[nodiscard]] Explanation explain(const DeploymentState &state, const Because &because);

} // namespace qd
