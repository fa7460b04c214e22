/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/redis_action.h"

#include "actions/registry.h"
#include "profile/environment.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto leaseTime = 60s;
}

RedisAction::RedisAction(RedisStore::Place place, const Clock &clock, RedisStore::Stop stop)
    : m_place(std::move(place))
    , m_clock(clock)
    , m_stop(std::move(stop))
{
}

Result<void> RedisAction::open(Deadline deadline)
{
    if (!m_store) {
        auto opened = RedisStore::open(m_place, deadline, m_stop);
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

Result<Plan> RedisAction::plan(const Wish &wish, Deadline deadline)
{
    m_store.reset();
    if (const auto opened = open(deadline); !opened)
        return std::unexpected(opened.error());
    if (const auto differs = m_store->differsFrom(m_store->target()))
        return std::unexpected(*differs);
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

QList<Check> RedisAction::checks(const Plan &plan, Deadline deadline)
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
    m_store.reset(); // what it was when the plan was made says nothing of now
    if (!add(u"target-reached"_s, failed(open(deadline))) ||
        !add(u"target-proved"_s, m_store->differsFrom(plan.target)))
        return checks;
    if (!m_store->isMarked())
        add(u"target-marked"_s,
            Error{ErrorCode::NotFound,
                  u"nothing tells which deployment this Redis belongs to; to have it told: SET %1 %2/%3"_s.arg(
                      m_place.marker, m_place.deployment, m_place.environment),
                  where()},
            Check::Result::Warned);
    add(u"state-as-planned"_s, failed(asPlanned(plan, deadline)));
    std::optional<Error> mayNot;
    for (qsizetype step = 0; step < plan.steps.size() && !mayNot; ++step) {
        const auto first = change(plan, step, Way::There);
        mayNot = first ? failed(m_store->tryOut(plan.target, *first, deadline)) : std::optional(first.error());
    }
    add(u"may-change"_s, mayNot);
    const auto lease = m_store->lease(deadline);
    std::optional<Error> held = failed(lease);
    if (lease && *lease)
        held = heldBy(**lease, where());
    add(u"nobody-else-acts"_s, held);
    return checks;
}

Result<std::optional<Lease>> RedisAction::begin(const Plan &plan, const QString &holder, Deadline deadline)
{
    m_plan = plan.target;
    m_store.reset();
    if (const auto opened = open(deadline); !opened)
        return std::unexpected(opened.error());
    const auto taken = m_store->take(holder, leaseTime, deadline);
    if (!taken)
        return std::unexpected(taken.error());
    m_lease = *taken;
    return m_lease;
}

Result<Stand> RedisAction::look(const Plan &plan, qsizetype step, Deadline deadline)
{
    if (const auto opened = open(deadline); !opened)
        return std::unexpected(opened.error());
    return stand(plan, step, deadline);
}

Result<qint64> RedisAction::make(const Plan &plan, const RedisStore::Change &change, Deadline deadline)
{
    if (!m_lease)
        return failure(ErrorCode::Internal, u"nothing is changed without the lease"_s, where());
    return m_store->guarded(m_lease, plan.target, change, deadline);
}

Result<void> RedisAction::renew(Deadline deadline)
{
    if (!m_lease)
        return failure(ErrorCode::Internal, u"there is no lease to renew"_s, where());
    if (auto opened = open(deadline); !opened)
        return opened;
    return m_store->renew(*m_lease, leaseTime, deadline);
}

Result<void> RedisAction::makeStep(const Plan &plan, qsizetype step, Way way, Deadline deadline)
{
    if (const auto opened = open(deadline); !opened)
        return opened;
    const auto wanted = change(plan, step, way);
    if (!wanted)
        return std::unexpected(wanted.error());
    if (const auto made = make(plan, *wanted, deadline); !made)
        return std::unexpected(made.error());
    return {};
}

Result<void> RedisAction::perform(const Plan &plan, qsizetype step, Deadline deadline)
{
    return makeStep(plan, step, Way::There, deadline);
}

Result<void> RedisAction::revert(const Plan &plan, qsizetype step, Deadline deadline)
{
    return makeStep(plan, step, Way::Back, deadline);
}

QList<Check> RedisAction::verify(const Plan &plan, Deadline deadline)
{
    Check check{.phrase = {u"done-as-expected"_s, {plan.resource}}};
    for (qsizetype step = 0; step < plan.steps.size(); ++step) {
        const auto stands = look(plan, step, deadline);
        if (stands && *stands == Stand::After)
            continue;
        check.result = Check::Result::Failed;
        check.error = stands ? Error{ErrorCode::BadReply, u"%1 is not as it was left"_s.arg(plan.resource), where()}
                             : stands.error();
        break;
    }
    return {check};
}

void RedisAction::end(Deadline deadline)
{
    if (m_store && m_lease) [[maybe_unused]]
        const auto tried = m_store->giveBack(*m_lease, deadline);
    m_lease.reset();
}

Result<QString> keyText(const QByteArray &key)
{
    const QString text = QString::fromUtf8(key);
    if (text.toUtf8() != key || key.size() > 1000)
        return failure(ErrorCode::Unsupported, u"the key %1 is no text; remove it by hand"_s.arg(
                                                   QString::fromLatin1(key.left(40).toPercentEncoding())));
    return text;
}

QByteArray keptKey(const Plan &plan, qsizetype step)
{
    return "quarterdeck:kept:" + plan.id().toHex().first(24) + ':' + QByteArray::number(step);
}

std::chrono::milliseconds keptUntilRevert(const Plan &plan)
{
    return plan.revertAfter > 0s ? std::max<std::chrono::milliseconds>(keptFor, plan.revertAfter + 1h) : keptFor;
}

RedisStore::Place readRedisPlace(ConfigReader &reader, const ActionSpec &spec, const Profile &profile,
                                 QList<Error> *errors)
{
    RedisStore::Place place{.deployment = profile.name,
                            .environment = profile.environment,
                            .marker = reader.string(u"environment", u"quarterdeck:environment"_s),
                            .connection = {}};
    if (const auto connection = redisOperatorOf(spec, profile))
        place.connection = *connection;
    else
        errors->append(connection.error());
    return place;
}

} // namespace qd
