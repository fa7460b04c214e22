/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/circuit_breaker.h"

#include <atomic>
#include <condition_variable>
#include <optional>

namespace qd::sandbox {

/// A simulated service that another company runs: it takes its time, and can be told to fail or to be slow.
/// Each call goes through a circuit breaker and is retried with exponential back-off. Thread-safe.
class Upstream
{
public:
    struct Behaviour
    {
        std::chrono::milliseconds usualLatency{100};
        std::chrono::milliseconds timeout{5000};
        std::chrono::milliseconds firstBackOff{200}; ///< doubled after each failed attempt
        int attempts = 3;
    };

    Upstream(QString name, Behaviour behaviour, CircuitBreaker::Policy breaker,
             std::function<void(const QString &)> breakerOpened);

    /// Blocks for as long as the upstream takes. False when every attempt failed or the breaker let none through.
    [[nodiscard]] bool call();
    void setFailing(bool failing) { m_failing = failing; }
    void setSlow(bool slow) { m_slow = slow; }
    /// Ends all waiting: the service stops.
    void stop();

    [[nodiscard]] const CircuitBreaker &breaker() const { return m_breaker; }
    /// {"status":"ok|degraded|down","latency_ms":…}, from the calls made so far.
    [[nodiscard]] QJsonObject health() const;

private:
    [[nodiscard]] bool attempt();
    /// False if stopped meanwhile.
    bool wait(std::chrono::milliseconds time);

    const Behaviour m_behaviour;
    CircuitBreaker m_breaker;
    std::atomic<bool> m_failing = false;
    std::atomic<bool> m_slow = false;
    mutable std::mutex m_mutex;
    std::condition_variable m_stopping;
    bool m_stopped = false;
    std::optional<double> m_latency; ///< milliseconds, smoothed
};

} // namespace qd::sandbox
