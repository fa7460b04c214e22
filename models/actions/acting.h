/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/approval_table.h"
#include "actions/desk.h"
#include "actions/records.h"

#include <QHash>
#include <QObject>
#include <QSet>
#include <QTimer>

#include <map>
#include <vector>

namespace qd {

/// One action as a person follows it, from the wish to its end. A value: its thread sends a new one at each change.
struct ActionRun
{
    enum class Phase {
        Planning, ///< the deployment is read
        Refused,  ///< there is no plan: `error` says why
        Checking,
        Ready,   ///< planned and checked; nothing was done
        Looking, ///< an earlier one: how its steps stand is read
        Earlier, ///< begun before; `report` says how its steps stand, where it was looked at
        Running,
        Ended,    ///< `report` says how
        Review,   ///< another's, which asks for a second person; `checks` say how it stands
        Approved, ///< by whoever sits here
    };
    enum class Way {
        Run,
        Resume,
        Undo,
        Keep,    ///< it is not taken back by itself any more
        Settle,  ///< brought to an end by what a person found
        Approve, ///< as a second person
    };
    qint64 id = 0;
    Phase phase = Phase::Planning;
    Way way = Way::Run; ///< of what runs or ran last
    QString deployment;
    QString environment;
    QString settings; ///< id of the profile's action
    QString kind;     ///< of that action: "feature-flag"
    Wish wish;        ///< empty where it was begun before
    std::optional<Plan> plan;
    QList<Check> checks; ///< before it runs
    Report report;
    std::optional<Error> error;
    bool isUnfinished = false;              ///< begun, and the journal knows no end of it
    bool isAsked = false;                   ///< a second person was asked for
    bool isByItself = false;                ///< nobody pressed a button for it: it was due
    std::optional<Instant> revertsAt{};     ///< of what is done: it is taken back by itself then
    std::optional<AskedPlan> asked{};       ///< of a review
    std::optional<Instant> approvedUntil{}; ///< of what was approved here
    Risk raised = Risk::Low;                ///< by the policy, since it was planned

    [[nodiscard]] bool isBusy() const;
    [[nodiscard]] Risk risk() const; ///< of its plan, as the policy has it now
    /// Planned, and every check passed or only warned: approval is one of them.
    [[nodiscard]] bool mayRun() const;
    /// A second person was asked for, and all else was checked.
    [[nodiscard]] bool waitsForApproval() const;
    /// Begun, and some step of it stands neither as before nor as after, or cannot be looked at.
    [[nodiscard]] bool maySettle() const;
    /// Another's, and nothing that was looked at speaks against it.
    [[nodiscard]] bool mayApprove() const;
    /// The check of that code; null: it was not made.
    [[nodiscard]] const Check *check(QStringView code) const;
    [[nodiscard]] bool hasFailed(QStringView code) const; ///< it was made, and refuses
    [[nodiscard]] qsizetype countFailed() const;
};

/// What the journal showed when it was last read.
struct JournalNews
{
    QList<ActionRecord> records;  ///< newest first
    std::optional<Error> error;   ///< why it cannot be read, or not be verified
    std::optional<Verdict> found; ///< of the look at every entry, once it is done
    bool operator==(const JournalNews &) const = default;
};

/// The plans that wait for a second person in a deployment's own table.
struct Waiting
{
    QList<AskedPlan> plans; ///< oldest first
    std::optional<Error> error;
    bool operator==(const Waiting &) const = default;
};

/// What a person says as they confirm.
struct Confirmed
{
    QString reason;                      ///< of what is settled: what they found
    std::chrono::seconds revertAfter{0}; ///< see Plan
    std::chrono::minutes validity{60};   ///< of an approval
    bool operator==(const Confirmed &) const = default;
};

/// Plans, carries out, resumes and takes back, each action on a thread of its own; whoever watches is told by signals
/// and never waits. It goes on whoever looks away. A read-only one refuses everything at the desk, before any code of
/// an action.
class Acting : public QObject
{
    Q_OBJECT

public:
    /// `clock` must outlive it.
    Acting(const Clock &clock, DeskPlace place, QObject *parent = nullptr);
    /// What runs is stopped at its next question, and says so in the journal; waits for that.
    ~Acting() override;

