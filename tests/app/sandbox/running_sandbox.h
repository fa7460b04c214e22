/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QByteArray>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

/// The real program in a temporary directory of its own, and what tests ask of it.
class RunningSandbox
{
public:
    RunningSandbox();
    ~RunningSandbox();

    /// Starts it with quoted alone and waits for READY; false if that did not come.
    bool start(const QStringList &arguments);
    [[nodiscard]] const QJsonObject &state() const { return m_state; }
    [[nodiscard]] QString directory() const; ///< of quoted
    [[nodiscard]] int pid(const QString &part) const; ///< "redis", "postgresql", "service", "sandbox"
    [[nodiscard]] int port(const QString &part) const;
    [[nodiscard]] QByteArray file(const QString &name) const;
    [[nodiscard]] qint64 readyAfterMs() const { return m_readyAfterMs; }
    [[nodiscard]] QString temporaryDirectory() const { return m_temporary.path(); }
    QProcess &process() { return m_process; }

    /// SIGTERM, and waits for the end; the exit code.
    int stop();
    void killHard();

    struct Answer
    {
        int status = 0;
        QJsonObject body{};
        QList<std::pair<QByteArray, QByteArray>> headers{};
        [[nodiscard]] QByteArray header(const QByteArray &name) const;
    };
    /// To the service.
    [[nodiscard]] Answer get(const QString &path, const QByteArray &client = "192.0.2.1") const;
    [[nodiscard]] Answer post(const QString &path, const QByteArray &client = "192.0.2.1") const;
    /// To the control port.
    [[nodiscard]] QJsonObject oracle() const;
    [[nodiscard]] bool fault(const QString &name, const QString &argument = {}, bool on = true) const;
    [[nodiscard]] bool pauseLoad() const;
    /// Runs `quarterdeck-sandbox fault …` and gives its exit code and output.
    [[nodiscard]] std::pair<int, QString> faultCommand(const QStringList &arguments) const;

private:
    [[nodiscard]] QJsonObject quoted() const; ///< its part of the state
    [[nodiscard]] static Answer send(const QByteArray &method, const QString &url, const QByteArray &body,
                                     const QByteArray &client);
    QTemporaryDir m_temporary;
    QProcess m_process;
    QJsonObject m_state;
    qint64 m_readyAfterMs = -1;
};

/// Whether a process runs (one that only waits to be reaped does not).
[[nodiscard]] bool runs(int pid);
/// CPU time a process has used so far, in seconds.
[[nodiscard]] double cpuSeconds(int pid);
