/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/clock.h"
#include "history/logbook.h"
#include "watch/watcher.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <vector>

namespace qd::cli {

/// A profile that cannot be used, and all that is wrong with it.
struct BrokenProfile
{
    QString file;
    QList<Error> errors;
};

/// Watches the deployments of some profiles. A broken profile does not stop the others.
class Deployments : public QObject
{
    Q_OBJECT

public:
    explicit Deployments(const Clock &clock, QObject *parent = nullptr);
    ~Deployments() override;

    /// Reads the profiles and begins to watch.
    void open(const QStringList &files);

    [[nodiscard]] QList<const Logbook *> logbooks() const;
    [[nodiscard]] const QList<BrokenProfile> &broken() const { return m_broken; }
    /// True once every source has answered or failed to.
    [[nodiscard]] bool everySourceSpoke() const;
    /// 2 if one is down, else 1 if one is degraded, else 3 if one is unknown or its profile broken, else 0.
    [[nodiscard]] int exitCode() const;

Q_SIGNALS:
    void changed(const qd::Logbook *logbook);

private:
    struct Watched
    {
        std::unique_ptr<Logbook> logbook;
        std::unique_ptr<Watcher> watcher;
    };
    void watch(const Profile &profile);
    const Clock &m_clock;
    IoThread m_io; // before the watchers, which must go first
    std::vector<Watched> m_watched;
    QList<BrokenProfile> m_broken;
    QTimer m_tick;
};

/// The exit code of one status.
[[nodiscard]] int exitCodeOf(Status status);

} // namespace qd::cli
