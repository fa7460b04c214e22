/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"
#include "actions/pg_measure.h"
#include "actions/platform/hosted_service.h"
#include "actions/side_lease.h"
#include "actions/signing_key/token_probe.h"
#include "sources/platform/platform.h"

namespace qd {

struct Hosting;
class PlatformRotation;

/// A deployment's service on its platform, and how it is seen to be well.
struct ServicePlatform
{
    struct Health
    {
        QString id; ///< of the source
        SourceFactory factory;
    };
    QString deployment;
    QString environment;
    QString marker;  ///< the variable that says which environment the service is; empty: none does
    PlatformMap map; ///< flags alone can be set
    std::function<std::unique_ptr<HostedService>(IoLine &)> service;
    std::optional<SideLease::Place> lease; ///< a platform has none: the deployment's own PostgreSQL
    QList<Health> health;
    QList<PgMeasure> measures{};       ///< what a deploy touches, counted where the lease lies
    std::optional<TokenProbe> probe{}; ///< proves a secret that was swapped
    std::function<std::unique_ptr<PlatformRotation>(const Hosting &)> rotation{}; ///< of a password
    Profile profile{}; ///< whose requests under `verify` are sent once it is live
    std::chrono::milliseconds watchTime{std::chrono::minutes(10)}; ///< to be proved good in
    std::chrono::milliseconds pace{2'000};                         ///< between two looks
    int provedBy = 3;                                              ///< looks in a row at which all is well
    std::chrono::seconds leaseTime{60};                            ///< renewed while it acts
};

enum class PlatformDeed {
    SetVariable,
    SwapSecret,
    RotateRedisPassword,
    RotateDatabasePassword,
    Redeploy,
    Restart,
    RollBack
};

/// Sets one of the platform's variables ("value", or "remove"; with "then" = "redeploy" also deploys it), by reading
/// before writing: no platform but Kubernetes compares by itself. Or swaps a secret that signs tokens for a new one and
/// deploys, so that everybody is logged out; that cannot be undone. Or rotates a password of the service
/// (actions/password). Or deploys the service anew, restarts it, or goes back to an earlier deploy ("to"); a wish for
/// that need not name the service. What was deployed is watched until it is live and its health good a few times in a
/// row; where it is not in time, the action stands unfinished, to be gone on with or rolled back. Then the profile's
/// requests under `verify` are sent, but never in a burst, and what readings tell (breakers, also where `verify` names
/// none, hit rates, the schema's version) is read anew: what fails there is warned of, and kept as evidence.
[[nodiscard]] std::unique_ptr<Action> platformAction(PlatformDeed deed, ServicePlatform platform, const Clock &clock,
                                                     const PgConnection::Stop &stop = nullptr);

/// The id of the action of `profile` that deploys its service anew, restarts it or rolls it back. Errors: Unsupported
/// (its platform cannot do that, or the profile names no such action), those of platformOf() and httpOperatorOf().
[[nodiscard]] Result<QString> platformActionOn(PlatformDeed deed, const Profile &profile);

/// The registry's entries: options `source` (default platform), `environment`, `health` (ids of sources), `watch`,
/// `pace` and `lease` {connection, environment}.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makePlatformAction(PlatformDeed deed, const ActionSpec &spec, const Profile &profile, const Clock &clock,
                   const PgConnection::Stop &stop);

} // namespace qd
