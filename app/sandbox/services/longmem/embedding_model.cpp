/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/longmem/embedding_model.h"

#include <QRandomGenerator>

#include <chrono>

using namespace Qt::StringLiterals;

namespace qd::sandbox::longmem {

namespace {

constexpr double usualMs = 22;
constexpr double slowFactor = 20;
constexpr double degradedAboveMs = 150;

} // namespace

bool EmbeddingModel::embed()
{
    if (m_failing)
        return false;
    const double tookMs =
        usualMs * (0.7 + 0.8 * QRandomGenerator::global()->generateDouble()) * (m_slow ? slowFactor : 1);
    std::unique_lock lock(m_mutex);
    if (m_stopping.wait_for(lock, std::chrono::duration<double, std::milli>(tookMs), [this] { return m_stopped; }))
        return false;
    m_latencyMs = tookMs;
    return true;
}

void EmbeddingModel::stop()
{
    const std::lock_guard lock(m_mutex);
    m_stopped = true;
    m_stopping.notify_all();
}

QJsonObject EmbeddingModel::health() const
{
    const std::lock_guard lock(m_mutex);
    QString status = m_latencyMs > degradedAboveMs ? u"degraded"_s : u"healthy"_s;
    if (m_failing)
        status = u"unhealthy"_s;
    return {{u"status"_s, status},
            {u"latency_ms"_s, m_failing || m_latencyMs < 0 ? QJsonValue() : QJsonValue(m_latencyMs)},
            {u"model"_s, u"all-MiniLM-L6-v2"_s}};
}

} // namespace qd::sandbox::longmem
