/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/http_health/http_health.h"
#include "sources/postgresql/postgres_facts.h"
#include "sources/prometheus/prometheus.h"
#include "sources/redis/redis_facts.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// A kind of system: one row here and one folder beside this file.
struct SourceKind
{
    QLatin1StringView name;
    QStringList facts; ///< Fact::kind
    std::expected<SourceFactory, QList<Error>> (*make)(const SourceSpec &, const Profile &);
};

template <class... Facts>
QStringList kinds()
{
    return {QString::fromLatin1(Facts::kind)...};
}

const std::array<SourceKind, 4> &registry()
{
    static const std::array<SourceKind, 4> rows{{
        {"http-health"_L1, kinds<HealthCheck, Breaker, LimitTier, Limiter, Requests>(), httpHealthFactory},
        {"prometheus"_L1, kinds<Metric, Breaker, Cache, LimitTier, Requests>(), prometheusFactory},
        {"redis"_L1, kinds<RedisServer, Cache, RateLimit>(), redisFactory},
        {"postgresql"_L1, kinds<Database>(), postgresFactory},
    }};
    return rows;
}

const SourceKind *find(QStringView kind)
{
    const auto it = std::ranges::find_if(registry(), [&](const SourceKind &row) { return row.name == kind; });
    return it == registry().end() ? nullptr : &*it;
}
} // namespace

std::expected<SourceFactory, QList<Error>> sourceFactory(const SourceSpec &spec, const Profile &profile)
{
    if (const SourceKind *kind = find(spec.kind))
        return kind->make(spec, profile);
    const QString nearest = nearestOf(spec.kind, sourceKinds());
    const QString hint = nearest.isEmpty() ? u"expected one of %1"_s.arg(sourceKinds().join(u", "_s))
                                           : u"did you mean '%1'?"_s.arg(nearest);
    return std::unexpected(QList{
        Error{ErrorCode::BadInput, u"the source '%1' is of an unknown kind '%2'; %3"_s.arg(spec.id, spec.kind, hint),
              spec.options.where()}});
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
    const SourceKind *kind = find(sourceKind);
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

} // namespace qd
