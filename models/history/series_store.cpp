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
    if (!points.empty() && at <= points.back().at)
        return;
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

Columns SeriesStore::rate(const QString &counter, TimeRange range, int pixels) const
{
    Columns columns;
    if (pixels <= 0 || range.to <= range.from)
        return columns;
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

    /// Walks one counter and tells its growth over (end − window, end], end growing from call to call.
    struct Walker
    {
        const std::vector<Point> *points = nullptr;
        size_t from = 0; ///< the last sample at or before the window's start
        size_t to = 0;   ///< one past the last sample in the window
        double sum = 0;

        static double step(const std::vector<Point> &p, size_t i)
        {
            if (i == 0 || std::isnan(p[i].value) || std::isnan(p[i - 1].value))
                return 0;
            return growth(p[i - 1].value, p[i].value);
        }
        /// Nothing where there is no sample in the window.
        std::optional<double> over(Instant start, Instant end)
        {
            const auto &p = *points;
            while (to < p.size() && p[to].at <= end)
                sum += step(p, to++);
            while (from < to && p[from].at <= start)
                sum -= step(p, from++);
            if (from == to || std::isnan(p[to - 1].value))
                return {};
            return std::max(sum, 0.0);
        }
    };
    static const std::vector<Point> none;
    const auto walker = [&](const QString &name) {
        const Series *mine = find(name);
        Walker w{.points = mine ? &mine->points : &none};
        // Begin at the range, not at the beginning of time.
        const Instant start = range.from - window;
        w.from = w.to =
            static_cast<size_t>(std::ranges::lower_bound(*w.points, start, {}, &Point::at) - w.points->begin());
        return w;
    };
    Walker top = walker(part);
    std::vector<Walker> bottoms;
    for (const QString &name : whole)
        bottoms.push_back(walker(name));

    for (int i = 0; i < pixels; ++i) {
        Column column{.at = edge(range, pixels, i)};
        const Instant end = edge(range, pixels, i + 1);
        const auto numerator = top.over(end - window, end);
        double denominator = 0;
        bool known = numerator.has_value();
        for (Walker &bottom : bottoms) {
            const auto mine = bottom.over(end - window, end);
            known = known && mine.has_value();
            denominator += mine.value_or(0);
        }
        // Beyond the newest sample the window would only run empty: nothing is known there.
        known = known && !top.points->empty() && top.points->back().at >= column.at - window / 4;
        if (known && denominator > 0)
            add(column, *numerator / denominator);
        columns.append(column);
    }
    return columns;
}

void SeriesStore::setRetention(std::chrono::milliseconds age, qsizetype samplesPerSeries)
{
    m_age = age;
    m_most = samplesPerSeries;
}

} // namespace qd
