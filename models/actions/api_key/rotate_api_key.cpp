/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/api_key/api_key.h"

#include "base/cleaned.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using namespace ApiKeySteps;

class RotateApiKey final : public ApiKeyAction
{
public:
    using ApiKeyAction::ApiKeyAction;

    Result<void> mayUndo(const Plan &plan, Deadline deadline) override
    {
        const auto keys = keysOf(plan, deadline);
        return keys ? mayTakeBack(*keys, plan, true) : std::unexpected(keys.error());
    }

protected:
    Result<void> fillFor(Plan &plan, const Wish &wish, const ClientKeys &keys, const ClientKey &old) override
    {
        if (!old.isValid(keys.at))
            return failure(ErrorCode::BadInput,
                           u"the time of %1 is over: there is nobody to go on; issue another by hand"_s.arg(old.prefix),
                           where());
        const auto named = goneOnWith(wish, keys, old);
        if (!named)
            return std::unexpected(named.error());
        const QString next = named->isEmpty() ? QString::fromLatin1(table().form.newPrefix()) : *named;
        plan.action = u"rotate-api-key"_s;
        const auto add = [&](QLatin1StringView code, const QString &more) {
            plan.steps.append({code, {next, old.prefix, more}});
        };
        plan.changes = {{.what = u"api-key"_s, .before = old.prefix, .after = next}};
        if (named->isEmpty()) {
            add(issued, clientOf(old));
            if (table().probe)
                add(proved, table().probe->path);
            if (has(u"expires_at"_s))
                plan.changes.append({.what = u"api-key-lasts"_s,
                                     .before = std::nullopt,
                                     .after = QString::number(table().lasts.count())});
        }
        const bool endsSooner = old.expiresAt && *old.expiresAt <= keys.at + table().overlap;
        if (has(u"expires_at"_s) && !endsSooner) {
            add(ends, QString::number(table().overlap.count()));
            plan.changes.append(
                {.what = u"api-key-end"_s, .before = old.end, .after = QString::number(table().overlap.count())});
        } else if (named->isEmpty()) {
            plan.changes.append({.what = endsSooner ? u"old-api-key-ends"_s : u"old-api-key-stays"_s,
                                 .before = u"valid"_s,
                                 .after = u"valid"_s});
        }
        if (plan.steps.isEmpty())
            return failure(ErrorCode::BadInput,
                           u"nothing is left to do with %1 but to retire it, once nobody uses it"_s.arg(old.prefix),
                           where());
        plan.undo = {{u"api-key-taken-back"_s, {named->isEmpty() ? next : QString(), old.prefix}}};
        return {};
    }

    Stand standOf(const ClientKeys &keys, const Plan &plan, const Phrase &step) const override
    {
        if (step.code == proved)
            return wasProved() ? Stand::After : Stand::Before;
        const ClientKey *next = keys.find(step.arguments.value(0));
        const ClientKey *old = keys.find(step.arguments.value(1));
        if (!old || old->isRevoked)
            return Stand::Other;
        if (step.code == issued) {
            if (next)
                return next->isRevoked ? Stand::Before : Stand::After; // as taking it back leaves it
            return keys.fingerprint == plan.fingerprint ? Stand::Before : Stand::Other;
        }
        const Change *end = plan.change(u"api-key-end");
        if (!end)
            return Stand::Other;
        if (old->end == end->before)
            return Stand::Before;
        const bool isSooner = old->expiresAt && (!end->before || *end->before == "infinity"_L1 ||
                                                 old->end.value_or(QString()).toLongLong() < end->before->toLongLong());
        return isSooner ? Stand::After : Stand::Other;
    }

