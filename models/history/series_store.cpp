/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "history/series_store.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qd {
namespace {
/// Samples that are late by less are late; by more, the clock was set back.
constexpr std::chrono::seconds clockStep{2};
constexpr double gap = std::numeric_limits<double>::quiet_NaN();

/// The edges of `pixels` equal columns; exact for the first and the last.
Instant edge(TimeRange range, int pixels, int column)
{
    const auto length = range.length().count();
    return range.from + std::chrono::milliseconds(length * column / pixels);
}

void add(Column &column, double value)
{
    if (column.count == 0) {
        column.first = column.min = column.max = value;
    }
    column.min = std::min(column.min, value);
    column.max = std::max(column.max, value);
    column.last = value;
    ++column.count;
}

double growth(double before, double after)
{
    return after >= before ? after - before : after; // a fall is a restart from zero
}
} // namespace

void SeriesStore::push(Series &series, Instant at, double value)
{
    auto &points = series.points;
    if (!points.empty() && at <= points.back().at) {
        if (points.back().at - at < clockStep)
            return;
        // The clock was set back: what it dated into the time that now comes again is given up.
        points.erase(std::ranges::lower_bound(points, at, {}, &Point::at), points.end());
    }
    points.push_back({at, value});
    // Dropped in one piece now and then: erasing from the front each time would make appending linear.
    const auto most = static_cast<size_t>(m_most);
    const bool tooOld = points.front().at < at - m_age - m_age / 8;
    if (points.size() <= most + most / 8 && !tooOld)
        return;
    auto first = std::ranges::lower_bound(points, at - m_age, {}, &Point::at);
    if (const auto left = static_cast<size_t>(points.end() - first); left > most)
        first += static_cast<std::ptrdiff_t>(left - most);
    points.erase(points.begin(), first);
}

void SeriesStore::append(const QString &series, Behaviour behaviour, Instant at, double value)
{
    if (m_series.size() >= maxSeries && !m_series.contains(series))
        return;
    Series &mine = m_series[series];
    mine.behaviour = behaviour;
    push(mine, at, std::isfinite(value) ? value : gap);
}

void SeriesStore::appendGap(const QString &series, Instant at)
{
    const auto it = m_series.find(series);
    if (it == m_series.end() || it->points.empty() || std::isnan(it->points.back().value))
        return;
    push(*it, at, gap);
}

const SeriesStore::Series *SeriesStore::find(const QString &series) const
{
    const auto it = m_series.constFind(series);
    return it == m_series.cend() ? nullptr : &*it;
}

bool SeriesStore::contains(const QString &series) const
{
    return find(series) != nullptr;
}

QStringList SeriesStore::names(const QString &prefix) const
{
    QStringList names;
    for (auto it = m_series.cbegin(); it != m_series.cend(); ++it) {
        if (it.key().startsWith(prefix))
            names.append(it.key());
    }
    names.sort();
    return names;
}

std::optional<Behaviour> SeriesStore::behaviour(const QString &series) const
{
    const Series *mine = find(series);
    return mine ? std::optional(mine->behaviour) : std::nullopt;
}

std::optional<double> SeriesStore::latest(const QString &series) const
{
    const Series *mine = find(series);
    if (!mine || mine->points.empty() || std::isnan(mine->points.back().value))
        return {};
    return mine->points.back().value;
}

Columns SeriesStore::query(const QString &series, TimeRange range, int pixels, bool hold) const
{
    Columns columns;
    if (pixels <= 0 || range.to <= range.from)
        return columns;
    columns.reserve(pixels);
    const Series *mine = find(series);
    static const std::vector<Point> none;
    const auto &points = mine ? mine->points : none;
    auto next = std::ranges::lower_bound(points, range.from, {}, &Point::at);
    double held = next == points.begin() ? gap : std::prev(next)->value;
    for (int i = 0; i < pixels; ++i) {
        Column column{.at = edge(range, pixels, i)};
        const Instant end = edge(range, pixels, i + 1);
        for (; next != points.end() && next->at < end; ++next) {
            if (!std::isnan(next->value))
                add(column, next->value);
            held = next->value;
        }
        // Nothing is known after the last sample, so that a held value does not run into the future.
        if (column.count == 0 && hold && !std::isnan(held) && next != points.end())
            add(column, held);
        columns.append(column);
    }
    return columns;
}

