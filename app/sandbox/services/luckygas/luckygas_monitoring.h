/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "parts/database.h"
#include "parts/redis_link.h"
#include "servers/child_process.h"

#include <vector>

namespace qd::sandbox::luckygas {

/// What is watched.
struct MonitoringTargets
{
    QString directory; ///< of ours alone
    quint16 service = 0;
    RedisAddress redis;
    DatabaseAddress database;
    quint16 databasePort = 0;
};

struct MonitoringProgram
{
    QString name; ///< in the state file
    ChildProcess process;
    quint16 port = 0; ///< of its pages
};

/// Prometheus, Alertmanager and three exporters, as far as they are installed here. One that is missing, or that does
/// not start, is told of and left out: nothing stands on it.
class Monitoring
{
public:
    explicit Monitoring(MonitoringTargets targets)
        : m_targets(std::move(targets))
    {
    }
    void start();
    [[nodiscard]] const std::vector<MonitoringProgram> &programs() const { return m_programs; }

private:
    struct Wanted
    {
        QString name;
        QString program;
        QString package; ///< Debian's
        QStringList arguments;
        QList<QByteArray> environment{};
    };
    void startExporters();
    void startAlertmanager();
    void startPrometheus();
    void run(const Wanted &wanted, quint16 port);
    [[nodiscard]] quint16 portOf(const QString &name) const; ///< 0: it does not run
    [[nodiscard]] QString write(const QString &name, const QByteArray &text) const;

    const MonitoringTargets m_targets;
    std::vector<MonitoringProgram> m_programs;
};

} // namespace qd::sandbox::luckygas
