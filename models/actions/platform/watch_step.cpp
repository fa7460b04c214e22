/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/platform_steps.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
using State = DeployRun::State;

QString minutes(std::chrono::milliseconds time)
{
    return time < 1min ? u"%1 s"_s.arg(std::chrono::ceil<std::chrono::seconds>(time).count())
                       : u"%1 min"_s.arg(std::chrono::ceil<std::chrono::minutes>(time).count());
}

void WatchStep::add(Plan &plan) const
{
    plan.steps.append({u"service-watched"_s, {m_on.service.name(), minutes(m_on.platform.watchTime)}});
}

Result<QList<std::optional<QByteArray>>> WatchStep::print(const Plan &, Deadline)
{
    return QList<std::optional<QByteArray>>();
}

/// Whoever did not see it is not told that it was: then it is watched anew.
Result<Stand> WatchStep::stand(const Plan &plan, const Phrase &, Deadline deadline)
{
    if (!m_isProved)
        return Stand::Before;
    const auto run = runOf(plan, m_on, deadline);
    if (!run)
        return std::unexpected(run.error());
    return run->state == State::Live && !unwell(deadline) ? Stand::After : Stand::Before;
}

/// Errors: Timeout (not proved good in time), ServerError (it failed), Cancelled: all leave it to a person whether
/// to go on or to go back.
Result<void> WatchStep::perform(const Plan &plan, const Phrase &, Deadline)
{
    const auto end = std::chrono::steady_clock::now() + m_on.platform.watchTime;
    QString why;
    int good = 0;
    do {
        const Deadline deadline = m_on.soon();
        const auto run = runOf(plan, m_on, deadline);
        if (run && run->state == State::Failed)
            return failure(ErrorCode::ServerError,
                           u"the deploy %1 ended as %2, and what was live before goes on: resume deploys once more, "
                           "undo takes the rest back"_s.arg(run->id, run->word),
                           m_on.where());
        if (!run)
            why = run.error().message;
        else if (run->state != State::Live)
            why = u"the deploy %1 is %2"_s.arg(run->id, run->word);
        else
            why = unwell(deadline).value_or(QString());
        good = why.isEmpty() ? good + 1 : 0;
        if (good == m_on.platform.provedBy) {
            m_isProved = true;
            return {};
        }
        if (!m_on.line.sleep(m_on.platform.pace))
            return failure(ErrorCode::Cancelled, u"stopped while it was watched"_s, m_on.where());
    } while (std::chrono::steady_clock::now() < end);
    const QString next = plan.undo.isEmpty() ? u"resume watches on"_s : u"resume watches on, undo goes back"_s;
    return failure(ErrorCode::Timeout,
                   u"not proved good within %1 (%2): %3"_s.arg(
                       minutes(m_on.platform.watchTime), why.isEmpty() ? u"good for too short a time"_s : why, next),
                   m_on.where());
}

Result<void> WatchStep::revert(const Plan &, const Phrase &, Deadline)
{
    m_isProved = false;
    return {};
}

/// What keeps the service from being well. Nothing: nothing does.
std::optional<QString> WatchStep::unwell(Deadline deadline)
{
    m_degraded.clear();
    for (const ServicePlatform::Health &health : m_on.platform.health) {
        const auto answer = m_on.line.poll(health.id, health.factory, deadline);
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

} // namespace qd
