/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/password/password_rotation.h"
#include "actions/pg_store.h"
#include "actions/registry.h"
#include "base/cleaned.h"
#include "profile/config.h"
#include "sources/postgresql/ask.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// What a role is, but for its password.
struct Role
{
    bool mayLogIn = false;
    qint64 sessions = 0;
    QStringList rights; ///< "connection limit 20", …; equal where two roles are worth the same
    qint64 owned = 0;   ///< objects
};

// Our own sessions, which try a password, are none of the service's; the last one may be about to end.
constexpr auto readRole =
    "SELECT r.rolcanlogin AS login, r.rolsuper AS super,"
    " (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = r.oid AND a.application_name <> 'quarterdeck')"
    " AS sessions,"
    " (SELECT count(*) FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid"
    "   AND d.deptype = 'o') AS owned,"
    " concat_ws(' ', 'super', r.rolsuper, 'inherit', r.rolinherit, 'createrole', r.rolcreaterole, 'createdb',"
    "   r.rolcreatedb, 'replication', r.rolreplication, 'bypassrls', r.rolbypassrls) AS attributes,"
    " r.rolconnlimit AS connections, coalesce(r.rolvaliduntil::text, 'always') AS valid,"
    " (SELECT coalesce(string_agg(g.rolname || CASE WHEN m.admin_option THEN ' (admin)' ELSE '' END, ', '"
    "   ORDER BY g.rolname), 'none') FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid"
    "   WHERE m.member = r.oid) AS memberships,"
    " (SELECT coalesce(string_agg(coalesce(d.datname, 'all') || ': ' || array_to_string(s.setconfig, ', '), '; '"
    "   ORDER BY d.datname NULLS FIRST), 'none') FROM pg_db_role_setting s LEFT JOIN pg_database d"
    "   ON d.oid = s.setdatabase WHERE s.setrole = r.oid) AS settings,"
    " (SELECT count(*) || ' (' || coalesce(left(md5(string_agg(concat_ws('/', d.dbid, d.classid, d.objid), ','"
    "   ORDER BY d.dbid, d.classid, d.objid)), 8), '') || ')' FROM pg_shdepend d WHERE d.refclassid ="
    "   'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'a') AS grants"
    " FROM pg_roles r WHERE r.rolname = $1";

// Since PostgreSQL 16 CREATEROLE alone changes no other role.
constexpr auto readMayAlter =
    "SELECT me.rolsuper OR (NOT t.rolsuper AND me.rolcreaterole AND"
    " (current_setting('server_version_num')::int < 160000 OR EXISTS (SELECT FROM pg_auth_members m"
    "   WHERE m.roleid = t.oid AND m.member = me.oid AND m.admin_option))) AS may,"
    " t.rolcanlogin AS login"
    " FROM pg_roles me, pg_roles t WHERE me.rolname = current_user AND t.rolname = $1";

/// The password that a service logs in to PostgreSQL with. Where two roles take turns: "role-readied" {idle role,
/// PostgreSQL, "yes" if it could log in before}, "roles-proved" {it, the old one, PostgreSQL} and "role-retired" {the
/// old one, PostgreSQL}. With one alone: "role-password-changed" {role, PostgreSQL} and "role-proved" {role,
/// PostgreSQL}.
class RolePassword final : public PasswordRotation
{
public:
    RolePassword(Hosting on, LoginPlace variables, PgStore::Place place, QStringList roles, QStringList watching,
                 PgConnection::Stop stop)
        : PasswordRotation(on, std::move(variables))
        , m_place(std::move(place))
        , m_roles(std::move(roles))
        , m_watching(std::move(watching))
        , m_stop(std::move(stop))
    {
    }

    QString action() const override { return u"rotate-database-password"_s; }
    bool has(const Phrase &step) const override
    {
        return QStringList{u"password-set"_s, u"role-readied"_s,          u"roles-proved"_s,
                           u"role-retired"_s, u"role-password-changed"_s, u"role-proved"_s}
            .contains(step.code);
    }

