/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/platform_steps.h"
#include "actions/side_lease.h"
#include "base/cleaned.h"
#include "profile/environment.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
class PlatformAction final : public Action
{
public:
    PlatformAction(PlatformDeed deed, ServicePlatform platform, const Clock &clock, PgConnection::Stop stop)
        : m_deed(deed)
        , m_platform(std::move(platform))
        , m_clock(clock)
        , m_io(stop)
        , m_service(m_platform.service(m_io))
        , m_lease(m_platform.lease, m_platform.leaseTime, std::move(stop))
        , m_on{.platform = m_platform, .service = *m_service, .line = m_io}
        , m_variable(m_on)
        , m_deploy(m_on)
        , m_restart(m_on)
        , m_watch(m_on)
    {
    }

    Result<Plan> plan(const Wish &wish, Deadline deadline) override
    {
        deadline = std::max(deadline, m_on.soon());
        m_plan.reset();
        const auto target = prove(deadline);
        if (!target)
            return std::unexpected(target.error());
        Plan plan;
        plan.target = *target;
        plan.resource = wish.resource;
        plan.risk = isProduction(m_platform.environment) ? Risk::Medium : Risk::Low;
        plan.author = wish.author;
        plan.reason = wish.reason;
        plan.madeAt = m_clock.now();
        const auto filled = m_deed == PlatformDeed::SetVariable ? planVariable(plan, wish, deadline)
                                                                : planService(plan, wish, deadline);
        if (!filled)
            return std::unexpected(filled.error());
        const auto print = fingerprint(plan, deadline);
        if (!print)
            return std::unexpected(print.error());
        plan.fingerprint = *print;
        return plan;
    }

    QList<Check> checks(const Plan &plan, Deadline deadline) override
    {
        deadline = std::max(deadline, m_on.soon());
        QList<Check> checks;
        const auto add = [&](const QString &code, const std::optional<Error> &error,
                             Check::Result bad = Check::Result::Failed) {
            checks.append({.phrase = {code, {}}, .result = error ? bad : Check::Result::Passed, .error = error});
            return !error;
        };
        m_plan.reset();
        const auto target = prove(deadline);
        if (!add(u"target-reached"_s, target ? std::nullopt : std::optional(target.error())) ||
            !add(u"target-proved"_s, differs(*target, plan.target)))
            return checks;
        if (m_platform.marker.isEmpty())
            add(u"target-marked"_s,
                Error{ErrorCode::NotFound,
                      u"no variable says which environment this service is; name one as 'environment' of the action"_s,
                      where()},
                Check::Result::Warned);
        const auto print = fingerprint(plan, deadline);
        std::optional<Error> changed = print ? std::nullopt : std::optional(print.error());
        if (print && *print != plan.fingerprint)
            changed = Error{ErrorCode::BadInput,
                            u"%1 is not as the plan found it; make a new plan"_s.arg(plan.resource), where()};
        add(u"state-as-planned"_s, changed);
        checks.append(m_lease.check(m_service->title(), deadline));
        return checks;
    }

    Result<std::optional<Lease>> begin(const Plan &plan, const QString &holder, Deadline deadline) override
    {
        deadline = std::max(deadline, m_on.soon());
        m_plan = plan.target;
        m_deploy.reset();
        m_watch.reset();
        if (const auto target = prove(deadline); !target)
            return std::unexpected(target.error());
        return m_lease.take(holder, m_service->title(), deadline);
    }

    Result<void> renew(Deadline deadline) override { return m_lease.renew(m_service->title(), deadline); }

    Result<Stand> look(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        deadline = std::max(deadline, m_on.soon());
        if (const auto target = prove(deadline); !target)
            return std::unexpected(target.error());
        return standOf(plan, step, deadline);
    }

