/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "shell/pulse.h"

#include "words/words.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QString tr(const char *text, int n = -1)
{
    return QCoreApplication::translate("Pulse", text, nullptr, n);
}

bool isFresh(const SourceView &source)
{
    return source.freshness.kind == Freshness::Kind::Fresh;
}

bool isRefusing(const SourceView &source)
{
    return source.freshness.kind == Freshness::Kind::Refused;
}

/// The service itself answers; where none of the sources is the service, any of them.
bool answers(const DeploymentView *view)
{
    const bool hasService = std::ranges::any_of(view->sources, &SourceView::isService);
    return std::ranges::any_of(view->sources, [hasService](const SourceView &source) {
        return isFresh(source) && (source.isService || !hasService);
    });
}

bool isWhole(const DeploymentView *view)
{
    return std::ranges::all_of(view->sources, isFresh);
}

bool hasData(const DeploymentView *view)
{
    return std::ranges::any_of(view->sources, isFresh);
}

/// A source of it has neither answered nor failed.
bool isWaiting(const DeploymentView *view)
{
    return std::ranges::any_of(view->sources, [](const SourceView &source) {
        return source.freshness.kind == Freshness::Kind::Pending && !source.error;
    });
}

QString detailOf(const DeploymentView &view, Instant now)
{
    QStringList lines;
    for (const SourceView &source : view.sources)
        lines.append(u"%1: %2"_s.arg(source.id, words::freshness(source.freshness, now)));
    return lines.join(u'\n');
}

QString liveText(std::optional<Instant> last, Instant now)
{
    return last ? tr("live, %1").arg(words::ago(std::min(*last, now), now)) : tr("live");
}
} // namespace

Pulse pulseOf(const DeploymentView &view, Instant now)
{
    Pulse pulse{.status = Status::Unknown, .text = tr("waiting for the first answer"), .detail = detailOf(view, now)};
    const auto all = static_cast<int>(view.sources.size());
    const auto fresh = static_cast<int>(std::ranges::count_if(view.sources, isFresh));
    const bool isPending = isWaiting(&view);
    if (fresh == all && all > 0) {
        pulse.status = Status::Ok;
        pulse.text = liveText(view.lastAnswer, now);
    } else if (fresh > 0 && isPending) {
        pulse.text = tr("connecting, %1 of %2 sources").arg(fresh).arg(all);
    } else if (fresh > 0) {
        pulse.status = Status::Degraded;
        pulse.text = tr("%1 of %2 sources live").arg(fresh).arg(all);
    } else if (view.lastAnswer) {
        pulse.text = tr("no data since %1").arg(words::shortTime(*view.lastAnswer, now));
    } else if (const auto refusing = static_cast<int>(std::ranges::count_if(view.sources, isRefusing)); refusing > 0) {
        pulse.text = refusing == 1 ? tr("%1 of %2 sources refuses").arg(refusing).arg(all)
                                   : tr("%1 of %2 sources refuse").arg(refusing).arg(all);
    } else if (!isPending) {
        pulse.text = tr("no answer yet");
    }
    return pulse;
}

Pulse pulseOf(const QList<const DeploymentView *> &views, Instant now)
{
    if (views.size() == 1)
        return pulseOf(*views.first(), now);
    Pulse pulse;
    QStringList lines;
    std::optional<Instant> last;
    for (const DeploymentView *view : views) {
        if (view->lastAnswer)
            last = std::max(last.value_or(*view->lastAnswer), *view->lastAnswer);
        lines.append(u"%1: %2"_s.arg(view->name, pulseOf(*view, now).text));
    }
    pulse.detail = lines.join(u'\n');
    const auto answering = static_cast<int>(std::ranges::count_if(views, answers));
    const auto whole = static_cast<int>(std::ranges::count_if(views, isWhole));
    if (whole == views.size()) {
        pulse.status = Status::Ok;
        pulse.text = liveText(last, now);
    } else if (answering == views.size()) {
        pulse.status = Status::Degraded;
        pulse.text = tr("%1 of %2 fully live").arg(whole).arg(views.size());
    } else if (std::ranges::any_of(views, hasData)) {
        pulse.status = Status::Degraded;
        pulse.text = tr("%1 of %2 answer").arg(answering).arg(views.size());
    } else if (last) {
        pulse.text = tr("no data since %1").arg(words::shortTime(*last, now));
    } else {
        const bool isPending = std::ranges::any_of(views, isWaiting);
        pulse.text = isPending ? tr("waiting for the first answer") : tr("no answer yet");
    }
    return pulse;
}

} // namespace qd
