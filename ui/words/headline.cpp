/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/headline.h"

#include "words/word_parts.h"

#include "sources/source.h"
#include "watch/judgement.h"

#include <QUrl>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd::words {
namespace {
bool isOfTheWhole(const Reason &reason)
{
    return reason.subject.isEmpty() &&
           (reason.code == Reason::Code::HealthDown || reason.code == Reason::Code::HealthDegraded);
}

/// Whether `part` can be why the whole is as `whole` says.
bool isCause(const Reason &part, const Reason &whole, const QList<Reason> &reasons)
{
    if (part.subject.isEmpty())
        return false;
    if (part.code == Reason::Code::SourceFailing)
        return std::ranges::find(reasons, part.subject, &Reason::cause) != reasons.end();
    if (part.code == Reason::Code::HealthDown)
        return true;
    return whole.code == Reason::Code::HealthDegraded &&
           (part.code == Reason::Code::HealthDegraded || part.code == Reason::Code::BreakerOpen ||
            part.code == Reason::Code::BreakerHalfOpen);
}

/// The console's own failure to reach a part tells what the service's word for that part would, and why.
bool isSaidBySource(const Reason &reason, const QList<Reason> &reasons)
{
    return !reason.cause.isEmpty() && std::ranges::any_of(reasons, [&](const Reason &other) {
        return other.code == Reason::Code::SourceFailing && other.subject == reason.cause;
    });
}

/// Whatever else is the matter: that nobody is limited shows nowhere but here.
bool isAlwaysTold(const Reason &reason)
{
    return (reason.code == Reason::Code::LimiterFallback && reason.word == toWord(LimiterMode::FailingOpen)) ||
           reason.code == Reason::Code::LatencyHigh || reason.code == Reason::Code::LimitRefusing ||
           reason.code == Reason::Code::MetricOutOfBounds;
}

bool isSilence(const Error &error)
{
    return error.code == ErrorCode::Unreachable || error.code == ErrorCode::Timeout;
}

bool isSilent(const SourceView &source)
{
    return source.error && isSilence(*source.error);
}

QString serverOf(const Error &error)
{
    return error.where.contains("://"_L1) ? QUrl(error.where).authority() : error.where;
}

/// "a, b and c".
QString listed(const QStringList &names)
{
    if (names.size() < 2)
        return names.join(QString());
    return Tr::tr("%1 and %2").arg(names.first(names.size() - 1).join(u", "_s), names.last());
}

/// Where nothing of the service answers, all that does not: "the service, Redis and PostgreSQL do not answer".
QString silenceWords(const DeploymentView &view)
{
    const auto service = std::ranges::find_if(view.sources, &SourceView::isService);
    const bool isGone =
        std::ranges::all_of(view.sources, [](const SourceView &s) { return !s.isService || isSilent(s); });
    if (service == view.sources.end() || !isGone)
        return {};
    QStringList names{partName({})};
    for (const SourceView &source : view.sources) {
        // A page of metrics on the service's own port is no other program.
        if (source.isService || !isSilent(source) || serverOf(*source.error) == serverOf(*service->error))
            continue;
        const bool isWhole = std::ranges::all_of(
            view.sources, [&](const SourceView &other) { return other.title != source.title || isSilent(other); });
        names.append(isWhole ? source.title : text(source.id));
    }
    names.removeDuplicates();
    return names.size() > 1 ? Tr::tr("%1 do not answer").arg(listed(names))
                            : Tr::tr("%1 does not answer: %2").arg(names.first(), explain(*service->error).what);
}

/// Whether the service cannot reach its Redis, by its own word and the console's.
bool isWithoutRedis(const QList<Reason> &reasons)
{
    return std::ranges::any_of(reasons, [&](const Reason &reason) {
        return reason.code == Reason::Code::SourceFailing && reason.word == "redis"_L1 &&
               std::ranges::find(reasons, reason.subject, &Reason::cause) != reasons.end();
    });
}

/// The sentence of one reason, with what the others and the rest of the view tell of it.
QString sentenceIn(const DeploymentView &view, const Reason &reason)
{
    if (reason.code == Reason::Code::LimiterFallback && isWithoutRedis(view.reasons))
        return limiterWords(reason.word, Tr::tr("because Redis fails"));
    const bool isInMemory = view.limiter.mode.has() && *view.limiter.mode == LimiterMode::Memory;
    if (reason.code == Reason::Code::LimitRefusing && reason.client.isEmpty() && isInMemory)
        return Tr::tr("%1, by whom is not known while it counts in memory").arg(sentence(reason));
    return sentence(reason);
}

/// What began within it began together.
constexpr std::chrono::seconds together{5};

/// " (13:58:04)": when `reason` began, where its deployment was in trouble before.
QString ownDate(const DeploymentView &view, const Reason &reason)
{
    if (!view.since || !reason.since || *reason.since - *view.since <= together || view.status == Status::Unknown)
        return {};
    const QString withDay = shortTime(*reason.since, view.at);
    return u" (%1)"_s.arg(withDay == shortTime(*reason.since) ? clockTime(*reason.since) : withDay);
}

/// The reasons of `view`'s status as sentences, the first with its date where that is not the status's; where the whole
/// is down or degraded, its parts that explain it.
QStringList reasonsOf(const DeploymentView &view)
{
    QStringList parts;
    const Reason *leading = nullptr;
    const QString silence = silenceWords(view);
    for (const Reason &reason : view.reasons) {
        // What is worse than the status is no reason for it, and what is better is not the matter.
        if ((reason.status != view.status && !isAlwaysTold(reason)) || view.status == Status::Ok)
            continue;
        if (isSaidBySource(reason, view.reasons))
            continue;
        if (parts.isEmpty())
            leading = &reason;
        if (!silence.isEmpty() && reason.code == Reason::Code::SourceFailing && isSilence(*reason.error)) {
            parts.append(silence);
            continue;
        }
        QStringList causes;
        for (const Reason &part : view.reasons) {
            if (isOfTheWhole(reason) && isCause(part, reason, view.reasons) && !isSaidBySource(part, view.reasons))
                causes.append(sentence(part));
        }
        if (causes.isEmpty())
            parts.append(sentenceIn(view, reason));
        else if (reason.code == Reason::Code::HealthDown)
            parts.append(Tr::tr("%1 because %2").arg(sentence(reason), listed(causes)));
        else
            parts.append(causes);
    }
    parts.removeDuplicates();
    for (QString &part : parts) { // a server ends what it says with a full stop
        if (part.endsWith(u'.'))
            part.chop(1);
    }
    if (leading != nullptr)
        parts.first() += ownDate(view, *leading);
    return parts;
}

bool allRefuse(const DeploymentView &view)
{
    return !view.sources.isEmpty() && std::ranges::all_of(view.sources, [](const SourceView &source) {
        return source.freshness.kind == Freshness::Kind::Refused;
    });
}

/// The trouble that `view` dates began before all that is the matter now.
bool isOlderTrouble(const DeploymentView &view)
{
    const std::optional<Instant> present = statusSince(view);
    return view.since && present && *present - *view.since > together;
}
} // namespace

