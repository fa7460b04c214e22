/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QObject>

#include <atomic>
#include <functional>
#include <memory>

namespace qd {

/// A handle on one asynchronous request. It delivers at most once, on its owner's thread, and never after it was
/// dropped; dropping it (destruction, `drop()`) aborts the request. It replaces QFuture::then(context), which aborts
/// in debug and is silent in release when the context dies in flight.
class Call
{
public:
    /// What the worker holds: it can see that nobody waits any more, and deliver.
    class Line
    {
    public:
        [[nodiscard]] bool dropped() const { return m_dropped.load(std::memory_order_acquire); }

    private:
        friend class Call;
        std::atomic<bool> m_dropped{false};
        std::function<void()> m_abort;
    };

    Call() = default;
    /// `abort` runs on the owner's thread, at most once, if the call is dropped before it delivered.
    explicit Call(std::shared_ptr<Line> line, std::function<void()> abort = {})
        : m_line(std::move(line))
    {
        m_line->m_abort = std::move(abort);
    }
    Call(Call &&) noexcept = default;
    Call &operator=(Call &&other) noexcept
    {
        if (this != &other) {
            drop();
            m_line = std::move(other.m_line);
        }
        return *this;
    }
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;
    ~Call() { drop(); }

    [[nodiscard]] bool pending() const { return m_line && !m_line->dropped(); }

    void drop()
    {
        if (!m_line || m_line->m_dropped.exchange(true, std::memory_order_acq_rel))
            return;
        if (auto abort = std::exchange(m_line->m_abort, {}))
            abort();
    }

    /// Runs `deliver` on `owner`'s thread unless the call is dropped by then. From the owner's own thread it runs at
    /// once. Afterwards the call is no longer pending. `owner` must outlive the worker (the I/O thread and the pool
    /// are joined before their owners go).
    template <class F>
    static void deliver(const std::shared_ptr<Line> &line, QObject *owner, F &&function)
    {
        auto once = [line, run = std::forward<F>(function)]() mutable {
            if (line->m_dropped.exchange(true, std::memory_order_acq_rel))
                return;
            line->m_abort = {};
            run();
        };
        QMetaObject::invokeMethod(owner, std::move(once), Qt::AutoConnection);
    }

private:
    // Shared by the handle and the worker: either may go first.
    std::shared_ptr<Line> m_line;
};

} // namespace qd
