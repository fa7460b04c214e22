/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/password/password_rotation.h"
#include "actions/redis_store.h"
#include "actions/registry.h"
#include "base/cleaned.h"
#include "profile/config.h"

#include <QCryptographicHash>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QByteArray hashOf(const Secret &secret)
{
    return QCryptographicHash::hash(secret.reveal(), QCryptographicHash::Sha256).toHex();
}

QByteArray field(const QByteArray &info, const QByteArray &name)
{
    const qsizetype at = info.indexOf(name + ':');
    return at < 0 ? QByteArray() : info.sliced(at + name.size() + 1, info.indexOf('\r', at) - at - name.size() - 1);
}

/// Where Redis keeps its users over a restart.
enum class Keeping { AclFile, ConfigFile, Nowhere };

/// A user of Redis's ACL, which can have two passwords at once: "password-added" {user, Redis, how many it had, salt,
/// print of these}, "password-proved" {user, Redis, newest client when the plan was made} and "passwords-removed"
/// {user, Redis, how many}.
class RedisPassword final : public PasswordRotation
{
public:
    RedisPassword(Hosting on, LoginPlace variables, RedisStore::Place place, QString user, QStringList watching,
                  PgConnection::Stop stop)
        : PasswordRotation(on, std::move(variables))
        , m_place(std::move(place))
        , m_user(std::move(user))
        , m_watching(std::move(watching))
        , m_stop(std::move(stop))
    {
    }

    QString action() const override { return u"rotate-redis-password"_s; }
    bool has(const Phrase &step) const override
    {
        return QStringList{u"password-added"_s, u"password-set"_s, u"password-proved"_s, u"passwords-removed"_s}
            .contains(step.code);
    }

    /// On a new connection each time: what is asked next goes to what was proved.
    Result<QStringList> identity(Deadline deadline) override
    {
        auto store = RedisStore::open(m_place, deadline, m_stop);
        if (!store)
            return std::unexpected(store.error());
        m_store.emplace(std::move(*store));
        if (const auto differs = m_store->differsFrom(m_store->target()))
            return std::unexpected(*differs);
        return m_store->target().ownWords();
    }

    void reset() override
    {
        PasswordRotation::reset();
        m_newest = 0;
        m_isProved = false;
        m_isForgotten.reset();
    }

    void deploys(Deadline deadline) override
    {
        if (const auto id = newestClient(deadline))
            m_newest = *id;
    }

    Result<QList<std::optional<QByteArray>>> print(const Plan &plan, Deadline deadline) override
    {
        const auto now = held(deadline);
        if (!now)
            return std::unexpected(now.error());
        const auto has = passwords(deadline);
        if (!has)
            return std::unexpected(has.error());
        const auto added = std::ranges::find(plan.steps, u"password-added"_s, &Phrase::code);
        const QString salt = added == plan.steps.end() ? QString() : added->arguments.value(3);
        return QList<std::optional<QByteArray>>{m_user.toUtf8(), printAsPlanned(plan, *now).toLatin1(),
                                                salt.isEmpty() ? QByteArray::number(has->size())
                                                               : printOfAll(*has, salt).toLatin1()};
    }

    Result<Stand> stand(const Plan &plan, const Phrase &step, Deadline deadline) override
    {
        if (step.code == "password-proved"_L1)
            return m_isProved ? Stand::After : Stand::Before;
        const auto now = held(deadline);
        if (!now)
            return std::unexpected(now.error());
        const auto has = passwords(deadline);
        if (!has)
            return std::unexpected(has.error());
        const bool isTaken = has->contains(hashOf(now->password));
        const bool isOld = isPlanned(plan, *now);
        if (step.code == "passwords-removed"_L1) {
            if (isRotation(plan) == isOld)
                return isOld ? Stand::Before : Stand::Other; // finished is what is held, and nothing else
            return !isTaken ? Stand::Other : has->size() == 1 ? Stand::After : Stand::Before;
        }
        if (!isOld)
            return isTaken ? Stand::After : Stand::Other;
        if (step.code == "password-set"_L1)
            return Stand::Before;
        return isAsFound(*has, step) ? Stand::Before : Stand::After;
    }

