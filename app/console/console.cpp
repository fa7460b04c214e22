/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "console/console.h"

#include "sources/source.h"
#include "words/words.h"

#include <QApplication>
#include <QSettings>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {

Console::Console(const Clock &clock, QSettings &settings, std::optional<SchemeChoice> scheme, const DeskPlace &desk)
    : m_clock(clock)
    , m_theme(Theme::schemeOf(QApplication::palette()), settings.value("window/textScale", 1.0).toDouble())
    , m_appearance(m_theme)
    , m_acting(clock, desk)
    , m_window(nullptr)
{
    m_appearance.choose(
        scheme.value_or(schemeChoice(settings.value("window/scheme").toString()).value_or(SchemeChoice::System)));
    m_window = std::make_unique<MainWindow>(m_theme, m_appearance, clock, settings, &m_acting);
    m_window->setDemo(SandboxProcess::isInstalled() ? FirstRun::Demo::Offered : FirstRun::Demo::NotInstalled);
    connect(m_window.get(), &MainWindow::demoRequested, this, &Console::startSandbox);
    connect(m_window.get(), &MainWindow::profileRequested, this, &Console::openProfile);
    connect(&m_sandbox, &SandboxProcess::ready, this, [this, &settings](const QStringList &profiles) {
        for (const QString &profile : profiles)
            openProfile(profile);
        // A deployment that is seconds old is an empty picture on an axis of an hour.
        if (!settings.contains("window/range"))
            m_window->setTimeChoice(TimeChoice::FiveMinutes);
        Q_EMIT sandboxReady();
    });
    connect(&m_sandbox, &SandboxProcess::failed, this, [this](const Error &error) {
        const words::ErrorWords said = words::explain(error);
        m_window->setDemo(FirstRun::Demo::Offered, QStringList{said.what, said.where, said.advice}.join(u'\n'));
        Q_EMIT sandboxFailed(error);
    });
    connect(&m_tick, &QTimer::timeout, this, &Console::tick);
    m_tick.start(1s);
    m_acting.readJournal();
}

Console::~Console()
{
    m_window.reset();
}

void Console::startSandbox()
{
    m_window->setDemo(FirstRun::Demo::Starting);
    m_sandbox.start();
}

void Console::openProfile(const QString &file)
{
    const ProfileResult profile = loadWhole(file);
    if (!profile) {
        report(file, profile.error());
        return;
    }
    if (m_window->has(profile->name)) {
        report(file, {Error{ErrorCode::BadInput,
                            tr("a deployment named %1 is open already; give this one another name").arg(profile->name),
                            file}});
        return;
    }
    report(file, {});
    Deployment deployment{.logbook = std::make_unique<Logbook>(*profile, m_clock),
                          .watcher = std::make_unique<Watcher>(*profile, m_io, m_clock)};
    connect(deployment.watcher.get(), &Watcher::read, deployment.logbook.get(),
            [this, logbook = deployment.logbook.get()](const Reading &reading) { take(*logbook, reading); });
    m_acting.addProfile(*profile, file);
    m_window->add(*deployment.logbook);
    deployment.watcher->start();
    m_deployments.push_back(std::move(deployment));
}

void Console::report(const QString &file, const QList<Error> &errors)
{
    const qsizetype removed = m_problems.removeIf([&](const ProfileProblem &problem) { return problem.file == file; });
    if (!errors.isEmpty())
        m_problems.append({file, errors});
    if (removed > 0 || !errors.isEmpty())
        m_window->setProblems(m_problems);
}

/// What nobody sees is looked at once a second, however many sources answer in it.
void Console::take(Logbook &logbook, const Reading &reading)
{
    const bool isSeen = m_window->isVisible() && !m_window->isMinimized();
    if (isSeen && !m_waiting.contains(&logbook)) // in the order in which they came
        logbook.take(reading);
    else
        m_waiting[&logbook].append(reading);
}

void Console::tick()
{
    m_ticked = 0;
    tickSome();
}

void Console::tickSome()
{
    // Hundreds of deployments in one go would hold the window for a tenth of a second.
    constexpr std::size_t atOnce = 25;
    const std::size_t end = std::min(m_ticked + atOnce, m_deployments.size());
    for (; m_ticked < end; ++m_ticked) {
        Logbook &logbook = *m_deployments[m_ticked].logbook;
        for (const Reading &reading : m_waiting.take(&logbook))
            logbook.take(reading);
        logbook.tick();
    }
    if (m_ticked < m_deployments.size())
        QTimer::singleShot(0ms, this, &Console::tickSome);
    else
        m_window->tick();
}

} // namespace qd
