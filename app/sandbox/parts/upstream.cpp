/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "parts/upstream.h"

using namespace Qt::StringLiterals;

namespace qd::sandbox {

Upstream::Upstream(QString name, Behaviour behaviour, CircuitBreaker::Policy breaker,
                   std::function<void(const QString &)> breakerOpened)
    : m_behaviour(behaviour)
    , m_provider(behaviour.usualLatency)
    , m_breaker(std::move(name), breaker, std::move(breakerOpened))
{
}

bool Upstream::call()
{
    auto backOff = m_behaviour.firstBackOff;
    for (int i = 0; i < m_behaviour.attempts; ++i) {
        if (!m_breaker.permit())
            return false;
        if (m_provider.call(m_behaviour.timeout) == Provider::Outcome::Answered) {
            m_breaker.succeed();
            return true;
        }
        m_breaker.fail();
        if (i + 1 < m_behaviour.attempts && !m_provider.wait(backOff))
            return false;
        backOff *= 2;
    }
    return false;
}

QJsonObject Upstream::health() const
{
    const auto state = m_breaker.state();
    const auto latency = m_provider.latency();
    QString status = u"ok"_s;
    if (state == CircuitBreaker::State::Open)
        status = u"down"_s;
    else if (state == CircuitBreaker::State::HalfOpen || m_provider.isLate())
        status = u"degraded"_s;
    return {{u"status"_s, status}, {u"latency_ms"_s, latency ? QJsonValue(*latency) : QJsonValue()}};
}

} // namespace qd::sandbox
