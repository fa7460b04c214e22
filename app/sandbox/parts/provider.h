/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace qd::sandbox {

/// A simulated service that another company runs: it takes its time, and can be told to fail or to be slow.
/// Thread-safe.
class Provider
{
public:
    enum class Outcome { Answered, Failed, TimedOut };

    explicit Provider(std::chrono::milliseconds usualLatency);

    /// Blocks for as long as it takes, `timeout` at most.
    [[nodiscard]] Outcome call(std::chrono::milliseconds timeout);
    /// False if stopped meanwhile.
    bool wait(std::chrono::milliseconds time);
    void setFailing(bool failing) { m_failing = failing; }
    void setSlow(bool slow) { m_slow = slow; }
    /// Ends all waiting: the service stops.
    void stop();

    /// Milliseconds, smoothed over the calls that were not refused at once; nothing before the first.
    [[nodiscard]] std::optional<double> latency() const;
    /// Whether it takes several times as long as usual.
    [[nodiscard]] bool isLate() const;

private:
    const std::chrono::milliseconds m_usualLatency;
    std::atomic<bool> m_failing = false;
    std::atomic<bool> m_slow = false;
    mutable std::mutex m_mutex;
    std::condition_variable m_stopping;
    bool m_stopped = false;
    std::optional<double> m_latency;
};

} // namespace qd::sandbox
