/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/remote_action.h"

#include "profile/environment.h"

using namespace Qt::StringLiterals;

namespace qd {

RemoteAction::RemoteAction(Place place, const Clock &clock, const PgConnection::Stop &stop)
    : m_place(std::move(place))
    , m_clock(clock)
    , m_line(stop)
    , m_lease(m_place.lease, m_place.leaseTime, stop)
{
}

Result<Plan> RemoteAction::plan(const Wish &wish, Deadline deadline)
{
    deadline = atLeast(deadline);
    m_plan.reset();
    const auto target = prove(deadline);
    if (!target)
        return std::unexpected(target.error());
    Plan plan;
    plan.target = *target;
    plan.resource = wish.resource;
    plan.risk = isProduction(m_place.environment) ? Risk::Medium : Risk::Low;
    plan.author = wish.author;
    plan.reason = wish.reason;
    plan.madeAt = m_clock.now();
    if (const auto filled = fill(plan, wish, deadline); !filled)
        return std::unexpected(filled.error());
    const auto print = fingerprint(plan, deadline);
    if (!print)
        return std::unexpected(print.error());
    plan.fingerprint = *print;
    return plan;
}

QList<Check> RemoteAction::checks(const Plan &plan, Deadline deadline)
{
    deadline = atLeast(deadline);
    QList<Check> checks;
    const auto add = [&](const QString &code, const std::optional<Error> &error) {
        checks.append(
            {.phrase = {code, {}}, .result = error ? Check::Result::Failed : Check::Result::Passed, .error = error});
        return !error;
    };
    m_plan.reset();
    const auto target = prove(deadline);
    if (!add(u"target-reached"_s, target ? std::nullopt : std::optional(target.error())) ||
        !add(u"target-proved"_s, differs(*target, plan.target)))
        return checks;
    checks += ownChecks(plan, deadline);
    const auto print = fingerprint(plan, deadline);
    std::optional<Error> changed = print ? std::nullopt : std::optional(print.error());
    if (print && *print != plan.fingerprint)
        changed = Error{ErrorCode::BadInput, u"%1 is not as the plan found it; make a new plan"_s.arg(plan.resource),
                        where()};
    add(u"state-as-planned"_s, changed);
    checks.append(m_lease.check(title(), deadline));
    return checks;
}

Result<std::optional<Lease>> RemoteAction::begin(const Plan &plan, const QString &holder, Deadline deadline)
{
    deadline = atLeast(deadline);
    m_plan = plan.target;
    forget();
    if (const auto target = prove(deadline); !target)
        return std::unexpected(target.error());
    return m_lease.take(holder, title(), deadline);
}

Result<void> RemoteAction::renew(Deadline deadline)
{
    return m_lease.renew(title(), deadline);
}

Result<Stand> RemoteAction::look(const Plan &plan, qsizetype step, Deadline deadline)
{
    deadline = atLeast(deadline);
    if (const auto target = prove(deadline); !target)
        return std::unexpected(target.error());
    return stand(plan, step, deadline);
}

Result<void> RemoteAction::perform(const Plan &plan, qsizetype step, Deadline deadline)
{
    return makeStep(plan, step, Way::There, deadline);
}

Result<void> RemoteAction::revert(const Plan &plan, qsizetype step, Deadline deadline)
{
    return makeStep(plan, step, Way::Back, deadline);
}

Result<void> RemoteAction::makeStep(const Plan &plan, qsizetype step, Way way, Deadline deadline)
{
    deadline = atLeast(deadline);
    if (const auto target = prove(deadline); !target)
        return std::unexpected(target.error());
    return make(plan, step, way, deadline);
}

QList<Check> RemoteAction::verify(const Plan &plan, Deadline deadline)
{
    Check done{.phrase = {u"done-as-expected"_s, {plan.resource}}};
    deadline = atLeast(deadline);
    const auto failed = [&](const Error &error) {
        done.result = Check::Result::Failed;
        done.error = error;
        return QList<Check>{done};
    };
    if (const auto target = prove(deadline); !target)
        return failed(target.error());
    for (qsizetype step = 0; step < plan.steps.size(); ++step) {
        const auto stands = stand(plan, step, deadline);
        if (!stands)
            return failed(stands.error());
        if (*stands != Stand::After)
            return failed({ErrorCode::BadReply, u"%1 is not as it was left"_s.arg(plan.resource), where()});
    }
    return QList<Check>{done} + seen(plan, deadline);
}

void RemoteAction::end(Deadline deadline)
{
    m_lease.giveBack(deadline);
}

Result<void> RemoteAction::notMine() const
{
    return failure(ErrorCode::BadInput, u"this is no plan of this action's"_s, where());
}

RemoteAction::Deadline RemoteAction::atLeast(Deadline deadline) const
{
    return std::max(deadline, std::chrono::steady_clock::now() + patience());
}

Result<Target> RemoteAction::prove(Deadline deadline)
{
    // What changes anything goes on a connection of its own: it is not the one that was looked at.
    expectTlsKey(m_plan ? m_plan->tlsKey().toLatin1() : QByteArray());
    const auto own = identity(deadline);
    if (!own)
        return std::unexpected(own.error());
    Target target{.deployment = m_place.deployment,
                  .environment = m_place.environment,
                  .system = system(),
                  .address = where(),
                  .identity = *own};
    target.setTlsKey(tlsKey());
    if (m_plan) {
        if (const auto error = differs(target, *m_plan))
            return std::unexpected(*error);
    }
    return target;
}

std::optional<Error> RemoteAction::differs(const Target &here, const Target &planned) const
{
    const auto differs = [this](const QString &why) { return Error{ErrorCode::BadInput, why, where()}; };
    if (here.system != planned.system)
        return differs(u"the plan was made for another kind of system (%1), and this is %2; make it again"_s.arg(
            planned.system, here.system));
    if (here.ownWords() != planned.ownWords())
        return differs(u"this is %1, and the plan was made for %2"_s.arg(here.ownWords().join(u", "_s),
                                                                         planned.ownWords().join(u", "_s)));
    // A plan that was made before keys were written down has none.
    if (!planned.tlsKey().isEmpty() && here.tlsKey() != planned.tlsKey())
        return differs(u"this server shows another TLS key than the plan was made for; make it again"_s);
    if (here.deployment != planned.deployment || here.environment != planned.environment)
        return differs(u"the profile is called %1 (%2), and the plan was made for %3 (%4)"_s.arg(
            here.deployment, here.environment, planned.deployment, planned.environment));
    return std::nullopt;
}

} // namespace qd