    Result<QStringList> identity(Deadline deadline) override
    {
        if (!m_store || !m_store->usable()) {
            auto store = PgStore::open(m_place, deadline, m_stop);
            if (!store)
                return std::unexpected(store.error());
            m_store.emplace(std::move(*store));
        }
        if (const auto differs = m_store->differsFrom(m_store->target()))
            return std::unexpected(*differs);
        return m_store->target().ownWords();
    }

    void reset() override
    {
        PasswordRotation::reset();
        m_store.reset(); // whoever begins to act proves it on a connection of its own
        m_isProved = false;
    }

    void deploys(Deadline) override {}

    Result<QList<std::optional<QByteArray>>> print(const Plan &plan, Deadline deadline) override
    {
        const auto now = held(deadline);
        if (!now)
            return std::unexpected(now.error());
        QList<std::optional<QByteArray>> words{printAsPlanned(plan, *now).toLatin1()};
        for (const QString &name : m_roles) {
            const auto role = roleOf(name, deadline);
            if (!role)
                return std::unexpected(role.error());
            words += {name.toUtf8(), role->mayLogIn ? "login" : "no login", role->rights.join(u'\n').toUtf8()};
        }
        return words;
    }

    Result<Stand> stand(const Plan &plan, const Phrase &step, Deadline deadline) override
    {
        if (step.code == "roles-proved"_L1 || step.code == "role-proved"_L1)
            return m_isProved ? Stand::After : Stand::Before;
        const auto now = held(deadline);
        if (!now)
            return std::unexpected(now.error());
        const bool isOld = isPlanned(plan, *now);
        if (step.code == "role-password-changed"_L1)
            return standOfChanged(plan, *now, isOld, deadline);
        if (step.code == "password-set"_L1)
            return standOfSet(plan, *now, isOld, deadline);
        const auto role = roleOf(step.arguments.value(0), deadline);
        if (!role)
            return std::unexpected(role.error());
        if (step.code == "role-retired"_L1) {
            if (!isRotation(plan) && !isOld)
                return Stand::Other;
            return role->mayLogIn || (isRotation(plan) && isOld) ? Stand::Before : Stand::After;
        }
        if (!isOld)
            return role->mayLogIn ? Stand::After : Stand::Other;
        const bool couldBefore = step.arguments.value(2) == "yes"_L1;
        return (couldBefore ? !made().isEmpty() : role->mayLogIn) ? Stand::After : Stand::Before;
    }

    Result<void> perform(const Plan &plan, const Phrase &step, Deadline deadline) override
    {
        if (plan.resource != place().name() ||
            (step.code != "password-set"_L1 && !m_roles.contains(step.arguments.value(0))))
            return m_on.notMine();
        if (step.code == "password-set"_L1)
            return set(plan, deadline);
        if (step.code == "roles-proved"_L1)
            return prove(step.arguments.value(0), step.arguments.value(1));
        if (step.code == "role-proved"_L1)
            return proveOne(plan, step.arguments.value(0));
        if (step.code == "role-retired"_L1)
            return retire(plan, step.arguments.value(0), deadline);
        if (step.code == "role-password-changed"_L1) {
            const auto now = held(deadline);
            if (!now)
                return asBefore(now.error());
            return alter(step.arguments.value(0), " PASSWORD ", &now->password, false, deadline);
        }
        drop();
        return readyRole(step.arguments.value(0), deadline);
    }

    Result<void> revert(const Plan &plan, const Phrase &step, Deadline deadline) override
    {
        if (step.code == "password-set"_L1)
            return setBack(plan, deadline);
        if (step.code == "roles-proved"_L1 || step.code == "role-proved"_L1) {
            m_isProved = false;
            return {};
        }
        if (step.code == "role-retired"_L1)
            return failure(ErrorCode::Unsupported,
                           u"the old password of %1 is kept nowhere; rotate once more, and it gets a new one"_s.arg(
                               step.arguments.value(0)),
                           where());
        if (step.code == "role-password-changed"_L1)
            return changeBack(plan, step.arguments.value(0), deadline);
        return unready(plan, step, deadline);
    }

