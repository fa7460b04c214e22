/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "console/console.h"
#include "e2e/live_sandbox.h"

#include <QSettings>
#include <QTemporaryDir>

namespace qd::testing {

/// What tests of the real window on the real sandbox share: a window of their own for each test function, and what
/// stands in it.
class WindowTest : public QObject
{
    Q_OBJECT

protected Q_SLOTS:
    void init();
    void cleanup();

protected:
    /// Two polls of the sandbox's slowest source take 4 s; a busy machine takes its time.
    static constexpr int settleMs = 60'000;

    /// Returns once every source has answered; a failure is the test's.
    void openSandbox(const QString &deployment = QStringLiteral("quoted"), double timeScale = 6,
                     const QStringList &beside = {});
    void open(PageId page);
    [[nodiscard]] QString valueOf(const QString &objectName);
    [[nodiscard]] QString noticeText();
    /// A line for each row that the table shows: what stands in its columns, parted by " | ".
    [[nodiscard]] QStringList rowsOf(const QString &table);
    [[nodiscard]] Logbook &book() const { return *m_console->window().logbooks().first(); }

    SystemClock m_clock;
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<LiveSandbox> m_sandbox;
    std::unique_ptr<Console> m_console;
};

} // namespace qd::testing
