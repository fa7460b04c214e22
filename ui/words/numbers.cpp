/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "words/words.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::words {
namespace {
struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(Numbers)
};

constexpr double minute = 60'000;
constexpr double hour = 60 * minute;
constexpr double day = 24 * hour;

QString fixed(double value, int decimals)
{
    const QString text = QString::number(value, 'f', decimals);
    // "-0.0" is a zero that only looks as if something were wrong.
    return text.startsWith(u'-') && text.toDouble() == 0 ? text.mid(1) : text;
}

QDateTime local(Instant at)
{
    return QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count());
}

/// Three significant digits are as many as an eye can use: "1.24", "31", "212".
QString significant(double value)
{
    const double size = std::abs(value);
    return fixed(value, size < 0.9995 ? 1 : size < 9.995 ? 1 : 0);
}

QString twoParts(qint64 whole, qint64 rest, const QString &two, const QString &one)
{
    return rest == 0 ? one.arg(whole) : two.arg(whole).arg(rest);
}

QString longDuration(double ms)
{
    const auto seconds = static_cast<qint64>(std::llround(ms / 1000));
    if (ms < 10 * minute)
        return twoParts(seconds / 60, seconds % 60, Tr::tr("%1 min %2 s"), Tr::tr("%1 min"));
    const qint64 minutes = seconds / 60;
    if (ms < hour)
        return Tr::tr("%1 min").arg(minutes);
    if (ms < 10 * hour)
        return twoParts(minutes / 60, minutes % 60, Tr::tr("%1 h %2 min"), Tr::tr("%1 h"));
    if (ms < 2 * day)
        return Tr::tr("%1 h").arg(minutes / 60);
    return Tr::tr("%1 d").arg(minutes / 60 / 24);
}

/// An age in its largest unit alone: "4 min", as one says it.
QString age(double ms)
{
    ms = std::max(ms, 0.0);
    if (ms < minute)
        return Tr::tr("%1 s").arg(static_cast<qint64>(ms / 1000));
    if (ms < hour)
        return Tr::tr("%1 min").arg(static_cast<qint64>(ms / minute));
    if (ms < 2 * day)
        return Tr::tr("%1 h").arg(static_cast<qint64>(ms / hour));
    return Tr::tr("%1 d").arg(static_cast<qint64>(ms / day));
}
} // namespace

QString percent(Share share)
{
    if (!std::isfinite(share.of1))
        return u"–"_s;
    const double value = share.of1 * 100;
    const double size = std::abs(value);
    // A share that is not whole is not said to be: 99.97 % is not 100 %, 0.02 % is not 0 %.
    int decimals = size < 9.95 || (size > 99 && size < 100) ? 1 : 0;
    if (size == 0 || size == 100)
        decimals = 0;
    if (value > 0 && value < 0.05)
        return Tr::tr("< 0.1 %");
    if (value > 99.9 && value < 100)
        return Tr::tr("> 99.9 %");
    return Tr::tr("%1 %").arg(fixed(value, decimals));
}

QString percent(Share share, Share limit)
{
    const QString plain = percent(share);
    if (plain != percent(limit))
        return plain;
    for (int decimals = 1; decimals <= 3; ++decimals) {
        const QString finer = fixed(share.of1 * 100, decimals);
        if (finer != fixed(limit.of1 * 100, decimals))
            return Tr::tr("%1 %").arg(finer);
    }
    return plain;
}

QString rate(PerSecond rate)
{
    if (!std::isfinite(rate.rate))
        return u"–"_s;
    if (rate.rate == 0)
        return Tr::tr("0 /s");
    if (rate.rate > 0 && rate.rate < 0.05)
        return Tr::tr("< 0.1 /s");
    if (std::abs(rate.rate) < 99.95)
        return Tr::tr("%1 /s").arg(fixed(rate.rate, 1));
    return Tr::tr("%1 /s").arg(count(std::llround(rate.rate)));
}

