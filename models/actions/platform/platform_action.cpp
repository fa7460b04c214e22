/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/platform_action.h"

#include "actions/side_lease.h"
#include "base/cleaned.h"
#include "profile/environment.h"
#include "sources/evidence.h"

#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
using State = DeployRun::State;

QString minutes(std::chrono::milliseconds time)
{
    return time < 1min ? u"%1 s"_s.arg(std::chrono::ceil<std::chrono::seconds>(time).count())
                       : u"%1 min"_s.arg(std::chrono::ceil<std::chrono::minutes>(time).count());
}

const Phrase *stepOf(const Plan &plan, std::initializer_list<QLatin1StringView> codes)
{
    const auto it = std::ranges::find_if(plan.steps, [&](const Phrase &step) {
        return std::ranges::any_of(codes, [&](QLatin1StringView code) { return step.code == code; });
    });
    return it == plan.steps.end() ? nullptr : &*it;
}

/// What begins a deploy: {service, newest deploy before, the one to go back to}.
const Phrase *deployStep(const Plan &plan)
{
    return stepOf(plan, {"service-redeploy"_L1, "service-roll-back"_L1});
}

const Change *variableIn(const Plan &plan)
{
    const auto it = std::ranges::find(plan.changes, u"variable"_s, &Change::what);
    return it == plan.changes.end() ? nullptr : &*it;
}

/// Of `runs`, those that were begun after the plan was made.
QList<DeployRun> newerThanPlan(const QList<DeployRun> &runs, const Plan &plan)
{
    const Phrase *step = deployStep(plan);
    const auto known =
        step ? std::ranges::find(runs, step->arguments.value(1), &DeployRun::id) : runs.begin(); // none is newer
    return {runs.begin(), known};
}

/// As the variable says it now: "1" is turned to "0", not to "false".
QString inStyleOf(const std::optional<QString> &held, bool on)
{
    static const std::array<std::pair<QString, QString>, 4> styles{
        {{u"true"_s, u"false"_s}, {u"1"_s, u"0"_s}, {u"on"_s, u"off"_s}, {u"yes"_s, u"no"_s}}};
    const QString word = held.value_or(QString()).trimmed().toLower();
    const auto style =
        std::ranges::find_if(styles, [&](const auto &each) { return each.first == word || each.second == word; });
    const auto &[yes, no] = style == styles.end() ? styles.front() : *style;
    return on ? yes : no;
}

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
    {
    }

    Result<Plan> plan(const Wish &wish, Deadline deadline) override
    {
        deadline = std::max(deadline, soon());
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
        deadline = std::max(deadline, soon());
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
        deadline = std::max(deadline, soon());
        m_plan = plan.target;
        m_tooEarly.clear();
        m_isProved = false;
        if (const auto target = prove(deadline); !target)
            return std::unexpected(target.error());
        return m_lease.take(holder, m_service->title(), deadline);
    }

    Result<void> renew(Deadline deadline) override { return m_lease.renew(m_service->title(), deadline); }

    Result<Stand> look(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        deadline = std::max(deadline, soon());
        if (const auto target = prove(deadline); !target)
            return std::unexpected(target.error());
        return standOf(plan, step, deadline);
    }

    Result<void> perform(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        deadline = std::max(deadline, soon());
        if (const auto target = prove(deadline); !target)
            return std::unexpected(target.error());
        const Phrase phrase = plan.steps.value(step);
        if (phrase.code == "variable-set"_L1)
            return setVariable(plan, &Change::before, &Change::after, deadline);
        if (phrase.code == "service-redeploy"_L1)
            return m_service->redeploy(deadline);
        if (phrase.code == "service-restart"_L1)
            return m_service->restart(deadline);
        if (phrase.code == "service-roll-back"_L1)
            return m_service->rollBack(phrase.arguments.value(2), deadline);
        if (phrase.code == "service-watched"_L1)
            return watch(plan);
        return notMine();
    }

    Result<void> revert(const Plan &plan, qsizetype step, Deadline deadline) override
    {
        deadline = std::max(deadline, soon());
        if (const auto target = prove(deadline); !target)
            return std::unexpected(target.error());
        const Phrase phrase = plan.steps.value(step);
        if (phrase.code == "variable-set"_L1)
            return setVariable(plan, &Change::after, &Change::before, deadline);
        if (phrase.code == "service-watched"_L1) {
            m_isProved = false;
            return {};
        }
        if (phrase.code != "service-redeploy"_L1)
            return notMine();
        if (m_service->cannot(ServiceDeed::RollBack))
            return {}; // the plan says so: it goes on with what it was started with
        if (auto begun = m_service->rollBack(phrase.arguments.value(2), deadline); !begun)
            return begun;
        return untilRolledBack(plan);
    }

    QList<Check> verify(const Plan &plan, Deadline deadline) override
    {
        Check done{.phrase = {u"done-as-expected"_s, {plan.resource}}};
        deadline = std::max(deadline, soon());
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
        if (!stepOf(plan, {"service-watched"_L1}))
            return {done, {.phrase = {u"variable-waits"_s, {plan.resource}}}};
        Check healthy{.phrase = {u"service-healthy"_s, {m_service->name()}}};
        if (m_platform.health.isEmpty()) {
            healthy.result = Check::Result::Warned;
            healthy.error =
                Error{ErrorCode::Unsupported, u"the profile names no health that could be watched"_s, where()};
        } else if (!m_degraded.isEmpty()) {
            healthy.result = Check::Result::Warned;
            healthy.error = Error{ErrorCode::BadReply, u"it says %1"_s.arg(m_degraded), where()};
        }
        return {done, healthy};
    }

    void end(Deadline deadline) override { m_lease.giveBack(deadline); }

