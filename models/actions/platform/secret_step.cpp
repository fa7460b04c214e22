/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/platform/platform_steps.h"
#include "actions/secret_shelf.h"
#include "actions/signing_key/token.h"
#include "base/cleaned.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
/// Slow on purpose: what somebody once thought up must not be found from a plan.
QString printOf(const Secret &secret, const QString &salt)
{
    const QByteArray raw = QByteArray::fromHex(salt.toLatin1());
    QByteArray print(32, '\0');
    const bool isDone =
        EVP_PBE_scrypt(secret.reveal().constData(), static_cast<std::size_t>(secret.reveal().size()),
                       reinterpret_cast<const unsigned char *>(raw.constData()), static_cast<std::size_t>(raw.size()),
                       1U << 15U, 8, 1, 64ULL * 1024 * 1024, reinterpret_cast<unsigned char *>(print.data()),
                       static_cast<std::size_t>(print.size())) == 1;
    if (!isDone)
        qFatal("scrypt failed");
    return QString::fromLatin1(print.toHex());
}

/// Whether the profile says so, where it tells how clients' keys are hashed.
bool isSaltOfKeys(const QString &variable, const Profile &profile)
{
    return std::ranges::any_of(profile.actions, [&](const ActionSpec &spec) {
        const ConfigNode *hash = spec.options.find(u"hash");
        const ConfigNode *salt = hash ? hash->find(u"variable") : nullptr;
        return spec.kind == "rotate-api-key"_L1 && salt && !variable.isEmpty() && salt->scalar == variable;
    });
}

QString newSalt()
{
    QByteArray salt(16, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char *>(salt.data()), static_cast<int>(salt.size())) != 1)
        qFatal("the operating system gives no random numbers");
    return QString::fromLatin1(salt.toHex());
}

namespace {
/// Where the plan says which secret it replaces, and how that is known.
QStringList toldIn(const Plan &plan)
{
    const auto step = std::ranges::find_if(plan.steps, [](const Phrase &each) {
        return each.code == "secret-swapped"_L1 || each.code == "secret-given"_L1;
    });
    return step == plan.steps.end() ? QStringList() : step->arguments;
}
} // namespace

bool isSalt(QStringView variable)
{
    return std::ranges::any_of(variable.split(u'_'), [](QStringView part) {
        return part.compare(u"SALT", Qt::CaseInsensitive) == 0 || part.compare(u"PEPPER", Qt::CaseInsensitive) == 0;
    });
}

QString whyNoSalt(const QString &variable)
{
    return u"%1 is a salt: every hash that is stored was made with it, and none could be found with another one, so "
           "that every API key would be refused. Have the service look for hashes of both salts first, and say "
           "'salts: both' under the action"_s.arg(cleaned(variable, 60));
}

Result<Secret> SecretStep::held(const QString &key, Deadline deadline)
{
    auto value = m_on.service.secret(key, deadline);
    if (!value)
        return std::unexpected(value.error());
    if (!*value || (*value)->isEmpty())
        return failure(ErrorCode::NotFound, u"%1 is not set on %2"_s.arg(key, m_on.service.title()), m_on.where());
    return std::move(**value);
}

Result<void> SecretStep::add(Plan &plan, const Wish &wish, Deadline deadline)
{
    if (const auto cannot = m_on.service.cannot(ServiceDeed::SwapSecret))
        return std::unexpected(*cannot);
    if (!wish.set.empty())
        return failure(
            ErrorCode::BadInput,
            u"'%1': nothing is to be set, the secret is made here"_s.arg(cleaned(wish.set.begin()->first, 60)),
            m_on.where());
    if ((isSalt(wish.resource) || isSaltOfKeys(wish.resource, m_on.platform.profile)) && !m_on.platform.holdsBothSalts)
        return failure(ErrorCode::Unsupported, whyNoSalt(wish.resource), m_on.where());
    const QStringList &keys = m_on.platform.map.signingKeys;
    if (!mayBeSwapped(wish.resource))
        return failure(ErrorCode::NotFound,
                       u"only what the profile lists under 'signing_keys' of the platform is swapped: it has no '%1', "
                       "but %2"_s.arg(cleaned(wish.resource, 60), keys.isEmpty() ? u"none"_s : keys.join(u", "_s)),
                       m_on.where());
    const auto now = held(wish.resource, deadline);
    if (!now)
        return std::unexpected(now.error());
    const QString salt = newSalt();
    plan.changes = {{.what = u"secret"_s, .before = wish.resource, .after = wish.resource}};
    if (!isSalt(wish.resource))
        plan.changes.append({.what = u"users"_s, .before = u"signed-in"_s, .after = u"logged-out"_s});
    plan.steps = {{u"secret-swapped"_s, {wish.resource, m_on.service.title(), salt, printOf(*now, salt)}}};
    return {};
}

