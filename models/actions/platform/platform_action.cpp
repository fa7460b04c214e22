/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/guided_steps.h"
#include "actions/platform/platform_steps.h"
#include "actions/remote_action.h"
#include "base/cleaned.h"
#include "verify/verification.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
class PlatformAction final : public RemoteAction
{
public:
    PlatformAction(PlatformDeed deed, ServicePlatform platform, const Clock &clock, const PgConnection::Stop &stop)
        : RemoteAction({.deployment = platform.deployment,
                        .environment = platform.environment,
                        .lease = platform.lease,
                        .leaseTime = platform.leaseTime},
                       clock, stop)
        , m_deed(deed)
        , m_clock(clock)
        , m_stop(stop)
        , m_platform(std::move(platform))
        , m_service(m_platform.service(line()))
        , m_on{.platform = m_platform, .service = *m_service, .line = line()}
        , m_variable(m_on)
        , m_secret(m_on)
        , m_proof(m_on, m_secret)
        , m_deploy(m_on)
        , m_restart(m_on)
        , m_watch(m_on)
        , m_expectation(m_on, clock)
        , m_rotation(m_platform.rotation ? m_platform.rotation(m_on) : nullptr)
    {
    }

private:
    QString system() const override { return m_service->system(); }
    QString title() const override { return m_service->title(); }
    QString where() const override { return m_service->address(); }
    std::chrono::seconds patience() const override { return m_service->patience(); }

    Result<QStringList> identity(Deadline deadline) override
    {
        auto own = ownIdentity(deadline);
        if (!own || !m_rotation)
            return own;
        const auto store = m_rotation->identity(deadline);
        return store ? Result<QStringList>(*own + *store) : store;
    }

    Result<QStringList> ownIdentity(Deadline deadline)
    {
        auto identity = m_service->identity(deadline);
        if (!identity || m_platform.marker.isEmpty())
            return identity;
        const auto says = m_service->variable(m_platform.marker, deadline);
        if (!says)
            return std::unexpected(says.error());
        const QString environment = cleaned(says->value_or(QString()), 60);
        if (environment != m_platform.environment)
            return failure(ErrorCode::BadInput,
                           u"%1 of this service says '%2', and the profile says %3"_s.arg(
                               m_platform.marker, environment, m_platform.environment),
                           where());
        identity->append(environment);
        return identity;
    }

    QList<Check> ownChecks(const Plan &plan, Deadline deadline) override
    {
        QList<Check> checks;
        if (m_platform.marker.isEmpty())
            checks.append({.phrase = {u"target-marked"_s, {}},
                           .result = Check::Result::Warned,
                           .error = Error{ErrorCode::NotFound,
                                          u"no variable says which environment this service is; name one as "
                                          "'environment' of the action"_s,
                                          where()}});
        if (m_deed == PlatformDeed::SwapSecret)
            checks += m_secret.checks() + m_proof.checks(plan, deadline);
        if (m_deed == PlatformDeed::GuidedRotation)
            checks += m_secret.checks() + m_secret.givenChecks(plan);
        if (m_rotation)
            checks += m_rotation->checks(plan, deadline);
        return checks;
    }

    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override
    {
        return m_deed == PlatformDeed::SetVariable      ? planVariable(plan, wish, deadline)
               : m_deed == PlatformDeed::SwapSecret     ? planSecret(plan, wish, deadline)
               : m_deed == PlatformDeed::GuidedRotation ? planGuided(plan, wish, deadline)
               : m_rotation                             ? planRotation(plan, wish, deadline)
                                                        : planService(plan, wish, deadline);
    }

    Result<QByteArray> fingerprint(const Plan &plan, Deadline deadline) override
    {
        QList<std::optional<QByteArray>> words{plan.target.identity.join(u'\n').toUtf8()};
        for (const Phrase &step : plan.steps) {
            PlatformStep *kind = kindOf(step);
            if (!kind)
                return std::unexpected(notMine().error());
            const auto print = kind->print(plan, deadline);
            if (!print)
                return std::unexpected(print.error());
            words += *print;
        }
        return fingerprintOf(words);
    }

    Result<Stand> stand(const Plan &plan, qsizetype index, Deadline deadline) override
    {
        const Phrase step = plan.steps.value(index);
        PlatformStep *kind = kindOf(step);
        return kind ? kind->stand(plan, step, deadline) : std::unexpected(notMine().error());
    }