    Result<void> perform(const Plan &plan, const Phrase &step, Deadline deadline) override
    {
        if (plan.resource != place().name() || (step.code != "password-set"_L1 && step.arguments.value(0) != m_user))
            return m_on.notMine();
        if (step.code == "password-set"_L1)
            return set(plan, deadline);
        if (step.code == "password-proved"_L1)
            return prove(step.arguments.value(2).toLongLong());
        if (step.code == "passwords-removed"_L1)
            return removeOthers(plan, deadline);
        const auto has = passwords(deadline);
        if (!has)
            return asBefore(has.error());
        if (!isAsFound(*has, step))
            return failure(ErrorCode::BadInput,
                           u"%1 has other passwords than the plan found; nothing was changed"_s.arg(m_user), where());
        drop();
        return ready(plan, deadline);
    }

    Result<void> revert(const Plan &plan, const Phrase &step, Deadline deadline) override
    {
        if (step.code == "password-set"_L1)
            return setBack(plan, deadline);
        if (step.code == "passwords-removed"_L1)
            return failure(ErrorCode::Unsupported,
                           u"the old password of %1 is kept nowhere; rotate it once more"_s.arg(m_user), where());
        if (step.code == "password-proved"_L1) {
            m_isProved = false;
            return {};
        }
        return removeAdded(plan, step, deadline);
    }

    QList<Check> checks(const Plan &, Deadline deadline) override
    {
        const auto keeping = keeps(deadline);
        Check kept{.phrase = {u"password-is-kept"_s, {m_user}}};
        if (!keeping || *keeping == Keeping::Nowhere) {
            kept.result = keeping ? Check::Result::Warned : Check::Result::Failed;
            kept.error = keeping ? Error{ErrorCode::Unsupported,
                                         u"this Redis has neither a file of users nor one of settings: once it is "
                                         "restarted it has the passwords of before, and refuses the new one"_s,
                                         where()}
                                 : keeping.error();
        }
        return {kept};
    }

    QList<Check> seen(const Plan &plan, Deadline deadline) override
    {
        QList<Check> checks = PasswordRotation::seen(plan, deadline);
        if (m_isForgotten)
            checks.append(
                {.phrase = {u"password-is-kept"_s, {m_user}}, .result = Check::Result::Warned, .error = m_isForgotten});
        return checks;
    }

private:
    Result<void> addRotation(Plan &plan, const Login &held, Deadline deadline) override
    {
        const auto has = possible(deadline);
        if (!has)
            return std::unexpected(has.error());
        const QString salt = newSalt();
        plan.changes.append({.what = u"passwords"_s, .before = QString::number(has->size()), .after = u"1"_s});
        plan.steps = {
            {u"password-added"_s, {m_user, where(), QString::number(has->size()), salt, printOfAll(*has, salt)}},
            setStep(held)};
        return addImpact(plan, deadline);
    }

    Result<void> addFinish(Plan &plan, const Login &held, Deadline deadline) override
    {
        const auto has = possible(deadline);
        if (!has)
            return std::unexpected(has.error());
        if (!has->contains(hashOf(held.password)))
            return failure(
                ErrorCode::BadInput,
                u"Redis refuses what %1 holds, so there is nothing to finish with; rotate it"_s.arg(place().name()),
                where());
        if (has->size() == 1)
            return failure(
                ErrorCode::BadInput,
                u"what %1 holds is the only password of %2: nothing is half-way"_s.arg(place().name(), m_user),
                where());
        plan.changes.append({.what = u"passwords"_s, .before = QString::number(has->size()), .after = u"1"_s});
        m_finish = saltAndPrint(held);
        return addImpact(plan, deadline);
    }

    void addProof(Plan &plan) override
    {
        const Change *passwords = plan.change(u"passwords");
        const int others = passwords->before->toInt() - (isRotation(plan) ? 0 : 1);
        plan.steps.append({u"password-proved"_s, {m_user, where(), QString::number(m_newest)}});
        plan.steps.append({u"passwords-removed"_s, {m_user, where(), QString::number(others)}});
        if (!isRotation(plan))
            plan.steps.last().arguments += m_finish;
    }

    Result<bool> accepts(const Login &login, Deadline deadline) override
    {
        RedisConnection connection = m_place.connection;
        connection.user = m_user;
        connection.password.reset();
        return RedisStore::accepts(connection, login.password, deadline, m_stop);
    }

    QString nextUser(const Plan &, const Login &held) const override { return held.user; }

