/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/storefront/opossum.h"

#include <QDateTime>
#include <QJsonArray>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

using namespace Qt::StringLiterals;

namespace qd::sandbox::storefront {

namespace {

double millis(Opossum::Clock::duration duration)
{
    return std::round(std::chrono::duration<double, std::milli>(duration).count());
}

/// opossum's calculatePercentile over the sorted latencies.
double percentile(double share, const std::vector<double> &sorted)
{
    if (sorted.empty())
        return 0;
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[rank == 0 ? 0 : rank - 1];
}

QJsonObject percentiles(const std::vector<double> &sorted)
{
    QJsonObject all;
    for (const double share : {0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 1.0})
        all.insert(QString::number(share), percentile(share, sorted));
    return all;
}

} // namespace

Opossum::Opossum(QString name, Options options, Metrics &metrics)
    : m_name(std::move(name))
    , m_options(options)
    , m_metrics(metrics)
    , m_provider(options.usualLatency)
{
}

void Opossum::declare(Metrics &metrics)
{
    metrics.declareCounter("circuit", "A count of all circuit' events");
    metrics.declareSummary("circuit_perf", "A summary of all circuit's events");
}

void Opossum::count(const char *event)
{
    m_metrics.add("circuit", {{"name", m_name.toUtf8()}, {"event", event}});
}

Opossum::State Opossum::stateLocked(Clock::time_point now) const
{
    if (!m_isOpen)
        return State::Closed;
    return now - m_openedAt >= m_options.resetTimeout ? State::HalfOpen : State::Open;
}

Opossum::State Opossum::state(Clock::time_point now) const
{
    const std::lock_guard lock(m_mutex);
    return stateLocked(now);
}

void Opossum::forgetLocked(Clock::time_point now)
{
    const auto oldest = now - m_options.rollingCountTimeout;
    while (!m_fires.empty() && m_fires.front() < oldest)
        m_fires.pop_front();
    while (!m_ended.empty() && m_ended.front().at < oldest)
        m_ended.pop_front();
}

bool Opossum::admit(Clock::time_point now)
{
    const std::lock_guard lock(m_mutex);
    forgetLocked(now);
    m_fires.push_back(now);
    count("fire");
    const State state = stateLocked(now);
    if (state == State::Open || (state == State::HalfOpen && m_trialRunning)) {
        m_ended.push_back({now, Outcome::Rejected});
        count("reject");
        return false;
    }
    m_trialRunning = state == State::HalfOpen;
    return true;
}

Opossum::Outcome Opossum::fire()
{
    const auto began = Clock::now();
    const bool admitted = admit(began);
    const auto outcome = admitted ? m_provider.call(m_options.timeout) : Provider::Outcome::Failed;
    if (admitted)
        settle(outcome, began);
    if (outcome == Provider::Outcome::Answered)
        return Outcome::Success;
    if (m_options.hasFallback)
        count("fallback");
    return admitted ? Outcome::Failure : Outcome::Rejected;
}

void Opossum::settle(Provider::Outcome outcome, Clock::time_point began)
{
    const auto now = Clock::now();
    const double latency = millis(now - began);
    const bool answered = outcome == Provider::Outcome::Answered;
    const std::lock_guard lock(m_mutex);
    forgetLocked(now);
    const bool timedOut = outcome == Provider::Outcome::TimedOut;
    m_ended.push_back({now, answered ? Outcome::Success : Outcome::Failure, latency, timedOut});
    if (timedOut)
        count("timeout"); // and a failure besides
    count(answered ? "success" : "failure");
    m_metrics.observe("circuit_perf", {{"name", m_name.toUtf8()}, {"event", answered ? "success" : "failure"}},
                      latency);
    if (answered)
        succeedLocked(now);
    else
        failLocked(now);
}

void Opossum::succeedLocked(Clock::time_point now)
{
    // A late success of a call that began before it opened changes nothing.
    if (stateLocked(now) != State::HalfOpen)
        return;
    m_isOpen = false;
    m_trialRunning = false;
    count("close");
}

void Opossum::failLocked(Clock::time_point now)
{
    const State state = stateLocked(now);
    const auto failures = std::ranges::count(m_ended, Outcome::Failure, &Fired::outcome);
    const auto fires = static_cast<double>(m_fires.size());
    const bool tooMany = m_fires.size() >= static_cast<std::size_t>(m_options.volumeThreshold) &&
                         static_cast<double>(failures) / fires * 100 > m_options.errorThresholdPercentage;
    if (state == State::Open || (state == State::Closed && !tooMany))
        return;
    m_isOpen = true;
    m_trialRunning = false;
    m_openedAt = now;
    m_lastTimerAt = QDateTime::currentMSecsSinceEpoch();
    count("open");
}

QJsonObject Opossum::statsLocked(Clock::time_point now) const
{
    const auto oldest = now - m_options.rollingCountTimeout;
    const auto recent = [&](const Fired &call) { return call.at >= oldest; };
    const auto ended = [&](Outcome outcome) {
        return qint64(
            std::ranges::count_if(m_ended, [&](const Fired &c) { return recent(c) && c.outcome == outcome; }));
    };
    std::vector<double> latencies;
    double sum = 0;
    for (const Fired &call : m_ended) {
        if (recent(call) && call.latency) {
            latencies.push_back(*call.latency);
            sum += *call.latency;
        }
    }
    std::ranges::sort(latencies);
    QJsonArray times;
    for (const double latency : latencies)
        times.append(latency);
    const qint64 failures = ended(Outcome::Failure);
    const qint64 rejects = ended(Outcome::Rejected);
    return {{u"failures"_s, failures},
            {u"fallbacks"_s, m_options.hasFallback ? failures + rejects : 0},
            {u"successes"_s, ended(Outcome::Success)},
            {u"rejects"_s, rejects},
            {u"fires"_s, qint64(std::ranges::count_if(m_fires, [&](const auto &at) { return at >= oldest; }))},
            {u"timeouts"_s,
             qint64(std::ranges::count_if(m_ended, [&](const Fired &c) { return recent(c) && c.timedOut; }))},
            {u"cacheHits"_s, 0},
            {u"cacheMisses"_s, 0},
            {u"semaphoreRejections"_s, 0},
            {u"percentiles"_s, percentiles(latencies)},
            {u"latencyTimes"_s, times},
            {u"latencyMean"_s, latencies.empty() ? 0 : sum / static_cast<double>(latencies.size())}};
}

QJsonObject Opossum::toJson(Clock::time_point now) const
{
    const std::lock_guard lock(m_mutex);
    const State state = stateLocked(now);
    QJsonObject told{{u"name"_s, m_name},
                     {u"enabled"_s, true},
                     {u"closed"_s, state == State::Closed},
                     {u"open"_s, state == State::Open},
                     {u"halfOpen"_s, state == State::HalfOpen},
                     {u"warmUp"_s, false},
                     {u"shutdown"_s, false}};
    if (m_lastTimerAt)
        told.insert(u"lastTimerAt"_s, *m_lastTimerAt);
    return {{u"state"_s, told}, {u"status"_s, statsLocked(now)}};
}

} // namespace qd::sandbox::storefront