QString troubleSince(const DeploymentView &view, const QString &since)
{
    return isOlderTrouble(view) ? Tr::tr("in trouble %1").arg(since) : since;
}

QString statusLine(const DeploymentView &view)
{
    if (view.status != Status::Unknown)
        return say(view.status);
    if (!view.lastAnswer)
        return allRefuse(view) ? Tr::tr("Refused") : Tr::tr("No data yet");
    return Tr::tr("No data since %1").arg(shortTime(*view.lastAnswer, view.at));
}

QString headline(const DeploymentView &view, qsizetype most)
{
    const QStringList parts = reasonsOf(view);
    if (parts.isEmpty()) {
        // A group that only sums up its parts is no check of its own.
        const qsizetype checks = std::ranges::count_if(
            view.health, [](const HealthView &check) { return check.level.because.formula.isEmpty(); });
        if (view.status != Status::Ok || checks == 0)
            return view.status == Status::Unknown ? Tr::tr("Waiting for the first answer") : QString();
        return checks == 1 ? Tr::tr("1 health check passes")
                           : Tr::tr("All %n health checks pass", nullptr, static_cast<int>(checks));
    }
    QString line = QStringList(parts.mid(0, most)).join(u"; "_s);
    if (const auto more = static_cast<int>(parts.size() - most); more > 0)
        line += Tr::tr("; and %n more", nullptr, more);
    return line;
}

QString unexplained(const DeploymentView &view)
{
    QStringList names;
    for (const Reason &reason : view.reasons) {
        const bool isPart = reason.code == Reason::Code::HealthDown || reason.code == Reason::Code::HealthDegraded;
        const bool isBreaker = reason.code == Reason::Code::BreakerOpen || reason.code == Reason::Code::BreakerHalfOpen;
        if ((!isPart && !isBreaker) || reason.subject.isEmpty() || !reason.cause.isEmpty())
            continue;
        const auto isExplained = [&](const HealthView &check) {
            return (check.path == reason.subject || check.path.section(u'/', -1) == reason.subject) &&
                   check.detail.has();
        };
        if (std::ranges::none_of(view.health, isExplained))
            names.append(text(reason.subject));
    }
    names.removeDuplicates();
    if (names.isEmpty())
        return {};
    return (names.size() == 1 ? Tr::tr("Why %1 fails is not reported.") : Tr::tr("Why %1 fail is not reported."))
        .arg(listed(names));
}

} // namespace qd::words