    Result<void> perform(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        deadline = std::max(deadline, m_on.soon());
        if (const auto target = prove(deadline); !target)
            return std::unexpected(target.error());
        const Phrase phrase = plan.steps.value(step);
        PlatformStep *kind = kindOf(phrase);
        auto done = kind ? kind->perform(plan, phrase, deadline) : m_on.notMine();
        if (done && kind == &m_variable && hasDeploy(plan))
            m_deploy.ignorePresent(plan, deadline);
        return done;
    }

    Result<void> revert(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        deadline = std::max(deadline, m_on.soon());
        if (const auto target = prove(deadline); !target)
            return std::unexpected(target.error());
        const Phrase phrase = plan.steps.value(step);
        PlatformStep *kind = kindOf(phrase);
        return kind ? kind->revert(plan, phrase, deadline) : m_on.notMine();
    }

    QList<Check> verify(const Plan &plan, Deadline deadline) override
    {
        Check done{.phrase = {u"done-as-expected"_s, {plan.resource}}};
        deadline = std::max(deadline, m_on.soon());
        if (const auto target = prove(deadline); !target) {
            done.result = Check::Result::Failed;
            done.error = target.error();
            return {done};
        }
        for (qsizetype step = 0; step < plan.steps.size(); ++step) {
            const auto stands = standOf(plan, step, deadline);
            if (stands && *stands == Stand::After)
                continue;
            done.result = Check::Result::Failed;
            done.error = stands ? Error{ErrorCode::BadReply, u"%1 is not as it was left"_s.arg(plan.resource), where()}
                                : stands.error();
            return {done};
        }
        if (std::ranges::find(plan.steps, u"service-watched"_s, &Phrase::code) == plan.steps.end())
            return {done, {.phrase = {u"variable-waits"_s, {plan.resource}}}};
        Check healthy{.phrase = {u"service-healthy"_s, {m_service->name()}}};
        if (m_platform.health.isEmpty()) {
            healthy.result = Check::Result::Warned;
            healthy.error =
                Error{ErrorCode::Unsupported, u"the profile names no health that could be watched"_s, where()};
        } else if (!m_watch.degraded().isEmpty()) {
            healthy.result = Check::Result::Warned;
            healthy.error = Error{ErrorCode::BadReply, u"it says %1"_s.arg(m_watch.degraded()), where()};
        }
        return {done, healthy};
    }

    void end(Deadline deadline) override { m_lease.giveBack(deadline); }

private:
    [[nodiscard]] QString where() const { return m_service->address(); }
    /// Which service this is, read now; where it acts, also that it is the plan's.
    Result<Target> prove(Deadline deadline)
    {
        const auto identity = m_service->identity(deadline);
        if (!identity)
            return std::unexpected(identity.error());
        Target target{.deployment = m_platform.deployment,
                      .environment = m_platform.environment,
                      .system = m_service->system(),
                      .address = where(),
                      .identity = *identity};
        if (!m_platform.marker.isEmpty()) {
            const auto says = m_service->variable(m_platform.marker, deadline);
            if (!says)
                return std::unexpected(says.error());
            const QString environment = cleaned(says->value_or(QString()), 60);
            if (environment != m_platform.environment)
                return failure(ErrorCode::BadInput,
                               u"%1 of this service says '%2', and the profile says %3"_s.arg(
                                   m_platform.marker, environment, m_platform.environment),
                               where());
            target.identity.append(environment);
        }
        if (m_plan) {
            if (const auto error = differs(target, *m_plan))
                return std::unexpected(*error);
        }
        return target;
    }

    [[nodiscard]] std::optional<Error> differs(const Target &here, const Target &planned) const
    {
        const auto differs = [this](const QString &why) { return Error{ErrorCode::BadInput, why, where()}; };
        if (here.system != planned.system)
            return differs(u"the plan was made for another kind of platform; make it again"_s);
        if (here.identity != planned.identity)
            return differs(u"this is the service %1, and the plan was made for %2"_s.arg(
                here.identity.join(u", "_s), planned.identity.join(u", "_s)));
        if (here.deployment != planned.deployment || here.environment != planned.environment)
            return differs(u"the profile is called %1 (%2), and the plan was made for %3 (%4)"_s.arg(
                here.deployment, here.environment, planned.deployment, planned.environment));
        return std::nullopt;
    }