Result<void> SecretStep::addGiven(Plan &plan, const Wish &wish, Deadline deadline)
{
    const QString &key = m_on.platform.guided.variable;
    if (const auto cannot = m_on.service.cannot(ServiceDeed::SwapSecret))
        return std::unexpected(*cannot);
    if (!wish.set.empty())
        return failure(ErrorCode::BadInput, u"nothing is to be set: the secret is typed once the plan is carried out"_s,
                       m_on.where());
    if (!wish.resource.isEmpty() && wish.resource != key)
        return failure(ErrorCode::NotFound, u"this rotates %1, not '%2'"_s.arg(key, cleaned(wish.resource, 60)),
                       m_on.where());
    plan.resource = key;
    const auto now = held(key, deadline);
    if (!now)
        return std::unexpected(now.error());
    const QString salt = newSalt();
    plan.changes = {{.what = u"given-secret"_s, .before = key, .after = key}};
    plan.steps = {{u"secret-given"_s,
                   QStringList{key, m_on.service.title(), salt, printOf(*now, salt)} + m_on.platform.guided.before}};
    return {};
}

/// What it is stands in no error.
QString SecretStep::whyNotGiven(const std::optional<Secret> &given) const
{
    const GuidedRotation &guided = m_on.platform.guided;
    if (!given || given->isEmpty())
        return u"the new %1 was not given: it is typed as the plan is confirmed, or read from --secret-file"_s.arg(
            guided.variable);
    return given->reveal().startsWith(guided.beginsWith.toUtf8())
               ? QString()
               : u"what was typed does not begin with %1, as every %2 does"_s.arg(guided.beginsWith, guided.variable);
}

bool SecretStep::mayBeSwapped(const QString &key) const
{
    return isSalt(key) ? m_on.platform.holdsBothSalts : m_on.platform.map.signingKeys.contains(key);
}

QList<Check> SecretStep::checks() const
{
    const SecretKeeping keeping = m_on.service.keeping();
    return {{.phrase = {u"secret-kept"_s,
                        {m_on.service.title(), QString::number(keeping.atOnce),
                         keeping.isCompared ? u"compared"_s : u"read-before"_s, keeping.live}}}};
}

QList<Check> SecretStep::givenChecks(const Plan &plan) const
{
    const auto way = SecretShelf::Way::Given;
    const auto given = secretShelf().copy(way, plan.id(), plan.resource);
    const QString why = given ? whyNotGiven(given) : QString();
    if (why.isEmpty())
        return {};
    [[maybe_unused]] const auto forgotten = secretShelf().take(way, plan.id(), plan.resource);
    return {{.phrase = {u"given-secret-fits"_s, {plan.resource}},
             .result = Check::Result::Failed,
             .error = Error{ErrorCode::BadInput, why, m_on.where()}}};
}

Result<QList<std::optional<QByteArray>>> SecretStep::print(const Plan &plan, Deadline deadline)
{
    const auto now = held(plan.resource, deadline);
    if (!now)
        return std::unexpected(now.error());
    return QList<std::optional<QByteArray>>{plan.resource.toUtf8(), printOf(*now, toldIn(plan).value(2)).toLatin1()};
}

Result<Stand> SecretStep::stand(const Plan &plan, const Phrase &step, Deadline deadline)
{
    const auto now = held(plan.resource, deadline);
    if (!now)
        return std::unexpected(now.error());
    return printOf(*now, step.arguments.value(2)) == step.arguments.value(3) ? Stand::Before : Stand::After;
}

