/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <QString>

/// How Quarterdeck says things to a person: the one place where codes, events and numbers become words and units. Used
/// by the window and by the terminal alike. Times are shown in the local time zone of the machine.
namespace qd::words {

[[nodiscard]] QString say(Status status); ///< "Healthy", "Not available here", "Muted", "No data", "Degraded", "Down"
[[nodiscard]] QString say(BreakerState state); ///< "Closed", "Half-open", "Open", "Disabled", "Unknown"
[[nodiscard]] QString say(LimiterMode mode);   ///< "Counted in Redis", "Counted in memory" …
[[nodiscard]] QString say(KeyState state);     ///< "Next", "Active", "Retiring", "Retired", "Unknown"
[[nodiscard]] QString say(Level level);        ///< "Healthy", "Degraded", "Down", "Unknown"

/// The status as the heading of a deployment: as say(), but "No data since 13:41" where nothing is known any more,
/// and "Refused" where no source ever let one read.
[[nodiscard]] QString statusLine(const DeploymentView &view);
/// Why the status is what it is: the worst reasons, `most` of them at most, and how many more there are. That the whole
/// is degraded is no reason where one of its parts is known to be the cause; that it is down is said with it.
[[nodiscard]] QString headline(const DeploymentView &view, qsizetype most = 2);
[[nodiscard]] QString sentence(const Reason &reason);
[[nodiscard]] QString sentence(const Event &event);
/// How an event is to be marked: what it led to.
[[nodiscard]] Status statusOf(const Event &event);

/// What happened, to what, and what to try.
struct ErrorWords
{
    QString what;
    QString where;
    QString advice;
    bool operator==(const ErrorWords &) const = default;
};
[[nodiscard]] ErrorWords explain(const Error &error);

/// A source's values as they can be believed; the four states are four different texts: "not measured",
/// "4 s ago", "No data since 14:02", "Refused: wrong password (NOAUTH)". (*Zero* is a value and reads "0".) Where it
/// was tried in vain from the first: "not measured: connection refused".
[[nodiscard]] QString freshness(const Freshness &freshness, Instant now);

// Numbers with their units.
[[nodiscard]] QString percent(Share share); ///< "71 %", "3.1 %", "0 %"
/// As percent(), with as many decimals more as tell it apart from `limit`: "79.6 %" beside "80 %".
[[nodiscard]] QString percent(Share share, Share limit);
[[nodiscard]] QString rate(PerSecond rate); ///< "212 /s", "9.0 /s", "0 /s"
[[nodiscard]] QString
duration(Millis duration); ///< "0.4 ms", "31 ms", "1.24 s", "44 s", "1 min 30 s", "41 min", "6 h", "41 d"
/// A number of a metric: "3 h" for 10800 "s", "12 a minute" for "/min", else "12 orders" by its unit.
[[nodiscard]] QString measured(double number, const QString &unit);
[[nodiscard]] QString bytes(Bytes bytes);          ///< "212 MB", "1.2 GB" (powers of 1024)
[[nodiscard]] QString count(qint64 number);        ///< "12 345", grouped by narrow no-break spaces
[[nodiscard]] QString of(qint64 used, qint64 all); ///< "5 of 5"

// Times.
[[nodiscard]] QString ago(Instant from, Instant now); ///< "2 s ago", "4 min ago", "6 h ago"
[[nodiscard]] QString clockTime(Instant at);          ///< "14:02:11"
[[nodiscard]] QString shortTime(Instant at);          ///< "14:02"
/// "14:02"; on another day "16 Nov 14:02"; in another year "16 Nov 2027 14:02".
[[nodiscard]] QString shortTime(Instant at, Instant now);
[[nodiscard]] QString sinceText(Instant since, Instant now); ///< "since 13:58, 4 min"

[[nodiscard]] QString text(qint64 value);
[[nodiscard]] QString text(Share value);
[[nodiscard]] QString text(PerSecond value);
[[nodiscard]] QString text(Millis value);
[[nodiscard]] QString text(Bytes value);
[[nodiscard]] QString text(BreakerState value);
[[nodiscard]] QString text(LimiterMode value);
[[nodiscard]] QString text(KeyState value);
[[nodiscard]] QString text(Level value);
/// As the deployment wrote it, on one line and at most `textCap` characters.
[[nodiscard]] QString text(const QString &value);
inline constexpr qsizetype textCap = 200;

/// What stands where a number is missing: "–" for not measured, "?" where it is not known any more.
[[nodiscard]] QString missing(const Freshness &freshness);

/// A number as it stands in a cell. An old value is still shown; that it is old is freshness()'s to say.
template <class T>
[[nodiscard]] QString valueText(const Shown<T> &shown, const Freshness &freshness)
{
    return shown.has() ? text(*shown) : missing(freshnessOf(shown, freshness));
}

/// The same for a value straight from a fact.
template <class T>
[[nodiscard]] QString valueText(const Value<T> &value, const Freshness &freshness)
{
    return value.has() ? text(*value) : missing(freshness);
}

} // namespace qd::words
