/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/drawn.h"

namespace qd {

namespace {
/// Makes gaps of the columns of `drawn` before which `counter` was not seen for a whole leastSeen without a gap.
void waitForWindow(Columns &drawn, const SeriesStore &series, const QString &counter, TimeRange range, int pixels)
{
    if (drawn.isEmpty())
        return;
    // The same columns, with as many before them as a window has.
    const auto length = range.length();
    const auto before = static_cast<int>((leastSeen * pixels + length - std::chrono::milliseconds(1)) / length);
    const TimeRange longer{range.from - length * before / pixels, range.to};
    const Columns values = series.query(counter, longer, pixels + before, true);
    qsizetype seenFrom = 0; // the first column of those that nothing is missing between
    for (qsizetype i = 0; i < values.size(); ++i) {
        const bool begins = values[i].count > 0 && (i == 0 || values[i - 1].count == 0);
        if (begins)
            seenFrom = i;
        if (i >= before && seenFrom > i - before)
            drawn[i - before] = Column{.at = drawn[i - before].at};
    }
}
} // namespace

Columns drawnRate(const SeriesStore &series, const QString &counter, TimeRange range, int pixels,
                  std::chrono::seconds window)
{
    Columns rates = series.rate(counter, range, pixels, window);
    waitForWindow(rates, series, counter, range, pixels);
    return rates;
}

Columns drawnRatio(const SeriesStore &series, const QString &part, const QStringList &whole, TimeRange range,
                   int pixels)
{
    Columns ratios = series.ratio(part, whole, range, pixels, figureWindow);
    waitForWindow(ratios, series, part, range, pixels);
    return ratios;
}

Columns drawnFailedShare(const SeriesStore &series, const QString &failures, const QString &calls, TimeRange range,
                         int pixels)
{
    Columns shares = drawnRatio(series, failures, {calls}, range, pixels);
    const Columns rates = series.rate(calls, range, pixels, leastSeen);
    for (qsizetype i = 0; i < shares.size() && i < rates.size(); ++i) {
        if (rates[i].count > 0 && rates[i].max <= 0)
            shares[i] = Column{.at = shares[i].at};
    }
    return shares;
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
