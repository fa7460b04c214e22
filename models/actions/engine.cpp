/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/engine.h"

#include "actions/engine_entries.h"

#include <QCborArray>
#include <QCborValue>

#include <algorithm>
#include <array>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
using State = StepReport::State;

QByteArray usedBody(const Approval &approval)
{
    return QCborValue(QCborArray{u"used"_s, QString::fromLatin1(toLine(approval))}).toCbor();
}

Error withoutPolicy()
{
    return {ErrorCode::Forbidden,
            u"it needs a second person, and without a policy there is none: name operators in one"_s,
            {}};
}

/// Whether the approval among `entries` still lets the plan be carried out: once a step was meant it does, and before
/// that as a new one would.
Result<void> stillHolds(const QList<Entry> &entries, const Plan &plan, const std::optional<Policy> &policy,
                        const Operator &who, Instant now)
{
    if (std::ranges::find(entries, u"intent"_s, &Entry::kind) != entries.end())
        return {};
    if (!policy)
        return std::unexpected(withoutPolicy());
    const auto used = std::ranges::find(entries, u"approval"_s, &Entry::kind);
    const auto approval = approvalFrom(QCborValue::fromCbor(used->body).toArray().at(1).toString().toLatin1());
    if (!approval)
        return std::unexpected(approval.error());
    if (auto error = whyNot(*approval, plan, *policy, who, now))
        return std::unexpected(std::move(*error));
    return {};
}
} // namespace

bool isUncertain(ErrorCode code)
{
    return code == ErrorCode::Timeout || code == ErrorCode::Unreachable || code == ErrorCode::Cancelled ||
           code == ErrorCode::ServerError;
}

QString toWord(Check::Result result)
{
    static const std::array words{u"passed"_s, u"warned"_s, u"failed"_s};
    return words.at(static_cast<std::size_t>(result));
}

QString toWord(Ending ending)
{
    static const std::array words{u"refused"_s, u"done"_s,           u"done-with-warnings"_s,
                                  u"undone"_s,  u"needs-a-person"_s, u"settled"_s};
    return words.at(static_cast<std::size_t>(ending));
}

QString toWord(StepReport::State state)
{
    static const std::array words{u"waiting"_s, u"running"_s,  u"done"_s,   u"already-done"_s,
                                  u"failed"_s,  u"reverted"_s, u"unknown"_s};
    return words.at(static_cast<std::size_t>(state));
}

Engine::Engine(Journal &journal, const Clock &clock, Operator who)
    : m_journal(journal)
    , m_clock(clock)
    , m_who(std::move(who))
{
}

Action::Deadline Engine::soon() const
{
    return std::chrono::steady_clock::now() + m_patience;
}

void Engine::reach(const QString &boundary) const
{
    if (m_boundary)
        m_boundary(boundary);
}

void Engine::tell(const Report &report) const
{
    if (!m_progress)
        return;
    Report now = report;
    now.steps.detach(); // step() writes through a reference, which a list that is shared would show to whoever keeps it
    m_progress(now);
}

Result<void> Engine::note(const Plan &plan, const QString &kind, qsizetype step, const QCborArray &body,
                          const std::optional<QString> &reason)
{
    reach(u"%1:%2:before"_s.arg(kind).arg(step));
    const auto entry = m_journal.append({.at = m_clock.now(),
                                         .kind = kind,
                                         .operatorId = m_who.id,
                                         .host = m_who.host,
                                         .deployment = plan.target.deployment,
                                         .planId = plan.id(),
                                         .step = static_cast<int>(step),
                                         .reason = reason.value_or(plan.reason),
                                         .body = QCborValue(body).toCbor()},
                                        m_patience);
    if (!entry)
        return std::unexpected(entry.error());
    reach(u"%1:%2:after"_s.arg(kind).arg(step));
    return {};
}

