/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/desk.h"
#include "verify/verification.h"

#include <QObject>
#include <QPointer>
#include <QThread>

namespace qd {

/// verify() on a thread of its own, whose results are told as they come; the evidence is kept in the journal, where
/// there is one. Destroying it stops what is left, and waits a moment for that: neither a server nor a journal's disk
/// may hold up who closes a window.
class Verifying : public QObject
{
    Q_OBJECT

public:
    Verifying(Profile profile, Checklist checklist, DeskPlace place, const Clock &clock, QObject *parent = nullptr);
    ~Verifying() override;

    /// Begins anew; nothing while it runs.
    void start(bool mayBurst, const DeploymentView &view);
    void stop();
    [[nodiscard]] bool isRunning() const { return m_running; }
    [[nodiscard]] const QList<Verified> &results() const { return m_results; }
    /// When it ended; nothing before that.
    [[nodiscard]] std::optional<Instant> endedAt() const { return m_endedAt; }
    /// Why the evidence is not in the journal.
    [[nodiscard]] const std::optional<Error> &keepingError() const { return m_keepingError; }

Q_SIGNALS:
    void changed();

private:
    void take(const QList<Verified> &results);
    void finish(const std::optional<Error> &keepingError);

    const Profile m_profile;
    const Checklist m_checklist;
    const DeskPlace m_place;
    const Clock &m_clock;
    QList<Verified> m_results;
    std::optional<Instant> m_endedAt;
    std::optional<Error> m_keepingError;
    bool m_running = false;
    std::shared_ptr<std::atomic<bool>> m_stop;
    QPointer<QThread> m_thread; ///< its own owner: it may outlive this
};

} // namespace qd