    QList<Check> checks(const Plan &plan, Deadline) override
    {
        const bool isOne = m_roles.size() == 1;
        if (!isOne || m_on.service.keeping().live != "new-pods"_L1 || !isRotation(plan))
            return {};
        return {{.phrase = {u"read-at-deploy"_s, {place().name()}},
                 .result = Check::Result::Warned,
                 .error = Error{ErrorCode::Unsupported,
                                u"a pod that restarts by itself reads the new password at once, and is refused until "
                                "the role has it: two roles that take turns have no such gap"_s,
                                m_on.where()}}};
    }

    QList<Check> seen(const Plan &plan, Deadline deadline) override
    {
        QList<Check> checks = PasswordRotation::seen(plan, deadline);
        const Phrase &last = plan.steps.last();
        if (last.code == "role-retired"_L1)
            checks.append({.phrase = {u"old-role-refused"_s, {last.arguments.value(0)}}});
        return checks;
    }

private:
    Result<void> addRotation(Plan &plan, const Login &held, Deadline deadline) override
    {
        const auto now = possible(held, deadline);
        if (!now)
            return std::unexpected(now.error());
        if (m_roles.size() == 1) {
            plan.changes.append({.what = u"connections"_s, .before = u"accepted"_s, .after = u"gap"_s});
            plan.risk = Risk::High;
            plan.steps = {setStep(held), {u"role-password-changed"_s, {m_roles.first(), where()}}};
            addSessions(plan, m_roles.first(), *now);
            return {};
        }
        const QString idle = other(m_used);
        const auto idleRole = equalRole(idle, *now, deadline);
        if (!idleRole)
            return std::unexpected(idleRole.error());
        if (idleRole->sessions > 0)
            return failure(ErrorCode::BadInput,
                           u"%1 is said to be idle, and has %2 sessions: deploy what %3 holds, or take whoever uses it "
                           "away, or finish what was begun (how=finish)"_s.arg(idle)
                               .arg(idleRole->sessions)
                               .arg(place().name()),
                           where());
        plan.changes.append({.what = u"logs-in-as"_s, .before = m_used, .after = idle});
        plan.changes.append({.what = u"role"_s, .before = m_used, .after = u"no-login"_s});
        plan.steps = {{u"role-readied"_s, {idle, where(), idleRole->mayLogIn ? u"yes"_s : u"no"_s}}, setStep(held)};
        addSessions(plan, m_used, *now);
        return {};
    }

    Result<void> addFinish(Plan &plan, const Login &held, Deadline deadline) override
    {
        const auto now = possible(held, deadline);
        if (!now)
            return std::unexpected(now.error());
        const auto isIn = accepts(held, deadline);
        if (!isIn)
            return std::unexpected(isIn.error());
        m_finish = saltAndPrint(held);
        if (m_roles.size() == 1) {
            plan.risk = Risk::High;
            if (!*isIn)
                plan.steps = {{u"role-password-changed"_s, {m_roles.first(), where()}}};
            addSessions(plan, m_used, *now);
            return {};
        }
        const auto rest = roleOf(other(m_used), deadline);
        if (!rest)
            return std::unexpected(rest.error());
        if (!*isIn || !rest->mayLogIn)
            return failure(
                ErrorCode::BadInput,
                !*isIn ? u"PostgreSQL refuses what %1 holds, so there is nothing to finish with; rotate it"_s.arg(
                             place().name())
                       : u"%1 alone can log in: nothing is half-way"_s.arg(m_used),
                where());
        plan.changes.append({.what = u"role"_s, .before = other(m_used), .after = u"no-login"_s});
        addSessions(plan, m_used, *now);
        addSessions(plan, other(m_used), *rest);
        return {};
    }