Result<Plan> Engine::plan(Action &action, const QString &settings, Wish wish)
{
    wish.author = m_who.id;
    if (wish.revertAfter < 0s || wish.revertAfter > longestRevert)
        return failure(ErrorCode::BadInput, u"what is taken back by itself is taken back within 7 days"_s,
                       wish.resource);
    auto plan = action.plan(wish, soon());
    if (!plan)
        return plan;
    if (wish.revertAfter > 0s && !canRevertByItself(*plan))
        return failure(ErrorCode::BadInput,
                       u"only what one step does, and undoing takes back, can be taken back by itself"_s,
                       plan->target.address);
    plan->revertAfter = wish.revertAfter;
    plan->settings = settings;
    plan->authorKey = m_who.key;
    if (m_policy)
        plan->risk = m_policy->riskOf(*plan);
    return plan;
}

QList<Check> Engine::check(Action &action, const Plan &plan)
{
    QList<Check> checks;
    Check journal{.phrase = {u"journal-writable"_s, {}}};
    if (const auto probed = m_journal.probe(m_patience); !probed) {
        journal.result = Check::Result::Failed;
        journal.error = probed.error();
    }
    checks.append(journal);
    Check once{.phrase = {u"plan-not-used"_s, {}}};
    const auto entries = entriesOf(m_journal, plan.id(), m_patience);
    if (!entries) {
        once.result = Check::Result::Failed;
        once.error = entries.error();
    } else if (std::ranges::any_of(*entries, [](const Entry &entry) { return entry.kind == "start"_L1; })) {
        once.result = Check::Result::Failed;
        once.error = Error{ErrorCode::BadInput, u"this plan was carried out before; make a new one"_s, {}};
    }
    checks.append(once);
    checks.append(roleCheck(m_policy, plan, m_who));
    if (m_policy)
        checks += {freezeCheck(*m_policy, plan, m_clock.now()), riskCheck(*m_policy, plan)};
    if (plan.risk == Risk::High) {
        Check reason{.phrase = {u"reason-given"_s, {}}};
        if (plan.reason.trimmed().isEmpty()) {
            reason.result = Check::Result::Failed;
            reason.error =
                Error{ErrorCode::BadInput, u"what is of high risk needs one; give it, and make the plan again"_s, {}};
        }
        checks += {reason, approvalCheck(plan)};
    }
    checks += action.checks(plan, soon());
    return checks;
}

Report Engine::run(Action &action, const Plan &plan)
{
    Report report{.checks = check(action, plan), .steps = QList<StepReport>(plan.steps.size())};
    tell(report);
    if (hasFailed(report.checks)) {
        report.error = firstError(report.checks);
        return report;
    }
    Report done = carryOut(action, plan, Way::There, u"start"_s, {});
    done.checks = report.checks + done.checks;
    return done;
}

Check Engine::approvalCheck(const Plan &plan, std::optional<Instant> after)
{
    Check approved{.phrase = {u"approved"_s, {}}};
    if (const auto approval = approvalOf(plan, after)) {
        approved.phrase.arguments = {approval->approver};
    } else {
        approved.result = Check::Result::Failed;
        approved.error = approval.error();
    }
    return approved;
}

Result<Approval> Engine::approvalOf(const Plan &plan, std::optional<Instant> after)
{
    const auto refuse = [](const QString &why) { return failure(ErrorCode::Forbidden, why); };
    if (!m_policy)
        return std::unexpected(withoutPolicy());
    const auto entries = entriesOf(m_journal, plan.id(), m_patience);
    if (!entries)
        return std::unexpected(entries.error());
    QStringList reasons;
    for (const Approval &approval : std::as_const(m_approvals)) {
        const bool wasUsed = std::ranges::any_of(*entries, [&](const Entry &entry) {
            return entry.kind == "approval"_L1 && entry.body == usedBody(approval);
        });
        auto error = wasUsed ? Error{ErrorCode::Forbidden, u"the approval was used before; ask for another"_s, {}}
                             : whyNot(approval, plan, *m_policy, m_who, m_clock.now());
        if (!error && after && approval.madeAt <= *after)
            error =
                Error{ErrorCode::Forbidden,
                      u"the approval was given before the plan came to its end; to take it back is another deed, and "
                      "takes another"_s,
                      {}};
        if (!error)
            return approval;
        if (!reasons.contains(error->message))
            reasons.append(error->message);
    }
    if (reasons.isEmpty()) {
        const QStringList roles = m_policy->rolesFor(&Policy::Grant::approve, plan);
        if (roles.isEmpty())
            return refuse(u"no second person approved it yet, and the policy names no role that may"_s);
        return refuse(
            u"no second person approved it yet: a person with %1 approves it on Activity or with quarterdeck-cli approve"_s
                .arg(roles.size() == 1 ? u"the role "_s + roles.first()
                                       : u"one of the roles "_s + roles.join(u", "_s)));
    }
    return refuse(reasons.join(u"; "_s));
}

