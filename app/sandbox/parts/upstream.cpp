/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/upstream.h"

#include <QRandomGenerator>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

constexpr double slowFactor = 8;
constexpr double degradedFactor = 4; ///< so many times the usual latency is told as "degraded"
constexpr double rareFailure = 0.002;

/// Between 0.6 and about 3: most answers near the usual time, some late.
double latencyFactor()
{
    const double u = QRandomGenerator::global()->generateDouble();
    return 0.6 + 0.4 * -std::log(1 - 0.995 * u);
}

} // namespace

Upstream::Upstream(QString name, Behaviour behaviour, CircuitBreaker::Policy breaker,
                   std::function<void(const QString &)> breakerOpened)
    : m_behaviour(behaviour)
    , m_breaker(std::move(name), breaker, std::move(breakerOpened))
{
}

bool Upstream::wait(std::chrono::milliseconds time)
{
    std::unique_lock lock(m_mutex);
    return !m_stopping.wait_for(lock, time, [this] { return m_stopped; });
}

bool Upstream::attempt()
{
    if (m_failing) {
        wait(std::min(m_behaviour.usualLatency, 80ms));
        return false;
    }
    const double factor = latencyFactor() * (m_slow ? slowFactor : 1);
    const Behaviour &b = m_behaviour;
    const auto takes = std::chrono::milliseconds(std::llround(static_cast<double>(b.usualLatency.count()) * factor));
    if (!wait(std::min(takes, b.timeout)))
        return false;
    const std::lock_guard lock(m_mutex);
    const auto measured = static_cast<double>(std::min(takes, b.timeout).count());
    m_latency = m_latency ? *m_latency * 0.7 + measured * 0.3 : measured;
    return takes < b.timeout && QRandomGenerator::global()->generateDouble() >= rareFailure;
}

bool Upstream::call()
{
    auto backOff = m_behaviour.firstBackOff;
    for (int i = 0; i < m_behaviour.attempts; ++i) {
        if (!m_breaker.permit())
            return false;
        if (attempt()) {
            m_breaker.succeed();
            return true;
        }
        m_breaker.fail();
        if (i + 1 < m_behaviour.attempts && !wait(backOff))
            return false;
        backOff *= 2;
    }
    return false;
}

void Upstream::stop()
{
    const std::lock_guard lock(m_mutex);
    m_stopped = true;
    m_stopping.notify_all();
}

QJsonObject Upstream::health() const
{
    const auto state = m_breaker.state();
    const std::lock_guard lock(m_mutex);
    QString status = u"ok"_s;
    const bool slow = m_latency && *m_latency > degradedFactor * static_cast<double>(m_behaviour.usualLatency.count());
    if (state == CircuitBreaker::State::Open)
        status = u"down"_s;
    else if (state == CircuitBreaker::State::HalfOpen || slow)
        status = u"degraded"_s;
    return {{u"status"_s, status}, {u"latency_ms"_s, m_latency ? QJsonValue(*m_latency) : QJsonValue()}};
}

} // namespace qd::sandbox
