/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "console/incident.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto patience = 60s;
/// How long it goes on once a breaker is open.
constexpr auto aftermath = 10s;

/// The sandbox's directory, by what it said of itself: others may run on this machine.
QString directoryOf(const SandboxProcess &sandbox)
{
    const QString state = QJsonDocument::fromJson(sandbox.description()).object()["state"_L1].toString();
    return state.isEmpty() ? QString() : QFileInfo(state).absolutePath();
}
} // namespace

Incident::Incident(Console &console, QObject *parent)
    : QObject(parent)
    , m_console(console)
    , m_faults{{u"openai-down"_s}, {u"stripe-slow"_s}, {u"empty-cache"_s, u"contractor"_s}, {u"flood"_s, u"auth"_s}}
{
    m_look.setInterval(500ms);
    connect(&m_look, &QTimer::timeout, this, &Incident::look);
}

void Incident::start()
{
    if (!m_console.sandbox().isReady())
        end({ErrorCode::NotFound, u"An incident is made in the console's own sandbox; start with --sandbox."_s, {}});
    else
        makeNextFault();
}

void Incident::makeNextFault()
{
    if (m_faults.isEmpty()) {
        m_patience.setRemainingTime(patience);
        m_look.start();
        return;
    }
    const QStringList fault = m_faults.takeFirst();
    auto *process = new QProcess(this);
    process->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    connect(process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            end({ErrorCode::NotFound, u"The sandbox's program cannot be run."_s, SandboxProcess::program()});
    });
    connect(process, &QProcess::finished, this, [this, process, fault](int exitCode, QProcess::ExitStatus status) {
        process->deleteLater();
        if (status == QProcess::NormalExit && exitCode == 0)
            makeNextFault();
        else
            end({ErrorCode::ServerError, u"The sandbox did not make this fault."_s, fault.join(u' ')});
    });
    process->start(
        SandboxProcess::program(),
        QStringList{u"--dir"_s, directoryOf(m_console.sandbox()), u"--deployment"_s, u"quoted"_s, u"fault"_s} + fault);
}

void Incident::look()
{
    const bool isOpen = std::ranges::any_of(m_console.window().logbooks(),
                                            [](const Logbook *logbook) { return logbook->view().openBreakers() > 0; });
    if (!isOpen && !m_patience.hasExpired())
        return;
    m_look.stop();
    QTimer::singleShot(isOpen ? aftermath : 0s, this, [this, isOpen] { Q_EMIT shown(isOpen); });
}

void Incident::end(const Error &error)
{
    m_look.stop();
    Q_EMIT failed(error);
}

} // namespace qd
