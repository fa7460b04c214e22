/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "facts/state.h"

#include <QHash>
#include <QSet>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
void note(DeploymentState &state, Event event)
{
    state.events.append(std::move(event));
    if (state.events.size() > DeploymentState::eventCap)
        state.events.removeFirst();
}

bool isStateTold(const DeploymentState &state, const QString &breaker)
{
    return std::ranges::any_of(state.sources, [&](const auto &source) {
        return source.second.good && std::ranges::any_of(source.second.good->outcome->facts, [&](const Fact &fact) {
                   const auto *told = std::get_if<Breaker>(&fact);
                   return told && told->id == breaker && told->state.has();
               });
    });
}

void compare(DeploymentState &state, const Reading &reading, const Breaker &before, const Breaker &now)
{
    // Nobody tells its state (opossum's metrics), but how often it opened: that it did is known, what it is now is not.
    if (now.openedTotal.valueOr(0) > before.openedTotal.valueOr(std::numeric_limits<qint64>::max()) &&
        !now.state.has() && !isStateTold(state, now.id))
        note(state, {.at = reading.takenAt,
                     .kind = EventKind::BreakerChanged,
                     .source = reading.source,
                     .subject = now.id,
                     .to = toWord(BreakerState::Open)});
    if (!before.state.has() || !now.state.has())
        return;
    // Tried and opened again between two readings: only the moment of opening tells.
    const bool reopened = *now.state == BreakerState::Open && before.openedAt.has() && now.openedAt.has() &&
                          *now.openedAt > *before.openedAt;
    if (*before.state == *now.state && !reopened)
        return;
    Event event{.at = reading.takenAt,
                .kind = EventKind::BreakerChanged,
                .source = reading.source,
                .subject = now.id,
                .from =
                    toWord(reopened && *before.state == BreakerState::Open ? BreakerState::HalfOpen : *before.state),
                .to = toWord(*now.state)};
    if (*now.state == BreakerState::Open) {
        event.count = now.failures.value;
        event.threshold = now.failureThreshold.value;
        if (now.openedAt.has() && *now.openedAt <= reading.takenAt)
            event.at = *now.openedAt;
    }
    state.since[keyOf(now)] = event.at;
    note(state, std::move(event));
}

void compare(DeploymentState &state, const Reading &reading, const HealthCheck &before, const HealthCheck &now)
{
    if (!before.level.has() || !now.level.has() || *before.level == *now.level)
        return;
    state.since[keyOf(now)] = reading.takenAt;
    note(state, {.at = reading.takenAt,
                 .kind = EventKind::HealthChanged,
                 .source = reading.source,
                 .subject = now.path,
                 .from = toWord(*before.level),
                 .to = toWord(*now.level)});
}

void compare(DeploymentState &state, const Reading &reading, const Limiter &before, const Limiter &now)
{
    if (!before.mode.has() || !now.mode.has() || *before.mode == *now.mode)
        return;
    state.since[keyOf(now)] = reading.takenAt;
    note(state, {.at = reading.takenAt,
                 .kind = EventKind::LimiterChanged,
                 .source = reading.source,
                 .from = toWord(*before.mode),
                 .to = toWord(*now.mode)});
}

/// Several Sentinels tell of one failover; who saw the master fall first, and who took the new one first, tell how long
/// it took.
void compare(DeploymentState &state, const Reading &reading, const Sentinel &before, const Sentinel &now)
{
    if (!before.masterAddress.has() || !now.masterAddress.has() || *before.masterAddress == *now.masterAddress)
        return;
    // One that was cut off meanwhile tells of it late.
    const auto last = std::find_if(state.events.crbegin(), state.events.crend(), [&](const Event &event) {
        return event.kind == EventKind::FailedOver && event.subject == now.master;
    });
    if (last != state.events.crend() && last->to == *now.masterAddress)
        return;
    const auto earliest = [&](const QList<Fact> &facts, Value<Instant> Sentinel::*field, const QString &address) {
        std::optional<Instant> found;
        for (const Fact &fact : facts) {
            const auto *sentinel = std::get_if<Sentinel>(&fact);
            if (sentinel && sentinel->master == now.master && sentinel->masterAddress.value == address &&
                (sentinel->*field).has())
                found = std::min(found.value_or(*(sentinel->*field)), *(sentinel->*field));
        }
        return found;
    };
    const Reading &good = *state.sources[reading.source].good;
    const auto fall = earliest(good.outcome->facts, &Sentinel::silentSince, *before.masterAddress);
    const auto rise = earliest(reading.outcome->facts, &Sentinel::masterSince, *now.masterAddress);
    // A Sentinel that was cut off may have had the new address for long.
    const bool isDated = rise && *rise > fall.value_or(good.takenAt) && *rise < reading.takenAt;
    Event event{.at = isDated ? *rise : reading.takenAt,
                .kind = EventKind::FailedOver,
                .source = reading.source,
                .subject = now.master,
                .from = *before.masterAddress,
                .to = *now.masterAddress};
    if (fall && *fall <= event.at)
        event.took = event.at - *fall;
    note(state, std::move(event));
}

