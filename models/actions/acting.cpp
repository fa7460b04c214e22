/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/acting.h"

#include "actions/acting_work.h"
#include "actions/secret_shelf.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
using Phase = ActionRun::Phase;
constexpr int ticksBetweenReads = 30; ///< another console may have begun something
constexpr std::chrono::seconds longestWait = 15min;
} // namespace

bool ActionRun::isBusy() const
{
    return phase == Phase::Planning || phase == Phase::Checking || phase == Phase::Looking || phase == Phase::Running;
}

Risk ActionRun::risk() const
{
    return plan ? std::max(plan->risk, raised) : raised;
}

bool ActionRun::mayRun() const
{
    return phase == Phase::Ready && plan && countFailed() == 0;
}

bool ActionRun::waitsForApproval() const
{
    return phase == Phase::Ready && plan && isAsked && hasFailed(u"approved") && countFailed() == 1;
}

bool ActionRun::maySettle() const
{
    return plan && isUnfinished && phase == Phase::Earlier &&
           (error ||
            std::ranges::find(report.steps, StepReport::State::Unknown, &StepReport::state) != report.steps.end());
}

bool ActionRun::mayApprove() const
{
    // Somebody who acts now has ended by the time the plan is carried out.
    return phase == Phase::Review && plan && !error && std::ranges::all_of(checks, [](const Check &each) {
               return each.result != Check::Result::Failed || each.phrase.code == "nobody-else-acts"_L1;
           });
}

bool ActionRun::hasFailed(QStringView code) const
{
    const Check *found = check(code);
    return found != nullptr && found->result == Check::Result::Failed;
}

qsizetype ActionRun::countFailed() const
{
    return std::ranges::count(checks, Check::Result::Failed, &Check::result);
}

const Check *ActionRun::check(QStringView code) const
{
    const auto found = std::ranges::find_if(checks, [&](const Check &each) { return each.phrase.code == code; });
    return found == checks.end() ? nullptr : &*found;
}