    /// Only its hash is sent.
    Result<void> ready(const Plan &, Deadline deadline) override
    {
        const auto has = passwords(deadline);
        if (!has)
            return asBefore(has.error());
        if (!made().isEmpty() && has->contains(hashOf(made())))
            return {};
        make();
        if (auto done = change({'#' + hashOf(made())}, deadline); !done)
            return done;
        if (const auto kept = keep(deadline); !kept) {
            // It would be forgotten just when it is needed.
            [[maybe_unused]] const auto taken = change({'!' + hashOf(made())}, deadline);
            return asBefore(kept.error());
        }
        return {};
    }

    /// What keeps it from being done at all; else the passwords that the user has.
    Result<QList<QByteArray>> possible(Deadline deadline)
    {
        const auto refuse = [this](ErrorCode code, const QString &why) { return failure(code, why, where()); };
        if (!m_watching.isEmpty())
            return refuse(ErrorCode::BadInput,
                          u"this console itself logs in as %1 (%2), and would be locked out: nobody is shown the new "
                          "password. Give it a user of its own"_s.arg(m_user, m_watching.join(u", "_s)));
        const auto info = m_store->ask({{"INFO", "replication"}, {"INFO", "cluster"}}, deadline);
        if (!info)
            return std::unexpected(info.error());
        if (field(info->at(0).text, "connected_slaves").toInt() > 0 || !m_place.connection.sentinels.isEmpty() ||
            field(info->at(1).text, "cluster_enabled") == "1")
            return refuse(
                ErrorCode::Unsupported,
                u"this Redis has replicas or is part of a cluster: each server has users of its own, which are "
                "not replicated. A failover would bring the old password back"_s);
        auto has = passwords(deadline);
        if (!has)
            return has;
        const auto keeping = keeps(deadline);
        if (!keeping)
            return std::unexpected(keeping.error());
        QList<RedisCommand> needed{{"ACL", "SETUSER", m_user.toUtf8()}, {"CLIENT", "LIST"}};
        if (*keeping == Keeping::AclFile)
            needed.append(RedisCommand{"ACL", "SAVE"});
        else if (*keeping == Keeping::ConfigFile)
            needed.append(RedisCommand{"CONFIG", "REWRITE"});
        if (auto may = mayRun(needed, deadline); !may)
            return std::unexpected(may.error());
        const auto newest = newestClient(deadline);
        if (!newest)
            return std::unexpected(newest.error());
        m_newest = *newest;
        if (!place().url.isEmpty()) {
            const auto now = held(deadline);
            if (!now)
                return std::unexpected(now.error());
            if ((now->user.isEmpty() ? u"default"_s : now->user) != m_user)
                return refuse(ErrorCode::BadInput, u"%1 logs in as '%2', and the profile's action says %3"_s.arg(
                                                       place().url, cleaned(now->user, 60), m_user));
        }
        return has;
    }

    Result<void> mayRun(const QList<RedisCommand> &commands, Deadline deadline)
    {
        const auto me = m_store->ask({{"ACL", "WHOAMI"}}, deadline);
        if (!me)
            return std::unexpected(me.error());
        for (const RedisCommand &command : commands) {
            const auto tried = m_store->ask({RedisCommand{"ACL", "DRYRUN", me->at(0).text} + command}, deadline);
            if (!tried && tried.error().code == ErrorCode::ServerError)
                return {}; // before Redis 7 nothing tells
            if (!tried)
                return std::unexpected(tried.error());
            if (tried->at(0).text != "OK")
                return failure(ErrorCode::Forbidden,
                               u"the user %1 that acts may not run %2 %3; see 'rotate-redis-password' in "
                               "resources/profile-reference.yaml for what it needs"_s.arg(
                                   cleaned(QString::fromUtf8(me->at(0).text)), QString::fromLatin1(command.value(0)),
                                   QString::fromLatin1(command.value(1))),
                               where());
        }
        return {};
    }

    /// As they are kept: SHA-256 in hexadecimal digits, the oldest first.
    Result<QList<QByteArray>> passwords(Deadline deadline)
    {
        const auto replies = m_store->ask({{"ACL", "GETUSER", m_user.toUtf8()}}, deadline);
        if (!replies)
            return std::unexpected(replies.error());
        const QList<RedisReply> &told = replies->at(0).items;
        if (told.isEmpty())
            return failure(ErrorCode::NotFound, u"Redis has no user %1"_s.arg(m_user), where());
        const auto under = [&](const QByteArray &name) {
            QList<QByteArray> words;
            const auto at = std::ranges::find(told, name, &RedisReply::text);
            if (at != told.end() && at + 1 != told.end()) {
                for (const RedisReply &word : (at + 1)->items)
                    words.append(word.text);
            }
            return words;
        };
        const QList<QByteArray> flags = under("flags");
        if (flags.contains("nopass") || flags.contains("off"))
            return failure(ErrorCode::BadInput,
                           flags.contains("off") ? u"the user %1 is switched off"_s.arg(m_user)
                                                 : u"the user %1 is let in with any password"_s.arg(m_user),
                           where());
        return under("passwords");
    }