    Result<void> planVariable(Plan &plan, const Wish &wish, Deadline deadline)
    {
        plan.action = u"platform-variable"_s;
        if (auto added = m_variable.add(plan, wish, deadline); !added)
            return added;
        const auto then = wish.set.find(u"then"_s);
        if (then != wish.set.end() && then->second == "redeploy"_L1) {
            if (auto added = m_deploy.addRedeploy(plan, false, deadline); !added)
                return added;
            m_watch.add(plan);
        }
        VariableStep::addUndo(plan, m_on);
        return {};
    }

    Result<void> planService(Plan &plan, const Wish &wish, Deadline deadline)
    {
        if (wish.resource != m_service->name())
            return failure(ErrorCode::NotFound,
                           u"the service is called %1, not '%2'"_s.arg(m_service->name(), wish.resource), where());
        for (const auto &[what, said] : wish.set) {
            if (m_deed != PlatformDeed::RollBack || what != "to"_L1)
                return failure(ErrorCode::BadInput, u"'%1=%2' means nothing here"_s.arg(what, said), where());
        }
        Result<void> added;
        if (m_deed == PlatformDeed::Redeploy) {
            plan.action = u"redeploy"_s;
            added = m_deploy.addRedeploy(plan, true, deadline);
        } else if (m_deed == PlatformDeed::RollBack) {
            plan.action = u"roll-back"_s;
            added = m_deploy.addRollBack(plan, wish, deadline);
        } else {
            plan.action = u"restart"_s;
            added = m_restart.add(plan, deadline);
        }
        if (added)
            m_watch.add(plan);
        return added;
    }

    /// Null: it is none of these.
    PlatformStep *kindOf(const Phrase &step)
    {
        if (step.code == "variable-set"_L1)
            return &m_variable;
        if (step.code == "service-redeploy"_L1 || step.code == "service-roll-back"_L1)
            return &m_deploy;
        if (step.code == "service-restart"_L1)
            return &m_restart;
        return step.code == "service-watched"_L1 ? &m_watch : nullptr;
    }

    /// Of all that the plan's steps change, as it is now.
    Result<QByteArray> fingerprint(const Plan &plan, Deadline deadline)
    {
        QList<std::optional<QByteArray>> words{plan.target.identity.join(u'\n').toUtf8()};
        for (const Phrase &step : plan.steps) {
            PlatformStep *kind = kindOf(step);
            if (!kind)
                return std::unexpected(m_on.notMine().error());
            const auto print = kind->print(plan, deadline);
            if (!print)
                return std::unexpected(print.error());
            words += *print;
        }
        return fingerprintOf(words);
    }

    Result<Stand> standOf(const Plan &plan, qsizetype index, Deadline deadline)
    {
        const Phrase step = plan.steps.value(index);
        PlatformStep *kind = kindOf(step);
        return kind ? kind->stand(plan, step, deadline) : std::unexpected(m_on.notMine().error());
    }

    const PlatformDeed m_deed;
    const ServicePlatform m_platform;
    const Clock &m_clock;
    IoLine m_io;
    const std::unique_ptr<HostedService> m_service;
    std::optional<Target> m_plan; ///< once it acts
    SideLease m_lease;
    const Hosting m_on;
    VariableStep m_variable;
    DeployStep m_deploy;
    RestartStep m_restart;
    WatchStep m_watch;
};
} // namespace

Result<void> Hosting::notMine() const
{
    return failure(ErrorCode::BadInput, u"this is no plan of this action's"_s, where());
}

std::unique_ptr<Action> platformAction(PlatformDeed deed, ServicePlatform platform, const Clock &clock,
                                       PgConnection::Stop stop)
{
    return std::make_unique<PlatformAction>(deed, std::move(platform), clock, std::move(stop));
}

} // namespace qd
