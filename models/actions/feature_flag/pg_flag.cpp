/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/feature_flag/feature_flag.h"

#include "actions/feature_flag/held_flag.h"
#include "actions/pg_action.h"
#include "actions/registry.h"
#include "base/cleaned.h"
#include "sources/postgresql/ask.h"

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// What the table holds of one flag.
struct Held
{
    HeldFlag flag;
    QString version; ///< xmin: another one, and somebody wrote there
};

QString wordOf(const std::optional<QByteArray> &cell)
{
    return cell == "t" ? u"true"_s : u"false"_s;
}

class SetFlag final : public PgAction
{
public:
    SetFlag(FlagTable table, const Clock &clock, PgConnection::Stop stop)
        : PgAction(table.place, table.leaseTime, clock, std::move(stop))
        , m_table(std::move(table))
    {
    }

    Result<QByteArray> version(const Plan &plan, Deadline deadline) override
    {
        if (auto opened = open(deadline); !opened)
            return std::unexpected(opened.error());
        const auto held = read(plan.resource, deadline);
        return held ? Result<QByteArray>(held->version.toLatin1()) : std::unexpected(held.error());
    }

protected:
    Result<void> fill(Plan &plan, const Wish &wish, Deadline deadline) override
    {
        const auto held = read(wish.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        const auto changes = changesOf(wish, held->flag, where());
        if (!changes)
            return std::unexpected(changes.error());
        plan.action = u"feature-flag"_s;
        plan.fingerprint = fingerprint(wish.resource, *held);
        plan.changes = *changes;
        plan.steps = {{u"flag-set"_s, {wish.resource}}};
        plan.undo = undoOf(plan);
        plan.impact = impact(deadline);
        return {};
    }

    Result<void> asPlanned(const Plan &plan, Deadline deadline) override
    {
        const auto held = read(plan.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        if (fingerprint(plan.resource, *held) != plan.fingerprint)
            return failure(ErrorCode::BadInput, u"%1 is not as the plan found it; make a new plan"_s.arg(plan.resource),
                           where());
        return {};
    }

    Result<Stand> stand(const Plan &plan, qsizetype, Deadline deadline) override
    {
        const auto held = read(plan.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        return standOf(plan, {u"enabled"_s, u"rollout"_s}, held->flag);
    }

    Result<void> make(const Plan &plan, qsizetype, Way way, Deadline deadline) override
    {
        return way == Way::There ? set(plan, &Change::before, &Change::after, deadline)
                                 : set(plan, &Change::after, &Change::before, deadline);
    }

    QList<Check> seen(const Plan &plan, Deadline deadline) override
    {
        const auto stands = stand(plan, 0, deadline);
        Check check{.phrase = {u"flag-as-expected"_s, {plan.resource}}};
        if (!stands || *stands != Stand::After) {
            check.result = Check::Result::Failed;
            check.error = stands ? Error{ErrorCode::BadReply, u"%1 is not as it was set"_s.arg(plan.resource), where()}
                                 : stands.error();
        }
        return {check};
    }

private:
    Result<Held> read(const QString &flag, Deadline deadline)
    {
        QByteArray sql = "SELECT " + identifier(m_table.enabled) + "::boolean AS enabled, xmin::text AS version";
        if (!m_table.rollout.isEmpty())
            sql += ", " + identifier(m_table.rollout) + "::text AS rollout";
        sql += " FROM " + identifier(m_table.table) + " WHERE " + identifier(m_table.key) + " = $1";
        const auto rows = store().ask(sql, {flag.toUtf8()}, deadline);
        if (!rows)
            return std::unexpected(rows.error());
        if (rows->rows.isEmpty())
            return failure(ErrorCode::NotFound,
                           u"there is no flag '%1' in %2; it has %3"_s.arg(flag, m_table.table, names(deadline)),
                           where());
        if (rows->rows.size() != 1)
            return failure(ErrorCode::NotFound,
                           u"%1 has %2 rows for the flag '%3'; one is expected"_s.arg(m_table.table)
                               .arg(rows->rows.size())
                               .arg(flag),
                           where());
        Held held{.flag = {.enabled = wordOf(rows->at(0, u"enabled")),
                           .rollout = {},
                           .hasRollout = !m_table.rollout.isEmpty()},
                  .version = QString::fromUtf8(rows->at(0, u"version").value_or(QByteArray()))};
        if (const auto rollout = rows->at(0, u"rollout"))
            held.flag.rollout = cleaned(QString::fromUtf8(*rollout));
        return held;
    }

    /// Of the flags that there are.
    QString names(Deadline deadline)
    {
        const auto rows = store().ask("SELECT " + identifier(m_table.key) + "::text AS name FROM " +
                                          identifier(m_table.table) + " ORDER BY 1 LIMIT 21",
                                      {}, deadline);
        QStringList names;
        for (qsizetype i = 0; rows && i < rows->rows.size(); ++i)
            names.append(QString::fromUtf8(rows->at(i, u"name").value_or(QByteArray())));
        return someOf(names);
    }

    QList<Measure> impact(Deadline deadline)
    {
        QList<Measure> all;
        for (const PgMeasure &each : m_table.measures) {
            if (const auto opened = open(deadline); opened) // one that took too long may have cost the connection
                all.append(measured(store(), each, deadline));
            else
                all.append({.what = each.what, .number = {}, .unit = {}, .source = cleaned(opened.error().message)});
        }
        if (all.isEmpty())
            all.append({.what = u"reach"_s,
                        .number = {},
                        .unit = {},
                        .source = u"the profile's action names nothing under measures"_s});
        return all;
    }

    static QByteArray fingerprint(const QString &flag, const Held &held)
    {
        return fingerprintOf({flag.toUtf8(), held.flag.enabled.value_or(QString()).toUtf8(), wordFor(held.flag.rollout),
                              held.version.toUtf8()});
    }

    /// Changes the row where it still has what `from` says.
    Result<void> set(const Plan &plan, std::optional<QString> Change::*from, std::optional<QString> Change::*to,
                     Deadline deadline)
    {
        QList<QByteArray> parameters{plan.resource.toUtf8()};
        QByteArrayList sets;
        QByteArray condition;
        const auto bind = [&](const std::optional<QString> &value) {
            parameters.append(value ? value->toUtf8() : QByteArray());
            return '$' + QByteArray::number(parameters.size());
        };
        const auto field = [&](const QString &what, const QString &column, const QByteArray &type) {
            const Change *change = plan.change(what);
            if (!change)
                return;
            sets.append(identifier(column) + " = " + bind(change->*to) + "::" + type);
            condition += " AND " + identifier(column) + " IS NOT DISTINCT FROM " + bind(change->*from) + "::" + type;
        };
        field(u"enabled"_s, m_table.enabled, "boolean");
        field(u"rollout"_s, m_table.rollout, "integer");
        if (!m_table.updatedBy.isEmpty())
            sets.append(identifier(m_table.updatedBy) + " = " + bind(actor()));
        if (!m_table.updatedAt.isEmpty())
            sets.append(identifier(m_table.updatedAt) + " = now()");
        const QByteArray sql = "UPDATE " + identifier(m_table.table) + " SET " + sets.join(", ") + " WHERE " +
                               identifier(m_table.key) + " = $1" + condition + " RETURNING 1";
        return guarded(
            [&](PgConnection &connection, Deadline until) -> Result<void> {
                const auto rows = connection.query(sql, parameters, until);
                if (!rows)
                    return std::unexpected(rows.error());
                if (rows->rows.size() != 1)
                    return failure(ErrorCode::BadInput,
                                   u"%1 is not as the plan found it; nothing was changed"_s.arg(plan.resource),
                                   where());
                return {};
            },
            deadline);
    }

    const FlagTable m_table;
};
} // namespace

std::expected<std::unique_ptr<Action>, QList<Error>>
makePgFlagAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop)
{
    QList<Error> errors;
    ConfigReader reader(spec.options, &errors);
    FlagTable flags{
        .place = {.deployment = profile.name, .environment = profile.environment, .marker = {}, .connection = {}}};
    if (!reader.has(u"table"))
        static_cast<void>(reader.requiredString(u"table"));
    flags.table = tableName(reader, u"table");
    flags.place.marker = tableName(reader, u"environment");
    const ConfigNode columns = reader.map(u"columns");
    ConfigReader names(columns, &errors);
    for (const QStringView needed : {u"key", u"set"}) {
        if (!names.has(needed))
            names.error(columns, u"'%1' is missing: expected the name of a column"_s.arg(needed));
    }
    flags.key = columnName(names, u"key");
    flags.enabled = columnName(names, u"set");
    flags.rollout = columnName(names, u"rollout_percent");
    flags.updatedBy = columnName(names, u"updated_by");
    flags.updatedAt = columnName(names, u"updated_at");
    names.finish();
    flags.measures = readMeasures(reader, errors);
    reader.finish();
    if (const auto connection = operatorOf(spec, profile))
        flags.place.connection = *connection;
    else
        errors.append(connection.error());
    if (!errors.isEmpty())
        return std::unexpected(errors);
    return setFlag(std::move(flags), clock, stop);
}

std::unique_ptr<Action> setFlag(FlagTable table, const Clock &clock, PgConnection::Stop stop)
{
    return std::make_unique<SetFlag>(std::move(table), clock, std::move(stop));
}

} // namespace qd
