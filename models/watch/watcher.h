/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/clock.h"
#include "facts/reading.h"
#include "profile/profile.h"

#include <QObject>
#include <QThread>

#include <memory>

namespace qd {

/// The one I/O thread with what all deployments share on it. Construct and destroy on the GUI (or main) thread.
class IoThread
{
public:
    IoThread();
    ~IoThread(); ///< stops every poller that is still there and joins
    IoThread(const IoThread &) = delete;
    IoThread &operator=(const IoThread &) = delete;

    class Room; ///< lives on the thread: HttpClient, PgPool, the pollers
    [[nodiscard]] Room *room() const { return m_room; }

private:
    QThread m_thread;
    Room *m_room = nullptr;
};

/// From one question to the next: the interval, stretched by failures in a row to at most 1.7 intervals (so that a
/// system that is back is seen to be within two), spread by ±10 % with `spread` in [0, 1].
[[nodiscard]] std::chrono::milliseconds nextDelay(std::chrono::milliseconds interval, int failures, double spread);

/// Polls every source of one deployment on the I/O thread and hands out readings on its own thread.
class Watcher : public QObject
{
    Q_OBJECT

public:
    Watcher(const Profile &profile, IoThread &io, const Clock &clock, QObject *parent = nullptr);
    ~Watcher() override;

    void start();
    void stop();
    /// Asks every source again at once (after a change of network, or by hand).
    void refresh();

Q_SIGNALS:
    void read(const qd::Reading &reading);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace qd