Result<void> Engine::useApproval(const Plan &plan)
{
    const auto entries = entriesOf(m_journal, plan.id(), m_patience);
    if (!entries)
        return std::unexpected(entries.error());
    if (std::ranges::find(*entries, u"approval"_s, &Entry::kind) != entries->end())
        return stillHolds(*entries, plan, m_policy, m_who, m_clock.now());
    return takeApproval(plan);
}

/// Claimed first: whoever is killed between the two has lost the approval, and nobody can use it twice.
Result<void> Engine::takeApproval(const Plan &plan, std::optional<Instant> after)
{
    const auto approval = approvalOf(plan, after);
    if (!approval)
        return std::unexpected(approval.error());
    if (m_claim) {
        if (auto claimed = m_claim(*approval); !claimed)
            return claimed;
    }
    return note(plan, u"approval"_s, -1, QCborValue::fromCbor(usedBody(*approval)).toArray());
}

/// What never began here was never checked either, nor approved.
QList<Check> Engine::checkBegun(const Plan &plan, Way way)
{
    QList<Check> checks{roleCheck(m_policy, plan, m_who)};
    const auto refuse = [&](const Error &error) {
        checks.append({.phrase = {u"begun-here"_s, {}}, .result = Check::Result::Failed, .error = error});
    };
    const auto entries = entriesOf(m_journal, plan.id(), m_patience);
    const auto unfinished = m_journal.unfinished(m_patience);
    if (!entries || !unfinished)
        refuse(entries ? unfinished.error() : entries.error());
    else if (std::ranges::find(*entries, u"start"_s, &Entry::kind) == entries->end())
        refuse({ErrorCode::NotFound, u"this plan was never begun by this journal"_s, {}});
    else if (way == Way::There && !unfinished->contains(plan.id()))
        refuse({ErrorCode::BadInput, u"this plan came to its end already; make a new one"_s, {}});
    else if (way == Way::Back && !unfinished->contains(plan.id()) && !wasDone(*entries))
        refuse(
            {ErrorCode::BadInput,
             u"of this plan nothing is left to take back: it was undone already, or nothing was done. Make a new plan"_s,
             {}});
    return checks;
}

Report Engine::resume(Action &action, const Plan &plan)
{
    if (const QList<Check> checks = checkBegun(plan, Way::There); hasFailed(checks))
        return {.checks = checks, .error = firstError(checks)};
    return carryOut(action, plan, Way::There, u"resume"_s, {});
}

Report Engine::undo(Action &action, const Plan &plan)
{
    if (plan.undo.isEmpty())
        return {.error = Error{ErrorCode::Unsupported, u"this action cannot be undone"_s, plan.target.address}};
    const auto ended = endOf(plan);
    if (!ended)
        return {.error = ended.error()};
    if (const QList<Check> checks = checkUndo(action, plan); hasFailed(checks))
        return {.checks = checks, .error = firstError(checks)};
    return carryOut(action, plan, Way::Back, u"undo"_s, {.at = *ended});
}

Risk Engine::riskOf(const Plan &plan) const
{
    return m_policy ? m_policy->riskOf(plan) : plan.risk;
}

Result<std::optional<Instant>> Engine::endOf(const Plan &plan)
{
    const auto entries = entriesOf(m_journal, plan.id(), m_patience);
    const auto unfinished = entries ? m_journal.unfinished(m_patience) : std::unexpected(entries.error());
    if (!unfinished)
        return std::unexpected(unfinished.error());
    const Entry *end = unfinished->contains(plan.id()) ? nullptr : lastEnd(*entries);
    return end == nullptr ? std::nullopt : std::optional(end->at);
}

