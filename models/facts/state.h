/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/reading.h"

#include <map>

namespace qd {

/// What a source has said so far.
struct SourceState
{
    std::optional<Reading> good; ///< the last answer
    std::optional<Error> error;  ///< why the latest attempt failed; none if it answered
    Instant errorSince;          ///< first failure of the present run of failures
    Instant attemptedAt;         ///< the latest attempt
    int failures = 0;            ///< failures in a row

    bool operator==(const SourceState &) const = default;
};

enum class EventKind {
    BreakerChanged, ///< subject: breaker; from, to: BreakerState words
    HealthChanged,  ///< subject: health path; from, to: Level words
    LimiterChanged, ///< from, to: LimiterMode words
    SourceLost,     ///< subject: source; error says why
    SourceBack,     ///< subject: source
    CounterReset,   ///< subject: source; counters in it started anew (a restart)
    HitRateChanged, ///< subject: cache group; from, to: Status words; bound: the least that is well
    LimitChanged,   ///< subject: tier, at whose limit clients are or are no more; from, to: Status words
    ErrorsChanged,  ///< from, to: Status words; bound: the most that is well
    FailedOver,     ///< subject: the set's name; from, to: addresses of the master; took, where the fall was seen
    RoleChanged,    ///< a server; subject: its connection; from, to: role words
    SchemaChanged,  ///< subject: database; from, to: versions
    KeyChanged,     ///< subject: signing key; from, to: KeyState words; from is empty for a new one
    FlagChanged,    ///< subject: flag; from, to: as set; by: who, where it is told
    Deployed,       ///< subject: deploy; to: status as written; from is empty for a new one
    BackupTaken,    ///< subject: file
    LatencyChanged, ///< from, to: Status words; threshold: the most that is well, in ms
    MetricChanged,  ///< subject: an expectation's title; from, to: Status words
    StatusChanged,  ///< of the deployment as a whole; subject: its name; from, to: Status words
};

/// Something that changed between two readings. `at` is when it was seen, or when it happened where the deployment
/// tells (a breaker's opened_at).
struct Event
{
    Instant at;
    EventKind kind = EventKind::SourceBack;
    QString source;
    QString subject;
    QString from;
    QString to;
    std::optional<Error> error;
    std::optional<qint64> count; ///< failures that opened a breaker
    std::optional<qint64> threshold;
    std::optional<Share> bound;
    std::optional<Millis> took;
    QString by;
    qint64 failedTrials = 0;         ///< BreakerChanged to open, in a list that tells an opening once: since then
    std::optional<Instant> openedAt; ///< with these; `at` is of the last of them
    bool wasUnseen = false;          ///< SourceLost, SourceBack: the source had never answered before

    bool operator==(const Event &) const = default;
};

/// A counter's values over the last minute, so that a view can tell its rate without a clock or a history.
struct CounterWindow
{
    struct Point
    {
        Instant at;
        double value = 0;
        bool operator==(const Point &) const = default;
    };
    QList<Point> points;

    static constexpr std::chrono::seconds span{60};
    /// Drops what is older than `span` before `at`, but keeps one point at or before that edge.
    void append(Instant at, double value);
    /// Growth over the window; a fall counts as a restart from zero (Prometheus' increase() without extrapolation).
    /// Nothing with fewer than two points.
    [[nodiscard]] std::optional<double> increase() const;
    [[nodiscard]] std::optional<PerSecond> rate() const;
    bool operator==(const CounterWindow &) const = default;
};

/// What a counter's window is kept under: two sources may tell the same counter, each in its own time.
[[nodiscard]] QString counterKey(const QString &source, const QString &series);

/// Everything read from one deployment. Facts live in the last good reading of each source; a fact that the source no
/// longer mentions is gone.
struct DeploymentState
{
    QString deployment;
    std::optional<Instant> watchedSince; ///< the first reading of any source: what was before, nobody saw
    std::map<QString, SourceState> sources;
    std::map<QString, CounterWindow> counters; ///< by counterKey()
    std::map<QString, Instant> since;          ///< by "KIND/NAME": when its state or level last changed, if seen
    QList<Event> events;                       ///< oldest first, at most `eventCap`

    static constexpr qsizetype eventCap = 1000;
    bool operator==(const DeploymentState &) const = default;
};

/// The state after `reading`. Pure: no clock, no I/O. Readings of one source come in the order in which they were
/// taken (a poller never has two questions in flight), whatever the clock says: it may have been set back.
[[nodiscard]] DeploymentState fold(DeploymentState state, const Reading &reading);

/// All facts of type F, with the id of the source that said each, ordered by name.
template <class F>
[[nodiscard]] QList<std::pair<QString, F>> factsOf(const DeploymentState &state)
{
    QList<std::pair<QString, F>> found;
    for (const auto &[id, source] : state.sources) {
        if (!source.good || !source.good->outcome)
            continue;
        for (const Fact &fact : source.good->outcome->facts) {
            if (const auto *f = std::get_if<F>(&fact))
                found.append({id, *f});
        }
    }
    return found;
}

} // namespace qd
