/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QJsonObject>

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace qd::sandbox::longmem {

/// Stands in for a sentence-transformers model in the service's own process: embedding takes time, and may fail.
/// Thread-safe.
class EmbeddingModel
{
public:
    /// Blocks for as long as the model takes. False: the model is not loaded.
    [[nodiscard]] bool embed();
    /// Ends all waiting.
    void stop();
    void setFailing(bool failing) { m_failing = failing; }
    void setSlow(bool slow) { m_slow = slow; }
    /// {"status", "latency_ms", "model"}: "degraded" while it is slow; no latency before the first embedding.
    [[nodiscard]] QJsonObject health() const;

private:
    std::atomic<bool> m_failing = false;
    std::atomic<bool> m_slow = false;
    mutable std::mutex m_mutex;
    std::condition_variable m_stopping;
    bool m_stopped = false;
    double m_latencyMs = -1; ///< below zero: none yet
};

} // namespace qd::sandbox::longmem
