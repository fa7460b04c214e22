/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "console/played_story.h"

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
/// How long it goes on once all show it.
constexpr auto aftermath = 30s;

/// What the sandbox said of itself: others may run on this machine.
QJsonObject descriptionOf(const SandboxProcess &sandbox)
{
    return QJsonDocument::fromJson(sandbox.description()).object();
}
} // namespace

PlayedStory::PlayedStory(Console &console, QString story, std::function<bool(const DeploymentView &)> isShown,
                         QObject *parent)
    : QObject(parent)
    , m_console(console)
    , m_story(std::move(story))
    , m_isShown(std::move(isShown))
{
    m_look.setInterval(500ms);
    connect(&m_look, &QTimer::timeout, this, &PlayedStory::look);
}

void PlayedStory::start()
{
    if (!m_console.sandbox().isReady()) {
        end({ErrorCode::NotFound, u"A story is played in the console's own sandbox; start with --sandbox."_s, {}});
        return;
    }
    auto *process = new QProcess(this);
    process->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    connect(process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            end({ErrorCode::NotFound, u"The sandbox's program cannot be run."_s, SandboxProcess::program()});
    });
    connect(process, &QProcess::finished, this, [this, process](int exitCode, QProcess::ExitStatus status) {
        process->deleteLater();
        if (status != QProcess::NormalExit || exitCode != 0) {
            end({ErrorCode::ServerError, u"The sandbox did not begin this story."_s, m_story});
            return;
        }
        m_patience.setRemainingTime(patience);
        m_look.start();
    });
    process->start(SandboxProcess::program(),
                   {u"--dir"_s, descriptionOf(m_console.sandbox())["directory"_L1].toString(), u"story"_s, m_story});
}

bool PlayedStory::isComplete() const
{
    const QJsonObject own = descriptionOf(m_console.sandbox())["deployments"_L1].toObject();
    return std::ranges::all_of(m_console.window().logbooks(), [&](const Logbook *logbook) {
        return !own.contains(logbook->profile().name) || m_isShown(logbook->view());
    });
}

void PlayedStory::look()
{
    const bool isComplete = this->isComplete();
    if (!isComplete && !m_patience.hasExpired())
        return;
    m_look.stop();
    QTimer::singleShot(isComplete ? aftermath : 0s, this, [this, isComplete] { Q_EMIT shown(isComplete); });
}

void PlayedStory::end(const Error &error)
{
    m_look.stop();
    Q_EMIT failed(error);
}

} // namespace qd
