/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/password/password_rotation.h"

#include "actions/registry.h"
#include "actions/signing_key/token.h"
#include "base/cleaned.h"
#include "profile/config.h"

#include <QCryptographicHash>
#include <QUrl>

#include <algorithm>
#include <map>
#include <mutex>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// Where the user's name begins, and the "@" after the password; nothing: there is no such part.
std::optional<std::pair<qsizetype, qsizetype>> userInfoIn(const QString &url)
{
    const qsizetype scheme = url.indexOf("://"_L1);
    if (scheme <= 0)
        return std::nullopt;
    const qsizetype begin = scheme + 3;
    qsizetype end = begin;
    while (end < url.size() && !u"/?#"_s.contains(url[end]))
        ++end;
    const qsizetype at = url.first(end).lastIndexOf(u'@');
    if (at < begin || !url.sliced(begin, at - begin).contains(u':'))
        return std::nullopt;
    return std::pair(begin, at);
}

/// What was set before, of plans that are not at their end: whoever undoes one in this process can put it back. By the
/// plan's print of it. Nobody else has it.
struct Kept
{
    std::mutex mutex;
    std::map<QString, Login> logins;
};

Kept &kept()
{
    static Kept all;
    return all;
}

Login copyOf(const Login &login)
{
    return {.user = login.user, .password = login.password.copy()};
}

Secret joined(const Login &login)
{
    QByteArray both = login.user.toUtf8();
    both.append('\0');
    both.append(login.password.reveal());
    return Secret(std::move(both));
}
} // namespace

std::optional<Login> loginIn(const QString &url)
{
    const auto part = userInfoIn(url);
    if (!part)
        return std::nullopt;
    const qsizetype colon = url.indexOf(u':', part->first);
    const auto plain = [&](qsizetype from, qsizetype to) {
        return QByteArray::fromPercentEncoding(url.sliced(from, to - from).toUtf8());
    };
    return Login{.user = QString::fromUtf8(plain(part->first, colon)),
                 .password = Secret(plain(colon + 1, part->second))};
}

QString withLogin(const QString &url, const QString &user, const Secret &password)
{
    const auto part = userInfoIn(url);
    if (!part)
        return {};
    return url.first(part->first) + QString::fromLatin1(QUrl::toPercentEncoding(user)) + u':' +
           QString::fromLatin1(QUrl::toPercentEncoding(QString::fromUtf8(password.reveal()))) +
           url.sliced(part->second);
}

void PasswordRotation::reset()
{
    m_old.reset();
    m_made = {};
    m_isBack = false;
}

Result<void> PasswordRotation::asBefore(const Error &error) const
{
    return failure(isUncertain(error.code) ? ErrorCode::Unavailable : error.code, error.message, m_on.where());
}

Result<Login> PasswordRotation::held(Deadline deadline)
{
    const auto notSet = [this](const QString &key) {
        return failure(ErrorCode::NotFound, u"%1 is not set on %2"_s.arg(key, m_on.service.title()), m_on.where());
    };
    auto secret = m_on.service.secret(m_place.name(), deadline);
    if (!secret)
        return std::unexpected(secret.error());
    if (!*secret || (*secret)->isEmpty())
        return notSet(m_place.name());
    if (!m_place.url.isEmpty()) {
        QString url = QString::fromUtf8((*secret)->reveal());
        auto login = loginIn(url);
        url.fill(u'\0');
        if (!login)
            return failure(ErrorCode::BadReply, u"%1 holds no URL with a user's name and a password"_s.arg(m_place.url),
                           m_on.where());
        return std::move(*login);
    }
    Login login{.user = {}, .password = std::move(**secret)};
    if (m_place.user.isEmpty())
        return login;
    auto user = m_on.service.secret(m_place.user, deadline);
    if (!user)
        return std::unexpected(user.error());
    if (!*user || (*user)->isEmpty())
        return notSet(m_place.user);
    login.user = QString::fromUtf8((*user)->reveal());
    return login;
}

