/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/marks.h"

#include "words/words.h"

#include <QCoreApplication>

#include <algorithm>

namespace qd {

namespace {
QString labelOf(const Event &event)
{
    switch (event.kind) {
    case EventKind::BreakerChanged:
    case EventKind::HitRateChanged:
    case EventKind::LimitChanged:
    case EventKind::SourceLost:
    case EventKind::SourceBack:
        return words::text(event.subject);
    case EventKind::ErrorsChanged:
        return QCoreApplication::translate("qd::Mark", "errors");
    case EventKind::LimiterChanged:
        return QCoreApplication::translate("qd::Mark", "limiter");
    case EventKind::FailedOver:
        return QCoreApplication::translate("qd::Mark", "failover");
    case EventKind::CounterReset:
        return QCoreApplication::translate("qd::Mark", "restart");
    case EventKind::Deployed:
        return QCoreApplication::translate("qd::Mark", "deploy");
    default:
        return {};
    }
}
} // namespace

Mark markOf(const Event &event)
{
    return {.at = event.at, .status = words::statusOf(event), .text = words::sentence(event), .label = labelOf(event)};
}

QList<Mark> thinned(QList<Mark> marks, TimeRange range)
{
    constexpr int mostTexts = 4;
    const auto least = range.length() / 40;
    std::ranges::stable_sort(marks, {}, &Mark::at);
    QList<Mark> kept;
    for (const Mark &mark : std::as_const(marks)) {
        if (kept.isEmpty() || mark.at - kept.last().at >= least) {
            kept.append(mark);
            continue;
        }
        Mark &group = kept.last();
        if (mark.status > group.status || group.label.isEmpty())
            group.label = mark.label;
        group.status = std::max(group.status, mark.status);
        if (group.text.count(u'\n') + 1 < mostTexts)
            group.text += u'\n' + mark.text;
    }
    return kept;
}

} // namespace qd
