/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/freshness.h"
#include "watch/row_parts.h"
#include "watch/rows.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Measure = Expectation::Measure;

/// With or without the "_total" of a counter.
bool names(const Selector &selector, const Metric &metric)
{
    const QString name = QString::fromUtf8(selector.metric);
    return metric.family == name || metric.family == name + u"_total"_s;
}

/// What the page tells of it, in the words of words::measured().
QString unitOf(const Metric &metric)
{
    if (metric.unit == "seconds"_L1 || metric.family.endsWith("_seconds"_L1))
        return u"s"_s;
    if (metric.unit == "bytes"_L1 || metric.family.endsWith("_bytes"_L1))
        return u"bytes"_s;
    return {};
}

/// What all series together counted in the last minute.
class Tally
{
public:
    void add(const CounterWindow *window, Because from)
    {
        m_meant = true;
        const auto increase = window ? window->increase() : std::nullopt;
        if (!increase)
            return;
        m_counted = true;
        m_sum += *increase;
        m_inputs.append(std::move(from));
    }
    /// A series that the page has not yet, though it has others of its family, has counted nothing.
    [[nodiscard]] Shown<double> shown(bool isFamilyTold) const
    {
        Shown<double> shown;
        if (!m_counted && (m_meant || !isFamilyTold))
            return shown;
        shown.value = m_sum;
        shown.because.formula =
            m_meant ? u"%1 counted in the last minute"_s.arg(num(m_sum)) : u"none was ever counted"_s;
        shown.because.inputs = m_inputs;
        return shown;
    }

private:
    double m_sum = 0;
    bool m_meant = false;
    bool m_counted = false;
    QList<Because> m_inputs;
};

bool isOut(const Expectation &expected, double value)
{
    return (expected.atMost && value > *expected.atMost) || (expected.atLeast && value < *expected.atLeast);
}

/// What is out of its bounds is worse than what is within.
bool isWorse(const Expectation &expected, double value, double other)
{
    const bool out = isOut(expected, value);
    if (out != isOut(expected, other))
        return out;
    return expected.atMost ? value > other : value < other;
}

QString ruleOf(const Expectation &expected)
{
    QStringList bounds;
    if (expected.atLeast)
        bounds.append(u"at_least = %1"_s.arg(num(*expected.atLeast)));
    if (expected.atMost)
        bounds.append(u"at_most = %1"_s.arg(num(*expected.atMost)));
    return u"profile: expectations, %1: %2"_s.arg(expected.metric.written, bounds.join(u", "_s));
}
} // namespace

ExpectationView Rows::expectation(const Expectation &expected, const QList<std::pair<QString, Metric>> &metrics) const
{
    const QString kind = QString::fromLatin1(Metric::kind);
    const bool counts = expected.measure == Measure::PerMinute;
    ExpectationView row;
    row.title = expected.title;
    row.freshness = m_sources.ofMissing(kind);
    row.unit = counts ? u"/min"_s : expected.unit;
    row.atMost = expected.atMost;
    row.atLeast = expected.atLeast;
    QList<std::pair<QString, Metric>> family;
    QList<std::pair<QString, Metric>> meant;
    for (const auto &series : metrics) {
        if (!names(expected.metric, series.second))
            continue;
        family.append(series);
        if (expected.metric.matches(series.second.labels))
            meant.append(series);
        if (!counts && row.unit.isEmpty())
            row.unit = unitOf(series.second);
    }
    // What fell silent says nothing of now, unless nobody else does.
    const auto preferFresh = [&](QList<std::pair<QString, Metric>> &series) {
        const auto isSpoken = [&](const auto &each) { return isFresh(m_sources.of(each.first, kind)); };
        if (std::ranges::any_of(series, isSpoken))
            series.removeIf([&](const auto &each) { return !isSpoken(each); });
    };
    preferFresh(family);
    preferFresh(meant);
    if (!family.isEmpty())
        row.freshness = m_sources.of(family.last().first, kind);
    Tally tally;
    for (const auto &[source, metric] : std::as_const(meant)) {
        if (counts) {
            row.freshness = m_sources.of(source, kind);
            const bool isOne = metric.value.has();
            tally.add(window(source, metric, isOne ? u"value" : u"count"),
                      because(source, isOne ? metric.value : metric.count));
            continue;
        }
        const Shown<double> told = shown(source, metric, expected.measure == Measure::P95 ? metric.p95 : metric.value);
        if (!row.value.has() || (told.has() && isWorse(expected, *told, *row.value))) {
            row.value = told;
            row.freshness = m_sources.of(source, kind);
        }
    }
    if (counts)
        row.value = tally.shown(!family.isEmpty());
    row.value.because.rule = ruleOf(expected);
    row.status = statusOf(row.freshness, !row.value.has()              ? Status::Unknown
                                         : isOut(expected, *row.value) ? Status::Degraded
                                                                       : Status::Ok);
    row.value.status = row.status;
    return row;
}

QList<ExpectationView> Rows::expectations() const
{
    QList<ExpectationView> rows;
    if (m_profile.expectations.isEmpty())
        return rows;
    const auto metrics = factsOf<Metric>(m_state);
    for (const Expectation &expected : m_profile.expectations)
        rows.append(expectation(expected, metrics));
    return rows;
}

} // namespace qd
