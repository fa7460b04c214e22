/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/acting_work.h"

#include "actions/engine_entries.h"
#include "actions/pg_witness.h"
#include "actions/registry.h"
#include "actions/reverts.h"
#include "actions/secret_shelf.h"

#include <QFileInfo>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
using Phase = ActionRun::Phase;
using Way = ActionRun::Way;
constexpr auto patience = 10s;

Action::Deadline soon()
{
    return std::chrono::steady_clock::now() + patience;
}

/// Whether checks failed that no waiting mends: only another plan does.
bool isOutdated(const ActionRun &run)
{
    constexpr std::array codes{u"plan-not-used", u"state-as-planned", u"target-proved", u"risk-as-policy"};
    return std::ranges::any_of(codes, [&](const char16_t *code) { return run.hasFailed(QStringView(code)); });
}

/// How the steps of what was begun earlier stand; nothing is changed.
Report standOf(Action &action, const Plan &plan)
{
    Report report{.ending = Ending::NeedsPerson, .steps = QList<StepReport>(plan.steps.size())};
    for (qsizetype i = 0; i < plan.steps.size(); ++i) {
        StepReport &step = report.steps[i];
        const auto stand = action.look(plan, i, soon());
        if (!stand || *stand == Stand::Other) {
            step.state = StepReport::State::Unknown;
            step.error = stand ? Error{ErrorCode::BadInput,
                                       u"%1 is neither as the plan found it nor as it leaves it: somebody else "
                                       "changed it"_s.arg(plan.resource),
                                       plan.target.address}
                               : stand.error();
        } else {
            step.state = *stand == Stand::After ? StepReport::State::Done : StepReport::State::Waiting;
        }
    }
    return report;
}
} // namespace

Result<Desk *> Acting::Door::desk()
{
    const std::scoped_lock guard(m_lock);
    if (!m_desk) {
        auto opened = openDesk(m_place, patience);
        if (!opened)
            return std::unexpected(opened.error());
        m_desk = std::move(*opened);
    }
    return &*m_desk;
}

Result<std::optional<Policy>> Acting::Door::policy(const QString &path, const QString &profile)
{
    auto policy = loadPolicy(path, profile);
    if (!policy)
        return std::unexpected(policy.error().first());
    const std::scoped_lock guard(m_policyLock);
    if (*policy)
        m_policies.insert(profile);
    else if (m_policies.contains(profile))
        return failure(ErrorCode::Unavailable, u"the policy file is gone: nothing is allowed until it is back"_s,
                       QFileInfo(profile).path() + u"/policy.yaml"_s);
    return std::move(*policy);
}

Acting::Work::Work(Acting &acting, Profile profile, ActionRun run)
    : shown(run)
    , m_acting(acting)
    , m_profilePlace(acting.m_profilePlaces.value(profile.name))
    , m_policyPlace(acting.m_policyPlace)
    , m_profile(std::move(profile))
    , m_run(std::move(run))
    , m_place(new QObject)
{
    m_place->moveToThread(&m_thread);
    QObject::connect(&m_thread, &QThread::finished, m_place, &QObject::deleteLater);
    m_thread.setObjectName(u"action"_s);
    m_thread.start();
}

Acting::Work::~Work()
{
    giveUp();
    m_thread.quit();
    m_thread.wait();
}

void Acting::Work::postOnPlan(const std::function<void(Work &)> &job)
{
    post([job](Work &work) {
        if (work.m_run.plan)
            job(work);
    });
}

void Acting::Work::post(const std::function<void(Work &)> &job)
{
    QMetaObject::invokeMethod(m_place, [this, job] { job(*this); }, Qt::QueuedConnection);
}

void Acting::Work::stop(QObject &owner, const std::function<void()> &then)
{
    QObject::connect(&m_thread, &QThread::finished, &owner, then, Qt::QueuedConnection);
    giveUp();
    m_thread.quit();
}

void Acting::Work::tell() const
{
    QMetaObject::invokeMethod(&m_acting, [&acting = m_acting, run = m_run] { acting.take(run); }, Qt::QueuedConnection);
}

void Acting::Work::tell(Phase phase)
{
    m_run.phase = phase;
    tell();
}

void Acting::Work::refuse(const Error &error, Phase phase)
{
    m_run.error = error;
    tell(phase);
}

