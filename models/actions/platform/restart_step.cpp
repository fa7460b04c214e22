/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/platform_steps.h"

using namespace Qt::StringLiterals;

namespace qd {

Result<void> RestartStep::add(Plan &plan, Deadline deadline)
{
    if (const auto cannot = m_on.service.cannot(ServiceDeed::Restart))
        return std::unexpected(*cannot);
    const auto last = m_on.service.lastRestart(deadline);
    if (!last)
        return std::unexpected(last.error());
    plan.steps = {{u"service-restart"_s, {m_on.service.name(), *last, m_on.service.title()}}};
    return {};
}

Result<QList<std::optional<QByteArray>>> RestartStep::print(const Plan &, Deadline deadline)
{
    const auto last = m_on.service.lastRestart(deadline);
    if (!last)
        return std::unexpected(last.error());
    return QList<std::optional<QByteArray>>{last->toUtf8()};
}

Result<Stand> RestartStep::stand(const Plan &, const Phrase &step, Deadline deadline)
{
    const auto last = m_on.service.lastRestart(deadline);
    if (!last)
        return std::unexpected(last.error());
    return *last == step.arguments.value(1) ? Stand::Before : Stand::After;
}

Result<void> RestartStep::perform(const Plan &, const Phrase &, Deadline deadline)
{
    return m_on.service.restart(deadline);
}

Result<void> RestartStep::revert(const Plan &, const Phrase &, Deadline)
{
    return m_on.notMine();
}

} // namespace qd