Acting::Acting(const Clock &clock, DeskPlace place, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
    , m_place(std::move(place))
    , m_door(std::make_shared<Door>(m_place))
{
    connect(&m_due, &QTimer::timeout, this, &Acting::takeBackDue);
}

Acting::~Acting() = default;

bool Acting::isReadOnly() const
{
    return m_place.readOnly;
}

void Acting::readJournal()
{
    if (isReadOnly())
        return;
    const bool verifies = !std::exchange(m_isRead, true);
    reader().post([verifies](Work &work) { work.readJournal(verifies); });
}

Acting::Work &Acting::reader()
{
    if (!m_reader)
        m_reader = std::make_unique<Work>(*this, Profile{}, ActionRun{});
    return *m_reader;
}

void Acting::addProfile(const Profile &profile, const QString &file)
{
    m_profilePlaces[profile.name] = file;
    if (isReadOnly())
        return;
    m_profiles.insert(profile.name, profile);
    if (!m_due.isActive())
        m_due.start(1s);
    // That it is there now is what tells that it is gone later.
    reader().post([file](Work &work) { work.readPolicy(file); });
}

void Acting::takeBackDue()
{
    if (++m_ticks >= ticksBetweenReads) {
        m_ticks = 0;
        readJournal();
    }
    const Instant now = m_clock.now();
    for (const ActionRecord &record : std::as_const(m_news.records)) {
        const auto profile = m_profiles.constFind(record.deployment);
        if (!record.revertsAt || *record.revertsAt > now || !record.plan || profile == m_profiles.constEnd())
            continue;
        const bool isRunning = std::ranges::any_of(m_works, [&](const auto &each) {
            const ActionRun &run = each.second->shown;
            return run.phase == Phase::Running && run.plan && run.plan->id() == record.planId;
        });
        Attempt &attempt = m_attempts[record.planId];
        if (isRunning || (attempt.run != 0 && attempt.next > now))
            continue;
        leave(attempt.run);
        Work &work = begin(*profile, {.phase = Phase::Running,
                                      .way = ActionRun::Way::Undo,
                                      .settings = record.plan->settings,
                                      .plan = record.plan,
                                      .isByItself = true});
        attempt = {.run = work.shown.id, .next = now + attempt.wait, .wait = std::min(attempt.wait * 2, longestWait)};
        work.postOnPlan(&Work::revertDue);
        Q_EMIT changed(work.shown.id);
    }
}

void Acting::readApprovals(const Profile &profile)
{
    if (isReadOnly() || m_asked.contains(profile.name))
        return;
    if (!m_asker)
        m_asker = std::make_unique<Work>(*this, Profile{}, ActionRun{});
    m_asked.insert(profile.name);
    m_asker->post([profile](Work &work) { work.readApprovals(profile); });
}

const ActionRecord *Acting::record(const QByteArray &planId) const
{
    const auto found = std::ranges::find(m_news.records, planId, &ActionRecord::planId);
    return found == m_news.records.end() ? nullptr : &*found;
}

Acting::Work &Acting::begin(const Profile &profile, ActionRun run)
{
    run.id = ++m_lastId;
    run.deployment = profile.name;
    run.environment = profile.environment;
    auto &work = m_works[run.id];
    work = std::make_unique<Work>(*this, profile, std::move(run));
    return *work;
}

qint64 Acting::plan(const Profile &profile, const QString &settings, const Wish &wish)
{
    const auto spec = std::ranges::find(profile.actions, settings, &ActionSpec::id);
    Work &work = begin(
        profile, {.settings = settings, .kind = spec == profile.actions.end() ? QString() : spec->kind, .wish = wish});
    work.post(&Work::plan);
    return work.shown.id;
}

qint64 Acting::takeUp(const Profile &profile, const ActionRecord &record)
{
    Work &work = begin(profile, {.phase = Phase::Looking,
                                 .settings = record.plan ? record.plan->settings : QString(),
                                 .plan = record.plan,
                                 .isUnfinished = record.isUnfinished});
    work.postOnPlan(&Work::look);
    return work.shown.id;
}

qint64 Acting::review(const Profile &profile, const AskedPlan &asked)
{
    Work &work = begin(profile, {.phase = Phase::Checking,
                                 .way = ActionRun::Way::Approve,
                                 .settings = asked.plan.settings,
                                 .plan = asked.plan,
                                 .asked = asked});
    work.postOnPlan(&Work::review);
    return work.shown.id;
}

void Acting::lookAgain(qint64 id, const Confirmed &said)
{
    const auto found = m_works.find(id);
    if (found == m_works.end() || found->second->shown.isBusy())
        return;
    ActionRun &run = found->second->shown;
    if (run.asked) {
        run.phase = Phase::Checking;
        found->second->postOnPlan(&Work::review);
        Q_EMIT changed(id);
        return;
    }
    const bool hasBegun =
        run.phase == Phase::Earlier || (run.phase == Phase::Ended && run.report.ending != Ending::Refused);
    run.phase = hasBegun ? Phase::Looking : Phase::Checking;
    if (hasBegun)
        found->second->postOnPlan(&Work::look);
    else
        found->second->post([said](Work &work) { work.again(said); });
    Q_EMIT changed(id);
}

void Acting::lookForApproval(qint64 id)
{
    const auto found = m_works.find(id);
    if (found != m_works.end() && found->second->shown.waitsForApproval())
        found->second->postOnPlan(&Work::checkQuietly);
}

void Acting::askForApproval(qint64 id)
{
    const auto found = m_works.find(id);
    if (found == m_works.end() || !found->second->shown.plan)
        return;
    const Phase phase = found->second->shown.phase;
    if (phase != Phase::Ready && phase != Phase::Earlier)
        return;
    found->second->shown.phase = phase == Phase::Ready ? Phase::Checking : Phase::Looking;
    found->second->postOnPlan(&Work::askForApproval);
    Q_EMIT changed(id);
}

void Acting::carryOut(qint64 id, ActionRun::Way way, const Confirmed &said)
{
    const auto found = m_works.find(id);
    if (found == m_works.end() || found->second->shown.isBusy() || !found->second->shown.plan ||
        (way == ActionRun::Way::Run && !found->second->shown.mayRun()) ||
        (way == ActionRun::Way::Approve && !found->second->shown.mayApprove()))
        return;
    found->second->shown.phase = Phase::Running;
    found->second->shown.way = way;
    Q_EMIT changed(id);
    found->second->postOnPlan([way, said](Work &work) { work.carryOut(way, said); });
}

void Acting::stopAll()
{
    for (const auto &[id, work] : m_works)
        work->giveUp();
}

void Acting::leave(qint64 id)
{
    const auto found = m_works.find(id);
    if (found == m_works.end() || found->second->shown.phase == Phase::Running)
        return;
    if (const auto &plan = found->second->shown.plan)
        secretShelf().forget(plan->id());
    Work *leaving = m_leaving.emplace_back(std::move(found->second)).get();
    m_works.erase(found);
    leaving->stop(*this, [this, leaving] {
        std::erase_if(m_leaving, [leaving](const auto &each) { return each.get() == leaving; });
    });
    Q_EMIT changed(id);
}

const ActionRun *Acting::run(qint64 id) const
{
    const auto found = m_works.find(id);
    return found == m_works.end() ? nullptr : &found->second->shown;
}

QList<ActionRun> Acting::runs() const
{
    QList<ActionRun> runs;
    for (const auto &[id, work] : m_works)
        runs.append(work->shown);
    return runs;
}

bool Acting::isActing() const
{
    return std::ranges::any_of(m_works, [](const auto &each) { return each.second->shown.phase == Phase::Running; });
}

void Acting::take(const ActionRun &run)
{
    const auto found = m_works.find(run.id);
    if (found == m_works.end())
        return;
    found->second->shown = run;
    if (run.phase == Phase::Ended)
        readJournal();
    if (const auto profile = m_profiles.constFind(run.deployment);
        run.phase == Phase::Approved && profile != m_profiles.constEnd())
        readApprovals(*profile);
    Q_EMIT changed(run.id);
}

void Acting::take(const JournalNews &news)
{
    if (news != std::exchange(m_news, news))
        Q_EMIT newsChanged();
}

void Acting::take(const QString &deployment, const Waiting &waiting)
{
    m_asked.remove(deployment);
    if (waiting != std::exchange(m_waiting[deployment], waiting))
        Q_EMIT newsChanged();
}

} // namespace qd
