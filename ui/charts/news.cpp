/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/news.h"

#include "words/words.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// A check that follows its breaker ("external/openai: healthy → down") tells nothing beside the breaker's own line,
/// nor does the status beside the deployment's own word for it.
bool isEcho(const Event &event, const QList<Event> &events)
{
    if (event.kind == EventKind::StatusChanged)
        return std::ranges::any_of(events, [&](const Event &other) {
            return other.kind == EventKind::HealthChanged && other.subject.isEmpty() && other.to == event.to &&
                   std::chrono::abs(other.at - event.at) <= oneMoment;
        });
    if (event.kind != EventKind::HealthChanged)
        return false;
    const QString leaf = event.subject.section(u'/', -1);
    return std::ranges::any_of(events, [&](const Event &other) {
        return other.kind == EventKind::BreakerChanged && other.subject == leaf &&
               std::chrono::abs(other.at - event.at) <= std::chrono::seconds(10);
    });
}
bool isTrial(const Event &event)
{
    return event.kind == EventKind::BreakerChanged && event.to == toWord(BreakerState::HalfOpen);
}

bool isFailedTrial(const Event &event)
{
    return event.kind == EventKind::BreakerChanged && event.from == toWord(BreakerState::HalfOpen) &&
           event.to == toWord(BreakerState::Open);
}

/// The trials that failed since a breaker opened are one event, of the last of them, beside that of the opening: they
/// neither drown what else happens nor are drowned by it.
QList<Event> withoutFailedTrials(const QList<Event> &oldestFirst)
{
    QList<Event> told;
    const auto last = [&](const Event &event) {
        const auto it = std::find_if(told.rbegin(), told.rend(), [&](const Event &other) {
            return other.kind == EventKind::BreakerChanged && other.subject == event.subject;
        });
        return it == told.rend() ? told.end() : std::next(it).base();
    };
    for (Event event : oldestFirst) {
        if (isFailedTrial(event)) {
            if (const auto trial = last(event); trial != told.end() && isTrial(*trial))
                told.erase(trial);
            if (const auto open = last(event); open != told.end() && open->to == toWord(BreakerState::Open)) {
                event.openedAt = open->openedAt.value_or(open->at);
                event.failedTrials = open->failedTrials + 1;
                if (open->failedTrials > 0)
                    told.erase(open);
            }
        }
        told.append(event);
    }
    return told;
}
} // namespace

QList<Event> newsIn(TimeRange range, const QList<Event> &events)
{
    QList<Event> news;
    std::ranges::copy_if(events, std::back_inserter(news), [&](const Event &event) { return event.at <= range.to; });
    // Sources answer out of turn; of one moment the later comes first.
    std::ranges::reverse(news);
    std::ranges::stable_sort(news, {}, &Event::at);
    news = withoutFailedTrials(news);
    news.removeIf([&](const Event &event) { return event.at < range.from || isEcho(event, events); });
    std::ranges::reverse(news);
    putStatusFirst(news, std::identity());
    return news;
}

QString shortly(QString sentence)
{
    static const QRegularExpression address(uR"(connection to server (at|on) .{1,200}? failed: )"_s);
    static const QRegularExpression question(uR"(\s+(Is|Are|Does) the [^?]{1,200}\?)"_s);
    return sentence.remove(address).remove(question);
}

QString newsTime(Instant at, Instant now)
{
    const QString withDay = words::shortTime(at, now);
    return withDay == words::shortTime(at) ? words::clockTime(at) : withDay;
}

} // namespace qd
