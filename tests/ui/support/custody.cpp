/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "ui/support/custody.h"

#include <QDateTime>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd::test {
namespace {
constexpr auto day = std::chrono::minutes(24h);

SourceView sourceView(const QString &id, const QString &kind)
{
    SourceView view;
    view.id = id;
    view.kind = kind;
    view.title = id;
    view.freshness = freshAt();
    view.interval = 15s;
    return view;
}

DeploymentView bareView()
{
    DeploymentView view;
    view.name = u"quoted"_s;
    view.title = u"Quote service"_s;
    view.environment = u"production"_s;
    view.at = custodyNow;
    view.status = Status::Ok;
    view.watchedSince = custodyNow - 1h;
    view.lastAnswer = custodyNow;
    view.sources = {sourceView(u"backups"_s, u"backup-directory"_s), sourceView(u"keys"_s, u"signing-keys"_s),
                    sourceView(u"clients"_s, u"api-keys"_s), sourceView(u"flags"_s, u"feature-flags"_s),
                    sourceView(u"platform"_s, u"render"_s)};
    return view;
}

void setFreshness(DeploymentView &view, const Freshness &freshness)
{
    const auto set = [&](auto &telling) {
        telling.freshness = freshness;
        for (auto &row : telling.rows) {
            row.freshness = freshness;
            row.status = freshness.kind == Freshness::Kind::Fresh ? Status::Ok : Status::Unknown;
        }
    };
    set(view.backups);
    set(view.signingKeys);
    set(view.apiKeys);
    set(view.flags);
    set(view.variables);
    for (SourceView &source : view.sources) {
        source.freshness = freshness;
        source.error = freshness.error;
    }
}

void tellBackups(DeploymentView &view)
{
    for (int night = 0; night < 14; ++night) {
        if (night == 5)
            continue;
        const qint64 size = 1'288'490'188 - night * 9'000'000LL;
        Backup file = backup(night * day + 3h, night == 9 ? 0 : size, night == 9 ? u"empty file"_s : QString());
        tell(view.backups, file, u"backups"_s);
    }
}

void tellSigningKeys(DeploymentView &view)
{
    SigningKey next = signingKeyOf(u"k-0603"_s, KeyState::Next, 0);
    next.createdAt = read(custodyNow - 20min);
    SigningKey active = signingKeyOf(u"k-0502"_s, KeyState::Active, 4812);
    active.createdAt = read(custodyNow - 41 * day - 30min);
    active.activatedAt = read(custodyNow - 41 * day);
    active.lastTokenExpiry = read(custodyNow + day);
    SigningKey retiring = signingKeyOf(u"k-0412"_s, KeyState::Retiring, 812);
    retiring.createdAt = read(custodyNow - 64 * day);
    retiring.activatedAt = read(custodyNow - 63 * day);
    retiring.retireAfter = read(custodyNow + 7 * day);
    retiring.lastTokenExpiry = read(custodyNow + 3h);
    SigningKey retired = signingKeyOf(u"k-0301"_s, KeyState::Retired, 0);
    retired.createdAt = read(custodyNow - 80 * day);
    retired.activatedAt = read(custodyNow - 79 * day);
    retired.retireAfter = read(custodyNow - 50 * day);
    for (SigningKey *key : {&next, &active, &retiring, &retired}) {
        key->where = read(u"table jwt_keys"_s);
        tell(view.signingKeys, *key, u"keys"_s);
    }
}

void tellApiKey(DeploymentView &view, const QString &prefix, const QString &label, const QString &tier,
                std::optional<std::chrono::minutes> used, std::optional<std::chrono::minutes> expiresIn,
                bool revoked = false)
{
    ApiKey key;
    key.id = QString::number(view.apiKeys.rows.size() + 1);
    key.prefix = read(prefix);
    key.label = read(label);
    key.tier = read(tier);
    key.role = read(tier == "enterprise"_L1 ? u"admin"_s : u"client"_s);
    key.createdAt = read(custodyNow - 200 * day);
    key.lastUsedAt = used ? read(custodyNow - *used) : readNothing<Instant>();
    key.expiresAt = expiresIn ? read(custodyNow + *expiresIn) : readNothing<Instant>();
    key.revokedAt = revoked ? read(custodyNow - 9 * day) : readNothing<Instant>();
    tell(view.apiKeys, key, u"clients"_s);
}

void tellApiKeys(DeploymentView &view)
{
    tellApiKey(view, u"lg_live_7Hq2"_s, u"Dispatch app"_s, u"premium"_s, 2min, {});
    tellApiKey(view, u"lg_live_c91K"_s, u"Partner portal"_s, u"enterprise"_s, 40min, 400 * day);
    tellApiKey(view, u"lg_live_m3Tz"_s, u"Billing export"_s, u"standard"_s, 3 * day, 6 * day);
    tellApiKey(view, u"lg_live_pp08"_s, u"Pilot 2025"_s, u"basic"_s, 90 * day, -30 * day);
    tellApiKey(view, u"lg_live_x4Rw"_s, u"Left employee"_s, u"standard"_s, 10 * day, {}, true);
    tellApiKey(view, u"lg_live_z0Nn"_s, u"Ordered, not fetched"_s, u"basic"_s, {}, {});
}

void tellFlag(DeploymentView &view, const QString &key, const QString &set, std::optional<QString> effective,
              const QString &where, std::optional<qint64> rollout = {}, const QString &by = {})
{
    FeatureFlag flag;
    flag.key = key;
    flag.set = read(set);
    if (effective)
        flag.effective = read(*effective);
    if (rollout)
        flag.rollout = read(*rollout);
    if (!by.isEmpty()) {
        flag.updatedBy = read(by);
        flag.updatedAt = read(custodyNow - 40min);
    }
    flag.where = read(where);
    tell(view.flags, flag, u"flags"_s);
}

void tellFlags(DeploymentView &view)
{
    const QString table = u"table feature_flags"_s;
    tellFlag(view, u"new_pricing"_s, u"on"_s, u"on"_s, table, 100, u"mei.lin@example.test"_s);
    tellFlag(view, u"pdf_v2"_s, u"on"_s, u"on"_s, table, 25, u"op-2"_s);
    tellFlag(view, u"CONCIERGE_DISABLED"_s, u"on"_s, u"off"_s, u"variable CONCIERGE_DISABLED"_s);
    tellFlag(view, u"PUSH_NOTIFICATIONS_DISABLED"_s, u"off"_s, {}, u"variable PUSH_NOTIFICATIONS_DISABLED"_s);
    tellFlag(view, u"RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s, u"300"_s, {},
             u"variable RECOMMENDATIONS_CACHE_TTL_OVERRIDE"_s);
    const auto variable = [&](const QString &key, std::optional<qint64> live) {
        Variable fact;
        fact.key = key;
        if (live)
            fact.isLive = read(*live);
        fact.updatedAt = read(custodyNow - 40min);
        tell(view.variables, fact, u"platform"_s);
    };
    variable(u"CONCIERGE_DISABLED"_s, 0);
    variable(u"DATABASE_URL"_s, 1);
    variable(u"PUSH_NOTIFICATIONS_DISABLED"_s, 1);
    variable(u"STRIPE_SECRET_KEY"_s, {});
}
} // namespace

