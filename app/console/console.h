/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"
#include "launch/sandbox_process.h"
#include "shell/main_window.h"
#include "watch/watcher.h"

#include <memory>
#include <vector>

class QSettings;

namespace qd {

/// Everything that makes a console, put together: profiles are opened, watched, and shown.
class Console : public QObject
{
    Q_OBJECT

public:
    /// `clock` and `settings` must outlive it. `desk`: from where one acts; read-only unless it is said.
    Console(const Clock &clock, QSettings &settings, std::optional<SchemeChoice> scheme = {},
            const DeskPlace &desk = {.readOnly = true});
    ~Console() override;

    /// Opens the deployment of a profile. What is wrong with it is listed in the window; the others run on.
    void openProfile(const QString &file);
    /// Starts the sandbox and opens its deployments.
    void startSandbox();

    [[nodiscard]] MainWindow &window() { return *m_window; }
    [[nodiscard]] Acting &acting() { return m_acting; }
    [[nodiscard]] Theme &theme() { return m_theme; }
    [[nodiscard]] SandboxProcess &sandbox() { return m_sandbox; }

Q_SIGNALS:
    void sandboxReady();
    void sandboxFailed(const qd::Error &error);

private:
    struct Deployment
    {
        std::unique_ptr<Logbook> logbook;
        std::unique_ptr<Watcher> watcher;
    };
    void tick();
    void tickSome();
    void report(const QString &file, const QList<Error> &errors);

    const Clock &m_clock;
    Theme m_theme;
    Appearance m_appearance;
    IoThread m_io;
    SandboxProcess m_sandbox;
    Acting m_acting;
    // The window shows the logbooks, and goes before them.
    std::vector<Deployment> m_deployments;
    std::unique_ptr<MainWindow> m_window;
    QList<ProfileProblem> m_problems;
    QTimer m_tick;
    std::size_t m_ticked = 0; ///< deployments that this second's tick has reached
};

} // namespace qd
