/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
// What comes after an action: it is taken back by itself, stays, or is brought to an end by a person.
#include "actions/engine_entries.h"
#include "actions/reverts.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
Check failed(const QString &code, const Error &error)
{
    return {.phrase = {code, {}}, .result = Check::Result::Failed, .error = error};
}

constexpr int mostRefusals = 8; ///< of one revert; the tries are up to 15 min apart

/// Nothing says that it will be otherwise next time.
bool isDefinite(const QString &code)
{
    constexpr std::array passing{ErrorCode::Timeout, ErrorCode::Unreachable, ErrorCode::Cancelled,
                                 ErrorCode::ServerError, ErrorCode::Unavailable};
    return std::ranges::none_of(passing, [&](ErrorCode each) { return toWord(each) == code; });
}

/// How often, without a break, what is due was definitely refused.
int refusalsIn(const QList<Entry> &entries)
{
    int count = 0;
    for (const Entry &entry : entries) {
        if (entry.kind != "revert"_L1 && entry.kind != "end"_L1)
            continue;
        const QCborArray body = bodyOf(entry);
        const bool isRefused = entry.kind == "end"_L1 && body.at(0).toString() == toWord(Ending::Refused);
        count = isRefused && isDefinite(body.at(1).toString()) ? count + 1 : 0;
    }
    return count;
}

/// Of an action's checks those that hold once it was done: it is not as it was found, and cannot be done again.
QList<Check> ofTheWayBack(QList<Check> checks)
{
    checks.removeIf([](const Check &check) {
        return check.phrase.code == "state-as-planned"_L1 || check.phrase.code == "may-change"_L1;
    });
    return checks;
}

/// "before", "after", "other", or why it could not be looked at.
QString standWord(const Result<Stand> &stand)
{
    if (!stand)
        return stand.error().message;
    return *stand == Stand::Before ? u"before"_s : *stand == Stand::After ? u"after"_s : u"other"_s;
}
} // namespace

Result<void> Engine::noteDue(Action &action, const Plan &plan)
{
    if (plan.revertAfter == 0s || plan.undo.isEmpty())
        return {};
    // Without a version the values alone tell whether somebody wrote there since.
    const auto version = action.version(plan, soon());
    const Instant at = m_clock.now() + plan.revertAfter;
    return note(plan, u"revert"_s, -1,
                {u"due"_s, static_cast<qint64>(at.time_since_epoch().count()), version.value_or(QByteArray())});
}

Report Engine::revertDue(Action &action, const Plan &plan)
{
    const auto refuse = [](const Error &error, const QList<Check> &checks = {}) {
        return Report{.checks = checks, .error = error};
    };
    const auto entries = entriesOf(m_journal, plan.id(), m_patience);
    if (!entries)
        return refuse(entries.error());
    const auto pending = pendingRevert(*entries);
    if (!pending)
        return refuse({ErrorCode::BadInput, u"nothing of this plan is to be taken back by itself"_s, {}});
    if (pending->at > m_clock.now())
        return refuse({ErrorCode::Unavailable, u"it is not due yet"_s, {}});
    const auto ended = endOf(plan);
    if (!ended)
        return refuse(ended.error());
    const Ended due{.at = *ended, .isDue = true};
    QList<Check> checks = checkBack(plan, due);
    if (!hasFailed(checks))
        checks += ofTheWayBack(action.checks(plan, soon()));
    if (hasFailed(checks))
        return refuse(*firstError(checks), checks);
    Report report = carryOut(action, plan, Way::Back, u"undo"_s, due);
    report.checks = checks + report.checks;
    if (report.ending == Ending::Refused && report.error && isDefinite(toWord(report.error->code)))
        leaveIfRefusedOften(plan, *report.error);
    return report;
}

void Engine::leaveIfRefusedOften(const Plan &plan, const Error &error)
{
    const auto entries = entriesOf(m_journal, plan.id(), m_patience);
    if (!entries || !pendingRevert(*entries) || refusalsIn(*entries) < mostRefusals)
        return;
    const Error often{error.code,
                      u"%1 is left as it is: to take it back was refused %2 times, lastly: %3"_s.arg(plan.resource)
                          .arg(mostRefusals)
                          .arg(error.message),
                      error.where};
    // Not written: it is refused once more, and tried again.
    [[maybe_unused]] const auto tried = note(plan, u"revert"_s, -1, bodyOf(u"left"_s, often));
}

