/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "app/sandbox/running_sandbox.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QNetworkAccessManager>
#include <QNetworkReply>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace {

QString program()
{
    return QCoreApplication::applicationDirPath() + u"/quarterdeck-sandbox"_s;
}

QList<QByteArray> statOf(int pid)
{
    QFile file(u"/proc/%1/stat"_s.arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray stat = file.readAll();
    return stat.mid(stat.lastIndexOf(')') + 2).split(' ');
}

} // namespace

bool runs(int pid)
{
    const QList<QByteArray> stat = statOf(pid);
    return !stat.isEmpty() && stat.first() != "Z" && stat.first() != "X";
}

double shareOfTheMachine()
{
    constexpr std::chrono::milliseconds time(200);
    const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    const auto spin = [time] {
        const auto until = std::chrono::steady_clock::now() + time;
        while (std::chrono::steady_clock::now() < until) {
        }
    };
    const std::clock_t before = std::clock();
    {
        std::vector<std::jthread> all(processors - 1);
        std::ranges::generate(all, [&] { return std::jthread(spin); });
        spin();
    }
    const double got = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    return std::min(1.0, got / (std::chrono::duration<double>(time).count() * processors));
}

double cpuSeconds(int pid)
{
    const QList<QByteArray> stat = statOf(pid);
    if (stat.size() < 13)
        return 0;
    return (stat.at(11).toDouble() + stat.at(12).toDouble()) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

RunningSandbox::RunningSandbox(QString deployment)
    : m_deployment(std::move(deployment))
{
    // PostgreSQL runs as another user where we are root and must get through.
    QFile::setPermissions(m_temporary.path(),
                          QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"TMPDIR"_s, m_temporary.path());
    m_process.setProcessEnvironment(environment);
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
}

RunningSandbox::~RunningSandbox()
{
    if (m_process.state() != QProcess::NotRunning)
        stop();
}

bool RunningSandbox::start(const QStringList &arguments)
{
    QElapsedTimer timer;
    timer.start();
    m_process.start(program(),
                    (m_deployment.isEmpty() ? QStringList{u"up"_s} : QStringList{u"up"_s, m_deployment}) + arguments);
    while (m_process.state() != QProcess::NotRunning && timer.elapsed() < 120'000) {
        while (m_process.canReadLine()) {
            const QByteArray line = m_process.readLine();
            if (!line.startsWith("READY "))
                continue;
            m_readyAfterMs = timer.elapsed();
            m_state = QJsonDocument::fromJson(line.mid(6)).object();
            return true;
        }
        m_process.waitForReadyRead(200);
    }
    return false;
}

QJsonObject RunningSandbox::deployment() const
{
    return m_state.value("deployments"_L1).toObject().value(m_deployment).toObject();
}

QString RunningSandbox::directory() const
{
    return m_state.value("directory"_L1).toString() + u'/' + m_deployment;
}

int RunningSandbox::pid(const QString &part) const
{
    if (part == "sandbox"_L1)
        return m_state.value("pid"_L1).toInt();
    return deployment().value(part).toObject().value("pid"_L1).toInt();
}

int RunningSandbox::port(const QString &part) const
{
    return deployment().value(part).toObject().value("port"_L1).toInt();
}

QByteArray RunningSandbox::file(const QString &name) const
{
    QFile file(directory() + u'/' + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

int RunningSandbox::stop()
{
    m_process.terminate();
    m_process.waitForFinished(60'000);
    return m_process.exitCode();
}

void RunningSandbox::killHard()
{
    m_process.kill();
    m_process.waitForFinished(30'000);
}

QByteArray RunningSandbox::Answer::header(const QByteArray &name) const
{
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

RunningSandbox::Answer RunningSandbox::send(const QByteArray &method, const QString &url, const QByteArray &body,
                                            const Headers &headers)
{
    QNetworkAccessManager network;
    QNetworkRequest request{QUrl(url)};
    request.setTransferTimeout(60'000);
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
    for (const auto &[name, value] : headers)
        request.setRawHeader(name, value);
    QNetworkReply *reply = network.sendCustomRequest(request, method, body);
    QEventLoop loop;
    QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();
    Answer answer;
    answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.text = reply->readAll();
    answer.body = QJsonDocument::fromJson(answer.text).object();
    for (const auto &[name, value] : reply->rawHeaderPairs())
        answer.headers.append({name, value});
    return answer;
}

RunningSandbox::Answer RunningSandbox::request(const QByteArray &method, const QString &path, const Headers &headers,
                                               const QByteArray &body) const
{
    return send(method, u"http://127.0.0.1:%1%2"_s.arg(port(u"service"_s)).arg(path), body, headers);
}

RunningSandbox::Answer RunningSandbox::get(const QString &path, const QByteArray &client) const
{
    return request("GET", path, {{"X-Forwarded-For", client}});
}

RunningSandbox::Answer RunningSandbox::post(const QString &path, const QByteArray &client) const
{
    return request("POST", path, {{"X-Forwarded-For", client}}, R"({"user":"tester"})");
}

QJsonObject RunningSandbox::oracle() const
{
    return send("GET", m_state.value("control"_L1).toString() + u"/%1/oracle"_s.arg(m_deployment), {}, {}).body;
}

bool RunningSandbox::fault(const QString &name, const QString &argument, bool on) const
{
    const QJsonObject body{{u"name"_s, name}, {u"argument"_s, argument}, {u"on"_s, on}};
    return send("POST", m_state.value("control"_L1).toString() + u"/%1/fault"_s.arg(m_deployment),
                QJsonDocument(body).toJson(), {})
               .status == 200;
}

bool RunningSandbox::pauseLoad() const
{
    return send("POST", m_state.value("control"_L1).toString() + u"/%1/load"_s.arg(m_deployment), R"({"paused":true})",
                {})
               .status == 200;
}

RunningSandbox::Answer RunningSandbox::ask(const QString &part, const QByteArray &method, const QString &path,
                                           const Headers &headers, const QByteArray &body) const
{
    return send(method, u"http://127.0.0.1:%1%2"_s.arg(port(part)).arg(path), body, headers);
}

std::pair<int, QString> RunningSandbox::faultCommand(const QStringList &arguments) const
{
    QProcess command;
    command.setProcessEnvironment(m_process.processEnvironment());
    command.setProcessChannelMode(QProcess::MergedChannels);
    command.start(program(), QStringList{u"fault"_s} + arguments);
    command.waitForFinished(60'000);
    return {command.exitCode(), QString::fromUtf8(command.readAll())};
}