    void addProof(Plan &plan) override
    {
        if (m_roles.size() == 1) {
            plan.steps.append({u"role-proved"_s, {m_roles.first(), where()}});
        } else {
            const bool isNew = isRotation(plan);
            const QString next = isNew ? other(m_used) : m_used;
            plan.steps.append({u"roles-proved"_s, {next, other(next), where()}});
            plan.steps.append({u"role-retired"_s, {other(next), where()}});
        }
        if (!isRotation(plan))
            plan.steps.last().arguments += m_finish;
    }

    Result<bool> accepts(const Login &login, Deadline deadline) override
    {
        PostgresConnection connection = m_place.connection;
        connection.user = login.user.isEmpty() ? m_roles.first() : login.user;
        connection.password.reset();
        const auto opened = PgConnection::open(connection, login.password, deadline, m_stop);
        if (opened && !opened->usedPassword())
            return failure(ErrorCode::Unsupported,
                           u"PostgreSQL lets %1 in from here and asks for no password (pg_hba.conf): which one it "
                           "accepts cannot be told"_s.arg(connection.user),
                           where());
        if (opened)
            return true;
        return opened.error().code == ErrorCode::AuthRequired ? Result<bool>(false) : std::unexpected(opened.error());
    }

    QString nextUser(const Plan &plan, const Login &held) const override
    {
        const auto readied = std::ranges::find(plan.steps, u"role-readied"_s, &Phrase::code);
        return readied == plan.steps.end() ? held.user : readied->arguments.value(0);
    }

    bool isHalfSet(const Plan &plan, const Login &held) const override
    {
        if (place().user.isEmpty() || !m_roles.contains(held.user))
            return false;
        // The variable of the password was set, and that of the user was not; or it was set back alone.
        return held.user != nextUser(plan, held) || (old() && held.password.reveal() == old()->password.reveal());
    }

    Result<void> ready(const Plan &plan, Deadline deadline) override
    {
        if (m_roles.size() == 1) {
            if (made().isEmpty())
                make();
            return {};
        }
        return readyRole(nextUser(plan, {}), deadline);
    }

    /// It gets a password that is made here, if it was not given one from here already.
    Result<void> readyRole(const QString &idle, Deadline deadline)
    {
        if (!made().isEmpty())
            return {};
        make();
        if (auto done = alter(idle, " LOGIN PASSWORD ", &made(), true, deadline); !done) {
            if (!isUncertain(done.error().code))
                drop();
            return done;
        }
        const auto isIn = accepts({.user = idle, .password = made().copy()}, deadline);
        if (isIn && *isIn)
            return {};
        // Also while the session that tried it is not gone yet.
        [[maybe_unused]] const auto taken = alter(idle, " NOLOGIN", nullptr, false, deadline);
        drop();
        return isIn ? failure(ErrorCode::Forbidden,
                              u"%1 has a password now, and is refused all the same: does pg_hba.conf let it in?"_s.arg(
                                  idle),
                              where())
                    : asBefore(isIn.error());
    }

    /// The verifier of the password is made here, so that it stands in no log. `isIdle`: only while it has no session.
    Result<void> alter(const QString &name, const QByteArray &what, const Secret *password, bool isIdle,
                       Deadline deadline)
    {
        return m_store->guarded(
            {},
            [&](PgConnection &connection, Deadline until) -> Result<void> {
                QByteArray sql = "ALTER ROLE " + identifier(name) + what;
                if (password) {
                    const auto verifier = connection.verifierOf(name, *password);
                    if (!verifier)
                        return std::unexpected(verifier.error());
                    sql += '\'' + *verifier + '\'';
                }
                const auto sessions =
                    connection.query("SELECT count(*) AS n FROM pg_stat_activity WHERE usename = $1 AND "
                                     "application_name <> 'quarterdeck'",
                                     {name.toUtf8()}, until);
                if (!sessions)
                    return std::unexpected(sessions.error());
                if (isIdle && sessions->at(0, u"n") != "0")
                    return failure(ErrorCode::BadInput, u"%1 has sessions; nothing was changed"_s.arg(name), where());
                const auto done = connection.query(sql, {}, until);
                return done ? Result<void>() : std::unexpected(done.error());
            },
            deadline);
    }