std::optional<Error> Engine::leaveIfChanged(Action &action, const Plan &plan)
{
    const auto entries = entriesOf(m_journal, plan.id(), m_patience);
    if (!entries)
        return entries.error();
    const auto pending = pendingRevert(*entries);
    if (!pending)
        return Error{ErrorCode::BadInput,
                     u"%1 was kept or taken back meanwhile; nothing was done from here"_s.arg(plan.resource),
                     plan.target.address};
    const auto version = action.version(plan, soon());
    if (!version)
        return version.error();
    bool isChanged = !pending->version.isEmpty() && *version != pending->version;
    bool isBefore = false;
    for (qsizetype step = 0; step < plan.steps.size(); ++step) {
        const auto stand = lookUntilKnown(action, plan, step);
        if (!stand)
            return stand.error();
        isChanged = isChanged || *stand == Stand::Other;
        isBefore = isBefore || *stand == Stand::Before;
    }
    if (!isChanged || isBefore) // what is as before is looked at, and left so
        return std::nullopt;
    const Error error{ErrorCode::BadInput,
                      u"%1 is left as it is: somebody else changed it since it was set"_s.arg(plan.resource),
                      plan.target.address};
    const auto noted = note(plan, u"revert"_s, -1, bodyOf(u"left"_s, error));
    return noted ? error : noted.error();
}

Report Engine::keep(const Plan &plan, const QString &reason)
{
    QList<Check> checks{roleCheck(m_policy, plan, m_who)};
    const auto entries = entriesOf(m_journal, plan.id(), m_patience);
    if (!entries)
        checks.append(failed(u"revert-pending"_s, entries.error()));
    else if (!pendingRevert(*entries))
        checks.append(failed(u"revert-pending"_s,
                             {ErrorCode::BadInput, u"nothing of this plan is to be taken back by itself"_s, {}}));
    if (riskOf(plan) == Risk::High)
        checks.append(
            failed(u"revert-pending"_s,
                   {ErrorCode::Forbidden,
                    u"a second person approved it with its being taken back: for it to stay, undo it and make "
                    "a plan without"_s,
                    {}}));
    if (hasFailed(checks))
        return {.checks = checks, .error = firstError(checks)};
    const auto noted = note(plan, u"revert"_s, -1, {u"kept"_s}, reason);
    return noted ? Report{.ending = Ending::Done, .checks = checks} : Report{.checks = checks, .error = noted.error()};
}

Report Engine::settle(Action *action, const Plan &plan, const QString &found)
{
    QList<Check> checks = checkBegun(plan, Way::There);
    if (found.trimmed().isEmpty())
        checks.append(failed(u"reason-given"_s, {ErrorCode::BadInput, u"say what was found"_s, {}}));
    if (action && !hasFailed(checks)) {
        const QList<Check> now = action->checks(plan, soon());
        std::ranges::copy_if(now, std::back_inserter(checks), [](const Check &check) {
            return check.phrase.code == "nobody-else-acts"_L1 && check.result == Check::Result::Failed;
        });
    }
    if (hasFailed(checks))
        return {.checks = checks, .error = firstError(checks)};
    QCborArray stands;
    bool isKnown = action != nullptr;
    for (qsizetype step = 0; action && step < plan.steps.size(); ++step) {
        const auto stand = action->look(plan, step, soon());
        isKnown = isKnown && stand && *stand != Stand::Other;
        stands.append(standWord(stand));
    }
    if (isKnown)
        return {.checks = checks,
                .error = Error{ErrorCode::BadInput,
                               u"each of its steps stands as before or as after: resume or undo brings it to an end"_s,
                               plan.target.address}};
    auto noted = note(plan, u"settle"_s, -1, {plan.bytes(), stands}, found);
    if (noted)
        noted = note(plan, u"end"_s, -1, {toWord(Ending::Settled), QString(), found}, found);
    return noted ? Report{.ending = Ending::Settled, .checks = checks}
                 : Report{.checks = checks, .error = noted.error()};
}

QList<Check> Engine::checkToApprove(Action &action, const Plan &plan, bool isUndo)
{
    Check may{.phrase = {u"may-approve"_s, {m_who.id}}};
    if (!m_policy)
        may.error = Error{ErrorCode::NotFound, u"there is no policy, so nobody may approve; write one"_s, {}};
    else
        may.error = whyNotApprover(*m_policy, plan, m_who);
    if (may.error)
        may.result = Check::Result::Failed;
    const QList<Check> found = action.checks(plan, soon());
    return QList<Check>{may} + (isUndo ? ofTheWayBack(found) : found);
}

} // namespace qd