    Result<void> make(const Plan &plan, qsizetype index, Way way, Deadline deadline) override
    {
        const Phrase step = plan.steps.value(index);
        PlatformStep *kind = kindOf(step);
        if (!kind)
            return notMine();
        if (m_rotation && kind == &m_deploy) {
            if (way == Way::Back) // it goes on until what it was started with is set again
                return {};
            m_rotation->deploys(deadline);
        }
        if (way == Way::Back)
            return kind->revert(plan, step, deadline);
        auto done = kind->perform(plan, step, deadline);
        // Also where nobody told whether it was set: what is there now was begun before.
        if ((done || isUncertain(done.error().code)) && changesVariable(step) && hasDeploy(plan))
            m_deploy.ignorePresent(plan, deadline);
        return done;
    }

    static bool changesVariable(const Phrase &step)
    {
        return step.code == "variable-set"_L1 || step.code == "secret-swapped"_L1 || step.code == "secret-given"_L1 ||
               step.code == "password-set"_L1;
    }

    QList<Check> seen(const Plan &plan, Deadline deadline) override
    {
        if (std::ranges::find(plan.steps, u"service-watched"_s, &Phrase::code) == plan.steps.end())
            return {{.phrase = {u"variable-waits"_s, {plan.resource}}}};
        Check healthy{.phrase = {u"service-healthy"_s, {m_service->name()}}};
        if (m_platform.health.isEmpty()) {
            healthy.result = Check::Result::Warned;
            healthy.error =
                Error{ErrorCode::Unsupported, u"the profile names no health that could be watched"_s, where()};
        } else if (!m_watch.degraded().isEmpty()) {
            healthy.result = Check::Result::Warned;
            healthy.error = Error{ErrorCode::BadReply, u"it says %1"_s.arg(m_watch.degraded()), where()};
        }
        QList<Check> checks{healthy};
        const bool isProof = std::ranges::find(plan.steps, u"secret-proved"_s, &Phrase::code) != plan.steps.end();
        if (isProof && m_secret.old().isEmpty())
            checks.append({.phrase = {u"old-secret-refused"_s, {plan.resource}},
                           .result = Check::Result::Warned,
                           .error = Error{ErrorCode::NotFound,
                                          u"%1 was swapped earlier, and what it was is kept nowhere: whether the "
                                          "service still accepts tokens of it could not be asked"_s.arg(plan.resource),
                                          where()}});
        if (m_rotation)
            checks += m_rotation->seen(plan, deadline);
        checks += verified();
        if (m_deed != PlatformDeed::GuidedRotation)
            return checks;
        if (!m_platform.guided.expectation.isEmpty()) {
            checks.append(m_expectation.check());
            QCborArray all = QCborValue::fromCbor(m_evidence).toArray();
            all.append(m_expectation.evidence());
            m_evidence = QCborValue(all).toCbor();
        }
        for (const QString &text : m_platform.guided.after)
            checks.append({.phrase = {u"by-hand-after"_s, {text}}});
        return checks;
    }

    /// At its end the old password was taken away.
    Result<void> mayUndo(const Plan &plan, Deadline) override
    {
        if (!m_rotation)
            return {};
        return failure(ErrorCode::Unsupported,
                       u"the old password that %1 held was taken away at the end, and is kept nowhere: rotate it once "
                       "more"_s.arg(plan.resource),
                       where());
    }

    QByteArray evidence() const override { return m_evidence; }

