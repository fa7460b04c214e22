/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/platform_steps.h"
#include "base/cleaned.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using State = DeployRun::State;

const Phrase *deployIn(const Plan &plan)
{
    const auto it = std::ranges::find_if(plan.steps, [](const Phrase &step) {
        return step.code == "service-redeploy"_L1 || step.code == "service-roll-back"_L1;
    });
    return it == plan.steps.end() ? nullptr : &*it;
}

/// Of `runs`, those that were begun after the plan was made.
QList<DeployRun> newerThanPlan(const QList<DeployRun> &runs, const Plan &plan)
{
    const Phrase *step = deployIn(plan);
    const auto known =
        step ? std::ranges::find(runs, step->arguments.value(1), &DeployRun::id) : runs.begin(); // none is newer
    return {runs.begin(), known};
}
} // namespace

bool hasDeploy(const Plan &plan)
{
    return deployIn(plan) != nullptr;
}

Result<DeployRun> runOf(const Plan &plan, const Hosting &on, Action::Deadline deadline)
{
    const auto runs = on.service.deploys(deadline);
    if (!runs)
        return std::unexpected(runs.error());
    if (hasDeploy(plan))
        return newerThanPlan(*runs, plan).value(0);
    const auto live = std::ranges::find(*runs, State::Live, &DeployRun::state);
    return live == runs->end() ? DeployRun() : *live;
}

/// The deploys, where none is under way. Errors also: Unavailable.
Result<QList<DeployRun>> DeployStep::settledDeploys(Deadline deadline)
{
    auto runs = m_on.service.deploys(deadline);
    if (!runs)
        return runs;
    const auto pending = std::ranges::find(*runs, State::Pending, &DeployRun::state);
    if (pending != runs->end())
        return failure(
            ErrorCode::Unavailable,
            u"the deploy %1 is under way (%2); make the plan once it has ended"_s.arg(pending->id, pending->word),
            m_on.where());
    if (std::ranges::find(*runs, State::Live, &DeployRun::state) == runs->end())
        return failure(ErrorCode::BadReply, u"no deploy of %1 is live; look there"_s.arg(m_on.service.name()),
                       m_on.where());
    return runs;
}

Result<void> DeployStep::addRedeploy(Plan &plan, bool isOnItsOwn, Deadline deadline)
{
    if (const auto cannot = m_on.service.cannot(ServiceDeed::Redeploy))
        return std::unexpected(*cannot);
    const auto runs = settledDeploys(deadline);
    if (!runs)
        return std::unexpected(runs.error());
    const QString live = std::ranges::find(*runs, State::Live, &DeployRun::state)->id;
    plan.changes.append({.what = u"deploy"_s, .before = live, .after = {}});
    plan.steps.append({u"service-redeploy"_s, {m_on.service.name(), runs->first().id, live, m_on.service.title()}});
    if (!m_on.service.cannot(ServiceDeed::RollBack))
        plan.undo.append({u"service-rolled-back"_s, {m_on.service.name(), live}});
    else if (!isOnItsOwn)
        plan.undo.append({u"service-goes-on"_s, {m_on.service.name(), m_on.service.title()}});
    return {};
}

Result<void> DeployStep::addRollBack(Plan &plan, const Wish &wish, Deadline deadline)
{
    if (const auto cannot = m_on.service.cannot(ServiceDeed::RollBack))
        return std::unexpected(*cannot);
    const auto runs = settledDeploys(deadline);
    if (!runs)
        return std::unexpected(runs.error());
    const auto live = std::ranges::find(*runs, State::Live, &DeployRun::state);
    const auto asked = wish.set.find(u"to"_s);
    const auto to = asked == wish.set.end() ? std::ranges::find(live, runs->end(), State::Past, &DeployRun::state)
                                            : std::ranges::find(*runs, asked->second, &DeployRun::id);
    if (to == runs->end() || to->state != State::Past)
        return failure(ErrorCode::NotFound,
                       asked == wish.set.end()
                           ? u"there is no earlier deploy to go back to"_s
                           : u"'%1' is no earlier deploy that once was live"_s.arg(cleaned(asked->second, 60)),
                       m_on.where());
    plan.changes = {{.what = u"deploy"_s, .before = live->id, .after = to->id}};
    plan.steps = {{u"service-roll-back"_s, {m_on.service.name(), runs->first().id, to->id, m_on.service.title()}}};
    return {};
}

void DeployStep::ignorePresent(const Plan &plan, Deadline deadline)
{
    if (const auto runs = m_on.service.deploys(deadline)) {
        for (const DeployRun &run : newerThanPlan(*runs, plan))
            m_tooEarly.append(run.id);
    }
}

Result<QList<std::optional<QByteArray>>> DeployStep::print(const Plan &, Deadline deadline)
{
    const auto runs = m_on.service.deploys(deadline);
    if (!runs)
        return std::unexpected(runs.error());
    return QList<std::optional<QByteArray>>{runs->value(0).id.toUtf8()};
}

Result<Stand> DeployStep::stand(const Plan &plan, const Phrase &step, Deadline deadline)
{
    const auto runs = m_on.service.deploys(deadline);
    if (!runs)
        return std::unexpected(runs.error());
    const bool isRollBack = step.code == "service-roll-back"_L1;
    for (const DeployRun &run : newerThanPlan(*runs, plan)) {
        // One that failed never served, and one that was begun before the variable was set does not have it.
        if (run.state == State::Failed || m_tooEarly.contains(run.id))
            continue;
        if (isRollBack)
            return run.isRollBack ? Stand::After : Stand::Other;
        if (run.isOthers)
            return Stand::Other; // nobody takes back what a colleague's commit deployed
        if (run.isRollBack && run.state == State::Pending)
            return failure(ErrorCode::Unavailable, u"a roll-back is under way (%1)"_s.arg(run.word), m_on.where());
        return run.isRollBack ? Stand::Before : Stand::After;
    }
    return Stand::Before;
}

Result<void> DeployStep::perform(const Plan &, const Phrase &step, Deadline deadline)
{
    return step.code == "service-roll-back"_L1 ? m_on.service.rollBack(step.arguments.value(2), deadline)
                                               : m_on.service.redeploy(deadline);
}

Result<void> DeployStep::revert(const Plan &plan, const Phrase &step, Deadline deadline)
{
    if (step.code == "service-roll-back"_L1)
        return m_on.notMine();
    if (m_on.service.cannot(ServiceDeed::RollBack))
        return {}; // the plan says so: it goes on with what it was started with
    if (auto begun = m_on.service.rollBack(step.arguments.value(2), deadline); !begun)
        return begun;
    return untilRolledBack(plan);
}

Result<void> DeployStep::untilRolledBack(const Plan &plan)
{
    const auto end = std::chrono::steady_clock::now() + m_on.platform.watchTime;
    do {
        const auto run = runOf(plan, m_on, m_on.soon());
        if (run && run->isRollBack && run->state == State::Live)
            return {};
        if (run && run->state == State::Failed)
            return failure(ErrorCode::ServerError, u"the roll-back %1 ended as %2"_s.arg(run->id, run->word),
                           m_on.where());
        if (!m_on.line.sleep(m_on.platform.pace))
            return failure(ErrorCode::Cancelled, u"stopped while it was rolled back"_s, m_on.where());
    } while (std::chrono::steady_clock::now() < end);
    return failure(ErrorCode::Timeout, u"the roll-back is not live after %1"_s.arg(minutes(m_on.platform.watchTime)),
                   m_on.where());
}

} // namespace qd