    Result<Stand> standOfSet(const Plan &plan, const Login &now, bool isOld, Deadline deadline)
    {
        if (isOld)
            return Stand::Before;
        if (m_roles.size() == 1)
            return Stand::After; // the role gets what is held there
        if (now.user == nextUser(plan, now)) {
            const auto isIn = accepts(now, deadline);
            if (!isIn)
                return std::unexpected(isIn.error());
            if (*isIn)
                return Stand::After;
        }
        recall(plan);
        return isHalfSet(plan, now) ? Stand::Before : Stand::Other;
    }

    Result<Stand> standOfChanged(const Plan &plan, const Login &now, bool isOld, Deadline deadline)
    {
        if (isRotation(plan) && isOld) {
            recall(plan);
            if (old() && !isBack())
                return Stand::After;
        }
        if (!isRotation(plan) && !isOld)
            return Stand::Other;
        const auto isIn = accepts(now, deadline);
        if (!isIn)
            return std::unexpected(isIn.error());
        return *isIn ? Stand::After : Stand::Before;
    }

    /// The variable, the role and what runs, in this order: where it cannot be set the service is let in still, and
    /// whoever comes after a crash finds the old password there.
    Result<void> changeBack(const Plan &plan, const QString &role, Deadline deadline)
    {
        auto now = held(deadline);
        if (!now)
            return asBefore(now.error());
        if (!isPlanned(plan, *now)) {
            if (auto done = setBack(plan, deadline); !done)
                return done;
            now->password = old()->password.copy();
        }
        if (auto done = alter(role, " PASSWORD ", &now->password, false, deadline); !done)
            return done;
        return goBack(plan, m_on.soon());
    }

    /// Of a login that was set by half, which stands as before.
    Result<void> setRestBack(const Plan &plan, const Login &now, Deadline deadline)
    {
        recall(plan);
        if (!isHalfSet(plan, now))
            return failure(ErrorCode::BadInput, u"%1 holds the new login still"_s.arg(plan.resource), m_on.where());
        if (old() && now.password.reveal() != old()->password.reveal()) {
            const auto isOurs = accepts({.user = nextUser(plan, now), .password = now.password.copy()}, deadline);
            if (!isOurs)
                return asBefore(isOurs.error());
            if (!*isOurs)
                return failure(ErrorCode::BadInput, u"somebody else set %1 meanwhile; it was left"_s.arg(plan.resource),
                               m_on.where());
        }
        return setBack(plan, deadline);
    }

    Result<void> unready(const Plan &plan, const Phrase &step, Deadline deadline)
    {
        const auto now = held(deadline);
        if (!now)
            return asBefore(now.error());
        if (!isPlanned(plan, *now)) {
            if (auto done = setRestBack(plan, *now, deadline); !done)
                return done;
        }
        if (auto back = goBack(plan, deadline); !back)
            return back;
        drop(); // nobody has it any more
        if (step.arguments.value(2) == "yes"_L1)
            return {};
        const QString idle = step.arguments.value(0);
        const auto left = untilHolds([&](Deadline until) { return sessionsOf(idle, until); });
        return left ? alter(idle, " NOLOGIN", nullptr, true, m_on.soon()) : left;
    }

    /// What is there where nothing should be.
    Result<QString> sessionsOf(const QString &name, Deadline deadline)
    {
        const auto role = roleOf(name, deadline);
        if (!role)
            return std::unexpected(role.error());
        return role->sessions == 0
                   ? QString()
                   : u"%1 has %2 sessions still: restart whoever has them, then go on"_s.arg(name).arg(role->sessions);
    }

