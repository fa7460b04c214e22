/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/row_parts.h"

#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {

QString num(double value)
{
    return QString::number(value, 'f', value == std::floor(value) ? 0 : 2);
}

QString rateFormula(const CounterWindow &window)
{
    const auto &first = window.points.first();
    const auto &last = window.points.last();
    const std::chrono::duration<double> span = last.at - first.at;
    const double increase = window.increase().value_or(0);
    if (last.value - first.value == increase)
        return u"(%1 − %2) / %3 s"_s.arg(num(last.value), num(first.value), num(span.count()));
    return u"%1 counted across a restart / %2 s"_s.arg(num(increase), num(span.count()));
}

Shown<PerSecond> rateOf(const CounterWindow *window, Because input)
{
    Shown<PerSecond> rate;
    if (!window)
        return rate;
    rate.value = window->rate();
    if (rate.value) {
        rate.because.formula = rateFormula(*window);
        rate.because.inputs = {std::move(input)};
    }
    return rate;
}

Shown<Share> shareOf(double part, double whole, QList<Because> inputs)
{
    Shown<Share> share;
    if (whole <= 0)
        return share;
    share.value = Share{part / whole};
    share.because.formula = u"%1 / %2, growth over the last minute"_s.arg(num(part), num(whole));
    share.because.inputs = std::move(inputs);
    return share;
}

Status statusOf(const Freshness &freshness, Status whenFresh)
{
    return freshness.kind == Freshness::Kind::Fresh ? whenFresh : Status::Unknown;
}

} // namespace qd
