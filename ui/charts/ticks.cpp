/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/ticks.h"

#include "words/words.h"

#include <QDateTime>
#include <QLocale>
#include <QTimeZone>

#include <algorithm>
#include <cmath>
#include <span>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int mostTicks = 12;

/// The smallest of 1, 2, 2.5, 5 × 10^n that is not under `step`; whole numbers where `whole`.
double niceDecimal(double step, bool whole)
{
    const double power = std::pow(10, std::floor(std::log10(step)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
        const double nice = factor * power;
        if (nice >= step * (1 - 1e-9) && (!whole || nice == std::floor(nice)))
            return nice;
    }
    return 10 * power;
}

double niceStep(double step, Unit unit)
{
    if (unit == Unit::Count)
        return std::max(1.0, niceDecimal(step, step >= 1));
    if (unit == Unit::Bytes) {
        double scale = 1;
        while (step / scale >= 1000)
            scale *= 1024;
        return std::max(1.0, niceDecimal(step / scale, scale == 1) * scale);
    }
    if (unit == Unit::Milliseconds && step > 5'000) {
        for (const double seconds :
             {10., 15., 30., 60., 120., 300., 600., 900., 1800., 3600., 7200., 14400., 21600., 43200., 86400.}) {
            if (seconds * 1000 >= step)
                return seconds * 1000;
        }
        return niceDecimal(step / 86'400'000, true) * 86'400'000;
    }
    return niceDecimal(step, false);
}

int decimalsOf(double step)
{
    for (int decimals = 0; decimals < 6; ++decimals) {
        const double scaled = step * std::pow(10, decimals);
        if (std::abs(scaled - std::round(scaled)) < 1e-6 * std::max(1.0, scaled))
            return decimals;
    }
    return 6;
}

QString grouped(double value, int decimals)
{
    return decimals == 0 ? words::count(std::llround(value)) : QString::number(value, 'f', decimals);
}

/// A tick says as many decimals as its step needs, the same for all, so that they align.
QString tickText(double value, double step, Unit unit, double largest)
{
    switch (unit) {
    case Unit::Count:
    case Unit::Number:
        return grouped(value, decimalsOf(step));
    case Unit::PerSecond:
        return u"%1 /s"_s.arg(grouped(value, decimalsOf(step)));
    case Unit::Percent:
        return u"%1 %"_s.arg(grouped(value * 100, decimalsOf(step * 100)));
    case Unit::Milliseconds:
        if (largest >= 60'000)
            return value == 0 ? u"0 s"_s : words::duration(Millis(value));
        if (largest >= 1'000)
            return u"%1 s"_s.arg(grouped(value / 1000, decimalsOf(step / 1000)));
        return u"%1 ms"_s.arg(grouped(value, decimalsOf(step)));
    case Unit::Bytes:
        return words::bytes({static_cast<std::int64_t>(std::llround(value))});
    }
    return {};
}

constexpr qint64 second = 1000;
constexpr qint64 minute = 60 * second;
constexpr qint64 hour = 60 * minute;
constexpr qint64 day = 24 * hour;
constexpr qint64 timeSteps[] = {second,     2 * second, 5 * second,  10 * second, 15 * second, 30 * second, minute,
                                2 * minute, 5 * minute, 10 * minute, 15 * minute, 20 * minute, 30 * minute, hour,
                                2 * hour,   3 * hour,   4 * hour,    6 * hour,    12 * hour,   day,         2 * day,
                                7 * day,    14 * day,   28 * day,    91 * day,    364 * day};

QString timeText(const QDateTime &at, qint64 step)
{
    if (step >= day || (step >= hour && at.time() == QTime(0, 0)))
        return QLocale::c().toString(at, u"d MMM"_s);
    return at.toString(step < minute ? u"HH:mm:ss"_s : u"HH:mm"_s);
}
} // namespace

ValueScale niceScale(double from, double to, Unit unit, int about)
{
    const bool usable = std::isfinite(from) && std::isfinite(to) && std::abs(from) < 1e300 && std::abs(to) < 1e300;
    if (!usable || to <= from) {
        from = usable ? from : 0;
        to = from + (unit == Unit::Milliseconds || unit == Unit::Bytes ? 10 : 1);
    }
    about = std::clamp(about, 1, mostTicks - 1);
    const double step = niceStep(std::max((to - from) / about, 1e-12), unit);
    ValueScale scale{
        .from = std::floor(from / step + 1e-9) * step, .to = std::ceil(to / step - 1e-9) * step, .ticks = {}};
    if (!(scale.to > scale.from)) // `from` is so large that a step vanishes in it
        return niceScale(0, std::max(std::abs(to), 1.0), unit, about);
    const auto steps = std::min(std::llround((scale.to - scale.from) / step), 4LL * mostTicks);
    for (long long i = 0; i <= steps; ++i) {
        const double at = scale.from + static_cast<double>(i) * step;
        scale.ticks.append({at, tickText(at, step, unit, scale.to)});
    }
    return scale;
}

QString unitText(double value, Unit unit)
{
    if (!std::isfinite(value))
        return u"–"_s;
    switch (unit) {
    case Unit::Count:
        return grouped(value, value == std::floor(value) || std::abs(value) >= 100 ? 0 : 1);
    case Unit::PerSecond:
        return words::rate({value});
    case Unit::Percent:
        return words::percent({value});
    case Unit::Milliseconds:
        return words::duration(Millis(value));
    case Unit::Bytes:
        return words::bytes({static_cast<std::int64_t>(value)});
    case Unit::Number: {
        // As many digits as an eye can use; what is too large or too small for them is written as a power of ten.
        const double size = std::abs(value);
        if (size >= 1000 && size < 1e15)
            return words::count(std::llround(value));
        return QString::number(value, 'g', value == std::floor(value) ? 6 : 3);
    }
    }
    return {};
}

QList<TimeTick> niceTimes(TimeRange range, int most, const QTimeZone &zone)
{
    QList<TimeTick> ticks;
    const qint64 length = range.length().count();
    if (length <= 0 || most < 1)
        return ticks;
    const auto fits = [&](qint64 step) { return length / step + 1 <= most; };
    const auto found = std::ranges::find_if(timeSteps, fits);
    const qint64 step = found == std::end(timeSteps) ? (length / most / day + 1) * day : *found;

    // Ticks lie on whole steps of the local clock, also where its offset changes within the range.
    const qint64 from = range.from.time_since_epoch().count();
    const auto offsetAt = [&](qint64 at) {
        return qint64{zone.offsetFromUtc(QDateTime::fromMSecsSinceEpoch(at, Qt::UTC))} * 1000;
    };
    qint64 local = from + offsetAt(from);
    local -= ((local % step) + step) % step;
    for (; ticks.size() < most; local += step) {
        qint64 at = local - offsetAt(local - offsetAt(from));
        if (at < from)
            continue;
        const Instant instant{std::chrono::milliseconds(at)};
        if (instant > range.to)
            break;
        if (ticks.isEmpty() || instant > ticks.last().at)
            ticks.append({instant, timeText(QDateTime::fromMSecsSinceEpoch(at, zone), step)});
    }
    return ticks;
}

} // namespace qd