    Result<void> prove(const QString &next, const QString &before)
    {
        auto proved = untilHolds([&](Deadline deadline) -> Result<QString> {
            const auto now = held(deadline);
            if (!now)
                return std::unexpected(now.error());
            const auto isIn = accepts(*now, deadline);
            if (!isIn)
                return std::unexpected(isIn.error());
            if (!*isIn)
                return u"what %1 holds is refused"_s.arg(place().name());
            const auto role = roleOf(next, deadline);
            if (!role)
                return std::unexpected(role.error());
            if (role->sessions == 0)
                return u"%1 has no session: is it what the service logs in as?"_s.arg(next);
            return before.isEmpty() ? QString() : sessionsOf(before, deadline);
        });
        m_isProved = proved.has_value();
        return proved;
    }

    /// Nothing is removed here: what was there before is refused already.
    Result<void> proveOne(const Plan &plan, const QString &role)
    {
        auto proved = prove(role, {});
        if (proved)
            forgetOld(plan);
        return proved;
    }

    Result<void> retire(const Plan &plan, const QString &before, Deadline deadline)
    {
        const auto now = held(deadline);
        if (!now)
            return asBefore(now.error());
        if (now->user == before || isRotation(plan) == isPlanned(plan, *now))
            return failure(ErrorCode::BadInput,
                           u"%1 is not what %2 was deployed with; %3 logs in still"_s.arg(plan.resource,
                                                                                          m_on.service.name(), before),
                           where());
        auto done = alter(before, " NOLOGIN", nullptr, true, deadline);
        if (done) {
            recall(plan); // it is to be refused now
            forgetOld(plan);
        }
        return done;
    }

    /// What keeps it from being done at all; else the role that is used, which is m_used.
    Result<Role> possible(const Login &held, Deadline deadline)
    {
        const auto refuse = [this](ErrorCode code, const QString &why) { return failure(code, why, where()); };
        m_used = place().url.isEmpty() && place().user.isEmpty() ? m_roles.first() : held.user;
        if (!m_roles.contains(m_used))
            return refuse(ErrorCode::BadInput, u"%1 logs in as '%2', and the profile's action names %3"_s.arg(
                                                   place().name(), cleaned(m_used, 60), m_roles.join(u" and "_s)));
        if (!m_watching.isEmpty())
            return refuse(
                ErrorCode::BadInput,
                u"this console itself logs in as %1 (%2), and would be locked out: nobody is shown the new "
                "password. Give it a role of its own"_s.arg(m_roles.join(u" or "_s), m_watching.join(u", "_s)));
        for (const QString &name : m_roles) {
            const auto may = m_store->ask(readMayAlter, {name.toUtf8()}, deadline);
            if (!may)
                return std::unexpected(may.error());
            if (may->rows.isEmpty())
                return refuse(ErrorCode::NotFound, u"PostgreSQL has no role %1"_s.arg(name));
            if (may->at(0, u"may") != "t")
                return refuse(
                    ErrorCode::Forbidden,
                    u"the role that acts may not change %1: it needs CREATEROLE, and since PostgreSQL 16 also %1 "
                    "WITH ADMIN OPTION"_s.arg(name));
            if (may->at(0, u"login") != "t")
                continue;
            const auto isIn =
                accepts({.user = name, .password = name == m_used ? held.password.copy() : newSecret()}, deadline);
            if (!isIn && isIn.error().code == ErrorCode::Unsupported)
                return std::unexpected(isIn.error());
        }
        return roleOf(m_used, deadline);
    }