Result<Desk *> Acting::Work::prepare()
{
    m_run.error.reset();
    auto desk = m_acting.m_door->desk();
    if (!desk || m_action)
        return desk;
    auto made = makeAction(m_run.settings, m_profile, m_acting.m_clock, m_stop);
    if (!made)
        return std::unexpected(made.error().first());
    m_action = std::move(*made);
    return desk;
}

Result<Engine> Acting::Work::engineOf(Desk &desk)
{
    auto policy = m_acting.m_door->policy(m_policyPlace, m_profilePlace);
    if (!policy)
        return std::unexpected(policy.error());
    Engine engine(*desk.journal, m_acting.m_clock, desk.who);
    engine.setPolicy(std::move(*policy));
    engine.setBoundary(m_acting.m_boundary);
    engine.setProgress([this](const Report &report) {
        m_run.report = report;
        tell();
    });
    if (!m_run.plan || engine.riskOf(*m_run.plan) != Risk::High)
        return engine;
    if (!placeOf(m_run.settings, m_profile))
        return engine; // no PostgreSQL, so no table
    auto table = approvals();
    if (!table)
        return std::unexpected(table.error());
    const auto given = table->given(m_run.plan->id(), soon());
    if (!given && given.error().code != ErrorCode::NotFound && given.error().code != ErrorCode::Forbidden)
        return std::unexpected(given.error());
    if (!given)
        return engine; // no table: nobody can approve it through it
    engine.setApprovals(*given);
    const auto shared = std::make_shared<ApprovalTable>(std::move(*table));
    engine.setClaim(
        [shared, who = desk.who.id](const Approval &approval) { return shared->use(approval, who, soon()); });
    return engine;
}

Result<ApprovalTable> Acting::Work::approvals()
{
    const auto place = placeOf(m_run.settings, m_profile);
    if (!place)
        return std::unexpected(place.error());
    auto store = PgStore::open(*place, soon(), m_stop);
    if (!store)
        return std::unexpected(store.error());
    return ApprovalTable(std::move(*store));
}

void Acting::Work::plan()
{
    m_run.plan.reset();
    m_run.revertsAt.reset();
    m_run.checks.clear();
    m_run.report = {};
    m_run.isAsked = false;
    tell(Phase::Planning);
    const auto desk = prepare();
    if (!desk) {
        refuse(desk.error());
        return;
    }
    auto engine = engineOf(**desk);
    if (!engine) {
        refuse(engine.error());
        return;
    }
    const auto plan = engine->plan(*m_action, m_run.settings, m_run.wish);
    if (!plan) {
        refuse(plan.error());
        return;
    }
    m_run.plan = *plan;
    check();
}

/// Who cannot check now tries again.
void Acting::Work::checkQuietly()
{
    if (!m_run.waitsForApproval())
        return;
    const auto desk = prepare();
    auto engine = desk ? engineOf(**desk) : std::unexpected(desk.error());
    if (!engine)
        return;
    m_run.checks = engine->check(*m_action, *m_run.plan);
    tell(Phase::Ready);
}

void Acting::Work::check()
{
    tell(Phase::Checking);
    const auto desk = prepare();
    auto engine = desk ? engineOf(**desk) : std::unexpected(desk.error());
    if (!engine) {
        refuse(engine.error());
        return;
    }
    m_run.checks = engine->check(*m_action, *m_run.plan);
    tell(Phase::Ready);
}

void Acting::Work::again(const Confirmed &said)
{
    const bool isSame = m_run.plan && m_run.phase == Phase::Ready && m_run.wish.reason == said.reason &&
                        m_run.wish.revertAfter == said.revertAfter;
    m_run.wish.reason = said.reason.left(maxReasonLength);
    m_run.wish.revertAfter = said.revertAfter;
    if (isSame)
        check();
    if (!isSame || isOutdated(m_run))
        plan();
}

void Acting::Work::askForApproval()
{
    const bool isUndo = m_run.phase == Phase::Earlier;
    m_run.error.reset();
    tell(isUndo ? Phase::Looking : Phase::Checking);
    const auto desk = m_acting.m_door->desk();
    auto table = desk ? approvals() : std::unexpected(desk.error());
    const auto asked = !table   ? std::unexpected(table.error())
                       : isUndo ? table->askToUndo(*m_run.plan, (*desk)->who.id, soon())
                                : table->ask(*m_run.plan, soon());
    if (!asked) {
        refuse(asked.error(), isUndo ? Phase::Earlier : Phase::Ready);
        return;
    }
    m_run.isAsked = true;
    isUndo ? look() : check();
}

