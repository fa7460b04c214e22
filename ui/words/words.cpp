/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/word_parts.h"

#include "sources/source.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
QString factKind(const QString &kind)
{
    if (kind == "health"_L1)
        return Tr::tr("the health checks");
    if (kind == "breaker"_L1)
        return Tr::tr("the circuit breakers");
    if (kind == "cache"_L1)
        return Tr::tr("the cache counters");
    if (kind == "limit"_L1 || kind == "tier"_L1)
        return Tr::tr("the rate-limit counters");
    if (kind == "limiter"_L1)
        return Tr::tr("the limiter's mode");
    if (kind == "requests"_L1)
        return Tr::tr("the request counters");
    if (kind == "metric"_L1)
        return Tr::tr("the metrics");
    if (kind == "redis"_L1)
        return Tr::tr("the Redis server");
    if (kind == "database"_L1)
        return Tr::tr("the database");
    if (kind == "database/activity"_L1 || kind == "session"_L1)
        return Tr::tr("the sessions");
    if (kind == "replica"_L1)
        return Tr::tr("the replicas");
    if (kind == "statement"_L1)
        return Tr::tr("the statements");
    if (kind == "relation"_L1)
        return Tr::tr("the largest tables");
    if (kind == "pool"_L1)
        return Tr::tr("the pools");
    if (kind == "backup"_L1)
        return Tr::tr("the backups");
    if (kind == "signing_key"_L1)
        return Tr::tr("the signing keys");
    if (kind == "api_key"_L1)
        return Tr::tr("the API keys");
    if (kind == "flag"_L1)
        return Tr::tr("the feature flags");
    if (kind.startsWith("sentinel/"_L1))
        return Tr::tr("Sentinel %1").arg(text(kind.section(u'/', 1)));
    return text(kind);
}

/// A service's word for a level, where it tells more than the level itself: not "false", nor "unhealthy" for down.
QString tellingWord(const QString &word, Level level)
{
    static const QStringList bare{u"true"_s, u"false"_s, u"yes"_s, u"no"_s, u"0"_s, u"1"_s};
    static const QStringList down{u"down"_s,   u"unhealthy"_s, u"unavailable"_s, u"error"_s,
                                  u"failed"_s, u"fail"_s,      u"failing"_s,     u"not ok"_s};
    static const QStringList degraded{u"degraded"_s, u"warn"_s, u"warning"_s, u"impaired"_s};
    const QString said = text(word);
    const QStringList &same = level == Level::Down ? down : degraded;
    return bare.contains(said, Qt::CaseInsensitive) || same.contains(said, Qt::CaseInsensitive) ? QString() : said;
}

QString healthSentence(const Reason &reason, Level level)
{
    const QString name = partName(reason.subject);
    const QString is = levelWord(toWord(level));
    const QString word = tellingWord(reason.word, level);
    if (QString(word).replace(u'_', u' ').compare("not ready"_L1, Qt::CaseInsensitive) == 0)
        return Tr::tr("%1 is not ready").arg(name);
    return word.isEmpty() ? Tr::tr("%1 is %2").arg(name, is) : Tr::tr("%1 is %2 (“%3”)").arg(name, is, word);
}

/// "PostgreSQL 127.0.0.1:5432 refuses connections"; "health: no complete answer in time".
QString failureWords(const QString &source, const QString &kind, const ErrorWords &error)
{
    const SourceKind *known = sourceKind(kind);
    if (known && error.what == "refuses connections"_L1 && !error.where.isEmpty())
        return u"%1 %2 %3"_s.arg(known->title, error.where, error.what);
    if (known && known->role == SourceKind::Role::Part && error.what.endsWith(" refuses connections"_L1))
        return u"%1 %2"_s.arg(known->title, error.what);
    return Tr::tr("%1: %2").arg(source, error.what);
}

QString backupWords(const Reason &reason)
{
    const QString every = duration(std::chrono::minutes(reason.threshold.value_or(0)));
    return reason.count ? Tr::tr("newest backup is %1 old, one is due every %2")
                              .arg(duration(std::chrono::minutes(*reason.count)), every)
                        : Tr::tr("no backup that could be restored, one is due every %1").arg(every);
}

