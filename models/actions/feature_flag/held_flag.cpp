/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/feature_flag/held_flag.h"

#include "base/cleaned.h"
#include "sources/switch_word.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
Result<Change> changeTo(const QString &what, const QString &value, const HeldFlag &held, const QString &where)
{
    if (what == "enabled"_L1) {
        if (value != "true"_L1 && value != "false"_L1)
            return failure(ErrorCode::BadInput, u"'%1': expected true or false"_s.arg(cleaned(value, 60)), where);
        const auto now = held.enabled ? isOn(*held.enabled) : std::nullopt;
        if (!now)
            return failure(ErrorCode::BadReply, u"it holds neither true nor false; look there"_s, where);
        const bool on = value == "true"_L1;
        return Change{
            .what = what, .before = held.enabled, .after = on == *now ? held.enabled : inStyleOf(held.enabled, on)};
    }
    bool ok = false;
    const int percent = value.toInt(&ok);
    if (what != "rollout"_L1 || !held.hasRollout)
        return failure(ErrorCode::BadInput,
                       u"this flag has no '%1'; it has %2"_s.arg(
                           cleaned(what, 60), held.hasRollout ? u"enabled and rollout"_s : u"enabled"_s),
                       where);
    if (!ok || percent < 0 || percent > 100)
        return failure(ErrorCode::BadInput, u"'%1': expected a percentage from 0 to 100"_s.arg(cleaned(value, 60)),
                       where);
    return Change{.what = what, .before = held.rollout, .after = QString::number(percent)};
}

/// "on", "at 25 %", "off and at 25 %": of what is wished for.
QString stateOf(const HeldFlag &held, const Wish &wish)
{
    QStringList state;
    if (wish.set.contains(u"enabled"_s))
        state.append(isOn(held.enabled.value_or(QString())).value_or(false) ? u"on"_s : u"off"_s);
    if (wish.set.contains(u"rollout"_s))
        state.append(u"at %1 %"_s.arg(cleaned(held.rollout.value_or(QString()), 60)));
    return state.join(u" and "_s);
}
} // namespace

Result<QList<Change>> changesOf(const Wish &wish, const HeldFlag &held, const QString &where)
{
    if (wish.set.empty())
        return failure(ErrorCode::BadInput, u"expected what to set, such as enabled=true"_s, where);
    QList<Change> changes;
    for (const auto &[what, value] : wish.set) {
        const auto change = changeTo(what, value, held, where);
        if (!change)
            return std::unexpected(change.error());
        if (change->before != change->after)
            changes.append(*change);
    }
    if (changes.isEmpty())
        return failure(ErrorCode::BadInput,
                       u"%1 is %2 already; nothing would change"_s.arg(wish.resource, stateOf(held, wish)), where);
    return changes;
}

Stand standOf(const Plan &plan, const QStringList &what, const HeldFlag &held)
{
    const auto stands = [&](std::optional<QString> Change::*side) {
        return std::ranges::all_of(plan.changes, [&](const Change &change) {
            return !what.contains(change.what) || held[change.what] == change.*side;
        });
    };
    if (stands(&Change::after))
        return Stand::After;
    return stands(&Change::before) ? Stand::Before : Stand::Other;
}

QList<Phrase> undoOf(const Plan &plan)
{
    QList<Phrase> undo;
    for (const Change &change : plan.changes)
        undo.append({u"flag-set-back"_s, {plan.resource, change.what, change.before.value_or(QString())}});
    return undo;
}

QString someOf(const QStringList &flags)
{
    constexpr qsizetype most = 20;
    QStringList some;
    for (qsizetype i = 0; i < std::min(most, flags.size()); ++i)
        some.append(cleaned(flags[i], 60));
    if (flags.size() > most)
        some.append(u"and more"_s);
    return some.isEmpty() ? u"none that can be read"_s : some.join(u", "_s);
}

} // namespace qd
