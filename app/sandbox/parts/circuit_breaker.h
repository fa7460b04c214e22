/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QJsonObject>
#include <QString>

#include <chrono>
#include <functional>
#include <mutex>

namespace qd::sandbox {

/// A circuit breaker: closed → open after so many failures in a row; half-open after the recovery time-out, where one
/// call at a time is tried; closed again after two successes in a row, open again after one failure. Thread-safe.
class CircuitBreaker
{
public:
    using Clock = std::chrono::steady_clock;
    enum class State { Closed, Open, HalfOpen };
    struct Policy
    {
        int failureThreshold = 5;
        std::chrono::milliseconds recoveryTimeout{60'000};
    };
    static constexpr int successesToClose = 2;

    /// `opened` is told each time the breaker opens (on the calling thread).
    CircuitBreaker(QString name, Policy policy, std::function<void(const QString &)> opened = {});

    /// Whether a call may be made now; each permitted call must be followed by succeed() or fail().
    [[nodiscard]] bool permit(Clock::time_point now = Clock::now());
    void succeed();
    void fail(Clock::time_point now = Clock::now());

    [[nodiscard]] State state(Clock::time_point now = Clock::now()) const;
    [[nodiscard]] const QString &name() const { return m_name; }
    /// As `/health/full` tells it.
    [[nodiscard]] QJsonObject toJson(Clock::time_point now = Clock::now()) const;

private:
    [[nodiscard]] State stateLocked(Clock::time_point now) const;
    void openLocked(Clock::time_point now);

    const QString m_name;
    const Policy m_policy;
    const std::function<void(const QString &)> m_opened;
    mutable std::mutex m_mutex;
    bool m_isOpen = false;
    bool m_trialRunning = false;
    int m_failures = 0;
    int m_trialSuccesses = 0;
    Clock::time_point m_openedAt{};
    double m_openedAtEpoch = 0;
    qint64 m_callsTotal = 0;
    qint64 m_failuresTotal = 0;
    qint64 m_rejectedTotal = 0;
};

/// "closed", "open", "half_open".
[[nodiscard]] QString toString(CircuitBreaker::State state);

} // namespace qd::sandbox
