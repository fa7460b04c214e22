/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/word_parts.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
QString stateWord(const QString &word)
{
    for (const BreakerState state : {BreakerState::Unknown, BreakerState::Closed, BreakerState::HalfOpen,
                                     BreakerState::Open, BreakerState::Disabled}) {
        if (word == toWord(state))
            return say(state).toLower();
    }
    return text(word);
}

Status statusWord(const QString &word)
{
    for (const Status status : {Status::Ok, Status::Degraded, Status::Down}) {
        if (word == toWord(status))
            return status;
    }
    return Status::Unknown;
}

bool isWell(const Event &event)
{
    return event.to == toWord(Status::Ok);
}

/// The trials that failed since it opened, as an event of their own: "still open: 8 trials failed since 12:43:35".
QString stillOpen(const QString &name, const Event &event)
{
    const QString since = clockTime(event.openedAt.value_or(event.at));
    return event.failedTrials == 1 ? Tr::tr("%1 breaker still open: 1 trial failed since %2").arg(name, since)
                                   : Tr::tr("%1 breaker still open: %n trials failed since %2", nullptr,
                                            static_cast<int>(event.failedTrials))
                                         .arg(name, since);
}

/// "opened: 5 of 5 failures; 8 trials failed since".
QString opened(const QString &name, const Event &event)
{
    const QString why = counted(event.count, event.threshold);
    const QString said =
        why.isEmpty() ? Tr::tr("%1 breaker opened").arg(name) : Tr::tr("%1 breaker opened: %2").arg(name, why);
    const auto trials = static_cast<int>(event.failedTrials);
    return trials == 0   ? said
           : trials == 1 ? Tr::tr("%1; 1 trial failed since").arg(said)
                         : Tr::tr("%1; %n trials failed since", nullptr, trials).arg(said);
}

QString breakerEvent(const Event &event)
{
    const QString name = text(event.subject);
    if (event.to == toWord(BreakerState::Open) && event.openedAt)
        return stillOpen(name, event);
    if (event.to == toWord(BreakerState::Open) && event.from == toWord(BreakerState::HalfOpen))
        return Tr::tr("%1 breaker: trial call failed, open again").arg(name);
    if (event.to == toWord(BreakerState::Open) && event.from.isEmpty())
        return Tr::tr("%1 breaker was seen opening; its state is not told").arg(name);
    if (event.to == toWord(BreakerState::Open))
        return opened(name, event);
    if (event.to == toWord(BreakerState::HalfOpen))
        return Tr::tr("%1 breaker half-open: one trial call may pass").arg(name);
    if (event.to == toWord(BreakerState::Closed))
        return Tr::tr("%1 breaker closed again").arg(name);
    return Tr::tr("%1 breaker: %2 → %3").arg(name, stateWord(event.from), stateWord(event.to));
}
} // namespace