    QString printOfAll(const QList<QByteArray> &hashes, const QString &salt) const
    {
        return printed(Secret(hashes.join(' ')), salt);
    }

    /// `step`: "password-added".
    bool isAsFound(const QList<QByteArray> &has, const Phrase &step) const
    {
        return QString::number(has.size()) == step.arguments.value(2) &&
               printOfAll(has, step.arguments.value(3)) == step.arguments.value(4);
    }

    Result<Keeping> keeps(Deadline deadline)
    {
        const auto told = m_store->ask({{"CONFIG", "GET", "aclfile"}, {"INFO", "server"}}, deadline);
        if (!told)
            return std::unexpected(told.error());
        if (!told->at(0).items.value(1).text.isEmpty())
            return Keeping::AclFile;
        return field(told->at(1).text, "config_file").isEmpty() ? Keeping::Nowhere : Keeping::ConfigFile;
    }

    Result<void> keep(Deadline deadline)
    {
        const auto keeping = keeps(deadline);
        if (!keeping)
            return std::unexpected(keeping.error());
        if (*keeping == Keeping::Nowhere)
            return {}; // which was warned of
        const auto kept = m_store->ask(
            {*keeping == Keeping::AclFile ? RedisCommand{"ACL", "SAVE"} : RedisCommand{"CONFIG", "REWRITE"}}, deadline);
        return kept ? Result<void>() : std::unexpected(kept.error());
    }

    Result<void> change(const QList<QByteArray> &rules, Deadline deadline)
    {
        const auto done = m_store->ask({RedisCommand{"ACL", "SETUSER", m_user.toUtf8()} + rules}, deadline);
        return done ? Result<void>() : std::unexpected(done.error());
    }

    Result<qint64> newestClient(Deadline deadline)
    {
        const auto id = m_store->ask({{"CLIENT", "ID"}}, deadline);
        return id ? Result<qint64>(id->at(0).integer) : std::unexpected(id.error());
    }

    /// The addresses of the user's clients that connected up to `newest`; 0: all of them.
    Result<QStringList> clients(qint64 newest, Deadline deadline)
    {
        const auto told = m_store->ask({{"CLIENT", "LIST"}}, deadline);
        if (!told)
            return std::unexpected(told.error());
        QStringList addresses;
        for (const QByteArray &line : told->at(0).text.split('\n')) {
            const QByteArray padded = ' ' + line + ' ';
            const auto word = [&](const QByteArray &name) {
                const qsizetype at = padded.indexOf(' ' + name + '=');
                const qsizetype from = at + name.size() + 2;
                return at < 0 ? QByteArray() : padded.sliced(from, padded.indexOf(' ', from) - from);
            };
            if (word("user") == m_user.toUtf8() && (newest == 0 || word("id").toLongLong() <= newest))
                addresses.append(cleaned(QString::fromUtf8(word("addr")), 60));
        }
        return addresses;
    }

    Result<void> addImpact(Plan &plan, Deadline deadline)
    {
        const auto now = clients(0, deadline);
        plan.impact.append({.what = u"connected-clients"_s,
                            .number = now ? std::optional<qint64>(now->size()) : std::nullopt,
                            .unit = u"count"_s,
                            .source = now ? u"CLIENT LIST, %1"_s.arg(m_user) : cleaned(now.error().message)});
        return {};
    }

    Result<QString> stillThere(qint64 newest, Deadline deadline)
    {
        const auto left = clients(newest, deadline);
        if (!left)
            return std::unexpected(left.error());
        return left->isEmpty()
                   ? QString()
                   : u"%1 clients of %2 that connected before the deploy are still there (%3%4): restart them, "
                     "then go on"_s.arg(left->size())
                         .arg(m_user, left->mid(0, 5).join(u", "_s), left->size() > 5 ? u", …"_s : QString());
    }

