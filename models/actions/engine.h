/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/approval.h"
#include "audit/journal.h"

namespace qd {

/// How an action came to its end.
enum class Ending {
    Refused,     ///< nothing was touched
    Done,        ///< and the deployment itself shows it
    DoneWarned,  ///< done; something beside it is not as expected
    Undone,      ///< it failed, or was taken back, and all is as before
    NeedsPerson, ///< it stands half-way, or nobody can tell: look
    Settled,     ///< a person said what they found; it is over
};

/// "refused", "done", "done-with-warnings", "undone", "needs-a-person", "settled"
[[nodiscard]] QString toWord(Ending ending);

struct StepReport
{
    enum class State { Waiting, Running, Done, Already, Failed, Reverted, Unknown };
    State state = State::Waiting;
    std::optional<Error> error;
};

[[nodiscard]] QString toWord(StepReport::State state);

struct Report
{
    Ending ending = Ending::Refused;
    QList<Check> checks; ///< before; after it ran also what was verified
    QList<StepReport> steps;
    std::optional<Error> error;
};

/// Carries plans out: checks, journal, lease, steps, verification, undo. Straight sequential code on the action's
/// thread; whatever it does it has journalled before. After a crash the journal tells what is unfinished, and resume()
/// or undo() brings it to an end, as every step can be looked at.
class Engine
{
public:
    /// Called at each boundary ("intent", "effect", "outcome" of a step, before and after): tests stop the world there.
    using Boundary = std::function<void(const QString &)>;
    using Progress = std::function<void(const Report &)>;

    Engine(Journal &journal, const Clock &clock, Operator who);
    void setBoundary(Boundary boundary) { m_boundary = std::move(boundary); }
    void setProgress(Progress progress) { m_progress = std::move(progress); }
    /// Without one only what is of low or medium risk is done, by whoever sits here.
    void setPolicy(std::optional<Policy> policy) { m_policy = std::move(policy); }
    /// What second persons have given; what is of high risk takes one of them that holds.
    void setApprovals(QList<Approval> approvals) { m_approvals = std::move(approvals); }
    /// Called with the approval that is taken, before anything else is done: marks it as used for other consoles, too.
    void setClaim(std::function<Result<void>(const Approval &)> claim) { m_claim = std::move(claim); }
    /// For each question to the deployment.
    void setPatience(std::chrono::milliseconds patience) { m_patience = patience; }

    /// What `action` would do, with the settings it was made from, its author and the risk that the policy sees.
    [[nodiscard]] Result<Plan> plan(Action &action, const QString &settings, Wish wish);
    /// What is to be checked before `plan` may run, each with its result.
    [[nodiscard]] QList<Check> check(Action &action, const Plan &plan);
    /// Checks, and does it. A plan is carried out once.
    [[nodiscard]] Report run(Action &action, const Plan &plan);
    /// Goes on with a plan that was begun here and never came to its end. A freeze does not stop it: to stand half-way
    /// is worse.
    [[nodiscard]] Report resume(Action &action, const Plan &plan);
    /// What the policy asks for before `plan`, which was begun here, may be taken back. Of one that came to its end it
    /// is what a plan takes, and that its action still can; of one that stands half-way a role.
    [[nodiscard]] QList<Check> checkUndo(Action &action, const Plan &plan);
    /// The plan's, or more where the policy has raised it since.
    [[nodiscard]] Risk riskOf(const Plan &plan) const;
    /// Takes back what was done of a plan that was begun here, the last step first, if checkUndo() lets it pass.
    [[nodiscard]] Report undo(Action &action, const Plan &plan);
    /// Takes back what is due by itself, as undo() does, if nobody wrote there since: else it is left, for good, and
    /// the journal says so. What was approved was approved with it. Refused: it is tried again later.
    [[nodiscard]] Report revertDue(Action &action, const Plan &plan);
    /// Lets what is to be taken back by itself stay as it is. Touches nothing.
    [[nodiscard]] Report keep(const Plan &plan, const QString &reason);
    /// Brings to an end what was begun here and can neither be gone on with nor taken back, with what a person found.
    /// Touches nothing. `action`: null where the profile has it no more.
    [[nodiscard]] Report settle(Action *action, const Plan &plan, const QString &found);
    /// What a second person looks at before they approve `plan`: that they may, and how the deployment is now.
    /// `isUndo`: it was carried out, and is to be taken back.
    [[nodiscard]] QList<Check> checkToApprove(Action &action, const Plan &plan, bool isUndo);

private:
    enum class Way { There, Back };
    /// Of what came to its end and is taken back.
    struct Ended
    {
        std::optional<Instant> at; ///< nothing: it never did
        bool isDue = false;        ///< by itself
    };
    [[nodiscard]] QList<Check> checkBegun(const Plan &plan, Way way);
    [[nodiscard]] QList<Check> checkBack(const Plan &plan, const Ended &ended);
    [[nodiscard]] bool takesApproval(const Plan &plan, const Ended &ended) const;
    [[nodiscard]] Report carryOut(Action &action, const Plan &plan, Way way, const QString &beginning,
                                  const Ended &ended);
    /// Why what is due is not taken back now: somebody wrote there since, which the journal is told; or nobody can
    /// tell.
    [[nodiscard]] std::optional<Error> leaveIfChanged(Action &action, const Plan &plan);
    /// What is definitely refused again and again is not tried for ever.
    void leaveIfRefusedOften(const Plan &plan, const Error &error);
    /// That it will be taken back by itself, where its plan says so.
    [[nodiscard]] Result<void> noteDue(Action &action, const Plan &plan);
    /// When it came to its end; nothing: it never did.
    [[nodiscard]] Result<std::optional<Instant>> endOf(const Plan &plan);
    /// One, given `after` that, that lets this plan be carried out now. Errors: Forbidden (why each does not).
    [[nodiscard]] Result<Approval> approvalOf(const Plan &plan, std::optional<Instant> after = {});
    [[nodiscard]] Check approvalCheck(const Plan &plan, std::optional<Instant> after = {});
    [[nodiscard]] Result<void> takeApproval(const Plan &plan, std::optional<Instant> after = {});
    [[nodiscard]] Result<void> useApproval(const Plan &plan);
    [[nodiscard]] bool step(Action &action, const Plan &plan, qsizetype index, Way way, Report &report);
    [[nodiscard]] Result<Stand> lookUntilKnown(Action &action, const Plan &plan, qsizetype index);
    /// `reason`: another than the plan's.
    [[nodiscard]] Result<void> note(const Plan &plan, const QString &kind, qsizetype step, const QCborArray &body,
                                    const std::optional<QString> &reason = {});
    void finish(const Plan &plan, Report &report);
    void reach(const QString &boundary) const;
    void tell(const Report &report) const;
    [[nodiscard]] Action::Deadline soon() const;

    Journal &m_journal;
    const Clock &m_clock;
    Operator m_who;
    std::optional<Policy> m_policy;
    QList<Approval> m_approvals;
    std::function<Result<void>(const Approval &)> m_claim;
    Boundary m_boundary;
    Progress m_progress;
    bool m_hasIntent = false; ///< what is carried out now has written one
    std::chrono::milliseconds m_patience{10'000};
};

} // namespace qd