    void forget() override
    {
        m_evidence.clear();
        m_deploy.reset();
        m_watch.reset();
        m_secret.reset();
        m_proof.reset();
        m_expectation.reset();
        if (m_rotation)
            m_rotation->reset();
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
            addImpact(plan, wish, deadline);
        }
        VariableStep::addUndo(plan, m_on);
        return {};
    }

    /// All sessions that were signed with it end, once the service was deployed.
    Result<void> planSecret(Plan &plan, const Wish &wish, Deadline deadline)
    {
        plan.action = u"swap-secret"_s;
        if (auto added = m_secret.add(plan, wish, deadline); !added)
            return added;
        if (auto added = m_deploy.addRedeploy(plan, false, deadline); !added)
            return added;
        m_watch.add(plan);
        const bool isSalt = qd::isSalt(plan.resource); // signs nothing
        if (m_platform.probe && !isSalt)
            m_proof.add(plan);
        addImpact(plan, wish, deadline);
        const bool isCounted =
            std::ranges::any_of(plan.impact, [](const Measure &each) { return each.what == "live-sessions"_L1; });
        if (!isCounted && !isSalt)
            plan.impact.prepend({.what = u"live-sessions"_s,
                                 .number = {},
                                 .unit = {},
                                 .source = u"who is logged out is counted nowhere: name a table of sessions under "
                                           "measures of the action"_s});
        plan.undo.clear();
        plan.risk = Risk::High;
        return {};
    }

    /// What the old one was, only a person can say: to go back is to rotate once more.
    Result<void> planGuided(Plan &plan, const Wish &wish, Deadline deadline)
    {
        plan.action = u"guided-rotation"_s;
        if (auto added = m_secret.addGiven(plan, wish, deadline); !added)
            return added;
        if (auto added = m_deploy.addRedeploy(plan, false, deadline); !added)
            return added;
        m_watch.add(plan);
        m_expectation.add(plan);
        addImpact(plan, wish, deadline);
        plan.undo.clear();
        plan.risk = Risk::High;
        return {};
    }

    /// The service logs in to one of its stores with another password once it was deployed.
    Result<void> planRotation(Plan &plan, const Wish &wish, Deadline deadline)
    {
        plan.action = m_rotation->action();
        if (auto added = m_rotation->addFirst(plan, wish, deadline); !added)
            return added;
        if (auto added = m_deploy.addRedeploy(plan, true, deadline); !added)
            return added;
        m_watch.add(plan);
        addImpact(plan, wish, deadline);
        m_rotation->addLast(plan);
        return {};
    }

    Result<void> planService(Plan &plan, const Wish &wish, Deadline deadline)
    {
        plan.resource = m_service->name(); // there is no other
        if (!wish.resource.isEmpty() && wish.resource != m_service->name())
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
        if (added) {
            m_watch.add(plan);
            addImpact(plan, wish, deadline);
        }
        return added;
    }

    /// What the watching knows, and what the profile's action has counted.
    void addImpact(Plan &plan, const Wish &wish, Deadline deadline) const
    {
        plan.impact += wish.known;
        const auto *place = m_platform.lease ? std::get_if<PgStore::Place>(&*m_platform.lease) : nullptr;
        auto store = !m_platform.measures.isEmpty() && place
                         ? PgStore::open(*place, deadline, m_stop)
                         : Result<PgStore>(failure(ErrorCode::Unsupported, u"no PostgreSQL is named under lease"_s));
        for (const PgMeasure &each : m_platform.measures)
            plan.impact.append(
                store ? measured(*store, each, deadline)
                      : Measure{.what = each.what, .number = {}, .unit = {}, .source = cleaned(store.error().message)});
        if (plan.impact.isEmpty())
            plan.impact.append({.what = u"reach"_s,
                                .number = {},
                                .unit = {},
                                .source = u"the profile's action names nothing under measures"_s});
    }

    /// What the profile lists to look at after a deploy, and its breakers anyway: what is healthy may have opened one.
    QList<Check> verified()
    {
        using Kind = ChecklistItem::Kind;
        auto list = checklistOf(m_platform.profile);
        if (!list)
            return {{.phrase = {u"checklist"_s, {}}, .result = Check::Result::Warned, .error = list.error().first()}};
        const bool isAsked = std::ranges::find(*list, Kind::Breakers, &ChecklistItem::kind) != list->end();
        if (!isAsked)
            list->append({.name = u"breakers"_s, .title = u"All breakers are closed"_s, .kind = Kind::Breakers});
        list->removeIf([&](const ChecklistItem &item) {
            return item.kind == Kind::Burst || (item.kind != Kind::Request && sourcesOf({item}).isEmpty());
        });
        if (list->isEmpty())
            return {};
        const QList<Verified> results =
            qd::verify(m_platform.profile, *list, {.view = readAnew(*list), .stop = m_stop});
        m_evidence = evidenceOf(results, m_platform.profile, {}, {}, {}).body;
        QList<Check> checks;
        for (const Verified &each : results) {
            // What has just been started has looked up nothing yet, and not all that has breakers tells them.
            const Kind kind = std::ranges::find(*list, each.name, &ChecklistItem::name)->kind;
            const bool isNotTold =
                each.result == Verified::Result::Unknown && !each.error &&
                (kind == Kind::HitRate || (kind == Kind::Breakers && (!isAsked || each.arguments.value(0).isEmpty())));
            if (each.result == Verified::Result::Skipped || isNotTold)
                continue;
            const bool isGood = each.result == Verified::Result::Passed;
            checks.append({.phrase = {u"verified"_s, QStringList{each.title, toWord(each.finding)} + each.arguments},
                           .result = isGood ? Check::Result::Passed : Check::Result::Warned,
                           .error = each.error});
        }
        return checks;
    }

    /// Those whose readings tell something of the list.
    QList<SourceSpec> sourcesOf(const Checklist &list) const
    {
        const auto isTold = [&](const SourceSpec &source) {
            const QStringList facts = factKindsOf(source.kind);
            return std::ranges::any_of(list, [&](const ChecklistItem &item) {
                switch (item.kind) {
                case ChecklistItem::Kind::HitRate:
                    return facts.contains(u"cache"_s);
                case ChecklistItem::Kind::Breakers:
                    return facts.contains(u"breaker"_s);
                case ChecklistItem::Kind::SchemaVersion:
                    return facts.contains(u"database"_s);
                default:
                    return false;
                }
            });
        };
        QList<SourceSpec> told;
        std::ranges::copy_if(m_platform.profile.sources, std::back_inserter(told), isTold);
        return told;
    }

    /// Readings that were taken before say nothing of what was deployed.
    DeploymentView readAnew(const Checklist &list)
    {
        DeploymentState state;
        const QList<SourceSpec> sources = sourcesOf(list);
        for (const SourceSpec &source : sources) {
            const auto factory = sourceFactory(source, m_platform.profile);
            const auto answer = factory ? line().poll(source.id, *factory, m_on.soon())
                                        : Result<SourceAnswer>(std::unexpected(factory.error().first()));
            state = fold(std::move(state), {.deployment = m_platform.deployment,
                                            .source = source.id,
                                            .takenAt = m_clock.now(),
                                            .outcome = answer ? answer->outcome : std::unexpected(answer.error()),
                                            .exchanges = {}});
        }
        return view(state, m_platform.profile, m_clock.now());
    }

    /// Null: it is none of these.
    PlatformStep *kindOf(const Phrase &step)
    {
        if (step.code == "variable-set"_L1)
            return &m_variable;
        if (m_rotation && m_rotation->has(step))
            return m_rotation.get();
        if (step.code == "expectation-watched"_L1)
            return &m_expectation;
        if (step.code == "secret-swapped"_L1 || step.code == "secret-given"_L1)
            return &m_secret;
        if (step.code == "secret-proved"_L1)
            return &m_proof;
        if (step.code == "service-redeploy"_L1 || step.code == "service-roll-back"_L1)
            return &m_deploy;
        if (step.code == "service-restart"_L1)
            return &m_restart;
        return step.code == "service-watched"_L1 ? &m_watch : nullptr;
    }

    const PlatformDeed m_deed;
    const Clock &m_clock;
    const PgConnection::Stop m_stop;
    const ServicePlatform m_platform;
    const std::unique_ptr<HostedService> m_service;
    const Hosting m_on;
    VariableStep m_variable;
    SecretStep m_secret;
    ProveSecretStep m_proof;
    DeployStep m_deploy;
    RestartStep m_restart;
    WatchStep m_watch;
    ExpectationStep m_expectation;
    const std::unique_ptr<PlatformRotation> m_rotation;
    QByteArray m_evidence; ///< of what was looked at once it was live
};
} // namespace

Result<void> Hosting::notMine() const
{
    return failure(ErrorCode::BadInput, u"this is no plan of this action's"_s, where());
}

std::unique_ptr<Action> platformAction(PlatformDeed deed, ServicePlatform platform, const Clock &clock,
                                       const PgConnection::Stop &stop)
{
    return std::make_unique<PlatformAction>(deed, std::move(platform), clock, stop);
}

} // namespace qd