    Result<void> prove(qint64 whenPlanned)
    {
        auto proved = untilHolds([&](Deadline deadline) -> Result<QString> {
            const auto now = held(deadline);
            if (!now)
                return std::unexpected(now.error());
            const auto isIn = accepts(*now, deadline);
            if (!isIn)
                return std::unexpected(isIn.error());
            return *isIn ? stillThere(std::max(whenPlanned, m_newest), deadline)
                         : u"what %1 holds is refused"_s.arg(place().name());
        });
        m_isProved = proved.has_value();
        return proved;
    }

    Result<void> removeOthers(const Plan &plan, Deadline deadline)
    {
        const auto now = held(deadline);
        if (!now)
            return asBefore(now.error());
        const auto has = passwords(deadline);
        if (!has)
            return asBefore(has.error());
        const QByteArray mine = hashOf(now->password);
        if (isRotation(plan) == isPlanned(plan, *now) || !has->contains(mine))
            return failure(
                ErrorCode::BadInput,
                u"%1 is not what %2 was deployed with; nothing was removed"_s.arg(plan.resource, m_on.service.name()),
                where());
        QList<QByteArray> rules;
        for (const QByteArray &other : *has) {
            if (other != mine)
                rules.append('!' + other);
        }
        if (auto done = change(rules, deadline); !done)
            return done;
        recall(plan); // it is to be refused now
        forgetOld(plan);
        if (const auto kept = keep(deadline); !kept)
            m_isForgotten =
                Error{kept.error().code,
                      u"what was removed could not be kept (%1): run ACL SAVE or CONFIG REWRITE, or a restart "
                      "brings it back"_s.arg(kept.error().message),
                      where()};
        return {};
    }

    /// Those that came after what the plan found, once nobody can be using them.
    Result<void> removeAdded(const Plan &plan, const Phrase &step, Deadline deadline)
    {
        const auto now = held(deadline);
        if (!now)
            return asBefore(now.error());
        if (!isPlanned(plan, *now))
            return failure(ErrorCode::BadInput, u"%1 holds the new password still"_s.arg(plan.resource), m_on.where());
        if (auto back = goBack(plan, deadline); !back)
            return back;
        const auto has = passwords(m_on.soon());
        if (!has)
            return asBefore(has.error());
        const QList<QByteArray> found = has->mid(0, step.arguments.value(2).toLongLong());
        if (!isAsFound(found, step))
            return failure(ErrorCode::BadInput,
                           u"%1 has other passwords than the plan found; nothing was removed"_s.arg(m_user), where());
        QList<QByteArray> rules;
        for (const QByteArray &added : has->mid(found.size()))
            rules.append('!' + added);
        if (auto done = change(rules, m_on.soon()); !done)
            return done;
        const auto kept = keep(m_on.soon());
        return kept ? Result<void>() : asBefore(kept.error());
    }

    QString where() const { return m_store ? m_store->target().address : QString(); }

    const RedisStore::Place m_place;
    const QString m_user;
    const QStringList m_watching; ///< the profile's connections as that user
    const PgConnection::Stop m_stop;
    std::optional<RedisStore> m_store;
    QStringList m_finish;
    qint64 m_newest = 0; ///< client, before the deploy
    bool m_isProved = false;
    std::optional<Error> m_isForgotten;
};
} // namespace

std::function<std::unique_ptr<PlatformRotation>(const Hosting &)>
readRedisPassword(ConfigReader &reader, const ActionSpec &spec, const Profile &profile, const PgConnection::Stop &stop,
                  QList<Error> &errors)
{
    const ConfigNode node = reader.map(u"redis");
    ConfigReader redis(node, &errors);
    ActionSpec acting = spec;
    acting.connection = redis.string(u"connection");
    const auto connection = redisOperatorOf(acting, profile);
    if (!connection)
        errors.append(connection.error());
    RedisStore::Place place{.deployment = profile.name,
                            .environment = profile.environment,
                            .marker = redis.string(u"environment", u"quarterdeck:environment"_s),
                            .connection = connection.value_or(RedisConnection())};
    redis.finish();
    const QString user = reader.requiredString(u"user");
    const LoginPlace variables = readLoginPlace(reader, false, errors);
    QStringList watching;
    for (const auto &[name, each] : profile.connections) {
        const auto *own = std::get_if<RedisConnection>(&each);
        if (own && (own->user.isEmpty() ? u"default"_s : own->user) == user)
            watching.append(name);
    }
    return
        [=](const Hosting &on) { return std::make_unique<RedisPassword>(on, variables, place, user, watching, stop); };
}

} // namespace qd
