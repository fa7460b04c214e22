/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/chart_panel.h"

namespace qd {

/// An event as every chart marks it.
[[nodiscard]] Mark markOf(const Event &event);

/// A chart marks what can have moved its lines, and nothing else. Whatever runs may be moved by a deploy or a failover,
/// and by the source that tells of it.
[[nodiscard]] bool movesAnything(const Event &event);
/// A breaker that lets nothing pass any more, or all again; a trial call that fails is no news.
[[nodiscard]] bool isTurnOfBreaker(const Event &event);
/// Of the Redis servers: lost, back, started anew, in another role.
[[nodiscard]] bool movesRedis(const Event &event, const DeploymentView &view);
/// Of a cache group: its own, its store's, and of the source that counts its hits.
[[nodiscard]] bool movesCache(const Event &event, const DeploymentView &view, const QString &group);

/// The events of the view that `moves` is true of, as marks.
template <class Moves>
[[nodiscard]] QList<Mark> marksWhere(const DeploymentView &view, Moves moves)
{
    QList<Mark> marks;
    for (const Event &event : view.events) {
        if (moves(event))
            marks.append(markOf(event));
    }
    return marks;
}

} // namespace qd