    [[nodiscard]] bool isReadOnly() const;
    [[nodiscard]] const DeskPlace &place() const { return m_place; }
    /// A deployment that is open, and where its profile lies: a policy may stand beside it. What is due there is taken
    /// back by itself. `policy`: one for all, in the place of those.
    void addProfile(const Profile &profile, const QString &file);
    void setPolicyPlace(const QString &policy) { m_policyPlace = policy; }
    /// Reads the journal for what is unfinished, and verifies it; newsChanged() follows. Nothing where it is read-only.
    void readJournal();
    [[nodiscard]] const JournalNews &news() const { return m_news; }
    /// Reads what waits for a second person in the deployment's own table, if it has one; newsChanged() follows.
    void readApprovals(const Profile &profile);
    [[nodiscard]] Waiting waiting(const QString &deployment) const { return m_waiting.value(deployment); }
    /// The latest record of that plan.
    [[nodiscard]] const ActionRecord *record(const QByteArray &planId) const;

    /// Plans and checks. Returns the run's id; changed() follows.
    qint64 plan(const Profile &profile, const QString &settings, const Wish &wish);
    /// Takes up a plan of the journal, and looks how its steps stand. `profile` is that of its deployment.
    qint64 takeUp(const Profile &profile, const ActionRecord &record);
    /// Looks at a plan that asks for a second person, as things stand now.
    qint64 review(const Profile &profile, const AskedPlan &asked);
    /// Once more, as things stand now: checks what has not begun (and plans it anew where it has to be, or where `said`
    /// is another), looks at what has.
    void lookAgain(qint64 id, const Confirmed &said);
    /// Checks what waits for a second person once more, and says nothing of it until that is done. Nothing where it
    /// does not wait.
    void lookForApproval(qint64 id);
    /// Puts the plan up in the deployment's own table of approvals; what has ended, to be taken back.
    void askForApproval(qint64 id);
    /// Carries it out, goes on with it, or takes it back, and the like. `said` becomes part of a plan that nobody has
    /// to approve.
    void carryOut(qint64 id, ActionRun::Way way, const Confirmed &said);
    /// What runs gives up what it asks, and says so in the journal: somebody leaves in a hurry.
    void stopAll();
    /// Nobody looks at it any more: it is forgotten. What runs goes on, and stays until it has ended and is left again.
    void leave(qint64 id);

    [[nodiscard]] const ActionRun *run(qint64 id) const; ///< null: there is none
    [[nodiscard]] QList<ActionRun> runs() const;
    /// Whether anything is carried out just now.
    [[nodiscard]] bool isActing() const;

    /// Called on the action's thread at each boundary of the engine: tests stop the world there.
    void setBoundary(Engine::Boundary boundary) { m_boundary = std::move(boundary); }

Q_SIGNALS:
    void changed(qint64 id);
    void newsChanged();

private:
    class Door;
    class Work;
    Work &begin(const Profile &profile, ActionRun run);
    void take(const ActionRun &run);
    void take(const JournalNews &news);
    void take(const QString &deployment, const Waiting &waiting);
    void takeBackDue();
    Work &reader();

    const Clock &m_clock;
    const DeskPlace m_place;
    const std::shared_ptr<Door> m_door;
    QHash<QString, QString> m_profilePlaces;
    QHash<QString, Profile> m_profiles;
    /// Of a plan that is due: the run that tried last, and when the next may.
    struct Attempt
    {
        qint64 run = 0;
        Instant next;
        std::chrono::seconds wait{60};
    };
    QHash<QByteArray, Attempt> m_attempts;
    QTimer m_due;
    int m_ticks = 0; ///< since the journal was read for what is due
    QString m_policyPlace;
    Engine::Boundary m_boundary;
    qint64 m_lastId = 0;
    JournalNews m_news;
    std::map<qint64, std::unique_ptr<Work>> m_works;
    std::unique_ptr<Work> m_reader;
    bool m_isRead = false;         ///< the journal was read and verified, or is about to be
    std::unique_ptr<Work> m_asker; ///< for approvals: a deployment may keep it waiting
    QHash<QString, Waiting> m_waiting;
    QSet<QString> m_asked;                        ///< deployments that have not answered yet
    std::vector<std::unique_ptr<Work>> m_leaving; ///< until their threads have ended
};

} // namespace qd