private:
    [[nodiscard]] QString where() const { return m_service->address(); }
    /// What asks through programs takes longer than whoever asks for it knows.
    [[nodiscard]] Deadline soon() const { return std::chrono::steady_clock::now() + m_service->patience(); }
    [[nodiscard]] Result<void> notMine() const
    {
        return failure(ErrorCode::BadInput, u"this is no plan of this action's"_s, where());
    }

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
        const auto wrong = [&](ErrorCode code, const QString &why) { return failure(code, why, where()); };
        if (const auto cannot = m_service->cannot(ServiceDeed::SetVariable))
            return std::unexpected(*cannot);
        if (const auto cannot = m_service->cannot(ServiceDeed::RemoveVariable);
            cannot && wish.set.contains(u"remove"_s))
            return std::unexpected(*cannot);
        const QString &key = wish.resource;
        QStringList known;
        for (const auto &[name, type] : m_platform.map.flags)
            known.append(name);
        if (!known.contains(key))
            return wrong(ErrorCode::NotFound,
                         u"only variables that the profile calls flags are set: it has no '%1', but %2"_s.arg(
                             key, known.isEmpty() ? u"none"_s : known.join(u", "_s)));
        bool removes = false;
        bool redeploys = false;
        std::optional<QString> value;
        for (const auto &[what, said] : wish.set) {
            if (what == "value"_L1)
                value = said;
            else if (what == "remove"_L1 && said == "true"_L1)
                removes = true;
            else if (what == "then"_L1 && (said == "redeploy"_L1 || said == "nothing"_L1))
                redeploys = said == "redeploy"_L1;
            else
                return wrong(ErrorCode::BadInput,
                             u"'%1=%2': expected value=…, or remove=true; and then=redeploy"_s.arg(what, said));
        }
        if (value.has_value() == removes)
            return wrong(ErrorCode::BadInput, u"expected what to set, such as value=300, or remove=true"_s);
        const auto held = m_service->variable(key, deadline);
        if (!held)
            return std::unexpected(held.error());
        const auto before = held->has_value() ? settingOf(m_platform.map, key, **held) : std::nullopt;
        // Else a secret that was put there by mistake would stand in the plan.
        if (held->has_value() && (!before || safeText(**held) != **held))
            return wrong(ErrorCode::BadReply,
                         u"%1 does not hold what the profile says it does, so it is not shown; mend 'flags' of the "
                         "source, or the variable"_s.arg(key));
        const auto after = value ? settingOf(m_platform.map, key, *value) : std::nullopt;
        if (value && (!after || after->isEmpty() || safeText(*value) != *value))
            return wrong(ErrorCode::BadInput, u"'%1': expected %2"_s.arg(cleaned(*value, 60), expected(key)));
        if (before == after)
            return wrong(ErrorCode::BadInput, u"%1 is so already; nothing would change"_s.arg(key));
        std::optional<QString> written = after;
        if (after && m_platform.map.flags.at(key) == PlatformMap::Type::Boolean)
            written = inStyleOf(*held, *after == "on"_L1);
        plan.action = u"platform-variable"_s;
        plan.changes = {{.what = u"variable"_s, .before = *held, .after = written}};
        const QString unit = unitOf(key);
        plan.steps = {{u"variable-set"_s, {key, unit, m_service->title()}}};
        if (redeploys) {
            if (auto added = addRedeploy(plan, deadline); !added)
                return added;
        }
        if (*held || !m_service->cannot(ServiceDeed::RemoveVariable))
            plan.undo.append({u"variable-set-back"_s, {key, held->value_or(QString()), unit}});
        else
            plan.undo.clear();
        return {};
    }

    [[nodiscard]] QString unitOf(const QString &key) const
    {
        const auto unit = m_platform.map.units.find(key);
        return unit == m_platform.map.units.end() ? QString() : unit->second;
    }

    [[nodiscard]] QString expected(const QString &key) const
    {
        switch (m_platform.map.flags.at(key)) {
        case PlatformMap::Type::Boolean:
            return u"true or false"_s;
        case PlatformMap::Type::Number:
            return unitOf(key).isEmpty() ? u"a number"_s : u"a number (in %1)"_s.arg(unitOf(key));
        case PlatformMap::Type::Text:
            break;
        }
        return u"a text of up to 200 characters"_s;
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
        if (m_deed == PlatformDeed::Redeploy) {
            plan.action = u"redeploy"_s;
            return addRedeploy(plan, deadline);
        }
        if (m_deed == PlatformDeed::RollBack)
            return planRollBack(plan, wish, deadline);
        plan.action = u"restart"_s;
        if (const auto cannot = m_service->cannot(ServiceDeed::Restart))
            return std::unexpected(*cannot);
        const auto last = m_service->lastRestart(deadline);
        if (!last)
            return std::unexpected(last.error());
        plan.steps = {{u"service-restart"_s, {m_service->name(), *last, m_service->title()}}, watchStep()};
        return {};
    }

    [[nodiscard]] Phrase watchStep() const
    {
        return {u"service-watched"_s, {m_service->name(), minutes(m_platform.watchTime)}};
    }

    /// The deploys, where none is under way. Errors also: Unavailable.
    Result<QList<DeployRun>> settledDeploys(Deadline deadline)
    {
        auto runs = m_service->deploys(deadline);
        if (!runs)
            return runs;
        const auto pending = std::ranges::find(*runs, State::Pending, &DeployRun::state);
        if (pending != runs->end())
            return failure(
                ErrorCode::Unavailable,
                u"the deploy %1 is under way (%2); make the plan once it has ended"_s.arg(pending->id, pending->word),
                where());
        if (std::ranges::find(*runs, State::Live, &DeployRun::state) == runs->end())
            return failure(ErrorCode::BadReply, u"no deploy of %1 is live; look there"_s.arg(m_service->name()),
                           where());
        return runs;
    }

    Result<void> addRedeploy(Plan &plan, Deadline deadline)
    {
        if (const auto cannot = m_service->cannot(ServiceDeed::Redeploy))
            return std::unexpected(*cannot);
        const auto runs = settledDeploys(deadline);
        if (!runs)
            return std::unexpected(runs.error());
        const QString live = std::ranges::find(*runs, State::Live, &DeployRun::state)->id;
        plan.changes.append({.what = u"deploy"_s, .before = live, .after = {}});
        plan.steps.append({u"service-redeploy"_s, {m_service->name(), runs->first().id, live, m_service->title()}});
        plan.steps.append(watchStep());
        if (!m_service->cannot(ServiceDeed::RollBack))
            plan.undo.append({u"service-rolled-back"_s, {m_service->name(), live}});
        else if (m_deed == PlatformDeed::SetVariable)
            plan.undo.append({u"service-goes-on"_s, {m_service->name(), m_service->title()}});
        return {};
    }

    Result<void> planRollBack(Plan &plan, const Wish &wish, Deadline deadline)
    {
        plan.action = u"roll-back"_s;
        if (const auto cannot = m_service->cannot(ServiceDeed::RollBack))
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
                           where());
        plan.changes = {{.what = u"deploy"_s, .before = live->id, .after = to->id}};
        plan.steps = {{u"service-roll-back"_s, {m_service->name(), runs->first().id, to->id, m_service->title()}},
                      watchStep()};
        return {};
    }

    /// Of all that the plan's steps change, as it is now.
    Result<QByteArray> fingerprint(const Plan &plan, Deadline deadline)
    {
        QList<std::optional<QByteArray>> words{plan.target.identity.join(u'\n').toUtf8()};
        if (variableIn(plan)) {
            const auto held = m_service->variable(plan.resource, deadline);
            if (!held)
                return std::unexpected(held.error());
            words += {plan.resource.toUtf8(), *held ? std::optional((*held)->toUtf8()) : std::nullopt};
        }
        if (deployStep(plan)) {
            const auto runs = m_service->deploys(deadline);
            if (!runs)
                return std::unexpected(runs.error());
            words.append(runs->value(0).id.toUtf8());
        }
        if (stepOf(plan, {"service-restart"_L1})) {
            const auto last = m_service->lastRestart(deadline);
            if (!last)
                return std::unexpected(last.error());
            words.append(last->toUtf8());
        }
        return fingerprintOf(words);
    }

    Result<Stand> standOf(const Plan &plan, qsizetype step, Deadline deadline)
    {
        const QString code = plan.steps.value(step).code;
        if (code == "variable-set"_L1)
            return standOfVariable(plan, deadline);
        if (code == "service-watched"_L1)
            return standOfWatch(plan, deadline);
        if (code == "service-restart"_L1) {
            const auto last = m_service->lastRestart(deadline);
            if (!last)
                return std::unexpected(last.error());
            return *last == plan.steps[step].arguments.value(1) ? Stand::Before : Stand::After;
        }
        return standOfDeploy(plan, deadline);
    }

    Result<Stand> standOfVariable(const Plan &plan, Deadline deadline)
    {
        const Change *change = variableIn(plan);
        const auto held = m_service->variable(plan.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        if (change && *held == change->after)
            return Stand::After;
        return change && *held == change->before ? Stand::Before : Stand::Other;
    }

    Result<Stand> standOfDeploy(const Plan &plan, Deadline deadline)
    {
        const auto runs = m_service->deploys(deadline);
        if (!runs)
            return std::unexpected(runs.error());
        const bool isRollBack = m_deed == PlatformDeed::RollBack;
        for (const DeployRun &run : newerThanPlan(*runs, plan)) {
            // One that failed never served, and one that was begun before the variable was set does not have it.
            if (run.state == State::Failed || m_tooEarly.contains(run.id))
                continue;
            if (isRollBack)
                return run.isRollBack ? Stand::After : Stand::Other;
            if (run.isOthers)
                return Stand::Other; // nobody takes back what a colleague's commit deployed
            if (run.isRollBack && run.state == State::Pending)
                return failure(ErrorCode::Unavailable, u"a roll-back is under way (%1)"_s.arg(run.word), where());
            return run.isRollBack ? Stand::Before : Stand::After;
        }
        return Stand::Before;
    }

    /// Whoever did not see it is not told that it was: then it is watched anew.
    Result<Stand> standOfWatch(const Plan &plan, Deadline deadline)
    {
        if (!m_isProved)
            return Stand::Before;
        const auto run = watchedRun(plan, deadline);
        if (!run)
            return std::unexpected(run.error());
        return run->state == State::Live && !unwell(deadline) ? Stand::After : Stand::Before;
    }

    Result<void> setVariable(const Plan &plan, std::optional<QString> Change::*from, std::optional<QString> Change::*to,
                             Deadline deadline)
    {
        const Change *change = variableIn(plan);
        if (!change || !m_platform.map.flags.contains(plan.resource))
            return notMine();
        const auto held = m_service->variable(plan.resource, deadline);
        if (!held)
            return failure(isUncertain(held.error().code) ? ErrorCode::Unavailable : held.error().code,
                           held.error().message, where()); // nothing was sent
        if (*held != change->*from)
            return failure(ErrorCode::BadInput,
                           u"%1 is not as the plan found it; nothing was changed"_s.arg(plan.resource), where());
        if (auto set = m_service->setVariable(plan.resource, change->*to, deadline); !set)
            return set;
        if (deployStep(plan)) {
            if (const auto runs = m_service->deploys(deadline)) {
                for (const DeployRun &run : newerThanPlan(*runs, plan))
                    m_tooEarly.append(run.id);
            }
        }
        return {};
    }

    /// The deploy that the plan began, or whatever is live where it began none.
    Result<DeployRun> watchedRun(const Plan &plan, Deadline deadline)
    {
        const auto runs = m_service->deploys(deadline);
        if (!runs)
            return std::unexpected(runs.error());
        if (deployStep(plan))
            return newerThanPlan(*runs, plan).value(0);
        const auto live = std::ranges::find(*runs, State::Live, &DeployRun::state);
        return live == runs->end() ? DeployRun() : *live;
    }

    /// What keeps the service from being well. Nothing: nothing does.
    std::optional<QString> unwell(Deadline deadline)
    {
        m_degraded.clear();
        for (const ServicePlatform::Health &health : m_platform.health) {
            const auto answer = m_io.poll(health.id, health.factory, deadline);
            if (!answer || !answer->outcome)
                return u"%1: %2"_s.arg(health.id, answer ? answer->outcome.error().message : answer.error().message);
            const HealthCheck *top = nullptr;
            for (const Fact &fact : answer->outcome->facts) {
                const auto *check = std::get_if<HealthCheck>(&fact);
                if (check && (!top || check->path.size() < top->path.size()))
                    top = check;
            }
            const Level level = top ? top->level.valueOr(Level::Unknown) : Level::Unknown;
            const QString says = u"%1: %2"_s.arg(health.id, top ? top->word.valueOr(u"nothing"_s) : u"nothing"_s);
            if (level == Level::Unknown || level == Level::Down)
                return says;
            if (level == Level::Degraded)
                m_degraded = says;
        }
        return std::nullopt;
    }

    /// Errors: Timeout (not proved good in time), ServerError (it failed), Cancelled: all leave it to a person whether
    /// to go on or to go back.
    Result<void> watch(const Plan &plan)
    {
        const auto end = std::chrono::steady_clock::now() + m_platform.watchTime;
        QString why;
        int good = 0;
        do {
            const Deadline deadline = soon();
            const auto run = watchedRun(plan, deadline);
            if (run && run->state == State::Failed)
                return failure(
                    ErrorCode::ServerError,
                    u"the deploy %1 ended as %2, and what was live before goes on: resume deploys once more, "
                    "undo takes the rest back"_s.arg(run->id, run->word),
                    where());
            if (!run)
                why = run.error().message;
            else if (run->state != State::Live)
                why = u"the deploy %1 is %2"_s.arg(run->id, run->word);
            else
                why = unwell(deadline).value_or(QString());
            good = why.isEmpty() ? good + 1 : 0;
            if (good == m_platform.provedBy) {
                m_isProved = true;
                return {};
            }
            if (!m_io.sleep(m_platform.pace))
                return failure(ErrorCode::Cancelled, u"stopped while it was watched"_s, where());
        } while (std::chrono::steady_clock::now() < end);
        const QString next = plan.undo.isEmpty() ? u"resume watches on"_s : u"resume watches on, undo goes back"_s;
        return failure(ErrorCode::Timeout,
                       u"not proved good within %1 (%2): %3"_s.arg(
                           minutes(m_platform.watchTime), why.isEmpty() ? u"good for too short a time"_s : why, next),
                       where());
    }

    Result<void> untilRolledBack(const Plan &plan)
    {
        const auto end = std::chrono::steady_clock::now() + m_platform.watchTime;
        do {
            const auto run = watchedRun(plan, soon());
            if (run && run->isRollBack && run->state == State::Live)
                return {};
            if (run && run->state == State::Failed)
                return failure(ErrorCode::ServerError, u"the roll-back %1 ended as %2"_s.arg(run->id, run->word),
                               where());
            if (!m_io.sleep(m_platform.pace))
                return failure(ErrorCode::Cancelled, u"stopped while it was rolled back"_s, where());
        } while (std::chrono::steady_clock::now() < end);
        return failure(ErrorCode::Timeout, u"the roll-back is not live after %1"_s.arg(minutes(m_platform.watchTime)),
                       where());
    }

    const PlatformDeed m_deed;
    const ServicePlatform m_platform;
    const Clock &m_clock;
    IoLine m_io;
    const std::unique_ptr<HostedService> m_service;
    std::optional<Target> m_plan; ///< once it acts
    SideLease m_lease;
    QStringList m_tooEarly; ///< deploys that were there when the variable was set
    QString m_degraded;     ///< what it said at the last look, where that was not all well
    bool m_isProved = false;
};
} // namespace

std::unique_ptr<Action> platformAction(PlatformDeed deed, ServicePlatform platform, const Clock &clock,
                                       PgConnection::Stop stop)
{
    return std::make_unique<PlatformAction>(deed, std::move(platform), clock, std::move(stop));
}

} // namespace qd
