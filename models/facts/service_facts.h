/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/value.h"

#include <QList>

/// What a service says of itself, and what its limiter and caches keep for it.
namespace qd {

/// How well a thing is by its own account. Ordered by severity.
enum class Level { Unknown = 0, Ok = 1, Degraded = 2, Down = 3 };

/// One node of a deployment's health tree. `path` is "" for the deployment itself, "database", "external/openai".
struct HealthCheck
{
    static constexpr const char *kind = "health";
    QString path;
    Value<Level> level;
    Value<QString> word;   ///< the status as the deployment wrote it
    Value<Millis> latency; ///< as the deployment measured it
    Value<QString> detail; ///< backend or other short note, as written

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("level", Behaviour::State, f.level);
        visit("word", Behaviour::Gauge, f.word);
        visit("latency_ms", Behaviour::Gauge, f.latency);
        visit("detail", Behaviour::Gauge, f.detail);
    }

    [[nodiscard]] QString name() const { return path; }
    bool operator==(const HealthCheck &) const = default;
};

/// Circuit breaker states; numbers are the severity order of a state strip.
enum class BreakerState { Unknown = 0, Closed = 1, HalfOpen = 2, Open = 3, Disabled = 4 };

/// A circuit breaker (Nygard, "Release It!"; the Hystrix vocabulary).
struct Breaker
{
    static constexpr const char *kind = "breaker";
    QString id;
    Value<BreakerState> state;
    Value<qint64> failures;         ///< consecutive failures counted now
    Value<qint64> failureThreshold; ///< failures that open it
    Value<Millis> recoveryTimeout;  ///< open for this long before a trial
    Value<Instant> openedAt;
    Value<qint64> callsTotal;
    Value<qint64> failuresTotal;
    Value<qint64> rejectedTotal; ///< refused without a call because open
    Value<qint64> openedTotal;   ///< times it opened
    Value<Share> failureShare;   ///< of the calls in its own window, as it measures it itself

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("state", Behaviour::State, f.state);
        visit("failures", Behaviour::Gauge, f.failures);
        visit("failure_threshold", Behaviour::Gauge, f.failureThreshold);
        visit("recovery_timeout_ms", Behaviour::Gauge, f.recoveryTimeout);
        visit("opened_at", Behaviour::Gauge, f.openedAt);
        visit("calls_total", Behaviour::Counter, f.callsTotal);
        visit("failures_total", Behaviour::Counter, f.failuresTotal);
        visit("rejected_total", Behaviour::Counter, f.rejectedTotal);
        visit("opened_total", Behaviour::Counter, f.openedTotal);
        visit("failure_share", Behaviour::Gauge, f.failureShare);
    }

    [[nodiscard]] QString name() const { return id; }
    bool operator==(const Breaker &) const = default;
};

/// Lookups of one cache group since its counters were started.
struct Cache
{
    static constexpr const char *kind = "cache";
    QString group;
    Value<qint64> hits;
    Value<qint64> misses;
    Value<qint64> keys;       ///< keys of the group alive now
    Value<Millis> longestTtl; ///< the longest remaining life seen among them

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("hits_total", Behaviour::Counter, f.hits);
        visit("misses_total", Behaviour::Counter, f.misses);
        visit("keys", Behaviour::Gauge, f.keys);
        visit("longest_ttl_ms", Behaviour::Gauge, f.longestTtl);
    }

    [[nodiscard]] QString name() const { return group; }
    bool operator==(const Cache &) const = default;
};

/// One client's counter against one limit, in its current window.
struct RateLimit
{
    static constexpr const char *kind = "limit";
    QString tier;   ///< the profile's name for the limit; the scope where the profile names none
    QString client; ///< address, key or user, as the limiter writes it
    QString scope;  ///< route or shared scope, as the limiter writes it
    Value<qint64> used;
    Value<qint64> limit;
    Value<Millis> window;
    Value<Instant> resetsAt;
    Value<Instant> limitUntil; ///< this client has a limit of its own, and has it so long

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("used", Behaviour::Gauge, f.used);
        visit("limit", Behaviour::Gauge, f.limit);
        visit("window_ms", Behaviour::Gauge, f.window);
        visit("resets_at", Behaviour::Gauge, f.resetsAt);
        visit("limit_until", Behaviour::Gauge, f.limitUntil);
    }

    [[nodiscard]] QString name() const { return tier + u'|' + client + u'|' + scope; }
    bool operator==(const RateLimit &) const = default;
};

/// Refusals (429) of one tier since the service started.
struct LimitTier
{
    static constexpr const char *kind = "tier";
    QString tier;
    Value<qint64> rejectedTotal;

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("rejected_total", Behaviour::Counter, f.rejectedTotal);
    }

    [[nodiscard]] QString name() const { return tier; }
    bool operator==(const LimitTier &) const = default;
};

/// Where the rate limiter keeps its counts now.
enum class LimiterMode { Unknown = 0, Redis = 1, Memory = 2, FailingOpen = 3, Refusing = 4 };
struct Limiter
{
    static constexpr const char *kind = "limiter";
    Value<LimiterMode> mode;
    Value<QString> word; ///< as written

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("mode", Behaviour::State, f.mode);
        visit("word", Behaviour::Gauge, f.word);
    }

    [[nodiscard]] QString name() const { return {}; }
    bool operator==(const Limiter &) const = default;
};

/// HTTP traffic by the service's own account.
struct Requests
{
    static constexpr const char *kind = "requests";
    Value<qint64> total;
    Value<qint64> errorsTotal;
    Value<Millis> latencyP50;
    Value<Millis> latencyP95;

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("total", Behaviour::Counter, f.total);
        visit("errors_total", Behaviour::Counter, f.errorsTotal);
        visit("latency_p50_ms", Behaviour::Gauge, f.latencyP50);
        visit("latency_p95_ms", Behaviour::Gauge, f.latencyP95);
    }

    [[nodiscard]] QString name() const { return {}; }
    bool operator==(const Requests &) const = default;
};

/// One metric of an exposition page (OpenMetrics 1.0): a label set of a family, in the unit that its page tells.
struct Metric
{
    static constexpr const char *kind = "metric";
    QString family;                            ///< with a counter's "_total", in either format
    QList<std::pair<QString, QString>> labels; ///< by name
    QString type;                              ///< as the page writes it: "counter", "gauge", "histogram", …
    QString unit;                              ///< empty where the page tells none
    QString help;
    Value<double> value; ///< not of a histogram or a summary
    Value<double> count; ///< observations of a histogram or a summary
    Value<double> sum;
    Value<double> p50; ///< of a histogram's last minute; of a summary what it tells itself
    Value<double> p95;

    /// `family{label="value",…}`

    template <class F, class Visit>
    static void eachField(F &f, Visit &&visit)
    {
        visit("value", f.type == QLatin1StringView("counter") ? Behaviour::Counter : Behaviour::Gauge, f.value);
        visit("count", Behaviour::Counter, f.count);
        visit("sum", Behaviour::Counter, f.sum);
        visit("p50", Behaviour::Gauge, f.p50);
        visit("p95", Behaviour::Gauge, f.p95);
    }

    [[nodiscard]] QString name() const;
    bool operator==(const Metric &) const = default;
};

} // namespace qd
