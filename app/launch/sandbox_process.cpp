/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "launch/sandbox_process.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#ifdef Q_OS_UNIX
#include <csignal>
#include <unistd.h>
#endif
#ifdef Q_OS_LINUX
#include <sys/prctl.h>
#endif

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {

namespace {

constexpr auto readyWithin = 60s;
constexpr auto stopWithin = 10s;
constexpr qsizetype lastWordsCap = 2000;
// Well above what a READY line holds; a program that never ends its line is not ours.
constexpr qint64 lineCap = 64 * 1024;

#ifdef Q_OS_UNIX
// Runs in the child between fork and exec: async-signal-safe calls only.
void standAlone([[maybe_unused]] pid_t parent)
{
    ::setpgid(0, 0);
#ifdef Q_OS_LINUX
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    // The parent may have died before: then nobody would tell us.
    if (::getppid() != parent)
        ::_exit(1);
#endif
}
#endif

} // namespace

SandboxProcess::SandboxProcess(QObject *parent)
    : QObject(parent)
{
#ifdef Q_OS_UNIX
    m_process.setChildProcessModifier([parent = ::getpid()] { standAlone(parent); });
#endif
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        fail(ErrorCode::Timeout,
             u"The sandbox was not ready within %1 s."_s.arg(std::chrono::seconds(readyWithin).count()));
    });
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &SandboxProcess::readOutput);
    connect(&m_process, &QProcess::readyReadStandardError, this, &SandboxProcess::readErrors);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            fail(ErrorCode::NotFound, u"The sandbox could not be started: %1"_s.arg(m_process.errorString()));
    });
    connect(&m_process, &QProcess::finished, this, [this] {
        readErrors();
        fail(ErrorCode::Unavailable, m_lastWords.isEmpty()
                                         ? u"The sandbox ended with code %1."_s.arg(m_process.exitCode())
                                         : QString::fromUtf8(m_lastWords).trimmed());
    });
}

SandboxProcess::~SandboxProcess()
{
    stop();
}

QString SandboxProcess::program()
{
    const QString name = QCoreApplication::applicationDirPath() + u"/quarterdeck-sandbox"_s;
#ifdef Q_OS_WIN
    return name + u".exe"_s;
#else
    return name;
#endif
}

bool SandboxProcess::isInstalled()
{
    return QFileInfo(program()).isExecutable();
}

void SandboxProcess::start(const QStringList &arguments)
{
    m_ready = false;
    m_over = false;
    m_lastWords.clear();
    if (!isInstalled()) {
        fail(ErrorCode::NotFound, u"The sandbox is not beside this program; install or build quarterdeck-sandbox."_s);
        return;
    }
    m_deadline.start(readyWithin);
    m_process.start(program(), arguments);
    m_process.closeWriteChannel();
}

void SandboxProcess::stop()
{
    m_over = true;
    m_deadline.stop();
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.terminate();
    if (!m_process.waitForFinished(int(std::chrono::milliseconds(stopWithin).count()))) {
        m_process.kill();
        m_process.waitForFinished();
    }
}

void SandboxProcess::readOutput()
{
    while (m_process.canReadLine()) {
        const QByteArray line = m_process.readLine(lineCap).trimmed();
        if (!m_ready && line.startsWith("READY "))
            takeReady(line.sliced(6));
    }
    if (m_process.bytesAvailable() > lineCap)
        m_process.readAllStandardOutput();
}

void SandboxProcess::readErrors()
{
    m_lastWords += m_process.readAllStandardError();
    m_lastWords = m_lastWords.last(std::min(lastWordsCap, m_lastWords.size()));
}

void SandboxProcess::takeReady(const QByteArray &json)
{
    const QJsonArray profiles = QJsonDocument::fromJson(json).object()["profiles"_L1].toArray();
    m_profiles.clear();
    for (const QJsonValue &profile : profiles)
        m_profiles += profile.toString();
    m_profiles.removeAll(QString());
    if (m_profiles.isEmpty()) {
        fail(ErrorCode::BadReply, u"The sandbox says that it is ready, but names no profile."_s);
        return;
    }
    m_description = json;
    m_ready = true;
    m_deadline.stop();
    Q_EMIT ready(m_profiles);
}

void SandboxProcess::fail(ErrorCode code, const QString &message)
{
    if (m_over)
        return;
    m_over = true;
    m_deadline.stop();
    Q_EMIT failed({.code = code, .message = message, .where = program()});
}

} // namespace qd
