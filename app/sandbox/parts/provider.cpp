/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/provider.h"

#include <QRandomGenerator>

#include <algorithm>
#include <cmath>

using namespace std::chrono_literals;

namespace qd::sandbox {

namespace {

constexpr double slowFactor = 8;
constexpr double lateFactor = 4;

/// Between 0.6 and about 3: most answers near the usual time, some late.
double latencyFactor()
{
    const double u = QRandomGenerator::global()->generateDouble();
    return 0.6 + 0.4 * -std::log(1 - 0.995 * u);
}

} // namespace

Provider::Provider(std::chrono::milliseconds usualLatency)
    : m_usualLatency(usualLatency)
{
}

bool Provider::wait(std::chrono::milliseconds time)
{
    std::unique_lock lock(m_mutex);
    return !m_stopping.wait_for(lock, time, [this] { return m_stopped; });
}

Provider::Outcome Provider::call(std::chrono::milliseconds timeout)
{
    if (m_failing) {
        wait(std::min(m_usualLatency, 80ms));
        return Outcome::Failed;
    }
    const double factor = latencyFactor() * (m_slow ? slowFactor : 1);
    const auto takes = std::chrono::milliseconds(std::llround(static_cast<double>(m_usualLatency.count()) * factor));
    if (!wait(std::min(takes, timeout)))
        return Outcome::Failed;
    const std::lock_guard lock(m_mutex);
    const auto measured = static_cast<double>(std::min(takes, timeout).count());
    m_latency = m_latency ? *m_latency * 0.7 + measured * 0.3 : measured;
    return takes >= timeout ? Outcome::TimedOut : Outcome::Answered;
}

void Provider::stop()
{
    const std::lock_guard lock(m_mutex);
    m_stopped = true;
    m_stopping.notify_all();
}

std::optional<double> Provider::latency() const
{
    const std::lock_guard lock(m_mutex);
    return m_latency;
}

bool Provider::isLate() const
{
    const auto measured = latency();
    return measured && *measured > lateFactor * static_cast<double>(m_usualLatency.count());
}

} // namespace qd::sandbox