Result<void> SecretStep::perform(const Plan &plan, const Phrase &step, Deadline deadline)
{
    const bool isGiven = step.code == "secret-given"_L1;
    if (isGiven ? plan.resource != m_on.platform.guided.variable : !mayBeSwapped(plan.resource))
        return m_on.notMine();
    auto given =
        isGiven ? secretShelf().take(SecretShelf::Way::Given, plan.id(), plan.resource) : std::optional<Secret>();
    if (const QString why = isGiven ? whyNotGiven(given) : QString(); !why.isEmpty())
        return failure(ErrorCode::BadInput, why + u"; nothing was changed"_s, m_on.where());
    auto now = held(plan.resource, deadline);
    if (!now)
        return failure(isUncertain(now.error().code) ? ErrorCode::Unavailable : now.error().code, now.error().message,
                       m_on.where()); // nothing was sent
    if (printOf(*now, step.arguments.value(2)) != step.arguments.value(3))
        return failure(ErrorCode::BadInput, u"%1 is not as the plan found it; nothing was changed"_s.arg(plan.resource),
                       m_on.where());
    if (isGiven && now->reveal() == given->reveal())
        return failure(ErrorCode::BadInput, u"what was typed is the secret that is set; nothing was changed"_s,
                       m_on.where());
    m_old = std::move(*now);
    const Secret secret = isGiven ? std::move(*given) : newSecret();
    return m_on.service.setSecret(plan.resource, secret, deadline);
}

Result<void> SecretStep::revert(const Plan &plan, const Phrase &, Deadline)
{
    return failure(ErrorCode::Unsupported, u"what %1 was is kept nowhere"_s.arg(plan.resource), m_on.where());
}

QList<Check> ProveSecretStep::checks(const Plan &plan, Deadline deadline)
{
    const bool isProof = std::ranges::find(plan.steps, u"secret-proved"_s, &Phrase::code) != plan.steps.end();
    const auto now = isProof ? m_secret.held(plan.resource, deadline) : failure(ErrorCode::NotFound, {});
    const QStringList told = toldIn(plan);
    if (!now || printOf(*now, told.value(2)) != told.value(3))
        return {}; // what is not as planned is said elsewhere
    Check check{.phrase = {u"secret-can-be-proved"_s, {plan.resource, m_on.platform.probe->path}}};
    QString said;
    const TokenAnswer answer = askWithToken(*m_on.platform.probe, m_on.line, {}, *now, m_on.soon(), &said);
    if (answer == TokenAnswer::Accepted)
        return {check};
    check.result = answer == TokenAnswer::Refused ? Check::Result::Failed : Check::Result::Warned;
    check.error = Error{ErrorCode::BadInput,
                        u"a token of the secret that is set now is not accepted, so nothing could be proved: %1; is "
                        "it deployed, and is 'probe' of the action right?"_s.arg(said),
                        m_on.where()};
    return {check};
}

void ProveSecretStep::add(Plan &plan) const
{
    plan.steps.append({u"secret-proved"_s, {plan.resource, m_on.platform.probe->path}});
}

Result<QList<std::optional<QByteArray>>> ProveSecretStep::print(const Plan &, Deadline)
{
    return QList<std::optional<QByteArray>>();
}

Result<Stand> ProveSecretStep::stand(const Plan &, const Phrase &, Deadline)
{
    return m_isProved ? Stand::After : Stand::Before;
}

Result<void> ProveSecretStep::until(const Secret &secret, TokenAnswer wanted, const QString &otherwise)
{
    const auto end = std::chrono::steady_clock::now() + m_on.platform.watchTime;
    QString said;
    for (int good = 0; good < m_on.platform.provedBy;) {
        good = askWithToken(*m_on.platform.probe, m_on.line, {}, secret, m_on.soon(), &said) == wanted ? good + 1 : 0;
        if (good > 0)
            continue;
        if (std::chrono::steady_clock::now() > end)
            return failure(ErrorCode::Timeout, otherwise.arg(said), m_on.where());
        if (!m_on.line.sleep(m_on.platform.pace))
            return failure(ErrorCode::Cancelled, u"stopped while it was proved"_s, m_on.where());
    }
    return {};
}

/// A person decides where it does not come true: what was is gone.
Result<void> ProveSecretStep::perform(const Plan &plan, const Phrase &, Deadline deadline)
{
    const auto now = m_secret.held(plan.resource, deadline);
    if (!now)
        return std::unexpected(now.error());
    if (auto proved = until(*now, TokenAnswer::Accepted, u"a token of the new secret is not accepted: %1"_s); !proved)
        return proved;
    const bool isKnown = !m_secret.old().isEmpty();
    const Secret other = isKnown ? m_secret.old().copy() : newSecret();
    if (auto proved =
            until(other, TokenAnswer::Refused,
                  isKnown ? u"a token of the old secret is not refused: %1"_s : u"a forged token is not refused: %1"_s);
        !proved)
        return proved;
    m_isProved = true;
    return {};
}

Result<void> ProveSecretStep::revert(const Plan &, const Phrase &, Deadline)
{
    m_isProved = false;
    return {};
}

} // namespace qd
