/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/fact.h"

#include <QHash>
#include <QList>
#include <QString>

#include <vector>

namespace qd {

/// What was seen of a series within one pixel column.
struct Column
{
    Instant at; ///< start of the column
    double first = 0;
    double min = 0;
    double max = 0;
    double last = 0;
    qsizetype count = 0; ///< samples; 0: nothing was measured here (a gap)

    bool operator==(const Column &) const = default;
};

/// Columns of equal width that cover a range exactly, oldest first.
using Columns = QList<Column>;

/// Series of numbers over time. A plain vector store behind the interface that a compressed one will take over.
/// Samples come in order of time for each series; an equal time, or one up to 2 s older, is dropped, and one that is
/// older by more (the clock was set back) replaces what follows it. Retention by age and number.
class SeriesStore
{
public:
    /// Adds a sample; non-finite values become gaps.
    void append(const QString &series, Behaviour behaviour, Instant at, double value);
    /// From `at` on nothing is known until the next sample.
    void appendGap(const QString &series, Instant at);

    [[nodiscard]] bool contains(const QString &series) const;
    [[nodiscard]] QStringList names(const QString &prefix = {}) const; ///< sorted
    [[nodiscard]] std::optional<Behaviour> behaviour(const QString &series) const;
    [[nodiscard]] std::optional<double> latest(const QString &series) const; ///< nothing while in a gap

    /// The values as they are. `pixels` columns cover `range`; a column without a sample has count 0, unless the
    /// series was known before and still is (hold == true: a state or slowly polled gauge keeps its last value until
    /// the next sample or gap).
    [[nodiscard]] Columns query(const QString &series, TimeRange range, int pixels, bool hold = false) const;

    /// A counter's growth per second: for each column the growth between the last sample before it and its last
    /// sample. A fall counts as a restart from zero. Columns narrower than the samples' distance share the rate of
    /// the step they lie in.
    /// With a `window`: the growth over the window that ends in the column instead, which is what an eye can follow
    /// where each step holds only a few events.
    [[nodiscard]] Columns rate(const QString &counter, TimeRange range, int pixels,
                               std::chrono::milliseconds window = {}) const;

    /// Growth of `part` over the growth of all of `whole`, 0 to 1 (hits over hits + misses: part = hits, whole =
    /// {hits, misses}), each over a sliding `window` that ends in the column. No growth at all: a gap.
    [[nodiscard]] Columns ratio(const QString &part, const QStringList &whole, TimeRange range, int pixels,
                                std::chrono::milliseconds window) const;

    /// Forgets series that nothing was added to for the retention's age.
    void prune(Instant now);
    [[nodiscard]] qsizetype size() const { return m_series.size(); }

    /// More names than this in one deployment are an attack or a mistake: further ones are not kept.
    static constexpr qsizetype maxSeries = 5000;

    void setRetention(std::chrono::milliseconds age, qsizetype samplesPerSeries);

private:
    struct Point
    {
        Instant at;
        double value; ///< NaN: a gap begins
    };
    struct Series
    {
        Behaviour behaviour = Behaviour::Gauge;
        std::vector<Point> points;
    };
    class Growth;
    [[nodiscard]] Growth growthOf(const QString &counter, Instant from) const;
    [[nodiscard]] Columns slidingRate(const QString &counter, TimeRange range, int pixels,
                                      std::chrono::milliseconds window) const;
    void push(Series &series, Instant at, double value);
    [[nodiscard]] const Series *find(const QString &series) const;
    QHash<QString, Series> m_series;
    std::chrono::milliseconds m_age{std::chrono::hours{24 * 7}};
    qsizetype m_most = 700'000;
};

} // namespace qd
