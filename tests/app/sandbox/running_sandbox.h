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
    /// An empty name: all of them.
    explicit RunningSandbox(QString deployment = QStringLiteral("quoted"));
    ~RunningSandbox();

    /// Starts it with this deployment alone and waits for READY; false if that did not come.
    bool start(const QStringList &arguments);
    [[nodiscard]] const QJsonObject &state() const { return m_state; }
    [[nodiscard]] QString directory() const;          ///< of the deployment
    [[nodiscard]] int pid(const QString &part) const; ///< "redis", "postgresql", "service", "sandbox", …
    [[nodiscard]] int port(const QString &part) const;
    [[nodiscard]] QByteArray file(const QString &name) const;
    [[nodiscard]] qint64 readyAfterMs() const { return m_readyAfterMs; }
    [[nodiscard]] QString temporaryDirectory() const { return m_temporary.path(); }
    QProcess &process() { return m_process; }

    /// SIGTERM, and waits for the end; the exit code.
    int stop();
    void killHard();

    using Headers = QList<std::pair<QByteArray, QByteArray>>;
    struct Answer
    {
        int status = 0;
        QJsonObject body{};
        QByteArray text{}; ///< the body as it came
        Headers headers{};
        [[nodiscard]] QByteArray header(const QByteArray &name) const;
    };
    /// To the service.
    [[nodiscard]] Answer get(const QString &path, const QByteArray &client = "192.0.2.1") const;
    [[nodiscard]] Answer post(const QString &path, const QByteArray &client = "192.0.2.1") const;
    [[nodiscard]] Answer request(const QByteArray &method, const QString &path, const Headers &headers,
                                 const QByteArray &body = {}) const;
    /// To anywhere.
    [[nodiscard]] static Answer send(const QByteArray &method, const QString &url, const QByteArray &body,
                                     const Headers &headers);
    /// To the control port.
    [[nodiscard]] QJsonObject oracle() const;
    [[nodiscard]] bool fault(const QString &name, const QString &argument = {}, bool on = true) const;
    [[nodiscard]] bool pauseLoad() const;
    /// To another of its ports: "render".
    [[nodiscard]] Answer ask(const QString &part, const QByteArray &method, const QString &path, const Headers &headers,
                             const QByteArray &body = {}) const;
    /// Runs `quarterdeck-sandbox fault …` and gives its exit code and output.
    [[nodiscard]] std::pair<int, QString> faultCommand(const QStringList &arguments) const;

private:
    [[nodiscard]] QJsonObject deployment() const; ///< its part of the state
    const QString m_deployment;
    QTemporaryDir m_temporary;
    QProcess m_process;
    QJsonObject m_state;
    qint64 m_readyAfterMs = -1;
};

/// Whether a process runs (one that only waits to be reaped does not).
[[nodiscard]] bool runs(int pid);
/// What we get of the processors' time when we want all of it: 1 on a machine that does nothing else. Takes a moment.
[[nodiscard]] double shareOfTheMachine();
/// CPU time a process has used so far, in seconds.
[[nodiscard]] double cpuSeconds(int pid);