/// Walks one counter and tells its growth over a window whose end moves forward from call to call.
class SeriesStore::Growth
{
public:
    Growth(const std::vector<Point> &points, Instant from)
        : m_points(&points)
        , m_first(static_cast<size_t>(std::ranges::lower_bound(points, from, {}, &Point::at) - points.begin()))
        , m_end(m_first)
    {
    }
    /// Growth over (start, end]; nothing where no sample lies in it or the counter is in a gap.
    std::optional<double> over(Instant start, Instant end)
    {
        const auto &points = *m_points;
        while (m_end < points.size() && points[m_end].at <= end)
            m_sum += step(m_end++);
        while (m_first < m_end && points[m_first].at <= start)
            m_sum -= step(m_first++);
        if (m_first == m_end || std::isnan(points[m_end - 1].value))
            return {};
        return std::max(m_sum, 0.0);
    }
    /// The time that the growth last told is spread over: from the sample before the window's first to its last.
    [[nodiscard]] std::chrono::duration<double> span() const
    {
        const auto &points = *m_points;
        const size_t from = m_first > 0 && !std::isnan(points[m_first - 1].value) ? m_first - 1 : m_first;
        return points[m_end - 1].at - points[from].at;
    }
    [[nodiscard]] bool reaches(Instant at) const { return !m_points->empty() && m_points->back().at >= at; }

private:
    [[nodiscard]] double step(size_t i) const
    {
        const auto &points = *m_points;
        if (i == 0 || std::isnan(points[i].value) || std::isnan(points[i - 1].value))
            return 0;
        return growth(points[i - 1].value, points[i].value);
    }
    const std::vector<Point> *m_points;
    size_t m_first; ///< of the window
    size_t m_end;   ///< one past its last
    double m_sum = 0;
};

SeriesStore::Growth SeriesStore::growthOf(const QString &counter, Instant from) const
{
    static const std::vector<Point> none;
    const Series *mine = find(counter);
    return {mine ? mine->points : none, from};
}

Columns SeriesStore::slidingRate(const QString &counter, TimeRange range, int pixels,
                                 std::chrono::milliseconds window) const
{
    Columns columns;
    columns.reserve(pixels);
    Growth walker = growthOf(counter, range.from - window);
    for (int i = 0; i < pixels; ++i) {
        Column column{.at = edge(range, pixels, i)};
        const Instant end = edge(range, pixels, i + 1);
        const auto grown = walker.over(end - window, end);
        if (grown && walker.span().count() > 0 && walker.reaches(column.at - window / 4))
            add(column, *grown / walker.span().count());
        columns.append(column);
    }
    return columns;
}

Columns SeriesStore::rate(const QString &counter, TimeRange range, int pixels, std::chrono::milliseconds window) const
{
    Columns columns;
    if (pixels <= 0 || range.to <= range.from)
        return columns;
    if (window.count() > 0)
        return slidingRate(counter, range, pixels, window);
    columns.reserve(pixels);
    for (int i = 0; i < pixels; ++i)
        columns.append(Column{.at = edge(range, pixels, i)});
    const Series *mine = find(counter);
    if (!mine || mine->points.size() < 2)
        return columns;
    const auto &points = mine->points;
    const double perColumn = static_cast<double>(range.length().count()) / pixels;
    auto next = std::ranges::lower_bound(points, range.from, {}, &Point::at);
    if (next == points.begin())
        ++next;
    // Each step between two samples lends its rate to every column that it touches.
    for (; next != points.end(); ++next) {
        const Point &before = *std::prev(next);
        if (before.at >= range.to)
            break;
        if (std::isnan(before.value) || std::isnan(next->value))
            continue;
        const std::chrono::duration<double> step = next->at - before.at;
        const double rate = growth(before.value, next->value) / step.count();
        const auto from = std::max(before.at, range.from);
        const auto to = std::min(next->at, range.to);
        const auto first = static_cast<qsizetype>(static_cast<double>((from - range.from).count()) / perColumn);
        const auto last = static_cast<qsizetype>(std::ceil(static_cast<double>((to - range.from).count()) / perColumn));
        for (qsizetype i = std::max<qsizetype>(first, 0); i < std::min<qsizetype>(last, pixels); ++i)
            add(columns[i], rate);
    }
    return columns;
}

Columns SeriesStore::ratio(const QString &part, const QStringList &whole, TimeRange range, int pixels,
                           std::chrono::milliseconds window) const
{
    Columns columns;
    if (pixels <= 0 || range.to <= range.from)
        return columns;
    columns.reserve(pixels);

    Growth top = growthOf(part, range.from - window);
    std::vector<Growth> bottoms;
    for (const QString &name : whole)
        bottoms.push_back(growthOf(name, range.from - window));

    for (int i = 0; i < pixels; ++i) {
        Column column{.at = edge(range, pixels, i)};
        const Instant end = edge(range, pixels, i + 1);
        const auto numerator = top.over(end - window, end);
        double denominator = 0;
        bool known = numerator.has_value();
        for (Growth &bottom : bottoms) {
            const auto mine = bottom.over(end - window, end);
            known = known && mine.has_value();
            denominator += mine.value_or(0);
        }
        // Beyond the newest sample the window would only run empty: nothing is known there.
        known = known && top.reaches(column.at - window / 4);
        if (known && denominator > 0)
            add(column, *numerator / denominator);
        columns.append(column);
    }
    return columns;
}

void SeriesStore::prune(Instant now)
{
    m_series.removeIf([&](const auto &entry) {
        const auto &points = entry.value().points;
        return points.empty() || points.back().at < now - m_age;
    });
}

void SeriesStore::setRetention(std::chrono::milliseconds age, qsizetype samplesPerSeries)
{
    m_age = age;
    m_most = samplesPerSeries;
}

} // namespace qd
