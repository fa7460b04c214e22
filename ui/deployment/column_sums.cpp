/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/column_sums.h"

#include <algorithm>
#include <tuple>

namespace qd {

Columns sumOf(const QList<Columns> &parts)
{
    if (parts.isEmpty())
        return {};
    Columns sum = parts.first();
    for (const Columns &part : parts.sliced(1)) {
        const qsizetype common = std::min(sum.size(), part.size());
        for (qsizetype i = 0; i < common; ++i) {
            const Column &more = part[i];
            Column &column = sum[i];
            if (more.count == 0)
                continue;
            if (column.count == 0) {
                column = more;
                continue;
            }
            column.first += more.first;
            column.min += more.min;
            column.max += more.max;
            column.last += more.last;
            column.count = std::max(column.count, more.count);
        }
    }
    return sum;
}

Columns differenceOf(const Columns &whole, const Columns &part)
{
    Columns rest = whole;
    const qsizetype common = std::min(rest.size(), part.size());
    for (qsizetype i = 0; i < common; ++i) {
        const Column &less = part[i];
        Column &column = rest[i];
        if (column.count == 0 || less.count == 0)
            continue;
        column.first = std::max(0.0, column.first - less.first);
        column.last = std::max(0.0, column.last - less.last);
        // The least and most of a difference cannot be told from its parts' alone; its ends can.
        std::tie(column.min, column.max) = std::minmax(column.first, column.last);
    }
    return rest;
}

} // namespace qd
