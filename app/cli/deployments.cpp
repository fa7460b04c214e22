/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/deployments.h"

#include "sources/source.h"

#include <algorithm>
#include <array>

using namespace std::chrono_literals;

namespace qd::cli {

int exitCodeOf(Status status)
{
    switch (status) {
    case Status::Ok:
    case Status::NotAvailable:
    case Status::Muted:
        return 0;
    case Status::Degraded:
        return 1;
    case Status::Down:
        return 2;
    case Status::Unknown:
        return 3;
    }
    return 3;
}

Deployments::Deployments(const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
{
    m_tick.setInterval(1s);
    connect(&m_tick, &QTimer::timeout, this, [this] {
        for (const Watched &watched : m_watched)
            watched.logbook->tick();
    });
}

Deployments::~Deployments() = default;

void Deployments::open(const QStringList &files)
{
    for (const QString &file : files) {
        if (const auto profile = loadWhole(file))
            watch(*profile);
        else
            m_broken += {file, profile.error()};
    }
    m_tick.start();
    for (const Watched &watched : m_watched)
        watched.watcher->start();
}

void Deployments::watch(const Profile &profile)
{
    Watched watched{.logbook = std::make_unique<Logbook>(profile, m_clock),
                    .watcher = std::make_unique<Watcher>(profile, m_io, m_clock)};
    const Logbook *logbook = watched.logbook.get();
    connect(watched.watcher.get(), &Watcher::read, watched.logbook.get(), &Logbook::take);
    connect(logbook, &Logbook::changed, this, [this, logbook] { Q_EMIT changed(logbook); });
    m_watched.push_back(std::move(watched));
}

QList<const Logbook *> Deployments::logbooks() const
{
    QList<const Logbook *> all;
    for (const Watched &watched : m_watched)
        all += watched.logbook.get();
    return all;
}

bool Deployments::everySourceSpoke() const
{
    return std::ranges::all_of(m_watched, [](const Watched &watched) {
        return std::ranges::none_of(watched.logbook->view().sources, [](const SourceView &source) {
            return source.freshness.kind == Freshness::Kind::Pending && !source.error;
        });
    });
}

int Deployments::exitCode() const
{
    std::array<bool, 4> seen{};
    seen[3] = !m_broken.isEmpty();
    for (const Watched &watched : m_watched)
        seen.at(size_t(exitCodeOf(watched.logbook->view().status))) = true;
    return seen[2] ? 2 : seen[1] ? 1 : seen[3] ? 3 : 0;
}

} // namespace qd::cli
