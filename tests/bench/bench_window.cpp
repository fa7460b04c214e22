/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
// What the window costs with all five of the sandbox's deployments live: CPU time of this process, all its threads, in
// percent of one core. The sandbox is a process of its own and does not count. Fails where a bound is passed.
#include "console/console.h"
#include "e2e/live_sandbox.h"

#include <QApplication>
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
bool measure(const QString &what, double bound, std::chrono::seconds length)
{
    runFor(settles);
    const double before = cpuSeconds();
    QElapsedTimer elapsed;
    elapsed.start();
    runFor(length);
    const double percent = 100 * (cpuSeconds() - before) / (static_cast<double>(elapsed.nsecsElapsed()) / 1e9);
    QTextStream(stdout) << u"%1 %2 %  (at most %3 %)"_s.arg(what, -44).arg(percent, 5, 'f', 2).arg(bound) << Qt::endl;
    return percent <= bound;
}
} // namespace

int main(int argc, char *argv[])
{
    QApplication application(argc, argv);
    QTextStream errors(stderr);
    const std::chrono::seconds length(argc > 1 ? QByteArray(argv[1]).toInt() : 60);
    testing::LiveSandbox sandbox;
    if (length < 1s || !sandbox.start({u"luckygas"_s, u"longmem"_s, u"preflight"_s, u"storefront"_s})) {
        errors << (length < 1s ? u"expected a number of seconds"_s : sandbox.lastError()) << Qt::endl;
        return 2;
    }
    const SystemClock clock;
    const QTemporaryDir home;
    QSettings settings(home.filePath(u"settings.ini"_s), QSettings::IniFormat);
    Console console(clock, settings, SchemeChoice::Light);
    MainWindow &window = console.window();
    for (const QString &profile : sandbox.profiles())
        console.openProfile(profile);
    window.setTimeChoice(TimeChoice::FiveMinutes);
    window.resize(1920, 1080);
    window.show();

    bool isWell = true;
    const auto page = [&](const QString &deployment, PageId id) {
        window.open({.kind = Place::Kind::Deployment, .deployment = deployment, .page = id});
        isWell = measure(u"%1, %2"_s.arg(deployment, keyOf(id)), liveBound, length) && isWell;
    };
    page(u"quoted"_s, PageId::Overview);
    page(u"luckygas"_s, PageId::Cache);
    page(u"luckygas"_s, PageId::Data);
    window.open({});
    isWell = measure(u"Fleet"_s, liveBound, length) && isWell;
    if (!sandbox.pauseLoad()) {
        errors << sandbox.lastError() << Qt::endl;
        return 2;
    }
    isWell = measure(u"Fleet, nobody calls the services"_s, idleBound, length) && isWell;
    window.showMinimized();
    isWell = measure(u"minimised, nobody calls the services"_s, idleBound, length) && isWell;
    return isWell ? 0 : 1;
}
