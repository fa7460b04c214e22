/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QString>

#include <sys/types.h>

namespace qd::sandbox {

/// A process beside ours that cleans up when we die without having done so (kill -9, a crash): it ends the processes
/// named to it and deletes the directory. It is forked, so make it before any thread and before QCoreApplication.
class Watchdog
{
public:
    Watchdog();
    ~Watchdog();
    Watchdog(const Watchdog &) = delete;
    Watchdog &operator=(const Watchdog &) = delete;

    void guardDirectory(const QString &path) const;
    void guardProcess(pid_t pid) const;

private:
    void tell(const QByteArray &line) const;
    int m_pipe = -1;
    pid_t m_pid = -1;
};

} // namespace qd::sandbox
