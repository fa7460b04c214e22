/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/drawn.h"

namespace qd {

Columns drawnRate(const SeriesStore &series, const QString &counter, TimeRange range, int pixels)
{
    Columns rates = series.rate(counter, range, pixels, rateWindow);
    if (rates.isEmpty())
        return rates;
    // The same columns, with as many before them as a window has.
    const auto length = range.length();
    const auto before = static_cast<int>((rateWindow * pixels + length - std::chrono::milliseconds(1)) / length);
    const TimeRange longer{range.from - length * before / pixels, range.to};
    const Columns values = series.query(counter, longer, pixels + before, true);
    qsizetype seenFrom = 0; // the first column of those that nothing is missing between
    for (qsizetype i = 0; i < values.size(); ++i) {
        const bool begins = values[i].count > 0 && (i == 0 || values[i - 1].count == 0);
        if (begins)
            seenFrom = i;
        if (i >= before && seenFrom > i - before)
            rates[i - before] = Column{.at = rates[i - before].at};
    }
    return rates;
}

Columns drawnLatency(const SeriesStore &series, const QString &latency, const QString &counter, TimeRange range,
                     int pixels)
{
    constexpr double leastRequests = 100;
    Columns columns = series.query(latency, range, pixels, true);
    const Columns counts = series.query(counter, range, pixels, true);
    for (qsizetype i = 0; i < columns.size(); ++i) {
        const bool few = counts[i].count > 0 && counts[i].last < leastRequests;
        if (columns[i].count > 0 && (columns[i].max <= 0 || few))
            columns[i] = Column{.at = columns[i].at};
    }
    return columns;
}

} // namespace qd
