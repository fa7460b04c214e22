/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/circuit_breaker.h"
#include "parts/provider.h"

namespace qd::sandbox {

/// Calls to a provider through a circuit breaker, retried with exponential back-off. Thread-safe.
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
    void setFailing(bool failing) { m_provider.setFailing(failing); }
    void setSlow(bool slow) { m_provider.setSlow(slow); }
    /// Ends all waiting: the service stops.
    void stop() { m_provider.stop(); }

    [[nodiscard]] const CircuitBreaker &breaker() const { return m_breaker; }
    /// {"status":"ok|degraded|down","latency_ms":…}, from the calls made so far.
    [[nodiscard]] QJsonObject health() const;

private:
    const Behaviour m_behaviour;
    Provider m_provider;
    CircuitBreaker m_breaker;
};

} // namespace qd::sandbox