QList<Check> Engine::checkUndo(Action &action, const Plan &plan)
{
    const auto ended = endOf(plan);
    QList<Check> checks = checkBack(plan, {.at = ended ? *ended : std::nullopt});
    if (!ended || !*ended || hasFailed(checks))
        return checks;
    if (const auto may = action.mayUndo(plan, soon()); !may)
        checks.append({.phrase = {u"may-undo"_s, {}}, .result = Check::Result::Failed, .error = may.error()});
    return checks;
}

/// What the plan was approved with needs no other approval.
bool Engine::takesApproval(const Plan &plan, const Ended &ended) const
{
    return ended.at && riskOf(plan) == Risk::High && (!ended.isDue || plan.risk != Risk::High);
}

QList<Check> Engine::checkBack(const Plan &plan, const Ended &ended)
{
    QList<Check> checks = checkBegun(plan, Way::Back);
    if (!ended.at) // half-way is worse than frozen, and was approved
        return checks;
    if (m_policy)
        checks += freezeCheck(*m_policy, plan, m_clock.now());
    if (takesApproval(plan, ended))
        checks += approvalCheck(plan, ended.at);
    return checks;
}

Report Engine::carryOut(Action &action, const Plan &plan, Way way, const QString &beginning, const Ended &ended)
{
    Report report{.steps = QList<StepReport>(plan.steps.size())};
    m_hasIntent = false;
    QCborArray begun{plan.bytes()};
    if (ended.isDue)
        begun.append(u"due"_s);
    if (const auto noted = note(plan, beginning, -1, begun); !noted) {
        report.error = noted.error();
        return report;
    }
    const auto refused = [&](const Error &error) {
        report.error = error;
        // What was begun before stays as it is, and unfinished.
        if (beginning == "start"_L1 || ended.at || ended.isDue) [[maybe_unused]]
            const auto tried = note(plan, u"end"_s, beforeAnyIntent, bodyOf(toWord(Ending::Refused), report.error));
        return report;
    };
    if (plan.risk == Risk::High && way == Way::There) {
        if (const auto used = useApproval(plan); !used)
            return refused(used.error());
    }
    if (takesApproval(plan, ended)) {
        if (const auto taken = takeApproval(plan, ended.at); !taken)
            return refused(taken.error());
    }
    const auto lease = action.begin(plan, u"%1@%2"_s.arg(m_who.id, m_who.host), soon());
    if (!lease)
        return refused(lease.error());
    // Between the checks and the lease somebody may have come, done the same, and gone.
    if (beginning == "start"_L1 && !plan.steps.isEmpty()) {
        if (const auto stand = lookUntilKnown(action, plan, 0); stand && *stand == Stand::After) {
            action.end(soon());
            return refused({ErrorCode::BadInput,
                            u"somebody else changed %1 meanwhile; nothing was done from here"_s.arg(plan.resource),
                            plan.target.address});
        }
    }
    if (ended.isDue) {
        if (const auto left = leaveIfChanged(action, plan); left) {
            action.end(soon());
            return refused(*left);
        }
    }
    qsizetype reached = 0;
    if (way == Way::There) {
        while (reached < plan.steps.size() && step(action, plan, reached, way, report))
            ++reached;
    } else {
        while (reached < plan.steps.size() && step(action, plan, plan.steps.size() - 1 - reached, way, report))
            ++reached;
    }
    const bool isWhole = reached == plan.steps.size();
    if (!isWhole)
        report.error = report.steps[way == Way::There ? reached : plan.steps.size() - 1 - reached].error;
    if (isWhole && way == Way::There) {
        report.checks = action.verify(plan, soon());
        if (const QByteArray seen = action.evidence(); !seen.isEmpty()) {
            if (const auto kept = note(plan, u"check"_s, -1, QCborValue::fromCbor(seen).toArray()); !kept)
                report.checks.append(
                    {.phrase = {u"evidence-kept"_s, {}}, .result = Check::Result::Warned, .error = kept.error()});
        }
        const bool warned =
            std::ranges::find(report.checks, Check::Result::Warned, &Check::result) != report.checks.end();
        report.ending = hasFailed(report.checks) ? Ending::NeedsPerson : warned ? Ending::DoneWarned : Ending::Done;
        if (hasFailed(report.checks)) {
            report.error = firstError(report.checks);
        } else if (const auto noted = noteDue(action, plan); !noted) {
            report.ending = Ending::NeedsPerson; // nobody would take it back
            report.error = noted.error();
        }
    } else if (isWhole) {
        report.ending = Ending::Undone;
    } else if (ended.isDue && ended.at && reached == 0 && report.steps.last().state == State::Failed) {
        report.ending = Ending::Refused; // it is known that nothing was taken back: later again
    } else if (way == Way::There && report.steps[reached].state == State::Failed &&
               (reached == 0 || !plan.undo.isEmpty())) {
        // It is known that this step did not happen: those before it are taken back.
        qsizetype back = reached;
        while (back > 0 && step(action, plan, back - 1, Way::Back, report))
            --back;
        report.ending = back == 0 ? Ending::Undone : Ending::NeedsPerson;
    } else {
        report.ending = Ending::NeedsPerson;
    }
    finish(plan, report);
    action.end(soon());
    tell(report);
    return report;
}