QString sentence(const Event &event)
{
    const QString name = text(event.subject);
    switch (event.kind) {
    case EventKind::BreakerChanged:
        return breakerEvent(event);
    case EventKind::HealthChanged:
        return Tr::tr("%1: %2 → %3")
            .arg(event.subject.isEmpty() ? Tr::tr("what the service says of itself") : name, levelWord(event.from),
                 levelWord(event.to));
    case EventKind::LimiterChanged:
        return limiterWords(event.to);
    case EventKind::SourceLost:
        if (!event.error)
            return event.wasUnseen ? Tr::tr("%1 has given no data").arg(name) : Tr::tr("%1 lost").arg(name);
        return (event.wasUnseen ? Tr::tr("%1 has given no data: %2") : Tr::tr("%1 lost: %2"))
            .arg(name, explain(*event.error).what);
    case EventKind::SourceBack:
        return event.wasUnseen ? Tr::tr("%1 answers").arg(name) : Tr::tr("%1 answers again").arg(name);
    case EventKind::CounterReset:
        return Tr::tr("%1: counters started anew (a restart, or another server)").arg(name);
    case EventKind::HitRateChanged:
        return (isWell(event) ? Tr::tr("%1 hit rate is at least %2 again") : Tr::tr("%1 hit rate below %2"))
            .arg(name, percent(event.bound.value_or(Share{})));
    case EventKind::LimitChanged:
        return (isWell(event) ? Tr::tr("%1: nobody at the limit any more") : Tr::tr("%1: limit reached")).arg(name);
    case EventKind::FailedOver: {
        // How long comes first: in a narrow list the end of an address may be cut.
        const QString what = event.took ? Tr::tr("%1 failed over in %2").arg(name, duration(*event.took))
                                        : Tr::tr("%1 failed over").arg(name);
        return Tr::tr("%1: %2 → %3").arg(what, text(event.from), text(event.to));
    }
    case EventKind::RoleChanged:
        return Tr::tr("%1: %2 → %3").arg(name, text(event.from), text(event.to));
    case EventKind::SchemaChanged:
        return Tr::tr("schema of %1: %2 → %3").arg(name, text(event.from), text(event.to));
    case EventKind::KeyChanged:
        return event.from.isEmpty() ? Tr::tr("signing key %1 is new: %2").arg(name, text(event.to))
                                    : Tr::tr("signing key %1: %2 → %3").arg(name, text(event.from), text(event.to));
    case EventKind::FlagChanged: {
        const QString changed = Tr::tr("flag %1: %2 → %3").arg(name, text(event.from), text(event.to));
        return event.by.isEmpty() ? changed : Tr::tr("%1 by %2").arg(changed, text(event.by));
    }
    case EventKind::Deployed:
        return event.from.isEmpty() ? Tr::tr("deploy %1: %2").arg(name, text(event.to))
                                    : Tr::tr("deploy %1: %2 → %3").arg(name, text(event.from), text(event.to));
    case EventKind::BackupTaken:
        return Tr::tr("backup %1 taken").arg(name);
    case EventKind::ErrorsChanged:
        return (isWell(event) ? Tr::tr("errors are at most %1 again") : Tr::tr("errors above %1"))
            .arg(percent(event.bound.value_or(Share{})));
    case EventKind::LatencyChanged:
        return (isWell(event) ? Tr::tr("p95 latency is at most %1 again") : Tr::tr("p95 latency above %1"))
            .arg(duration(Millis(static_cast<double>(event.threshold.value_or(0)))));
    case EventKind::MetricChanged:
        return (isWell(event) ? Tr::tr("%1: within its bound again") : Tr::tr("%1: out of its bound")).arg(name);
    case EventKind::StatusChanged:
        return Tr::tr("overall: %1 → %2")
            .arg(say(statusWord(event.from)).toLower(), say(statusWord(event.to)).toLower());
    }
    return {};
}

Status statusOf(const Event &event)
{
    switch (event.kind) {
    case EventKind::BreakerChanged:
        return event.to == toWord(BreakerState::Open)       ? Status::Down
               : event.to == toWord(BreakerState::HalfOpen) ? Status::Degraded
               : event.to == toWord(BreakerState::Closed)   ? Status::Ok
                                                            : Status::Unknown;
    case EventKind::HealthChanged:
        return event.to == toWord(Level::Down)       ? Status::Down
               : event.to == toWord(Level::Degraded) ? Status::Degraded
               : event.to == toWord(Level::Ok)       ? Status::Ok
                                                     : Status::Unknown;
    case EventKind::LimiterChanged:
        return event.to == toWord(LimiterMode::Redis) ? Status::Ok : Status::Degraded;
    case EventKind::SourceLost: // as its source is marked: it fails, or is only silent
        return event.error ? Status::Down : Status::Unknown;
    case EventKind::SourceBack:
        return Status::Ok;
    case EventKind::CounterReset:
        return Status::Muted;
    case EventKind::HitRateChanged:
    case EventKind::ErrorsChanged:
    case EventKind::LatencyChanged:
    case EventKind::MetricChanged:
        return isWell(event) ? Status::Ok : Status::Degraded;
    case EventKind::FailedOver:
    case EventKind::RoleChanged:
        return Status::Degraded;
    case EventKind::SchemaChanged:
    case EventKind::KeyChanged:
    case EventKind::FlagChanged:
    case EventKind::Deployed:
    case EventKind::BackupTaken:
        return Status::Muted;
    case EventKind::LimitChanged: // is what a limit is for
        return isWell(event) ? Status::Ok : Status::Muted;
    case EventKind::StatusChanged:
        return statusWord(event.to);
    }
    return Status::Unknown;
}

} // namespace qd::words