    /// The role `idle`, if it is worth the same as the one that is used.
    Result<Role> equalRole(const QString &idle, const Role &used, Deadline deadline)
    {
        auto role = roleOf(idle, deadline);
        if (!role)
            return role;
        QStringList differ;
        for (qsizetype i = 0; i < used.rights.size(); ++i) {
            if (used.rights[i] != role->rights.value(i))
                differ.append(u"%1: %2, %3: %4"_s.arg(m_used, used.rights[i], idle, role->rights.value(i)));
        }
        if (!differ.isEmpty())
            return failure(ErrorCode::BadInput,
                           u"%1 and %2 are not worth the same: %3"_s.arg(m_used, idle, differ.join(u"; "_s)), where());
        if (used.owned + role->owned > 0)
            return failure(
                ErrorCode::BadInput,
                u"%1 owns %2 objects itself, which the other role could not change: let a role own them that "
                "both are members of (REASSIGN OWNED)"_s.arg(used.owned > 0 ? m_used : idle)
                    .arg(used.owned > 0 ? used.owned : role->owned),
                where());
        return role;
    }

    Result<Role> roleOf(const QString &name, Deadline deadline)
    {
        const auto told = m_store->ask(readRole, {name.toUtf8()}, deadline);
        if (!told)
            return std::unexpected(told.error());
        if (told->rows.isEmpty())
            return failure(ErrorCode::NotFound, u"PostgreSQL has no role %1"_s.arg(name), where());
        const auto at = [&](QStringView column) { return told->at(0, column).value_or(QByteArray()); };
        Role role{.mayLogIn = at(u"login") == "t",
                  .sessions = at(u"sessions").toLongLong(),
                  .rights = {},
                  .owned = at(u"owned").toLongLong()};
        for (const auto &[column, called] : {std::pair(u"attributes", u"attributes"),
                                             {u"connections", u"connection limit"},
                                             {u"valid", u"password valid until"},
                                             {u"memberships", u"member of"},
                                             {u"settings", u"settings"},
                                             {u"grants", u"granted objects"}})
            role.rights.append(QString::fromUtf16(called) + u' ' + cleaned(QString::fromUtf8(at(column)), 300));
        return role;
    }

    void addSessions(Plan &plan, const QString &name, const Role &role) const
    {
        plan.impact.append({.what = u"open-sessions"_s,
                            .number = role.sessions,
                            .unit = u"count"_s,
                            .source = u"pg_stat_activity, %1"_s.arg(name)});
    }

    QString other(const QString &role) const { return m_roles.value(m_roles.first() == role ? 1 : 0); }
    QString where() const { return m_store ? m_store->target().address : QString(); }

    const PgStore::Place m_place;
    const QStringList m_roles;
    const QStringList m_watching; ///< the profile's connections as one of them
    const PgConnection::Stop m_stop;
    std::optional<PgStore> m_store;
    QString m_used; ///< role, when the plan was made
    QStringList m_finish;
    bool m_isProved = false;
};
} // namespace

std::function<std::unique_ptr<PlatformRotation>(const Hosting &)>
readRolePassword(ConfigReader &reader, const ActionSpec &spec, const Profile &profile, const PgConnection::Stop &stop,
                 QList<Error> &errors)
{
    const ConfigNode node = reader.map(u"database");
    ConfigReader database(node, &errors);
    ActionSpec acting = spec;
    acting.connection = database.string(u"connection");
    const auto connection = operatorOf(acting, profile);
    if (!connection)
        errors.append(connection.error());
    PgStore::Place place{.deployment = profile.name,
                         .environment = profile.environment,
                         .marker = tableName(database, u"environment"),
                         .connection = connection.value_or(PostgresConnection())};
    database.finish();
    const QStringList roles = reader.strings(u"roles");
    if (roles.isEmpty() || roles.size() > 2 || roles.value(0) == roles.value(1))
        reader.error(reader.node(u"roles"), u"'roles': expected one, or two that take turns"_s);
    const LoginPlace variables = readLoginPlace(reader, roles.size() == 2, errors);
    QStringList watching;
    for (const auto &[name, each] : profile.connections) {
        const auto *own = std::get_if<PostgresConnection>(&each);
        if (own && roles.contains(own->user))
            watching.append(name);
    }
    return
        [=](const Hosting &on) { return std::make_unique<RolePassword>(on, variables, place, roles, watching, stop); };
}

} // namespace qd