/// Notes `kind` where a word that was told before is another now.
void compareWords(DeploymentState &state, const Reading &reading, EventKind kind, const QString &subject,
                  const Value<QString> &before, const Value<QString> &now, const QString &by = {})
{
    if (before.has() && now.has() && *before != *now)
        note(state, {.at = reading.takenAt,
                     .kind = kind,
                     .source = reading.source,
                     .subject = subject,
                     .from = *before,
                     .to = *now,
                     .by = by});
}

void compare(DeploymentState &state, const Reading &reading, const RedisServer &before, const RedisServer &now)
{
    compareWords(state, reading, EventKind::RoleChanged, reading.source, before.role, now.role);
}

void compare(DeploymentState &state, const Reading &reading, const Database &before, const Database &now)
{
    const auto role = [](const Database &database) {
        Value<QString> word;
        if (database.isStandby.has())
            word.value = *database.isStandby == 0 ? QStringLiteral("primary") : QStringLiteral("standby");
        return word;
    };
    compareWords(state, reading, EventKind::RoleChanged, reading.source, role(before), role(now));
    compareWords(state, reading, EventKind::SchemaChanged, now.name(), before.schemaVersion, now.schemaVersion);
}

void compare(DeploymentState &state, const Reading &reading, const SigningKey &before, const SigningKey &now)
{
    const auto word = [](const Value<KeyState> &value) {
        return Value<QString>{.value = value.value.transform([](KeyState key) { return toWord(key); }), .origin = {}};
    };
    compareWords(state, reading, EventKind::KeyChanged, now.id, word(before.state), word(now.state));
}

void compare(DeploymentState &state, const Reading &reading, const FeatureFlag &before, const FeatureFlag &now)
{
    compareWords(state, reading, EventKind::FlagChanged, now.key, before.set, now.set, now.updatedBy.valueOr({}));
}

void compare(DeploymentState &state, const Reading &reading, const Deploy &before, const Deploy &now)
{
    compareWords(state, reading, EventKind::Deployed, now.id, before.status, now.status);
}

/// Notes a backup that begins as its format does and is without trouble. One that is older than the newest that was
/// there has come back to sight or was copied there.
void noteTaken(DeploymentState &state, const Reading &reading, const Backup &now)
{
    if (!now.format.has() || now.trouble.has())
        return;
    const bool isOld = std::ranges::any_of(state.sources[reading.source].good->outcome->facts, [&](const Fact &fact) {
        const auto *before = std::get_if<Backup>(&fact);
        return before && before->id != now.id && before->takenAt.has() && now.takenAt.has() &&
               *before->takenAt > *now.takenAt && *before->takenAt <= reading.takenAt;
    });
    if (!isOld)
        note(state,
             {.at = reading.takenAt, .kind = EventKind::BackupTaken, .source = reading.source, .subject = now.id});
}

/// One that was still written.
void compare(DeploymentState &state, const Reading &reading, const Backup &before, const Backup &now)
{
    if (before.trouble.has())
        noteTaken(state, reading, now);
}

template <class F>
void compare(DeploymentState &, const Reading &, const F &, const F &)
{
}

/// What was not in the source's last answer, although it saw all of that kind then.
void appear(DeploymentState &state, const Reading &reading, const SigningKey &now)
{
    note(state, {.at = now.createdAt.valueOr(reading.takenAt),
                 .kind = EventKind::KeyChanged,
                 .source = reading.source,
                 .subject = now.id,
                 .to = toWord(now.state.valueOr(KeyState::Unknown))});
}

void appear(DeploymentState &state, const Reading &reading, const Deploy &now)
{
    note(state, {.at = now.createdAt.valueOr(reading.takenAt),
                 .kind = EventKind::Deployed,
                 .source = reading.source,
                 .subject = now.id,
                 .to = now.status.valueOr({})});
}

void appear(DeploymentState &state, const Reading &reading, const Backup &now)
{
    noteTaken(state, reading, now);
}

template <class F>
void appear(DeploymentState &, const Reading &, const F &)
{
}

/// True where `findings` would have told of every fact of `kind`.
bool sawAll(const Findings &findings, QLatin1StringView kind)
{
    return std::ranges::none_of(findings.refusals,
                                [&](const Refusal &r) { return r.what == kind || r.what == kind + "/rest"_L1; });
}

