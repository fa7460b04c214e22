/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "app/sandbox/running_sandbox.h"

#include <QHash>

/// The service of a running deployment once more, on a port of its own and with other variables: what a redeploy
/// makes of them.
class RedeployedService
{
public:
    RedeployedService(const RunningSandbox &sandbox, const QString &name);
    ~RedeployedService();

    /// Waits until it serves; false if it does not.
    bool start(const QHash<QString, QString> &variables);
    [[nodiscard]] RunningSandbox::Answer request(const QByteArray &method, const QString &path,
                                                 const RunningSandbox::Headers &headers = {},
                                                 const QByteArray &body = {}) const;
    [[nodiscard]] QJsonObject oracle() const;

private:
    const RunningSandbox &m_sandbox;
    const QString m_name;
    QTemporaryDir m_directory;
    QProcess m_process;
    int m_port = 0;
    int m_controlPort = 0;
};
