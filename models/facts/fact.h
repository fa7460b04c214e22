/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "facts/custody_facts.h"
#include "facts/service_facts.h"
#include "facts/store_facts.h"
#include "facts/topology_facts.h"

#include <QList>

#include <variant>

/// The vocabulary: what a source can say about a deployment. Facts are plain values: comparable, printable, and every
/// field that came from the deployment carries its origin.
namespace qd {

using Fact = std::variant<HealthCheck, Breaker, Cache, RateLimit, LimitTier, Limiter, Requests, RedisServer, Database,
                          Metric, Replica, Pool, Sentinel, Session, Statement, Relation, Backup, SigningKey, ApiKey,
                          FeatureFlag, Variable, Deploy>;

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

/// Every number in `fact` that is worth a series; text, time stamps, details and non-finite numbers are left out.
[[nodiscard]] QList<Sample> samplesOf(const Fact &fact);

/// One line for logs and test failures: `breaker/openai state=3 failures=5 …`; a field not measured prints as `-`.
[[nodiscard]] QString toWord(const Fact &fact);

[[nodiscard]] QString toWord(Level level);        ///< "unknown", "ok", "degraded", "down"
[[nodiscard]] QString toWord(BreakerState state); ///< "unknown", "closed", "half-open", "open", "disabled"
[[nodiscard]] QString toWord(KeyState state);     ///< "unknown", "next", "active", "retiring", "retired"
[[nodiscard]] QString toWord(LimiterMode mode);   ///< "unknown", "redis", "memory", "failing-open", "refusing"

} // namespace qd
