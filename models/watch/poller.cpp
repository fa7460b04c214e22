/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/poller.h"

#include "watch/watcher.h"

#include <QRandomGenerator>

#include <algorithm>

namespace qd {

Poller::Poller(const PollerPlan &plan, const Wire &wire, Sink sink)
    : m_plan(plan)
    , m_sink(std::move(sink))
{
    if (m_plan.make)
        m_source = (*m_plan.make)(wire);
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &Poller::pollNow);
}

void Poller::pollNow()
{
    if (m_call.pending())
        return;
    m_timer.stop();
    m_asked.start();
    if (!m_source) { // a profile that was watched although its check failed
        take({.outcome = std::unexpected(m_plan.make.error().first()), .exchanges = {}});
        return;
    }
    m_call = m_source->poll([this](const SourceAnswer &answer) { take(answer); });
}

void Poller::take(const SourceAnswer &answer)
{
    const Millis latency(static_cast<double>(m_asked.nsecsElapsed()) / 1e6);
    m_failures = answer.outcome ? 0 : m_failures + 1;
    Q_EMIT m_sink->read(Reading{.deployment = m_plan.deployment,
                                .source = m_plan.source,
                                .takenAt = m_plan.clock->now(),
                                .latency = latency,
                                .outcome = answer.outcome,
                                .exchanges = answer.exchanges});
    const double spread = QRandomGenerator::global()->generateDouble();
    const auto pause = nextDelay(m_plan.interval, m_failures, spread);
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(latency);
    // A slow system is not asked the moment it answered: at least a tenth of the interval lies between.
    m_timer.start(std::max(pause - passed, m_plan.interval / 10));
}

} // namespace qd
