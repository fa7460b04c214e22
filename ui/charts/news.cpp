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
/// A check that follows its breaker ("external/openai: healthy → down") tells nothing beside the breaker's own line.
bool isEcho(const Event &event, const QList<Event> &events)
{
    if (event.kind != EventKind::HealthChanged)
        return false;
    const QString leaf = event.subject.section(u'/', -1);
    return std::ranges::any_of(events, [&](const Event &other) {
        return other.kind == EventKind::BreakerChanged && other.subject == leaf &&
               std::chrono::abs(other.at - event.at) <= std::chrono::seconds(10);
    });
}
} // namespace

QList<Event> newsIn(TimeRange range, const QList<Event> &events)
{
    QList<Event> news;
    std::ranges::copy_if(events, std::back_inserter(news), [&](const Event &event) {
        return event.at >= range.from && event.at <= range.to && !isEcho(event, events);
    });
    // Sources answer out of turn.
    std::ranges::stable_sort(news, std::ranges::greater(), &Event::at);
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
