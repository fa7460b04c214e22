/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"
#include "actions/approval_table.h"

#include <QThread>

#include <mutex>

namespace qd {

/// The way to the desk, shared by all threads: opened once, by who comes first, and tried again where it could not be.
class Acting::Door
{
public:
    explicit Door(DeskPlace place)
        : m_place(std::move(place))
    {
    }
    [[nodiscard]] Result<Desk *> desk();
    /// The policy as it stands now, of whoever acts on the deployment of `profile`. Errors: those of loadPolicy, and
    /// Unavailable where it was there before and is not now: then nobody knows who may do what.
    [[nodiscard]] Result<std::optional<Policy>> policy(const QString &path, const QString &profile);

private:
    const DeskPlace m_place;
    std::mutex m_lock;
    std::mutex m_policyLock; ///< apart, as a desk may take its time
    std::optional<Desk> m_desk;
    QSet<QString> m_policies; ///< profiles beside which one was
};

/// A thread with what belongs to it. The GUI's thread posts jobs; the thread posts back what came of them.
class Acting::Work
{
public:
    Work(Acting &acting, Profile profile, ActionRun run);
    ~Work();
    Work(const Work &) = delete;
    Work &operator=(const Work &) = delete;

    /// A job on a plan: nothing where planning anew left none while the job waited.
    void postOnPlan(const std::function<void(Work &)> &job);
    void post(const std::function<void(Work &)> &job);
    void giveUp() { *m_stop = true; }
    /// Gives up what it waits for; `then` on the owner's thread, once the thread has ended.
    void stop(QObject &owner, const std::function<void()> &then);

    ActionRun shown; ///< the GUI's

    // On its own:
    void plan();
    void check();
    void checkQuietly();
    void again(const Confirmed &said);
    void review();
    void revertDue();
    void askForApproval();
    void look();
    void carryOut(ActionRun::Way way, const Confirmed &said);
    void readJournal(bool verifies);
    void readPolicy(const QString &profile);
    void readApprovals(const Profile &profile);

private:
    void tell() const;
    void tell(ActionRun::Phase phase);
    void refuse(const Error &error, ActionRun::Phase phase = ActionRun::Phase::Refused);
    /// Desk first, so that nothing of an action is reached without one.
    [[nodiscard]] Result<Desk *> prepare();
    /// With the policy as it stands now, and the approvals that were given.
    [[nodiscard]] Result<Engine> engineOf(Desk &desk);
    [[nodiscard]] Result<ApprovalTable> approvals();
    void approve(const Confirmed &said);
    void end(const Report &report);
    [[nodiscard]] Result<Verdict> verify(const Desk &desk) const;

    Acting &m_acting;
    const QString m_profilePlace;
    const QString m_policyPlace;
    const Profile m_profile;
    ActionRun m_run;
    std::unique_ptr<Action> m_action;
    JournalNews m_news;
    const std::shared_ptr<std::atomic<bool>> m_stop = std::make_shared<std::atomic<bool>>(false);
    QThread m_thread;
    QObject *m_place;
};

} // namespace qd
