/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/circuit_breaker.h"

#include <QJsonValue>

using namespace Qt::StringLiterals;

namespace qd::sandbox {

CircuitBreaker::CircuitBreaker(QString name, Policy policy, std::function<void(const QString &)> opened)
    : m_name(std::move(name))
    , m_policy(policy)
    , m_opened(std::move(opened))
{
}

CircuitBreaker::State CircuitBreaker::stateLocked(Clock::time_point now) const
{
    if (!m_isOpen)
        return State::Closed;
    return now - m_openedAt >= m_policy.recoveryTimeout ? State::HalfOpen : State::Open;
}

CircuitBreaker::State CircuitBreaker::state(Clock::time_point now) const
{
    const std::lock_guard lock(m_mutex);
    return stateLocked(now);
}

bool CircuitBreaker::permit(Clock::time_point now)
{
    const std::lock_guard lock(m_mutex);
    const State state = stateLocked(now);
    if (state == State::Open || (state == State::HalfOpen && m_trialRunning)) {
        ++m_rejectedTotal;
        return false;
    }
    m_trialRunning = state == State::HalfOpen;
    ++m_callsTotal;
    return true;
}

void CircuitBreaker::succeed()
{
    const std::lock_guard lock(m_mutex);
    if (m_isOpen) {
        if (!m_trialRunning) // it began before the breaker opened
            return;
        m_trialRunning = false;
        if (++m_trialSuccesses < successesToClose)
            return;
        m_isOpen = false;
    }
    m_failures = 0;
    m_trialSuccesses = 0;
}

void CircuitBreaker::fail(Clock::time_point now)
{
    {
        const std::lock_guard lock(m_mutex);
        ++m_failuresTotal;
        ++m_failures;
        // A call that began before the breaker opened does not open it a second time.
        const bool trialFailed = m_trialRunning;
        m_trialRunning = false;
        if (m_isOpen ? !trialFailed : m_failures < m_policy.failureThreshold)
            return;
        openLocked(now);
    }
    if (m_opened)
        m_opened(m_name);
}

void CircuitBreaker::openLocked(Clock::time_point now)
{
    m_isOpen = true;
    m_trialSuccesses = 0;
    m_openedAt = now;
    m_openedAtEpoch = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

QJsonObject CircuitBreaker::toJson(Clock::time_point now) const
{
    const std::lock_guard lock(m_mutex);
    return {{u"state"_s, toString(stateLocked(now))},
            {u"failure_count"_s, m_failures},
            {u"failure_threshold"_s, m_policy.failureThreshold},
            {u"recovery_timeout"_s, std::chrono::duration<double>(m_policy.recoveryTimeout).count()},
            {u"opened_at"_s, m_isOpen ? QJsonValue(m_openedAtEpoch) : QJsonValue()},
            {u"calls_total"_s, m_callsTotal},
            {u"failures_total"_s, m_failuresTotal},
            {u"rejected_total"_s, m_rejectedTotal}};
}

QString toString(CircuitBreaker::State state)
{
    switch (state) {
    case CircuitBreaker::State::Closed:
        return u"closed"_s;
    case CircuitBreaker::State::Open:
        return u"open"_s;
    case CircuitBreaker::State::HalfOpen:
        return u"half_open"_s;
    }
    return {};
}

} // namespace qd::sandbox
