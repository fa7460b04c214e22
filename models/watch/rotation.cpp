/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/rotation.h"

#include "watch/custody.h"
#include "watch/row_parts.h"

#include <map>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
template <class F>
KeyAge ageOf(const Told<F> &told, const QString &key, const Value<Instant> &since, std::chrono::seconds every,
             Instant at)
{
    KeyAge age{.key = key, .dueAt = {}, .freshness = told.freshness};
    age.dueAt.because = {.source = told.source, .origin = since.origin, .formula = {}, .rule = {}, .inputs = {}};
    if (!since.has()) {
        age.dueAt.status = Status::Unknown;
        return age;
    }
    const Instant due = *since + every;
    const auto days = std::chrono::duration_cast<std::chrono::days>(every).count();
    age.dueAt.value = due;
    age.dueAt.because.formula = u"+ %1 d"_s.arg(days);
    age.dueAt.because.inputs = {because(told.source, since)};
    age.due = due <= at ? KeyAge::Due::Now : due <= at + RotationPolicy::soon ? KeyAge::Due::Soon : KeyAge::Due::Later;
    if (age.due == KeyAge::Due::Now) {
        age.dueAt.status = Status::Degraded;
        age.dueAt.because.rule = u"older than %1 d"_s.arg(days);
    }
    return age;
}

bool isInUse(ApiKeyStanding standing)
{
    return standing != ApiKeyStanding::Expired && standing != ApiKeyStanding::Revoked;
}
} // namespace

QList<KeyAge> keyAges(const DeploymentView &view, const RotationPolicy &policy, const QHash<QString, Instant> &rotated)
{
    QList<KeyAge> ages;
    QList<Told<SigningKey>> inUse;
    std::map<QString, Telling<SigningKey>> rings; // by where they lie
    for (const Told<SigningKey> &told : view.signingKeys.rows)
        rings[told.fact.where.valueOr({})].rows.append(told);
    for (const auto &[where, ring] : rings) {
        if (where.startsWith("variable "_L1))
            inUse += ring.rows;
        else if (const Told<SigningKey> *signer = signingKey(ring))
            inUse.append(*signer);
    }
    for (const Told<SigningKey> &told : std::as_const(inUse)) {
        const SigningKey &key = told.fact;
        Value<Instant> since = key.activatedAt.has() ? key.activatedAt : key.createdAt;
        if (!since.has() && rotated.contains(key.id))
            since = {.value = rotated[key.id], .origin = {}};
        if (policy.signingKeys.count() > 0)
            ages.append(ageOf(told, key.id, since, policy.signingKeys, view.at));
    }
    for (const Told<ApiKey> &told : view.apiKeys.rows) {
        if (policy.apiKeys.count() == 0 || !isInUse(standingOf(told.fact, view.at)))
            continue;
        const QString prefix = told.fact.prefix.valueOr(told.fact.id);
        Value<Instant> since = told.fact.createdAt;
        if (!since.has() && rotated.contains(prefix))
            since = {.value = rotated[prefix], .origin = {}};
        KeyAge age = ageOf(told, prefix, since, policy.apiKeys, view.at);
        age.isApiKey = true;
        ages.append(age);
    }
    std::ranges::stable_sort(ages, [](const KeyAge &a, const KeyAge &b) {
        if (a.dueAt.has() != b.dueAt.has())
            return a.dueAt.has();
        return a.dueAt.has() && *a.dueAt < *b.dueAt;
    });
    return ages;
}

QString toWord(KeyAge::Due due)
{
    switch (due) {
    case KeyAge::Due::Unknown:
        return u"unknown"_s;
    case KeyAge::Due::Later:
        return u"later"_s;
    case KeyAge::Due::Soon:
        return u"soon"_s;
    case KeyAge::Due::Now:
        return u"now"_s;
    }
    return {};
}

} // namespace qd
