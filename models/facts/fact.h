/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/service_facts.h"
#include "facts/store_facts.h"

#include <QList>

#include <variant>

/// The vocabulary: what a source can say about a deployment. Facts are plain values: comparable, printable, and every
/// field that came from the deployment carries its origin.
namespace qd {

using Fact =
    std::variant<HealthCheck, Breaker, Cache, RateLimit, LimitTier, Limiter, Requests, RedisServer, Database, Metric>;

/// visit(name, behaviour, value) for every field that came from the deployment, so that printing, series and provenance
/// need no second list.
template <class F, class Visit>
void eachField(F &fact, Visit &&visit)
{
    std::remove_const_t<F>::eachField(fact, visit);
}

/// One number of a fact, as a series sample. `series` is "KIND/NAME/FIELD" ("breaker/openai/calls_total").
struct Sample
{
    QString series;
    Behaviour behaviour = Behaviour::Gauge;
    double value = 0;
};

/// "KIND/NAME/FIELD": the one way a series is named.
[[nodiscard]] QString seriesName(QStringView kind, QStringView name, QStringView field);

/// "KIND/NAME" of a fact: what makes two readings of it the same thing.
[[nodiscard]] QString keyOf(const Fact &fact);

/// Every number in `fact`; text and time stamps are left out, non-finite numbers too.
[[nodiscard]] QList<Sample> samplesOf(const Fact &fact);

/// One line for logs and test failures: `breaker/openai state=3 failures=5 …`; a field not measured prints as `-`.
[[nodiscard]] QString toWord(const Fact &fact);

[[nodiscard]] QString toWord(Level level);        ///< "unknown", "ok", "degraded", "down"
[[nodiscard]] QString toWord(BreakerState state); ///< "unknown", "closed", "half-open", "open", "disabled"
[[nodiscard]] QString toWord(LimiterMode mode);   ///< "unknown", "redis", "memory", "failing-open", "refusing"

} // namespace qd
