/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "services/luckygas/luckygas_monitoring.h"

#include <QFile>
#include <QTcpSocket>
#include <QThread>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::sandbox::luckygas {

namespace {

constexpr auto rules = "groups:\n"
                       "  - name: luckygas\n"
                       "    rules:\n"
                       "      - alert: TargetDown\n"
                       "        expr: up == 0\n"
                       "        for: 15s\n"
                       "        labels: {severity: critical}\n"
                       "      - alert: BreakerOpen\n"
                       "        expr: circuit_breaker_state{circuit_breaker_state=\"open\"} == 1\n"
                       "        labels: {severity: warning}\n";

constexpr auto routes = "route: {receiver: nobody, group_wait: 1s}\n"
                        "receivers: [{name: nobody}]\n";

QString listen(quint16 port)
{
    return u"--web.listen-address=127.0.0.1:%1"_s.arg(port);
}

bool serves(ChildProcess &process, quint16 port)
{
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (process.isRunning() && std::chrono::steady_clock::now() < until) {
        QTcpSocket socket;
        socket.connectToHost(u"127.0.0.1"_s, port);
        if (socket.waitForConnected(200))
            return true;
        QThread::msleep(20);
    }
    return false;
}

} // namespace

void Monitoring::start()
{
    startExporters();
    startAlertmanager();
    startPrometheus();
    // It wants a cluster of its own, not this one's replicas beside it.
    qInfo("luckygas: repmgr is not started; the sandbox follows the primary without it");
}

void Monitoring::startExporters()
{
    const auto ports = std::array{freePort(), freePort(), freePort()};
    if (std::ranges::any_of(ports, [](const Result<quint16> &port) { return !port.has_value(); }))
        return;
    const DatabaseAddress &database = m_targets.database;
    run({.name = u"postgres-exporter"_s,
         .program = u"prometheus-postgres-exporter"_s,
         .package = u"prometheus-postgres-exporter"_s,
         .arguments = {listen(*ports[0])},
         .environment = {"DATA_SOURCE_URI=127.0.0.1:" + QByteArray::number(m_targets.databasePort) + '/' +
                             database.database + "?sslmode=disable",
                         "DATA_SOURCE_USER=" + database.user, "DATA_SOURCE_PASS=" + database.password}},
        *ports[0]);
    run({.name = u"redis-exporter"_s,
         .program = u"prometheus-redis-exporter"_s,
         .package = u"prometheus-redis-exporter"_s,
         .arguments = {u"-redis.addr"_s, u"redis://127.0.0.1:%1"_s.arg(m_targets.redis.port), listen(*ports[1])},
         .environment = {"REDIS_PASSWORD=" + m_targets.redis.password}},
        *ports[1]);
    run({.name = u"node-exporter"_s,
         .program = u"prometheus-node-exporter"_s,
         .package = u"prometheus-node-exporter"_s,
         .arguments = {listen(*ports[2])}},
        *ports[2]);
}

void Monitoring::startAlertmanager()
{
    const auto port = freePort();
    if (!port)
        return;
    run({.name = u"alertmanager"_s,
         .program = u"prometheus-alertmanager"_s,
         .package = u"prometheus-alertmanager"_s,
         .arguments = {u"--config.file="_s + write(u"alertmanager.yml"_s, routes),
                       u"--storage.path=%1/alertmanager"_s.arg(m_targets.directory), listen(*port),
                       u"--cluster.listen-address="_s}},
        *port);
}

void Monitoring::startPrometheus()
{
    const auto port = freePort();
    if (!port)
        return;
    QByteArray config = "global: {scrape_interval: 5s, evaluation_interval: 5s}\n"
                        "rule_files: [" +
                        QFile::encodeName(write(u"rules.yml"_s, rules)) + "]\nscrape_configs:\n";
    const auto scrape = [&config](const QByteArray &job, quint16 target) {
        if (target != 0)
            config += "  - job_name: " + job +
                      "\n    static_configs: [{targets: [\"127.0.0.1:" + QByteArray::number(target) + "\"]}]\n";
    };
    scrape("luckygas", m_targets.service);
    for (const QString &exporter : {u"postgres-exporter"_s, u"redis-exporter"_s, u"node-exporter"_s})
        scrape(exporter.toLatin1(), portOf(exporter));
    if (const quint16 alerts = portOf(u"alertmanager"_s); alerts != 0)
        config +=
            "alerting:\n  alertmanagers:\n    - static_configs: [{targets: [\"127.0.0.1:" + QByteArray::number(alerts) +
            "\"]}]\n";
    run({.name = u"prometheus"_s,
         .program = u"prometheus"_s,
         .package = u"prometheus"_s,
         .arguments = {u"--config.file="_s + write(u"prometheus.yml"_s, config),
                       u"--storage.tsdb.path=%1/prometheus"_s.arg(m_targets.directory),
                       u"--storage.tsdb.retention.time=1h"_s, listen(*port)}},
        *port);
}

void Monitoring::run(const Wanted &wanted, quint16 port)
{
    const auto told = [&](const Error &error) {
        qInfo("luckygas: %s is left out: %s", qPrintable(wanted.name), qPrintable(error.message));
    };
    const auto program = findProgram(wanted.program, {u"/usr/bin"_s}, wanted.package);
    if (!program) {
        told(program.error());
        return;
    }
    const QString log = u"%1/%2.log"_s.arg(m_targets.directory, wanted.name);
    auto process = ChildProcess::start({.program = *program,
                                        .arguments = wanted.arguments,
                                        .workingDirectory = m_targets.directory,
                                        .logFile = log,
                                        .user = {},
                                        .environment = wanted.environment});
    if (!process)
        told(process.error());
    else if (!serves(*process, port))
        told({ErrorCode::ServerError, u"it does not serve: %1"_s.arg(tailOf(log)), wanted.name});
    else
        m_programs.push_back({.name = wanted.name, .process = std::move(*process), .port = port});
}

quint16 Monitoring::portOf(const QString &name) const
{
    const auto it = std::ranges::find(m_programs, name, &MonitoringProgram::name);
    return it == m_programs.end() ? 0 : it->port;
}

QString Monitoring::write(const QString &name, const QByteArray &text) const
{
    const QString path = m_targets.directory + u'/' + name;
    if (const auto written = writeFor({}, path, text); !written)
        qWarning("%s: %s", qPrintable(path), qPrintable(written.error().message));
    return path;
}

} // namespace qd::sandbox::luckygas