/// "auth: 85 requests refused in the last minute, 203.0.113.8 at /login is at its limit".
QString refusalWords(const Reason &reason)
{
    const QString refused =
        Tr::tr("%1: %2 requests refused in the last minute").arg(text(reason.subject), count(reason.count.value_or(0)));
    if (reason.client.isEmpty())
        return refused;
    const QString who = reason.route.isEmpty() || reason.route == reason.subject
                            ? text(reason.client)
                            : Tr::tr("%1 at %2").arg(text(reason.client), text(reason.route));
    return reason.clients <= 1
               ? Tr::tr("%1, by %2").arg(refused, who)
               : Tr::tr("%1, by %2 and %n more", nullptr, static_cast<int>(reason.clients - 1)).arg(refused, who);
}

/// "Orders waiting: 3 h, bound 2 h".
QString metricWords(const Reason &reason)
{
    return reason.number && reason.bound ? Tr::tr("%1: %2, bound %3")
                                               .arg(text(reason.subject), measured(*reason.number, reason.word),
                                                    measured(*reason.bound, reason.word))
                                         : text(reason.subject);
}
} // namespace

QString say(Status status)
{
    switch (status) {
    case Status::Ok:
        return Tr::tr("Healthy");
    case Status::NotAvailable:
        return Tr::tr("Not available here");
    case Status::Muted:
        return Tr::tr("Muted");
    case Status::Unknown:
        return Tr::tr("No data");
    case Status::Degraded:
        return Tr::tr("Degraded");
    case Status::Down:
        return Tr::tr("Down");
    }
    return {};
}

QString say(BreakerState state)
{
    switch (state) {
    case BreakerState::Unknown:
        return Tr::tr("Unknown");
    case BreakerState::Closed:
        return Tr::tr("Closed");
    case BreakerState::HalfOpen:
        return Tr::tr("Half-open");
    case BreakerState::Open:
        return Tr::tr("Open");
    case BreakerState::Disabled:
        return Tr::tr("Disabled");
    }
    return {};
}

QString say(LimiterMode mode)
{
    switch (mode) {
    case LimiterMode::Unknown:
        return Tr::tr("Unknown");
    case LimiterMode::Redis:
        return Tr::tr("Counted in Redis");
    case LimiterMode::Memory:
        return Tr::tr("Counted in memory");
    case LimiterMode::FailingOpen:
        return Tr::tr("Failing open");
    case LimiterMode::Refusing:
        return Tr::tr("Refusing all");
    }
    return {};
}

QString say(KeyState state)
{
    switch (state) {
    case KeyState::Unknown:
        return Tr::tr("Unknown");
    case KeyState::Next:
        return Tr::tr("Next");
    case KeyState::Active:
        return Tr::tr("Active");
    case KeyState::Retiring:
        return Tr::tr("Retiring");
    case KeyState::Retired:
        return Tr::tr("Retired");
    }
    return {};
}

QString say(Level level)
{
    switch (level) {
    case Level::Unknown:
        return Tr::tr("Unknown");
    case Level::Ok:
        return Tr::tr("Healthy");
    case Level::Degraded:
        return Tr::tr("Degraded");
    case Level::Down:
        return Tr::tr("Down");
    }
    return {};
}

