/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
// What the window costs with all five of the sandbox's deployments live: CPU time of this process, all its threads, in
// percent of one core. The sandbox is a process of its own and does not count. Fails where a bound is passed.
// quarterdeck-bench-window [SECONDS [PART OF A NAME]]
#include "console/console.h"
#include "e2e/live_sandbox.h"

#include <QApplication>
#include <QFileInfo>
#include <QSettings>
#include <QTemporaryDir>
#include <QTextStream>

#include <sys/resource.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace qd;

namespace {
constexpr auto settles = 10s; ///< first layouts, and what the load left on the way
constexpr double idleBound = 2;
constexpr double liveBound = 8;

QString only; ///< what is measured has this in its name

double cpuSeconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval &time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void runFor(std::chrono::milliseconds time)
{
    QEventLoop loop;
    QTimer::singleShot(time, Qt::PreciseTimer, &loop, &QEventLoop::quit);
    loop.exec();
}

/// True where it costs at most `bound` percent of a core.
bool measure(const QString &what, std::optional<double> bound, std::chrono::seconds length)
{
    if (!what.contains(only))
        return true;
    runFor(settles);
    const double before = cpuSeconds();
    QElapsedTimer elapsed;
    elapsed.start();
    runFor(length);
    const double percent = 100 * (cpuSeconds() - before) / (static_cast<double>(elapsed.nsecsElapsed()) / 1e9);
    QTextStream(stdout) << u"%1 %2 %"_s.arg(what, -52).arg(percent, 5, 'f', 2)
                        << (bound ? u"  (at most %1 %)"_s.arg(*bound) : QString()) << Qt::endl;
    return !bound || percent <= *bound;
}

/// A profile that asks as often as its preset says. The sandbox's own ask five times as often, so that nobody waits.
QString unhurried(const QString &profile, const QTemporaryDir &directory)
{
    QFile from(profile);
    QFile to(directory.filePath(QFileInfo(profile).fileName()));
    if (!from.open(QIODevice::ReadOnly) || !to.open(QIODevice::WriteOnly))
        return {};
    const QByteArray text = from.readAll();
    to.write(text.left(text.indexOf("\nintervals:") + 1));
    return to.fileName();
}

/// A console on these profiles.
class Watched
{
public:
    explicit Watched(const QStringList &profiles)
        : m_settings(m_home.filePath(u"settings.ini"_s), QSettings::IniFormat)
        , m_console(m_clock, m_settings, SchemeChoice::Light)
    {
        for (const QString &profile : profiles)
            m_console.openProfile(profile);
        window().setTimeChoice(TimeChoice::FiveMinutes);
        window().resize(1920, 1080);
        window().show();
    }
    [[nodiscard]] MainWindow &window() { return m_console.window(); }

private:
    const SystemClock m_clock;
    const QTemporaryDir m_home;
    QSettings m_settings;
    Console m_console;
};

bool measureLive(const QStringList &profiles, std::chrono::seconds length)
{
    Watched watched(profiles);
    bool isWell = true;
    const auto page = [&](const QString &deployment, PageId id) {
        watched.window().open({.kind = Place::Kind::Deployment, .deployment = deployment, .page = id});
        isWell = measure(u"%1, %2"_s.arg(deployment, keyOf(id)), liveBound, length) && isWell;
    };
    page(u"quoted"_s, PageId::Overview);
    page(u"luckygas"_s, PageId::Cache);
    page(u"luckygas"_s, PageId::Data);
    watched.window().open({});
    isWell = measure(u"Fleet"_s, liveBound, length) && isWell;
    watched.window().showMinimized();
    static_cast<void>(measure(u"minimised"_s, {}, length));
    return isWell;
}

bool measureIdle(const QStringList &profiles, std::chrono::seconds length)
{
    Watched watched(profiles);
    const bool isWell = measure(u"Fleet, asked as often as the presets say"_s, liveBound, length);
    watched.window().showMinimized();
    return measure(u"minimised, asked as often as the presets say"_s, idleBound, length) && isWell;
}
} // namespace

int main(int argc, char *argv[])
{
    QApplication application(argc, argv);
    QTextStream errors(stderr);
    const std::chrono::seconds length(argc > 1 ? QByteArray(argv[1]).toInt() : 60);
    only = argc > 2 ? QString::fromLocal8Bit(argv[2]) : QString();
    testing::LiveSandbox sandbox;
    if (length < 1s || !sandbox.start({u"luckygas"_s, u"longmem"_s, u"preflight"_s, u"storefront"_s})) {
        errors << (length < 1s ? u"expected a number of seconds"_s : sandbox.lastError()) << Qt::endl;
        return 2;
    }
    const bool isLiveWell = measureLive(sandbox.profiles(), length);
    if (!sandbox.pauseLoad()) {
        errors << sandbox.lastError() << Qt::endl;
        return 2;
    }
    const QTemporaryDir directory;
    QStringList profiles;
    for (const QString &profile : sandbox.profiles())
        profiles.append(unhurried(profile, directory));
    const bool isIdleWell = measureIdle(profiles, length);
    return isLiveWell && isIdleWell ? 0 : 1;
}
