/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/backups/backups.h"
#include "sources/custody/custody.h"
#include "sources/http_flags/flag_api.h"
#include "sources/http_health/http_health.h"
#include "sources/key_sets/key_sets.h"
#include "sources/pgbouncer/bouncer_facts.h"
#include "sources/platform_compose/compose.h"
#include "sources/platform_kubernetes/kubernetes.h"
#include "sources/platform_railway/railway.h"
#include "sources/platform_render/render.h"
#include "sources/postgresql/postgres_facts.h"
#include "sources/prometheus/prometheus.h"
#include "sources/pybreaker/pybreaker.h"
#include "sources/redis/redis_facts.h"
#include "sources/redis_flags/redis_flags.h"
#include "sources/redis_sentinel/redis_sentinel.h"

#include <algorithm>
#include <array>
#include <span>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
template <class... Facts>
QStringList kinds()
{
    return {QString::fromLatin1(Facts::kind)...};
}

std::span<const SourceKind> registry()
{
    using enum SourceKind::Role;
    static const auto rows = std::to_array<SourceKind>({
        {"http-health"_L1,
         "HTTP"_L1,
         Service,
         // Its headers tell of one limit, the console's own: nothing of the service's clients.
         kinds<HealthCheck, Breaker, LimitTier, Limiter, Requests>(),
         httpHealthFactory,
         {}},
        {"prometheus"_L1,
         "Prometheus"_L1,
         Part,
         kinds<Metric, Breaker, Cache, LimitTier, Requests>(),
         prometheusFactory,
         {}},
        {"redis"_L1,
         "Redis"_L1,
         Part,
         kinds<RedisServer, Cache, RateLimit, Replica>(),
         redisFactory,
         {u"redis"_s, u"cache"_s}},
        {"redis-sentinel"_L1, "Redis Sentinel"_L1, Part, kinds<Sentinel>(), redisSentinelFactory, {}},
        {"pybreaker"_L1, "Redis"_L1, Part, kinds<Breaker>(), pybreakerFactory, {}},
        {"postgresql"_L1,
         "PostgreSQL"_L1,
         Part,
         kinds<Database, Replica, Session, Statement, Relation>(),
         postgresFactory,
         {u"database"_s, u"db"_s, u"postgres"_s, u"postgresql"_s, u"replica"_s, u"replicas"_s}},
        {"pgbouncer"_L1, "pgBouncer"_L1, Part, kinds<Pool>(), bouncerFactory, {u"pgbouncer"_s}},
        {"signing-keys"_L1, "PostgreSQL"_L1, Part, kinds<SigningKey>(), signingKeysFactory, {}},
        {"redis-signing-keys"_L1, "Redis"_L1, Part, kinds<SigningKey>(), redisSigningKeysFactory, {}},
        {"http-signing-keys"_L1, "HTTP"_L1, Part, kinds<SigningKey>(), httpSigningKeysFactory, {}},
        {"api-keys"_L1, "PostgreSQL"_L1, Part, kinds<ApiKey>(), apiKeysFactory, {}},
        {"feature-flags"_L1, "PostgreSQL"_L1, Part, kinds<FeatureFlag>(), featureFlagsFactory, {}},
        {"redis-flags"_L1, "Redis"_L1, Part, kinds<FeatureFlag>(), redisFlagsFactory, {}},
        {"http-flags"_L1, "HTTP"_L1, Part, kinds<FeatureFlag>(), httpFlagsFactory, {}},
        {"backup-directory"_L1, "Directory"_L1, Part, kinds<Backup>(), backupDirectoryFactory, {}},
        {"render"_L1, "Render"_L1, Part, kinds<Variable, FeatureFlag, SigningKey, Deploy>(), renderFactory, {}},
        {"railway"_L1, "Railway"_L1, Part, kinds<Variable, FeatureFlag, SigningKey, Deploy>(), railwayFactory, {}},
        {"kubernetes"_L1,
         "Kubernetes"_L1,
         Part,
         kinds<Variable, FeatureFlag, SigningKey, Deploy>(),
         kubernetesFactory,
         {}},
        {"compose"_L1,
         "Docker Compose"_L1,
         Part,
         kinds<Variable, FeatureFlag, SigningKey, Deploy>(),
         composeFactory,
         {}},
    });
    return rows;
}

} // namespace

const SourceKind *sourceKind(QStringView name)
{
    const auto it = std::ranges::find_if(registry(), [&](const SourceKind &row) { return row.name == name; });
    return it == registry().end() ? nullptr : &*it;
}

std::expected<SourceFactory, QList<Error>> sourceFactory(const SourceSpec &spec, const Profile &profile)
{
    if (const SourceKind *kind = sourceKind(spec.kind))
        return kind->make(spec, profile);
    const QString nearest = nearestOf(spec.kind, sourceKinds());
    const QString hint = nearest.isEmpty() ? u"expected one of %1"_s.arg(sourceKinds().join(u", "_s))
                                           : u"did you mean '%1'?"_s.arg(nearest);
    return std::unexpected(
        QList{// What is written there is not quoted: it may be an address with its password.
              Error{ErrorCode::BadInput, u"the source '%1' is of an unknown kind; %2"_s.arg(spec.id, hint),
                    spec.options.where()}});
}

QString missingConnection(const SourceSpec &spec, const Profile &profile, const QString &name, QLatin1StringView kind)
{
    if (profile.connections.contains(name))
        return u"the source '%1' needs a connection of kind '%2'; connections.%3 is of another kind"_s.arg(spec.id,
                                                                                                           kind, name);
    static const std::map<QLatin1StringView, QLatin1StringView> samples{
        {"http"_L1, R"({url: "https://app.example.com"})"_L1},
        {"redis"_L1, "{host: redis.example.com, password: env:REDIS_PASSWORD}"_L1},
        {"postgresql"_L1, "{host: db.example.com, database: app, user: viewer, password: env:DB_PASSWORD}"_L1}};
    const auto sample = samples.find(kind);
    return u"the source '%1' needs connections.%2: in your profile write under connections '%2: %3', or under sources "
           "'%1: off'"_s.arg(spec.id, name, sample == samples.end() ? "…"_L1 : sample->second);
}

QStringList sourceKinds()
{
    QStringList names;
    for (const SourceKind &row : registry())
        names.append(row.name);
    return names;
}

QStringList factKindsOf(QStringView sourceKind)
{
    const SourceKind *kind = qd::sourceKind(sourceKind);
    return kind ? kind->facts : QStringList();
}

QList<Error> checkSources(const Profile &profile)
{
    QList<Error> errors;
    for (const SourceSpec &spec : profile.sources) {
        if (const auto factory = sourceFactory(spec, profile); !factory)
            errors.append(factory.error());
    }
    return errors;
}

ProfileResult loadWhole(const QString &path)
{
    auto [profile, errors] = draftProfile(path);
    errors += checkSources(profile);
    sortByPlace(errors);
    if (!errors.isEmpty())
        return std::unexpected(std::move(errors));
    return std::move(profile);
}

} // namespace qd