/// Extends the counters' windows; true if one of them fell.
bool extendCounters(DeploymentState &state, const Reading &reading, const Fact &fact)
{
    bool fell = false;
    for (const Sample &sample : samplesOf(fact)) {
        if (sample.behaviour != Behaviour::Counter)
            continue;
        CounterWindow &window = state.counters[counterKey(reading.source, sample.series)];
        fell = fell || (!window.points.isEmpty() && sample.value < window.points.last().value);
        window.append(reading.takenAt, sample.value);
    }
    return fell;
}

void forgetVanished(DeploymentState &state, const QString &source, const QList<Fact> &before, const QList<Fact> &now)
{
    QSet<QString> facts;
    QSet<QString> series; // a fact may stay and lose a counter, whose last minute would else be shown for ever
    for (const Fact &fact : now) {
        facts.insert(keyOf(fact));
        for (const Sample &sample : samplesOf(fact))
            series.insert(sample.series);
    }
    for (const Fact &fact : before) {
        if (const QString key = keyOf(fact); !facts.contains(key))
            state.since.erase(key);
        for (const Sample &sample : samplesOf(fact)) {
            if (!series.contains(sample.series))
                state.counters.erase(counterKey(source, sample.series));
        }
    }
}
} // namespace

QString counterKey(const QString &source, const QString &series)
{
    return source + u'\n' + series;
}

void CounterWindow::append(Instant at, double value)
{
    if (!points.isEmpty() && at <= points.last().at)
        points.clear(); // the clock was set back; what was counted by it cannot be compared
    points.append({at, value});
    qsizetype outside = 0;
    while (outside + 1 < points.size() && points[outside + 1].at <= at - span)
        ++outside;
    points.remove(0, outside);
}

std::optional<double> CounterWindow::increase() const
{
    if (points.size() < 2)
        return {};
    double sum = 0;
    for (qsizetype i = 1; i < points.size(); ++i) {
        const double step = points[i].value - points[i - 1].value;
        sum += step >= 0 ? step : points[i].value;
    }
    return sum;
}

std::optional<PerSecond> CounterWindow::rate() const
{
    const auto grown = increase();
    if (!grown)
        return {};
    const std::chrono::duration<double> length = points.last().at - points.first().at;
    if (length.count() <= 0)
        return {};
    return PerSecond{*grown / length.count()};
}

DeploymentState fold(DeploymentState state, const Reading &reading)
{
    if (state.deployment.isEmpty())
        state.deployment = reading.deployment;
    if (!state.watchedSince || reading.takenAt < *state.watchedSince) // the clock may have been set back
        state.watchedSince = reading.takenAt;
    SourceState &source = state.sources[reading.source];
    source.attemptedAt = reading.takenAt;

    if (!reading.outcome) {
        if (!source.error) {
            source.errorSince = reading.takenAt;
            note(state, {.at = reading.takenAt,
                         .kind = EventKind::SourceLost,
                         .source = reading.source,
                         .subject = reading.source,
                         .error = reading.outcome.error(),
                         .wasUnseen = !source.good});
        }
        source.errorSince = std::min(source.errorSince, reading.takenAt); // the clock may have been set back
        source.error = reading.outcome.error();
        ++source.failures;
        return state;
    }

    if (source.error) {
        note(state, {.at = reading.takenAt,
                     .kind = EventKind::SourceBack,
                     .source = reading.source,
                     .subject = reading.source,
                     .wasUnseen = !source.good});
    }
    source.error.reset();
    source.failures = 0;

    const QList<Fact> before = source.good ? source.good->outcome->facts : QList<Fact>{};
    QHash<QString, const Fact *> old;
    for (const Fact &fact : before)
        old.insert(keyOf(fact), &fact);
    bool fell = false;
    for (const Fact &fact : reading.outcome->facts) {
        if (const Fact *was = old.value(keyOf(fact))) {
            std::visit(
                [&](const auto &now) {
                    compare(state, reading, std::get<std::remove_cvref_t<decltype(now)>>(*was), now);
                },
                fact);
        } else if (source.good) {
            std::visit(
                [&](const auto &now) {
                    if (sawAll(*source.good->outcome, QLatin1StringView(now.kind)))
                        appear(state, reading, now);
                },
                fact);
        }
        fell = extendCounters(state, reading, fact) || fell;
    }
    if (fell)
        note(state, {.at = reading.takenAt,
                     .kind = EventKind::CounterReset,
                     .source = reading.source,
                     .subject = reading.source});
    forgetVanished(state, reading.source, before, reading.outcome->facts);
    source.good = reading;
    return state;
}

} // namespace qd
