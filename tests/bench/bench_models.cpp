/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
// What a console with many deployments does all day: fold a reading, judge the state, cut a series to the pixels.
#include "history/series_store.h"
#include "watch/view.h"

#include <benchmark/benchmark.h>

#include <vector>

using namespace Qt::StringLiterals;
using namespace qd;
using namespace std::chrono_literals;

namespace {

const Instant start{std::chrono::hours{24 * 365 * 50}};

template <class T>
Value<T> measured(T value)
{
    return {.value = value, .origin = {.exchange = 0, .pointer = u"/x"_s}};
}

Profile quoted()
{
    Profile profile;
    profile.name = u"quoted"_s;
    profile.sources = {{.id = u"health"_s, .kind = u"http-health"_s, .interval = 5s, .deadline = 5s, .options = {}},
                       {.id = u"redis"_s, .kind = u"redis"_s, .interval = 5s, .deadline = 5s, .options = {}}};
    for (const auto &name : {u"openai"_s, u"anthropic"_s, u"stripe"_s, u"resend"_s})
        profile.breakers.append({.name = name, .failureThreshold = 5, .recoveryTimeout = 60s});
    profile.tiers = {{.name = u"reads"_s, .limit = 120, .window = 60s, .scopes = {}}};
    return profile;
}

/// The answer number `n` of one source; every counter has grown since the one before.
Reading reading(const QString &source, qint64 n, QList<Fact> facts)
{
    return {.deployment = u"quoted"_s,
            .source = source,
            .takenAt = start + n * 5s,
            .latency = 2ms,
            .outcome = Findings{.facts = std::move(facts), .refusals = {}},
            .exchanges = {}};
}

Reading health(qint64 n)
{
    QList<Fact> facts;
    for (const auto &name : {u"openai"_s, u"anthropic"_s, u"stripe"_s, u"resend"_s}) {
        Breaker breaker;
        breaker.id = name;
        breaker.state = measured(n % 50 == 0 ? BreakerState::Open : BreakerState::Closed);
        breaker.callsTotal = measured(qint64{n * 10});
        breaker.failuresTotal = measured(qint64{n});
        facts.append(breaker);
    }
    return reading(u"health"_s, n, std::move(facts));
}

Reading limits(qint64 n, int clients)
{
    QList<Fact> facts;
    for (int i = 0; i < clients; ++i) {
        RateLimit limit;
        limit.tier = u"reads"_s;
        limit.client = QString::number(i);
        limit.used = measured(qint64{(n + i) % 120});
        limit.limit = measured(qint64{120});
        facts.append(limit);
    }
    return reading(u"redis"_s, n, std::move(facts));
}

void foldHealth(benchmark::State &run)
{
    std::vector<Reading> readings;
    readings.reserve(1000);
    for (int i = 0; i < 1000; ++i)
        readings.push_back(health(i));
    DeploymentState state;
    std::size_t next = 0;
    for ([[maybe_unused]] auto _ : run) {
        if (next == readings.size()) {
            next = 0;
            state = {};
        }
        state = fold(std::move(state), readings[next++]);
    }
}
BENCHMARK(foldHealth);

void viewOfLimits(benchmark::State &run)
{
    const Profile profile = quoted();
    DeploymentState state;
    for (int i = 0; i < 12; ++i)
        state = fold(fold(std::move(state), health(i)), limits(i, static_cast<int>(run.range(0))));
    for ([[maybe_unused]] auto _ : run)
        benchmark::DoNotOptimize(view(state, profile, start + 60s));
}
BENCHMARK(viewOfLimits)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

double sample(qint64 second)
{
    return static_cast<double>((second * 7919) % 1000);
}

void queryOfADay(benchmark::State &run)
{
    SeriesStore store;
    const qint64 seconds = 24 * 3600;
    for (qint64 i = 0; i < seconds; ++i)
        store.append(u"x"_s, Behaviour::Gauge, start + std::chrono::seconds{i}, sample(i));
    const TimeRange day{.from = start, .to = start + 24h};
    for ([[maybe_unused]] auto _ : run)
        benchmark::DoNotOptimize(store.query(u"x"_s, day, static_cast<int>(run.range(0))));
    run.SetItemsProcessed(run.iterations() * seconds);
}
BENCHMARK(queryOfADay)->Arg(600)->Arg(1600)->Unit(benchmark::kMicrosecond);

/// The least that reading the same samples can cost: one pass over plain numbers.
void plainLoopOverADay(benchmark::State &run)
{
    std::vector<double> samples;
    samples.reserve(24 * 3600);
    for (qint64 i = 0; i < 24 * 3600; ++i)
        samples.push_back(sample(i));
    for ([[maybe_unused]] auto _ : run) {
        double low = samples.front();
        double high = low;
        for (const double value : samples) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
        benchmark::DoNotOptimize(low);
        benchmark::DoNotOptimize(high);
    }
    run.SetItemsProcessed(run.iterations() * static_cast<std::int64_t>(samples.size()));
}
BENCHMARK(plainLoopOverADay)->Unit(benchmark::kMicrosecond);

} // namespace

BENCHMARK_MAIN();
