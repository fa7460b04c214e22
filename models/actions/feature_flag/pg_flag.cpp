/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/feature_flag/feature_flag.h"

#include "actions/feature_flag/held_flag.h"
#include "actions/lease_keeper.h"
#include "actions/registry.h"
#include "base/cleaned.h"
#include "profile/environment.h"
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

class SetFlag final : public Action
{
public:
    SetFlag(FlagTable table, const Clock &clock, PgConnection::Stop stop)
        : m_table(std::move(table))
        , m_clock(clock)
        , m_stop(std::move(stop))
    {
    }

    Result<Plan> plan(const Wish &wish, Deadline deadline) override
    {
        if (auto opened = open(deadline); !opened)
            return std::unexpected(opened.error());
        const auto held = read(wish.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        Plan plan{.action = u"feature-flag"_s,
                  .settings = {},
                  .target = m_store->target(),
                  .resource = wish.resource,
                  .changes = {},
                  .fingerprint = fingerprint(wish.resource, *held),
                  .steps = {},
                  .undo = {},
                  .impact = {},
                  .risk = isProduction(m_table.place.environment) ? Risk::Medium : Risk::Low,
                  .author = wish.author,
                  .reason = wish.reason,
                  .madeAt = m_clock.now()};
        const auto changes = changesOf(wish, held->flag, where());
        if (!changes)
            return std::unexpected(changes.error());
        plan.changes = *changes;
        plan.steps = {{u"flag-set"_s, {wish.resource}}};
        plan.undo = undoOf(plan);
        plan.impact = impact(deadline);
        return plan;
    }

    QList<Check> checks(const Plan &plan, Deadline deadline) override
    {
        QList<Check> checks;
        const auto add = [&](const QString &code, const std::optional<Error> &error,
                             Check::Result bad = Check::Result::Failed) {
            checks.append({.phrase = {code, {}}, .result = error ? bad : Check::Result::Passed, .error = error});
            return !error;
        };
        const auto opened = open(deadline);
        if (!add(u"target-reached"_s, opened ? std::nullopt : std::optional(opened.error())) ||
            !add(u"target-proved"_s, m_store->differsFrom(plan.target)))
            return checks;
        const auto held = read(plan.resource, deadline);
        std::optional<Error> changed = held ? std::nullopt : std::optional(held.error());
        if (held && fingerprint(plan.resource, *held) != plan.fingerprint)
            changed = Error{ErrorCode::BadInput,
                            u"%1 is not as the plan found it; make a new plan"_s.arg(plan.resource), where()};
        add(u"state-as-planned"_s, changed);
        const auto lease = m_store->lease(deadline);
        if (lease && *lease)
            add(u"nobody-else-acts"_s, heldBy(**lease, where()));
        else if (!lease && lease.error().code != ErrorCode::NotFound)
            add(u"nobody-else-acts"_s, lease.error(), Check::Result::Warned);
        else
            add(u"nobody-else-acts"_s, {});
        return checks;
    }

    Result<std::optional<Lease>> begin(const Plan &plan, const QString &holder, Deadline deadline) override
    {
        m_plan = plan.target;
        m_actor = holder.left(holder.lastIndexOf(u'@')); // without the host
        if (auto opened = open(deadline); !opened)
            return std::unexpected(opened.error());
        auto taken = m_store->take(holder, m_table.leaseTime, deadline);
        if (!taken && taken.error().code != ErrorCode::Forbidden)
            return std::unexpected(taken.error());
        if (taken) {
            m_lease = *taken;
            m_keeper = std::make_unique<LeaseKeeper>(m_table.place, m_store->target(), *m_lease, m_table.leaseTime);
        }
        return m_lease;
    }

    Result<void> renew(Deadline deadline) override
    {
        if (!m_lease)
            return {};
        if (auto opened = open(deadline); !opened)
            return opened;
        return m_store->renew(*m_lease, m_table.leaseTime, deadline);
    }

    Result<Stand> look(const Plan &plan, qsizetype, Deadline deadline) override
    {
        if (auto opened = open(deadline); !opened)
            return std::unexpected(opened.error());
        const auto held = read(plan.resource, deadline);
        if (!held)
            return std::unexpected(held.error());
        return standOf(plan, {u"enabled"_s, u"rollout"_s}, held->flag);
    }

    Result<void> perform(const Plan &plan, qsizetype, Deadline deadline) override
    {
        return set(plan, &Change::before, &Change::after, deadline);
    }

    Result<void> revert(const Plan &plan, qsizetype, Deadline deadline) override
    {
        return set(plan, &Change::after, &Change::before, deadline);
    }

    Result<QByteArray> version(const Plan &plan, Deadline deadline) override
    {
        if (auto opened = open(deadline); !opened)
            return std::unexpected(opened.error());
        const auto held = read(plan.resource, deadline);
        return held ? Result<QByteArray>(held->version.toLatin1()) : std::unexpected(held.error());
    }

    QList<Check> verify(const Plan &plan, Deadline deadline) override
    {
        const auto stand = look(plan, 0, deadline);
        Check check{.phrase = {u"flag-as-expected"_s, {plan.resource}}};
        if (!stand || *stand != Stand::After) {
            check.result = Check::Result::Failed;
            check.error = stand ? Error{ErrorCode::BadReply, u"%1 is not as it was set"_s.arg(plan.resource), where()}
                                : stand.error();
        }
        return {check};
    }

    void end(Deadline deadline) override
    {
        m_keeper.reset();
        if (m_store && m_lease) [[maybe_unused]]
            const auto tried = m_store->giveBack(*m_lease, deadline);
        m_lease.reset();
    }

private:
    [[nodiscard]] QString where() const { return m_store ? m_store->target().address : QString(); }

    /// On a new connection the target is proved anew.
    Result<void> open(Deadline deadline)
    {
        if (!m_store || !m_store->usable()) {
            auto opened = PgStore::open(m_table.place, deadline, m_stop);
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

    Result<Held> read(const QString &flag, Deadline deadline)
    {
        QByteArray sql = "SELECT " + identifier(m_table.enabled) + "::boolean AS enabled, xmin::text AS version";
        if (!m_table.rollout.isEmpty())
            sql += ", " + identifier(m_table.rollout) + "::text AS rollout";
        sql += " FROM " + identifier(m_table.table) + " WHERE " + identifier(m_table.key) + " = $1";
        const auto rows = m_store->ask(sql, {flag.toUtf8()}, deadline);
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
        const auto rows = m_store->ask("SELECT " + identifier(m_table.key) + "::text AS name FROM " +
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
                all.append(measured(*m_store, each, deadline));
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
        if (auto opened = open(deadline); !opened)
            return opened;
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
            sets.append(identifier(m_table.updatedBy) + " = " + bind(m_actor));
        if (!m_table.updatedAt.isEmpty())
            sets.append(identifier(m_table.updatedAt) + " = now()");
        const QByteArray sql = "UPDATE " + identifier(m_table.table) + " SET " + sets.join(", ") + " WHERE " +
                               identifier(m_table.key) + " = $1" + condition + " RETURNING 1";
        return m_store->guarded(
            m_lease,
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
    const Clock &m_clock;
    const PgConnection::Stop m_stop;
    std::optional<PgStore> m_store;
    std::optional<Target> m_plan; ///< once it acts
    QString m_actor;              ///< the operator, as of the next
    std::optional<Lease> m_lease;
    std::unique_ptr<LeaseKeeper> m_keeper;
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
