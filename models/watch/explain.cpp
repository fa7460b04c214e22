/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/view.h"

namespace qd {
namespace {
void collect(const DeploymentState &state, const Because &because, QList<Explanation::Step> &steps)
{
    const auto it = state.sources.find(because.source);
    if (it != state.sources.end() && it->second.good) {
        const Reading &reading = *it->second.good;
        const int index = because.origin.exchange;
        if (index >= 0 && index < reading.exchanges.size()) {
            const Exchange &exchange = reading.exchanges[index];
            steps.append({.command = exchange.command,
                          .reply = exchange.reply,
                          .format = exchange.format,
                          .truncated = exchange.truncated,
                          .pointer = because.origin.pointer,
                          .source = because.source,
                          .takenAt = reading.takenAt,
                          .latency = reading.latency});
        }
    }
    for (const Because &input : because.inputs)
        collect(state, input, steps);
}
} // namespace

bool Because::operator==(const Because &other) const
{
    return source == other.source && origin == other.origin && formula == other.formula && rule == other.rule &&
           inputs == other.inputs;
}

Explanation explain(const DeploymentState &state, const Because &because)
{
    Explanation explanation{.formula = because.formula, .rule = because.rule, .steps = {}};
    collect(state, because, explanation.steps);
    return explanation;
}

} // namespace qd
