/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/error.h"

#include <QObject>
#include <QProcess>
#include <QStringList>
#include <QTimer>

namespace qd {

/// One `quarterdeck-sandbox` of our own: the program beside this one, started, waited for, and stopped with us. It
/// lives in a process group of its own, so that Ctrl+C in a terminal reaches us alone and we stop it in order; if we
/// are killed, the sandbox is told to end (Linux).
class SandboxProcess : public QObject
{
    Q_OBJECT

public:
    explicit SandboxProcess(QObject *parent = nullptr);
    /// Stops it.
    ~SandboxProcess() override;

    /// Where the program is looked for: beside the running one.
    [[nodiscard]] static QString program();
    [[nodiscard]] static bool isInstalled();

    /// Ends in exactly one of ready() and failed(); failed() also follows if it ends by itself later.
    void start(const QStringList &arguments = {});
    /// Asks it to end and waits up to 10 s for it to clean up, then kills it.
    void stop();

    [[nodiscard]] bool isReady() const { return m_ready; }
    /// The profiles of its deployments; known once ready.
    [[nodiscard]] QStringList profiles() const { return m_profiles; }
    /// What it said of itself in its READY line, for tests that need ports and pids.
    [[nodiscard]] QByteArray description() const { return m_description; }

Q_SIGNALS:
    void ready(const QStringList &profiles);
    /// NotFound (no such program), Timeout (not ready in 60 s), Unavailable (it ended), BadReply (no READY line that
    /// could be read).
    void failed(const qd::Error &error);

private:
    void readOutput();
    void readErrors();
    void takeReady(const QByteArray &json);
    void fail(ErrorCode code, const QString &message);
    QProcess m_process;
    QTimer m_deadline;
    QStringList m_profiles;
    QByteArray m_description;
    QByteArray m_lastWords; ///< the end of what it wrote to stderr
    bool m_ready = false;
    bool m_over = false; ///< stopped by us, or failure told
};

} // namespace qd