Freshness freshAt(Instant at)
{
    return {.kind = Freshness::Kind::Fresh, .since = at, .error = {}};
}

Backup backup(std::chrono::minutes age, qint64 size, const QString &trouble)
{
    const Instant taken = custodyNow - age;
    const QDateTime utc = QDateTime::fromMSecsSinceEpoch(taken.time_since_epoch().count(), Qt::UTC);
    Backup file;
    file.id = u"quoted-%1.dump"_s.arg(utc.toString(u"yyyyMMdd-HHmmss"_s));
    file.location = read(u"/srv/backups/quoted"_s);
    file.format = read(u"custom"_s);
    file.size = read(Bytes{size});
    file.takenAt = read(taken);
    if (!trouble.isEmpty())
        file.trouble = read(trouble);
    return file;
}

SigningKey signingKeyOf(const QString &id, KeyState state, std::optional<qint64> tokens)
{
    SigningKey key;
    key.id = id;
    key.state = read(state);
    if (tokens)
        key.tokens = read(*tokens);
    return key;
}

Profile custodyProfile()
{
    Profile profile;
    profile.name = u"quoted"_s;
    profile.title = u"Quote service"_s;
    profile.environment = u"production"_s;
    profile.backupPolicy = BackupPolicy{.every = 24h, .keep = std::chrono::days(14), .zone = "UTC"};
    for (const auto &[id, kind] : {std::pair(u"backups"_s, u"backup-directory"_s),
                                   {u"keys"_s, u"signing-keys"_s},
                                   {u"clients"_s, u"api-keys"_s},
                                   {u"flags"_s, u"feature-flags"_s},
                                   {u"platform"_s, u"render"_s}}) {
        SourceSpec spec;
        spec.id = id;
        spec.kind = kind;
        spec.interval = 15s;
        profile.sources.append(spec);
    }
    return profile;
}

DeploymentView richCustody()
{
    DeploymentView view = bareView();
    tellBackups(view);
    tellSigningKeys(view);
    tellApiKeys(view);
    tellFlags(view);
    return view;
}

DeploymentView emptyCustody()
{
    DeploymentView view = bareView();
    setFreshness(view, freshAt());
    return view;
}

DeploymentView silentCustody()
{
    DeploymentView view = bareView();
    setFreshness(view, {});
    return view;
}

DeploymentView staleCustody()
{
    DeploymentView view = richCustody();
    setFreshness(view, {.kind = Freshness::Kind::Stale,
                        .since = custodyNow - 3h,
                        .error = Error{ErrorCode::Unreachable, u"connection refused"_s, u"127.0.0.1:5432"_s}});
    return view;
}

DeploymentView refusedCustody()
{
    DeploymentView view = bareView();
    setFreshness(view, {.kind = Freshness::Kind::Refused,
                        .since = custodyNow - 3h,
                        .error = Error{ErrorCode::AuthRequired, u"permission denied for table jwt_keys"_s,
                                       u"127.0.0.1:5432"_s}});
    return view;
}

} // namespace qd::test
