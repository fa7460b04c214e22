/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/platform_steps.h"
#include "base/cleaned.h"
#include "sources/evidence.h"
#include "sources/switch_word.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QString unitOf(const Hosting &on, const QString &key)
{
    const auto unit = on.platform.map.units.find(key);
    return unit == on.platform.map.units.end() ? QString() : unit->second;
}
} // namespace

Result<void> VariableStep::add(Plan &plan, const Wish &wish, Deadline deadline)
{
    const auto wrong = [&](ErrorCode code, const QString &why) { return failure(code, why, m_on.where()); };
    if (const auto cannot = m_on.service.cannot(ServiceDeed::SetVariable))
        return std::unexpected(*cannot);
    if (const auto cannot = m_on.service.cannot(ServiceDeed::RemoveVariable); cannot && wish.set.contains(u"remove"_s))
        return std::unexpected(*cannot);
    const QString &key = wish.resource;
    QStringList known;
    for (const auto &[name, type] : m_on.platform.map.flags)
        known.append(name);
    if (!known.contains(key))
        return wrong(ErrorCode::NotFound,
                     u"only variables that the profile calls flags are set: it has no '%1', but %2"_s.arg(
                         key, known.isEmpty() ? u"none"_s : known.join(u", "_s)));
    bool removes = false;
    std::optional<QString> value;
    for (const auto &[what, said] : wish.set) {
        if (what == "value"_L1)
            value = said;
        else if (what == "remove"_L1 && said == "true"_L1)
            removes = true;
        else if (what != "then"_L1 || (said != "redeploy"_L1 && said != "nothing"_L1))
            return wrong(ErrorCode::BadInput,
                         u"'%1=%2': expected value=…, or remove=true; and then=redeploy"_s.arg(what, said));
    }
    if (value.has_value() == removes)
        return wrong(ErrorCode::BadInput, u"expected what to set, such as value=300, or remove=true"_s);
    const auto held = m_on.service.variable(key, deadline);
    if (!held)
        return std::unexpected(held.error());
    const auto before = held->has_value() ? settingOf(m_on.platform.map, key, **held) : std::nullopt;
    // Else a secret that was put there by mistake would stand in the plan.
    if (held->has_value() && (!before || safeText(**held) != **held))
        return wrong(ErrorCode::BadReply,
                     u"%1 does not hold what the profile says it does, so it is not shown; mend 'flags' of the "
                     "source, or the variable"_s.arg(key));
    const auto after = value ? settingOf(m_on.platform.map, key, *value) : std::nullopt;
    if (value && (!after || after->isEmpty() || safeText(*value) != *value))
        return wrong(ErrorCode::BadInput, u"'%1': expected %2"_s.arg(cleaned(*value, 60), expected(key)));
    if (before == after)
        return wrong(ErrorCode::BadInput,
                     after ? u"%1 is %2 already; nothing would change"_s.arg(key, cleaned(*after, 60))
                           : u"%1 is not set; nothing would change"_s.arg(key));
    std::optional<QString> written = after;
    if (after && m_on.platform.map.flags.at(key) == PlatformMap::Type::Boolean)
        written = inStyleOf(*held, *after == "on"_L1);
    plan.changes = {{.what = u"variable"_s, .before = *held, .after = written}};
    plan.steps = {{u"variable-set"_s, {key, unitOf(m_on, key), m_on.service.title()}}};
    return {};
}

void VariableStep::addUndo(Plan &plan, const Hosting &on)
{
    const Change *change = plan.change(u"variable");
    if (change && (change->before || !on.service.cannot(ServiceDeed::RemoveVariable)))
        plan.undo.append(
            {u"variable-set-back"_s, {plan.resource, change->before.value_or(QString()), unitOf(on, plan.resource)}});
    else
        plan.undo.clear();
}

Result<QList<std::optional<QByteArray>>> VariableStep::print(const Plan &plan, Deadline deadline)
{
    const auto held = m_on.service.variable(plan.resource, deadline);
    if (!held)
        return std::unexpected(held.error());
    return QList<std::optional<QByteArray>>{plan.resource.toUtf8(), wordFor(*held)};
}

Result<Stand> VariableStep::stand(const Plan &plan, const Phrase &, Deadline deadline)
{
    const Change *change = plan.change(u"variable");
    const auto held = m_on.service.variable(plan.resource, deadline);
    if (!held)
        return std::unexpected(held.error());
    if (change && *held == change->after)
        return Stand::After;
    return change && *held == change->before ? Stand::Before : Stand::Other;
}

Result<void> VariableStep::perform(const Plan &plan, const Phrase &, Deadline deadline)
{
    return set(plan, &Change::before, &Change::after, deadline);
}

Result<void> VariableStep::revert(const Plan &plan, const Phrase &, Deadline deadline)
{
    return set(plan, &Change::after, &Change::before, deadline);
}

Result<void> VariableStep::set(const Plan &plan, std::optional<QString> Change::*from,
                               std::optional<QString> Change::*to, Deadline deadline)
{
    const Change *change = plan.change(u"variable");
    if (!change || !m_on.platform.map.flags.contains(plan.resource))
        return m_on.notMine();
    const auto held = m_on.service.variable(plan.resource, deadline);
    if (!held)
        return failure(isUncertain(held.error().code) ? ErrorCode::Unavailable : held.error().code,
                       held.error().message, m_on.where()); // nothing was sent
    if (*held != change->*from)
        return failure(ErrorCode::BadInput, u"%1 is not as the plan found it; nothing was changed"_s.arg(plan.resource),
                       m_on.where());
    return m_on.service.setVariable(plan.resource, change->*to, deadline);
}

QString VariableStep::expected(const QString &key) const
{
    switch (m_on.platform.map.flags.at(key)) {
    case PlatformMap::Type::Boolean:
        return u"true or false"_s;
    case PlatformMap::Type::Number:
        return unitOf(m_on, key).isEmpty() ? u"a number"_s : u"a number (in %1)"_s.arg(unitOf(m_on, key));
    case PlatformMap::Type::Text:
        break;
    }
    return u"a text of up to 200 characters"_s;
}

} // namespace qd
