/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/pg_action.h"

#include "profile/environment.h"

using namespace Qt::StringLiterals;

namespace qd {

PgAction::PgAction(PgStore::Place place, std::chrono::seconds leaseTime, const Clock &clock, PgConnection::Stop stop)
    : m_place(std::move(place))
    , m_leaseTime(leaseTime)
    , m_clock(clock)
    , m_stop(std::move(stop))
{
}

Result<void> PgAction::open(Deadline deadline)
{
    if (!m_store || !m_store->usable()) {
        auto opened = PgStore::open(m_place, deadline, m_stop);
        if (!opened)
            return std::unexpected(opened.error());
        m_store = std::move(*opened);
    }
    if (m_plan) {
        if (const auto differs = m_store->differsFrom(*m_plan))
            return std::unexpected(*differs);
    }
    return {};
}

Result<Plan> PgAction::plan(const Wish &wish, Deadline deadline)
{
    if (const auto opened = open(deadline); !opened)
        return std::unexpected(opened.error());
    Plan plan;
    plan.target = m_store->target();
    plan.resource = wish.resource;
    plan.risk = isProduction(m_place.environment) ? Risk::Medium : Risk::Low;
    plan.author = wish.author;
    plan.reason = wish.reason;
    plan.madeAt = m_clock.now();
    if (const auto filled = fill(plan, wish, deadline); !filled)
        return std::unexpected(filled.error());
    return plan;
}

QList<Check> PgAction::checks(const Plan &plan, Deadline deadline)
{
    QList<Check> checks;
    const auto add = [&](const QString &code, const std::optional<Error> &error,
                         Check::Result bad = Check::Result::Failed) {
        checks.append({.phrase = {code, {}}, .result = error ? bad : Check::Result::Passed, .error = error});
        return !error;
    };
    const auto failed = [](const auto &result) {
        return result ? std::optional<Error>() : std::optional(result.error());
    };
    if (!add(u"target-reached"_s, failed(open(deadline))) ||
        !add(u"target-proved"_s, m_store->differsFrom(plan.target)))
        return checks;
    add(u"state-as-planned"_s, failed(asPlanned(plan, deadline)));
    const auto lease = m_store->lease(deadline);
    if (lease && *lease)
        add(u"nobody-else-acts"_s, heldBy(**lease, where()));
    else if (!lease && lease.error().code != ErrorCode::NotFound)
        add(u"nobody-else-acts"_s, lease.error(), Check::Result::Warned);
    else
        add(u"nobody-else-acts"_s, {});
    return checks + ownChecks(plan, deadline);
}

Result<std::optional<Lease>> PgAction::begin(const Plan &plan, const QString &holder, Deadline deadline)
{
    m_plan = plan.target;
    m_actor = holder.left(holder.lastIndexOf(u'@'));
    if (const auto opened = open(deadline); !opened)
        return std::unexpected(opened.error());
    auto taken = m_store->take(holder, m_leaseTime, deadline);
    if (!taken && taken.error().code != ErrorCode::Forbidden)
        return std::unexpected(taken.error());
    if (taken) {
        m_lease = *taken;
        m_keeper = std::make_unique<LeaseKeeper>(m_place, m_store->target(), *m_lease, m_leaseTime);
    }
    if (const auto done = begun(plan, deadline); !done) {
        end(deadline);
        return std::unexpected(done.error());
    }
    return m_lease;
}

Result<void> PgAction::renew(Deadline deadline)
{
    if (!m_lease)
        return {};
    if (auto opened = open(deadline); !opened)
        return opened;
    return m_store->renew(*m_lease, m_leaseTime, deadline);
}

Result<Stand> PgAction::look(const Plan &plan, qsizetype step, Deadline deadline)
{
    if (const auto opened = open(deadline); !opened)
        return std::unexpected(opened.error());
    return stand(plan, step, deadline);
}

Result<void> PgAction::perform(const Plan &plan, qsizetype step, Deadline deadline)
{
    if (auto opened = open(deadline); !opened)
        return opened;
    return make(plan, step, Way::There, deadline);
}

Result<void> PgAction::revert(const Plan &plan, qsizetype step, Deadline deadline)
{
    if (auto opened = open(deadline); !opened)
        return opened;
    return make(plan, step, Way::Back, deadline);
}

QList<Check> PgAction::verify(const Plan &plan, Deadline deadline)
{
    if (const auto opened = open(deadline); !opened)
        return {{.phrase = {u"done-as-expected"_s, {plan.resource}},
                 .result = Check::Result::Failed,
                 .error = opened.error()}};
    return seen(plan, deadline);
}

void PgAction::end(Deadline deadline)
{
    ended();
    m_keeper.reset();
    if (m_store && m_lease) [[maybe_unused]]
        const auto tried = m_store->giveBack(*m_lease, deadline);
    m_lease.reset();
}

Result<void> PgAction::guarded(const std::function<Result<void>(PgConnection &, Deadline)> &change, Deadline deadline)
{
    return m_store->guarded(m_lease, change, deadline);
}

} // namespace qd