/// The password first: a name alone would log nobody in. Each is read right before it is set: some platforms take only
/// what was read last, and refuse it where somebody else set it since.
Result<void> PasswordRotation::put(const Login &login, const Secret *seen, Deadline deadline)
{
    const auto was = m_on.service.secret(m_place.name(), deadline);
    if (!was)
        return asBefore(was.error());
    Secret there = *was ? (*was)->copy() : Secret();
    Secret text = login.password.copy();
    if (!m_place.url.isEmpty()) {
        QString old = QString::fromUtf8(there.reveal());
        QString url = withLogin(old, login.user, login.password);
        auto in = loginIn(old);
        there = in ? std::move(in->password) : Secret();
        text = Secret(url.toUtf8());
        old.fill(u'\0');
        url.fill(u'\0');
        if (text.isEmpty())
            return failure(ErrorCode::BadInput, u"%1 is no URL with a login any more"_s.arg(m_place.url), m_on.where());
    }
    if (seen && there.reveal() != seen->reveal())
        return failure(ErrorCode::BadInput, u"somebody else set %1 meanwhile; it was left"_s.arg(m_place.name()),
                       m_on.where());
    auto done = m_on.service.setSecret(m_place.name(), text, deadline);
    if (!done || m_place.user.isEmpty())
        return done;
    const auto user = m_on.service.secret(m_place.user, deadline);
    if (user && *user && (*user)->reveal() == login.user.toUtf8())
        return done;
    auto named =
        user ? m_on.service.setSecret(m_place.user, Secret(login.user.toUtf8()), deadline) : asBefore(user.error());
    if (named || isUncertain(named.error().code))
        return named;
    // The name was refused: then the password is not to be left there without it. Compose tells a variable as it was
    // when the identity was asked for.
    const auto again = m_on.service.identity(deadline);
    const auto now = again ? m_on.service.secret(m_place.password, deadline) : std::unexpected(again.error());
    const auto back =
        now ? m_on.service.setSecret(m_place.password, there, deadline) : Result<void>(std::unexpected(now.error()));
    return back ? named
                : failure(ErrorCode::ServerError, u"a part of the login was set: %1"_s.arg(named.error().message),
                          m_on.where());
}

QStringList PasswordRotation::saltAndPrint(const Login &held) const
{
    const QString salt = newSalt();
    return {salt, printOf(joined(held), salt)};
}

Phrase PasswordRotation::setStep(const Login &held) const
{
    return {u"password-set"_s, QStringList{m_place.name(), m_on.service.title()} + saltAndPrint(held)};
}

bool PasswordRotation::isRotation(const Plan &plan)
{
    return std::ranges::find(plan.steps, u"password-set"_s, &Phrase::code) != plan.steps.end();
}

/// Those of its step that has them: salt and print.
QStringList PasswordRotation::printsIn(const Plan &plan)
{
    const auto set = std::ranges::find(plan.steps, u"password-set"_s, &Phrase::code);
    const QStringList all =
        set != plan.steps.end() ? set->arguments : plan.steps.value(plan.steps.size() - 1).arguments;
    return all.mid(std::max<qsizetype>(0, all.size() - 2));
}

QString PasswordRotation::printAsPlanned(const Plan &plan, const Login &held) const
{
    return printed(joined(held), printsIn(plan).value(0));
}

/// It is slow on purpose, and asked for at each look.
QString PasswordRotation::printed(const Secret &secret, const QString &salt) const
{
    const QByteArray which = QCryptographicHash::hash(salt.toLatin1() + secret.reveal(), QCryptographicHash::Sha256);
    const auto found = m_prints.constFind(which);
    return found != m_prints.constEnd() ? *found : *m_prints.insert(which, printOf(secret, salt));
}

bool PasswordRotation::isPlanned(const Plan &plan, const Login &held) const
{
    return printAsPlanned(plan, held) == printIn(plan);
}