void Acting::Work::look()
{
    tell(Phase::Looking);
    const auto desk = prepare();
    if (!desk) {
        refuse(desk.error(), Phase::Earlier);
        return;
    }
    m_run.report = standOf(*m_action, *m_run.plan);
    m_run.checks.clear();
    m_run.revertsAt.reset();
    if (const auto entries = entriesOf(*(*desk)->journal, m_run.plan->id(), patience)) {
        if (const auto pending = pendingRevert(*entries))
            m_run.revertsAt = pending->at;
    }
    if (!m_run.isUnfinished && !m_run.plan->undo.isEmpty()) {
        auto engine = engineOf(**desk);
        if (!engine) {
            refuse(engine.error(), Phase::Earlier);
            return;
        }
        m_run.checks = engine->checkUndo(*m_action, *m_run.plan);
        m_run.raised = engine->riskOf(*m_run.plan);
    }
    tell(Phase::Earlier);
}

void Acting::Work::review()
{
    tell(Phase::Checking);
    const auto desk = prepare();
    auto engine = desk ? engineOf(**desk) : std::unexpected(desk.error());
    if (!engine) {
        refuse(engine.error(), Phase::Review);
        return;
    }
    m_run.checks = engine->checkToApprove(*m_action, *m_run.plan, m_run.asked->isUndo);
    m_run.raised = engine->riskOf(*m_run.plan);
    if (m_run.asked->isUndo)
        m_run.report = standOf(*m_action, *m_run.plan);
    tell(Phase::Review);
}

void Acting::Work::approve(const Confirmed &said)
{
    const auto desk = prepare();
    auto policy = desk ? m_acting.m_door->policy(m_policyPlace, m_profilePlace) : std::unexpected(desk.error());
    auto table = policy ? approvals() : std::unexpected(policy.error());
    const Instant now = m_acting.m_clock.now();
    const auto approval =
        table ? approveAt(**desk, *policy, *m_run.plan, now, said.validity, patience) : std::unexpected(table.error());
    const auto given = approval ? table->give(*approval, soon()) : std::unexpected(approval.error());
    if (!given) {
        refuse(given.error(), Phase::Review);
        return;
    }
    m_run.approvedUntil = approval->expiresAt;
    tell(Phase::Approved);
}

void Acting::Work::revertDue()
{
    m_run.report = {.steps = QList<StepReport>(m_run.plan->steps.size())};
    tell(Phase::Running);
    const auto desk = prepare();
    auto engine = desk ? engineOf(**desk) : std::unexpected(desk.error());
    end(engine ? engine->revertDue(*m_action, *m_run.plan) : Report{.error = engine.error()});
}

void Acting::Work::carryOut(Way way, const Confirmed &said)
{
    m_run.way = way;
    m_run.error.reset();
    if (way == Way::Run && m_run.plan->risk != Risk::High) {
        const QByteArray before = m_run.plan->id();
        m_run.plan->reason = said.reason.left(maxReasonLength);
        if (canRevertByItself(*m_run.plan))
            m_run.plan->revertAfter = said.revertAfter;
        secretShelf().rename(before, m_run.plan->id());
    }
    const QString found = said.reason.left(maxReasonLength);
    m_run.report = {.steps = QList<StepReport>(m_run.plan->steps.size())};
    tell(Phase::Running);
    if (way == Way::Approve) {
        approve(said);
        return;
    }
    const auto desk = way == Way::Settle ? m_acting.m_door->desk() : prepare();
    auto engine = desk ? engineOf(**desk) : std::unexpected(desk.error());
    if (!engine) {
        end({.error = engine.error()});
        return;
    }
    switch (way) {
    case Way::Run:
        end(engine->run(*m_action, *m_run.plan));
        return;
    case Way::Resume:
        end(engine->resume(*m_action, *m_run.plan));
        return;
    case Way::Undo:
        end(engine->undo(*m_action, *m_run.plan));
        return;
    case Way::Keep:
        end(engine->keep(*m_run.plan, found));
        return;
    case Way::Settle:
        // Only where the profile has no such action any more nobody can look.
        if (const auto made = prepare(); !made && made.error().code != ErrorCode::NotFound)
            end({.error = made.error()});
        else
            end(engine->settle(m_action.get(), *m_run.plan, found));
        return;
    case Way::Approve:
        return;
    }
}

