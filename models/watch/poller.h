/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/clock.h"
#include "sources/source.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace qd {

/// Carries readings from the I/O thread to a watcher's thread.
class ReadingRelay : public QObject
{
    Q_OBJECT

Q_SIGNALS:
    void read(const qd::Reading &reading);
};

/// What a poller needs to know; made on the watcher's thread, used on the I/O thread.
struct PollerPlan
{
    QString deployment;
    QString source;
    std::chrono::milliseconds interval{0};
    std::expected<SourceFactory, QList<Error>> make;
    const Clock *clock = nullptr;
};

/// Asks one source again and again; never has two questions in flight. Lives on the I/O thread.
class Poller : public QObject
{
    Q_OBJECT

public:
    // Shared by the poller and the queued invocation that made it.
    using Sink = std::shared_ptr<ReadingRelay>;

    Poller(const PollerPlan &plan, const Wire &wire, Sink sink);
    /// At once, unless a question is in flight already.
    void pollNow();

private:
    void take(const SourceAnswer &answer);
    PollerPlan m_plan;
    Sink m_sink;
    std::unique_ptr<Source> m_source;
    Call m_call;
    QTimer m_timer;
    QElapsedTimer m_asked;
    int m_failures = 0;
};

} // namespace qd