QString sentence(const Reason &reason)
{
    const QString name = text(reason.subject);
    const QString share = !reason.share    ? u"–"_s
                          : reason.atLeast ? percent(*reason.share, *reason.atLeast)
                                           : percent(*reason.share);
    switch (reason.code) {
    case Reason::Code::HealthDown:
        return healthSentence(reason, Level::Down);
    case Reason::Code::HealthDegraded:
        return healthSentence(reason, Level::Degraded);
    case Reason::Code::HealthUnknown:
        return reason.word.isEmpty() ? Tr::tr("%1 does not say how it is").arg(partName(reason.subject))
                                     : Tr::tr("%1 says “%2”, a word that the profile does not know")
                                           .arg(partName(reason.subject), text(reason.word));
    case Reason::Code::BreakerOpen: {
        const QString after = counted(reason.count, reason.threshold);
        return after.isEmpty() ? Tr::tr("%1's breaker is open").arg(name)
                               : Tr::tr("%1's breaker is open after %2").arg(name, after);
    }
    case Reason::Code::BreakerHalfOpen:
        return Tr::tr("%1's breaker is half-open, trying again").arg(name);
    case Reason::Code::HitRateLow:
        return reason.atLeast ? Tr::tr("%1 hit rate %2 < %3").arg(name, share, percent(*reason.atLeast))
                              : Tr::tr("%1 hit rate %2").arg(name, share);
    case Reason::Code::LimiterFallback:
        return limiterWords(reason.word);
    case Reason::Code::LimitReached:
        if (!reason.count)
            return Tr::tr("%1: limit reached").arg(name);
        return *reason.count == 1
                   ? Tr::tr("%1: 1 client at its limit").arg(name)
                   : Tr::tr("%1: %n clients at their limit", nullptr, static_cast<int>(*reason.count)).arg(name);
    case Reason::Code::LimitRefusing:
        return refusalWords(reason);
    case Reason::Code::LatencyHigh: {
        const auto time = [](const std::optional<qint64> &ms) {
            return duration(Millis(static_cast<double>(ms.value_or(0))));
        };
        return Tr::tr("p95 latency is %1, bound %2").arg(time(reason.count), time(reason.threshold));
    }
    case Reason::Code::MetricOutOfBounds:
        return metricWords(reason);
    case Reason::Code::ErrorsHigh:
        return reason.atLeast ? Tr::tr("errors %1 > %2").arg(share, percent(*reason.atLeast))
                              : Tr::tr("errors %1").arg(share);
    case Reason::Code::ReplicaLagging:
        if (reason.word == "bytes"_L1)
            return Tr::tr("%1 is %2 behind").arg(name, bytes(Bytes{reason.count.value_or(0)}));
        return Tr::tr("%1 replays %2 late").arg(name, duration(Millis(static_cast<double>(reason.count.value_or(0)))));
    case Reason::Code::ClientsWaiting:
        return Tr::tr("clients of the pool %1 wait %2 for a server")
            .arg(name, duration(Millis(static_cast<double>(reason.count.value_or(0)))));
    case Reason::Code::BackupOld:
        return backupWords(reason);
    case Reason::Code::SourceFailing:
        return reason.error ? failureWords(name, reason.word, explain(*reason.error)) : Tr::tr("%1 fails").arg(name);
    case Reason::Code::SourceSilent:
        return reason.since ? Tr::tr("%1: no data since %2").arg(name, shortTime(*reason.since))
                            : Tr::tr("%1: not asked yet").arg(name);
    case Reason::Code::PartRefused: {
        const QString part = factKind(reason.word);
        return reason.error ? Tr::tr("%1 does not show %2: %3").arg(name, part, explain(*reason.error).what)
                            : Tr::tr("%1 does not show %2").arg(name, part);
    }
    case Reason::Code::QuorumLost: {
        const QString cannot = Tr::tr("%1 cannot fail over").arg(name);
        return reason.count && reason.threshold ? Tr::tr("%1: %2 of the %3 Sentinels that it takes")
                                                      .arg(cannot, count(*reason.count), count(*reason.threshold))
                                                : cannot;
    }
    case Reason::Code::SentinelLost: {
        const auto lost = static_cast<int>(reason.count.value_or(0));
        const QString known = count(reason.threshold.value_or(0));
        return lost == 1 ? Tr::tr("1 of %1 Sentinels is not reached").arg(known)
                         : Tr::tr("%n of %1 Sentinels are not reached", nullptr, lost).arg(known);
    }
    case Reason::Code::ReplicaLost:
        return reason.word == "postgresql"_L1 ? Tr::tr("%1 no longer follows PostgreSQL").arg(name)
                                              : Tr::tr("Redis has no replica");
    }
    return {};
}

QString freshness(const Freshness &freshness, Instant now)
{
    switch (freshness.kind) {
    case Freshness::Kind::Pending:
        return freshness.error ? Tr::tr("not measured: %1").arg(explain(*freshness.error).what)
                               : Tr::tr("not measured");
    case Freshness::Kind::Fresh:
        return ago(freshness.since, now);
    case Freshness::Kind::Stale:
        return Tr::tr("No data since %1").arg(shortTime(freshness.since, now));
    case Freshness::Kind::Refused:
        return freshness.error ? Tr::tr("Refused: %1").arg(explain(*freshness.error).what) : Tr::tr("Refused");
    }
    return {};
}

QString missing(const Freshness &freshness)
{
    const bool lost = freshness.kind == Freshness::Kind::Stale || freshness.kind == Freshness::Kind::Refused;
    return lost ? u"?"_s : u"–"_s;
}

} // namespace qd::words
