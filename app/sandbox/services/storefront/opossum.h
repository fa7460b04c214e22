/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/metrics.h"
#include "parts/provider.h"

#include <QJsonObject>
#include <QString>

#include <deque>
#include <mutex>
#include <optional>

namespace qd::sandbox::storefront {

/// opossum's circuit breaker around a provider. It opens when more than half of the calls in a rolling window failed,
/// lets one call through after the reset time-out, and then closes or opens again. Its events are counted as
/// opossum-prometheus counts them: a half-open one never. Thread-safe.
class Opossum
{
public:
    using Clock = std::chrono::steady_clock;
    enum class State { Closed, Open, HalfOpen };
    struct Options
    {
        std::chrono::milliseconds usualLatency{100};
        std::chrono::milliseconds timeout{3500};
        std::chrono::milliseconds resetTimeout{30'000};
        std::chrono::milliseconds rollingCountTimeout{10'000};
        int volumeThreshold = 3;
        double errorThresholdPercentage = 50;
        bool hasFallback = false;
    };
    enum class Outcome { Success, Failure, Rejected };

    /// `metrics` must have been declared to.
    Opossum(QString name, Options options, Metrics &metrics);
    static void declare(Metrics &metrics);

    /// Blocks for as long as the provider takes, the time-out at most.
    [[nodiscard]] Outcome fire();
    [[nodiscard]] Provider &provider() { return m_provider; }
    [[nodiscard]] const QString &name() const { return m_name; }
    [[nodiscard]] State state(Clock::time_point now = Clock::now()) const;
    /// What callers get just now is a stand-in.
    [[nodiscard]] bool isFallback() const { return m_options.hasFallback && state() != State::Closed; }
    /// breaker.toJSON()
    [[nodiscard]] QJsonObject toJson(Clock::time_point now = Clock::now()) const;

private:
    /// One call, for the rolling window.
    struct Fired
    {
        Clock::time_point at;
        Outcome outcome = Outcome::Success;
        std::optional<double> latency{}; ///< milliseconds; nothing while it runs and where it was rejected
        bool timedOut = false;
    };
    [[nodiscard]] State stateLocked(Clock::time_point now) const;
    [[nodiscard]] bool admit(Clock::time_point now);
    void settle(Provider::Outcome outcome, Clock::time_point began);
    void succeedLocked(Clock::time_point now);
    void failLocked(Clock::time_point now);
    void forgetLocked(Clock::time_point now);
    [[nodiscard]] QJsonObject statsLocked(Clock::time_point now) const;
    void count(const char *event);

    const QString m_name;
    const Options m_options;
    Metrics &m_metrics;
    Provider m_provider;
    mutable std::mutex m_mutex;
    std::deque<Clock::time_point> m_fires;
    std::deque<Fired> m_ended;
    bool m_isOpen = false;
    bool m_trialRunning = false;
    Clock::time_point m_openedAt{};
    std::optional<qint64> m_lastTimerAt; ///< epoch milliseconds
};

} // namespace qd::sandbox::storefront
