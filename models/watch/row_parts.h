/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <algorithm>

/// What the rows of a view are made of; used by rows*.cpp and tables/known_series.cpp.
namespace qd {

template <class T>
[[nodiscard]] Because because(const QString &source, const Value<T> &value)
{
    return {.source = source, .origin = value.origin};
}

/// What was computed lacks its value because one of its inputs was refused.
template <class T, class... Inputs>
void explainBy(Shown<T> &computed, const Inputs &...inputs)
{
    if (!computed.has())
        ((computed.error = computed.error ? computed.error : inputs.error), ...);
}

/// A number as formulas write it: whole ones without decimals.
[[nodiscard]] QString num(double value);
/// The window's growth per second, with "(1204 − 1100) / 60 s" as its formula; nothing without a window.
[[nodiscard]] Shown<PerSecond> rateOf(const CounterWindow *window, Because input);
/// "(1204 − 1100) / 60 s": how a rate came about.
[[nodiscard]] QString rateFormula(const CounterWindow &window);
/// `part` of `whole`, both growth over the last minute; nothing where `whole` did not grow.
[[nodiscard]] Shown<Share> shareOf(double part, double whole, QList<Because> inputs);
/// `whenFresh`, or Unknown where the source cannot be believed now.
[[nodiscard]] Status statusOf(const Freshness &freshness, Status whenFresh);

/// The rows that the profile names, in its order, then the others by name.
template <class Policy, class F, class Make>
auto joined(const QList<Policy> &policies, auto nameOf, const QList<std::pair<QString, F>> &facts, Make make)
{
    QList<decltype(make(QString(), QString(), static_cast<const F *>(nullptr), static_cast<const Policy *>(nullptr)))>
        rows;
    QStringList known;
    const auto find = [&](const QString &name) -> const std::pair<QString, F> * {
        const auto it = std::ranges::find_if(facts, [&](const auto &f) { return f.second.name() == name; });
        return it == facts.end() ? nullptr : &*it;
    };
    for (const Policy &policy : policies) {
        const QString name = nameOf(policy);
        const auto *fact = find(name);
        known.append(name);
        rows.append(make(name, fact ? fact->first : QString(), fact ? &fact->second : nullptr, &policy));
    }
    QStringList others;
    for (const auto &[source, fact] : facts) {
        if (!known.contains(fact.name()) && !others.contains(fact.name()))
            others.append(fact.name());
    }
    others.sort();
    for (const QString &name : std::as_const(others)) {
        const auto *fact = find(name);
        rows.append(make(name, fact->first, &fact->second, nullptr));
    }
    return rows;
}

} // namespace qd