Result<void> PasswordRotation::addFirst(Plan &plan, const Wish &wish, Deadline deadline)
{
    if (const auto cannot = m_on.service.cannot(ServiceDeed::SwapSecret))
        return std::unexpected(*cannot);
    plan.resource = m_place.name(); // there is no other
    if (!wish.resource.isEmpty() && wish.resource != plan.resource)
        return failure(ErrorCode::NotFound,
                       u"the profile's action rotates %1, not '%2'"_s.arg(plan.resource, cleaned(wish.resource, 60)),
                       m_on.where());
    bool isFinish = false;
    for (const auto &[what, said] : wish.set) {
        if (what != "how"_L1)
            return failure(ErrorCode::BadInput,
                           u"'%1': nothing is to be set, the secret is made here"_s.arg(cleaned(what, 60)),
                           m_on.where());
        if (said != "rotate"_L1 && said != "finish"_L1)
            return failure(ErrorCode::BadInput, u"'how': expected rotate or finish"_s, m_on.where());
        isFinish = said == "finish"_L1;
    }
    const auto now = held(deadline);
    if (!now)
        return std::unexpected(now.error());
    plan.changes = {
        {.what = isFinish ? u"password-kept"_s : u"password"_s, .before = plan.resource, .after = plan.resource}};
    return isFinish ? addFinish(plan, *now, deadline) : addRotation(plan, *now, deadline);
}

void PasswordRotation::addLast(Plan &plan)
{
    plan.undo.clear(); // of the deploy
    addProof(plan);
    if (isRotation(plan))
        plan.undo = {{u"password-put-back"_s, {plan.resource, m_on.service.title()}}};
}

void PasswordRotation::make()
{
    m_made = newSecret();
}

Result<void> PasswordRotation::set(const Plan &plan, Deadline deadline)
{
    auto now = held(deadline);
    if (!now)
        return asBefore(now.error());
    const bool isOld = isPlanned(plan, *now);
    if (!isOld && !isHalfSet(plan, *now))
        return failure(ErrorCode::BadInput, u"%1 is not as the plan found it; nothing was changed"_s.arg(plan.resource),
                       m_on.where());
    // Whoever goes on with it does not have what was made before: nobody uses that.
    if (auto done = ready(plan, deadline); !done)
        return done;
    const Login next{.user = nextUser(plan, *now), .password = m_made.copy()};
    const Secret seen = now->password.copy();
    if (isOld) {
        m_old = std::move(*now);
        const std::lock_guard guard(kept().mutex);
        kept().logins.insert_or_assign(printIn(plan), copyOf(*m_old));
    }
    return put(next, &seen, deadline);
}

Result<void> PasswordRotation::setBack(const Plan &plan, Deadline deadline)
{
    recall(plan);
    if (!m_old)
        return failure(ErrorCode::Unsupported,
                       u"what %1 was is kept nowhere, and whoever set the new one is gone: the old and the new one are "
                       "both accepted, so go on with it"_s.arg(plan.resource),
                       m_on.where());
    m_isBack = false;
    return put(*m_old, nullptr, deadline);
}

void PasswordRotation::recall(const Plan &plan)
{
    const std::lock_guard guard(kept().mutex);
    const auto found = kept().logins.find(printIn(plan));
    if (!m_old && found != kept().logins.end())
        m_old = copyOf(found->second);
}

void PasswordRotation::forgetOld(const Plan &plan)
{
    const std::lock_guard guard(kept().mutex);
    kept().logins.erase(printIn(plan));
}

Result<void> PasswordRotation::goBack(const Plan &plan, Deadline deadline)
{
    if (m_isBack)
        return {};
    const auto before = runOf(plan, m_on, deadline);
    if (!before)
        return asBefore(before.error());
    if (!before->id.isEmpty()) {
        deploys(deadline);
        if (auto begun = m_on.service.redeploy(deadline); !begun)
            return begun;
        const auto end = std::chrono::steady_clock::now() + m_on.platform.watchTime;
        for (bool isLive = false; !isLive;) {
            const auto run = runOf(plan, m_on, m_on.soon());
            isLive = run && run->id != before->id && run->state == DeployRun::State::Live;
            if (run && run->id != before->id && run->state == DeployRun::State::Failed)
                return failure(ErrorCode::ServerError, u"the deploy %1 ended as %2"_s.arg(run->id, run->word),
                               m_on.where());
            if (!isLive && std::chrono::steady_clock::now() > end)
                return failure(ErrorCode::Timeout, u"what was set again is not live yet"_s, m_on.where());
            if (!isLive && !m_on.line.sleep(m_on.platform.pace))
                return failure(ErrorCode::Cancelled, u"stopped while it was deployed"_s, m_on.where());
        }
    }
    m_isBack = true;
    forgetOld(plan);
    return {};
}