void Acting::Work::end(const Report &report)
{
    m_run.report = report;
    if (m_run.way == Way::Run || m_run.way == Way::Resume)
        m_run.checks = report.checks;
    const Ending ending = report.ending;
    m_run.isUnfinished = ending == Ending::NeedsPerson || (m_run.isUnfinished && ending == Ending::Refused);
    m_run.revertsAt.reset();
    const bool isDone = ending == Ending::Done || ending == Ending::DoneWarned;
    if (isDone && m_run.way != Way::Keep && m_run.plan->revertAfter > 0s)
        m_run.revertsAt = m_acting.m_clock.now() + m_run.plan->revertAfter;
    m_action.reset(); // what it asks next, it asks on a connection of its own
    tell(Phase::Ended);
}

void Acting::Work::noteReveal(const QString &name, Reveal reveal) const
{
    const auto desk = m_acting.m_door->desk();
    const auto noted = desk ? qd::noteReveal(**desk, *m_run.plan, name, reveal, m_acting.m_clock.now(), patience)
                            : std::unexpected(desk.error());
    QMetaObject::invokeMethod(
        &m_acting,
        [&acting = m_acting, id = m_run.id, name, reveal, error = noted ? QString() : noted.error().message] {
            Q_EMIT acting.revealNoted(id, name, reveal, error);
        },
        Qt::QueuedConnection);
}

void Acting::Work::readJournal(bool verifies)
{
    // Who only watches makes no journal.
    if (!QFileInfo::exists(journalPath(m_acting.m_place)))
        return;
    m_news.error.reset();
    const auto desk = m_acting.m_door->desk();
    const auto records = desk ? recordsIn(*(*desk)->journal, patience) : std::unexpected(desk.error());
    if (records)
        m_news.records = *records;
    else
        m_news.error = records.error();
    const auto tellNews = [&] {
        QMetaObject::invokeMethod(
            &m_acting, [&acting = m_acting, news = m_news] { acting.take(news); }, Qt::QueuedConnection);
    };
    tellNews();
    // A journal that cannot be opened may still show why.
    if (!verifies)
        return;
    const auto verdict = desk ? verify(**desk) : verifyJournal(journalPath(m_acting.m_place), m_acting.m_place.witness);
    if (verdict)
        m_news.found = *verdict;
    else if (!m_news.error)
        m_news.error = verdict.error();
    tellNews();
}

/// Of the witness in PostgreSQL only our own heads count.
Result<Verdict> Acting::Work::verify(const Desk &desk) const
{
    const DeskPlace &place = m_acting.m_place;
    WitnessLines lines;
    if (!place.witness.isEmpty()) {
        auto read = readWitness(place.witness);
        if (!read)
            return std::unexpected(read.error());
        lines = std::move(*read);
    }
    if (place.witnessStore) {
        const auto read = readWitness(*place.witnessStore, {desk.who.key}, soon());
        if (!read)
            return std::unexpected(read.error());
        lines.heads += read->heads;
        lines.unreadable += read->unreadable;
    }
    return verifyAgainst(journalPath(place), lines, {});
}

void Acting::Work::readPolicy(const QString &profile)
{
    // What is wrong with it is said when somebody acts.
    [[maybe_unused]] const auto policy = m_acting.m_door->policy({}, profile);
}

void Acting::Work::readApprovals(const Profile &profile)
{
    Waiting waiting;
    auto table = ApprovalTable::of(profile, soon(), m_stop);
    const auto plans = table ? table->waiting(soon()) : std::unexpected(table.error());
    if (plans)
        waiting.plans = *plans;
    // No table, or no PostgreSQL at all: nobody asks through it.
    else if (plans.error().code != ErrorCode::NotFound && plans.error().code != ErrorCode::Unsupported)
        waiting.error = plans.error();
    QMetaObject::invokeMethod(
        &m_acting, [&acting = m_acting, name = profile.name, waiting] { acting.take(name, waiting); },
        Qt::QueuedConnection);
}

} // namespace qd
