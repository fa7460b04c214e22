/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "cli/change_lines.h"
#include "cli/deployments.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "launch/sandbox_process.h"

namespace qd::cli {

/// One run of `status` or `watch`, from the first question to the exit code.
class Run : public QObject
{
    Q_OBJECT

public:
    explicit Run(Options options, QObject *parent = nullptr);

    /// Returns at once; finished() follows.
    void start();

Q_SIGNALS:
    void finished(int exitCode);

private:
    void open(const QStringList &profiles);
    void onChange(const Logbook *logbook);
    void begin();
    void report();
    void printChanges(const Logbook *logbook);
    void finish(int exitCode);
    Options m_options;
    SystemClock m_clock;
    SandboxProcess m_sandbox; // before the deployments: stopped after nobody watches it any more
    Deployments m_deployments;
    Interrupt m_interrupt;
    ChangeLines m_lines;
    QTimer m_timeout;
    int m_printed = 0;
    bool m_begun = false; ///< every source spoke, or the time is up
    bool m_over = false;
};

/// `profile check`: prints what is wrong to stdout, and returns the exit code.
[[nodiscard]] int checkProfiles(const QStringList &files);

} // namespace qd::cli