Result<void> PasswordRotation::untilHolds(const std::function<Result<QString>(Deadline)> &missing)
{
    const auto end = std::chrono::steady_clock::now() + m_on.platform.watchTime;
    for (int good = 0;;) {
        const auto said = missing(m_on.soon());
        good = said && said->isEmpty() ? good + 1 : 0;
        if (good >= m_on.platform.provedBy)
            return {};
        if (std::chrono::steady_clock::now() > end)
            return failure(ErrorCode::Timeout, said ? *said : said.error().message, m_on.where());
        if (!m_on.line.sleep(m_on.platform.pace))
            return failure(ErrorCode::Cancelled, u"stopped while it was proved"_s, m_on.where());
    }
}

QList<Check> PasswordRotation::seen(const Plan &plan, Deadline deadline)
{
    Check fresh{.phrase = {u"new-password-accepted"_s, {plan.resource}}};
    const auto now = held(deadline);
    const auto isIn = now ? accepts(*now, deadline) : std::unexpected(now.error());
    if (!isIn || !*isIn) {
        fresh.result = Check::Result::Failed;
        fresh.error =
            isIn ? Error{ErrorCode::AuthRequired, u"what %1 holds is refused"_s.arg(plan.resource), m_on.where()}
                 : isIn.error();
    }
    QList<Check> checks{fresh};
    if (!m_old)
        return checks;
    Check gone{.phrase = {u"old-password-refused"_s, {plan.resource}}};
    const auto isStillIn = accepts(*m_old, deadline);
    if (!isStillIn || *isStillIn) {
        gone.result = isStillIn ? Check::Result::Failed : Check::Result::Warned;
        gone.error = isStillIn ? Error{ErrorCode::BadReply, u"the old password is accepted still"_s, m_on.where()}
                               : isStillIn.error();
    }
    checks.append(gone);
    return checks;
}

Result<QString> passwordActionOf(QStringView kind, const Profile &profile)
{
    const auto spec = std::ranges::find(profile.actions, kind, &ActionSpec::kind);
    if (spec == profile.actions.end())
        return failure(
            ErrorCode::Unsupported,
            u"the profile names no action of kind %1: see 'actions' in resources/profile-reference.yaml"_s.arg(kind));
    const auto platform = platformOf(*spec, profile);
    if (!platform)
        return std::unexpected(platform.error());
    if (platform->kind == "render"_L1) {
        if (const auto connection = httpOperatorOf(*spec, profile); !connection)
            return std::unexpected(connection.error());
    }
    const bool isRedis = kind == "rotate-redis-password"_L1;
    const ConfigNode *store = spec->options.find(isRedis ? u"redis" : u"database");
    const ConfigNode *name = store ? store->find(u"connection") : nullptr;
    ActionSpec acting = *spec;
    acting.connection = name ? name->scalar : QString();
    const auto redis = isRedis ? redisOperatorOf(acting, profile) : Result<RedisConnection>();
    const auto database = isRedis ? Result<PostgresConnection>() : operatorOf(acting, profile);
    if (!redis || !database)
        return std::unexpected(redis ? database.error() : redis.error());
    return spec->id;
}

LoginPlace readLoginPlace(ConfigReader &reader, bool hasUser, QList<Error> &errors)
{
    const ConfigNode node = reader.map(u"variables");
    ConfigReader names(node, &errors);
    LoginPlace place{.url = names.string(u"url"), .user = {}, .password = names.string(u"password")};
    if (hasUser)
        place.user = names.string(u"user");
    names.finish();
    const bool isUrl = !place.url.isEmpty();
    if (isUrl != place.password.isEmpty() || (hasUser && isUrl != place.user.isEmpty()))
        reader.error(reader.node(u"variables"),
                     hasUser ? u"'variables': expected url, or user and password: what the platform calls them"_s
                             : u"'variables': expected url or password: what the platform calls it"_s);
    return place;
}

} // namespace qd