QString duration(Millis duration)
{
    const double ms = duration.count();
    if (!std::isfinite(ms))
        return u"–"_s;
    if (ms < 0)
        return u"−"_s + words::duration(-duration);
    if (ms == 0)
        return Tr::tr("0 ms");
    if (ms < 0.05)
        return Tr::tr("< 0.1 ms");
    if (ms < 999.5)
        return Tr::tr("%1 ms").arg(significant(ms));
    if (ms < 9'995)
        return Tr::tr("%1 s").arg(fixed(ms / 1000, std::fmod(ms, 1000) == 0 ? 0 : 2));
    if (ms < 59'500)
        return Tr::tr("%1 s").arg(fixed(ms / 1000, 0));
    return longDuration(ms);
}

QString bytes(Bytes bytes)
{
    static constexpr const char *units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double value = static_cast<double>(bytes.count);
    size_t unit = 0;
    while (std::abs(value) >= 999.5 && unit + 1 < std::size(units)) {
        value /= 1024;
        ++unit;
    }
    const int decimals = unit > 0 && std::abs(value) < 9.95 ? 1 : 0;
    return u"%1 %2"_s.arg(fixed(value, decimals), QString::fromLatin1(units[unit]));
}

QString measured(double number, const QString &unit)
{
    constexpr double most = 1e15;
    if (!(std::abs(number) <= most))
        return u"–"_s;
    if (unit == "s"_L1)
        return duration(Millis(number * 1000));
    if (unit == "bytes"_L1)
        return bytes(Bytes{static_cast<qint64>(number)});
    const QString plain = number == std::floor(number) ? count(static_cast<qint64>(number)) : significant(number);
    if (unit == "/min"_L1)
        return Tr::tr("%1 a minute").arg(plain);
    return unit.isEmpty() ? plain : u"%1 %2"_s.arg(plain, text(unit));
}

QString count(qint64 number)
{
    QString digits = QString::number(number);
    const qsizetype first = number < 0 ? 1 : 0;
    if (digits.size() - first <= 4) // as in print: 1000 stands unbroken
        return digits;
    for (qsizetype at = digits.size() - 3; at > first; at -= 3)
        digits.insert(at, QChar(0x202F));
    return digits;
}

QString of(qint64 used, qint64 all)
{
    return Tr::tr("%1 of %2").arg(count(used), count(all));
}

QString ago(Instant from, Instant now)
{
    if (now - from < 1s)
        return Tr::tr("just now");
    return Tr::tr("%1 ago").arg(age(Millis(now - from).count()));
}

QString clockTime(Instant at)
{
    return local(at).toString(u"HH:mm:ss"_s);
}

QString shortTime(Instant at)
{
    return local(at).toString(u"HH:mm"_s);
}

QString shortTime(Instant at, Instant now)
{
    if (local(at).date() == local(now).date())
        return shortTime(at);
    const bool isThisYear = local(at).date().year() == local(now).date().year();
    return QLocale::c().toString(local(at), isThisYear ? u"d MMM HH:mm"_s : u"d MMM yyyy HH:mm"_s);
}

QString sinceText(Instant since, Instant now)
{
    return Tr::tr("since %1, %2").arg(shortTime(since, now), age(Millis(now - since).count()));
}

QString text(qint64 value)
{
    return count(value);
}
QString text(Share value)
{
    return percent(value);
}
QString text(PerSecond value)
{
    return rate(value);
}
QString text(Millis value)
{
    return duration(value);
}
QString text(Bytes value)
{
    return bytes(value);
}
QString text(BreakerState value)
{
    return say(value);
}
QString text(LimiterMode value)
{
    return say(value);
}
QString text(KeyState value)
{
    return say(value);
}
QString text(Level value)
{
    return say(value);
}

QString text(const QString &value)
{
    // simplified() of a long text is work for nothing.
    const QString line = value.left(4 * textCap).simplified();
    return line.size() <= textCap ? line : line.left(textCap - 1) + u'…';
}

} // namespace qd::words
