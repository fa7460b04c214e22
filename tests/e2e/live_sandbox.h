/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "launch/sandbox_process.h"

#include <QJsonObject>

namespace qd::testing {

/// A real `quarterdeck-sandbox` with one deployment alone for one test: started, waited for, told to make faults and
/// asked for its service's own counts. Every call blocks (while events go on) up to a deadline of its own; a failure is
/// told by an empty answer and `lastError()`.
class LiveSandbox
{
public:
    explicit LiveSandbox(QString deployment = QStringLiteral("quoted"))
        : m_deployment(std::move(deployment))
    {
    }
    [[nodiscard]] bool start(const QStringList &arguments = {});
    [[nodiscard]] QString lastError() const { return m_error; }

    [[nodiscard]] QString profile() const { return m_process.profiles().value(0); }
    /// More than one where start() was told to run others, too.
    [[nodiscard]] QStringList profiles() const { return m_process.profiles(); }
    /// The READY line: ports and pids.
    [[nodiscard]] QJsonObject description() const;
    /// What the service itself counts, in memory.
    [[nodiscard]] QJsonObject oracle();
    /// Of every deployment that runs. Returns once no request of the load generators is in flight any more.
    [[nodiscard]] bool pauseLoad();
    [[nodiscard]] bool resumeLoad();
    [[nodiscard]] bool fault(const QString &name, const QString &argument = {}, bool on = true);
    /// What is told of a fault that was made; empty: it was not.
    [[nodiscard]] QString faultTells(const QString &name, bool on = true);
    /// Begins a story.
    [[nodiscard]] bool play(const QString &story);

    /// Asks the service itself, as somebody who uses it; whatever it answers.
    void post(const QString &path);
    [[nodiscard]] QJsonObject get(const QString &path);
    /// The body of whatever it answers, a refusal's too; empty where nobody answers.
    [[nodiscard]] QByteArray page(const QString &path, const QList<std::pair<QByteArray, QByteArray>> &headers = {});
    [[nodiscard]] QString url(const QString &path) const;

private:
    [[nodiscard]] bool setLoadPaused(bool paused);
    [[nodiscard]] QJsonObject send(const QByteArray &method, const QString &url, const QJsonObject &body);
    [[nodiscard]] QJsonObject ask(const QByteArray &method, const QString &path, const QJsonObject &body = {});
    const QString m_deployment;
    SandboxProcess m_process;
    QString m_error;
};

} // namespace qd::testing