/// What needs a person stays unfinished in the journal: the next start asks about it again.
void Engine::finish(const Plan &plan, Report &report)
{
    const QString kind = report.ending == Ending::NeedsPerson ? u"halt"_s : u"end"_s;
    const int step = report.ending == Ending::Refused && !m_hasIntent ? beforeAnyIntent : -1;
    const auto noted = note(plan, kind, step, bodyOf(toWord(report.ending), report.error));
    if (!noted && !report.error)
        report.error = noted.error();
}

Result<Stand> Engine::lookUntilKnown(Action &action, const Plan &plan, qsizetype index)
{
    const auto end = soon();
    auto stand = action.look(plan, index, end);
    // Cancelled is our own giving up.
    while (!stand && isUncertain(stand.error().code) && stand.error().code != ErrorCode::Cancelled &&
           std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(200ms);
        stand = action.look(plan, index, end);
    }
    return stand;
}

bool Engine::step(Action &action, const Plan &plan, qsizetype index, Way way, Report &report)
{
    StepReport &mine = report.steps[index];
    const Stand undone = way == Way::There ? Stand::Before : Stand::After;
    const Stand finished = way == Way::There ? Stand::After : Stand::Before;
    const State success = way == Way::There ? State::Done : State::Reverted;
    mine.state = State::Running;
    tell(report);
    const auto outcome = [&](State state, const std::optional<Error> &error) {
        mine.state = state;
        mine.error = error;
        const auto noted = note(plan, u"outcome"_s, index, bodyOf(toWord(state), error));
        if (!noted) {
            mine.state = State::Unknown;
            mine.error = noted.error();
        }
        tell(report);
        return noted && !error;
    };
    const auto stand = lookUntilKnown(action, plan, index);
    if (!stand)
        return outcome(State::Unknown, stand.error());
    if (*stand == finished)
        return outcome(State::Already, {});
    if (*stand != undone)
        return outcome(State::Unknown, somebodyElse(plan));
    if (const auto held = action.renew(soon()); !held)
        return outcome(State::Failed, held.error()); // it stands as before
    if (const auto intended = note(plan, u"intent"_s, index, {way == Way::There ? u"do"_s : u"undo"_s}); !intended) {
        mine.state = State::Failed;
        mine.error = intended.error();
        tell(report);
        return false;
    }
    m_hasIntent = true;
    reach(u"effect:%1:before"_s.arg(index));
    const auto done = way == Way::There ? action.perform(plan, index, soon()) : action.revert(plan, index, soon());
    reach(u"effect:%1:after"_s.arg(index));
    if (done)
        return outcome(success, {});
    if (!isUncertain(done.error().code)) {
        // Another console may have taken it back at the same time.
        const auto now = way == Way::Back ? lookUntilKnown(action, plan, index) : Result<Stand>(undone);
        return now && *now == finished ? outcome(State::Already, {}) : outcome(State::Failed, done.error());
    }
    // A time-out says nothing: look. That it has not happened yet does not mean that it will not.
    const auto after = lookUntilKnown(action, plan, index);
    if (after && *after == finished)
        return outcome(success, {});
    return outcome(State::Unknown, done.error());
}

} // namespace qd
