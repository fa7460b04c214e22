/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/marks.h"

#include <algorithm>

namespace qd {

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
        group.status = std::max(group.status, mark.status);
        if (group.text.count(u'\n') + 1 < mostTexts)
            group.text += u'\n' + mark.text;
    }
    return kept;
}

} // namespace qd