    Result<void> change(PgConnection &connection, const ClientKeys &keys, const Plan &plan, const Phrase &step, Way way,
                        Deadline deadline) override
    {
        const QString &next = step.arguments.value(0);
        const QString &old = step.arguments.value(1);
        if (way == Way::Back) {
            if (auto may = mayTakeBack(keys, plan, false); !may)
                return may;
        }
        if (step.code == issued && way == Way::Back)
            return revoke(connection, next, true, deadline);
        if (step.code == issued)
            return keys.find(next)
                       ? failure(ErrorCode::BadInput,
                                 u"%1 was taken back: make the plan again, for another key"_s.arg(next), where())
                       : issue(connection, plan, next, old, deadline);
        const QByteArray column = columnOf(u"expires_at"_s);
        if (way == Way::There)
            return update(connection, old,
                          column + " = clock_timestamp() + interval '" +
                              QByteArray::number(qint64(table().overlap.count())) + " seconds'",
                          deadline);
        const Change *end = plan.change(u"api-key-end");
        const QByteArray before = !end->before ? QByteArray("NULL")
                                  : *end->before == "infinity"_L1
                                      ? QByteArray("'infinity'")
                                      : "timestamptz 'epoch' + " + QByteArray::number(end->before->toLongLong()) +
                                            " * interval '1 microsecond'";
        return update(connection, old, column + " = " + before, deadline);
    }

private:
    /// Nobody uses what was issued, but for its proof. `hasEnded`: it may have been handed over.
    [[nodiscard]] Result<void> mayTakeBack(const ClientKeys &keys, const Plan &plan, bool hasEnded) const
    {
        const Phrase first = plan.steps.value(0);
        const ClientKey *next = keys.find(first.arguments.value(0));
        if (first.code != issued || !next || next->isRevoked)
            return {};
        const QString leftTo = u"%1: to cut its client off is revoke-api-key's"_s;
        ClientKey key = *next;
        const Change *lasts = plan.change(u"api-key-lasts");
        if (!key.createdAt && key.expiresAt && lasts && lasts->after) { // its end was set when it was issued
            const Instant at = *key.expiresAt - std::chrono::seconds(lasts->after->toLongLong());
            if (!key.lastUsedAt || *key.lastUsedAt >= at) // else by hand, later
                key.createdAt = at;
        }
        if (has(u"last_used_at"_s) && key.wasNeverUsed())
            return {};
        if (has(u"last_used_at"_s) && key.createdAt)
            return failure(ErrorCode::BadInput, leftTo.arg(u"%1 is in use"_s.arg(key.prefix)), where());
        return hasEnded ? failure(ErrorCode::BadInput,
                                  leftTo.arg(u"nothing tells whether %1 is in use"_s.arg(key.prefix)), where())
                        : Result<void>();
    }

    /// The key that was issued before and is gone on with; empty: another is issued.
    [[nodiscard]] Result<QString> goneOnWith(const Wish &wish, const ClientKeys &keys, const ClientKey &old) const
    {
        for (const auto &[what, value] : wish.set) {
            if (what != "to"_L1)
                return failure(ErrorCode::BadInput, u"'%1': expected to=KEY, or nothing"_s.arg(cleaned(what, 60)),
                               where());
            const ClientKey *key = keys.find(value);
            if (!key || key == &old || !key->isValid(keys.at))
                return failure(ErrorCode::BadInput,
                               u"'%1' is no other valid key of the same client"_s.arg(cleaned(value, 20)), where());
            return key->prefix;
        }
        // Where nothing tells whose a key is, those that nobody has used are other clients'.
        if (!has(u"label"_s) || !has(u"last_used_at"_s))
            return QString();
        const auto unused = std::ranges::find_if(keys.keys, [&](const ClientKey &each) {
            return each.prefix != old.prefix && each.isValid(keys.at) && each.wasNeverUsed();
        });
        if (unused == keys.keys.end())
            return QString();
        return failure(
            ErrorCode::BadInput,
            u"%1 was issued for the same client already, and never used: retire it, or go on with it (to=%1)"_s.arg(
                unused->prefix),
            where());
    }
};
} // namespace

std::expected<std::unique_ptr<Action>, QList<Error>> makeRotateApiKeyAction(const ActionSpec &spec,
                                                                            const Profile &profile, const Clock &clock,
                                                                            const PgConnection::Stop &stop)
{
    QList<Error> errors;
    ApiKeyTable table = readApiKeyTable(spec, profile, errors);
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return std::make_unique<RotateApiKey>(std::move(table), clock, stop);
}

} // namespace qd
