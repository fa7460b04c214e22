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

/// A secret that somebody else makes, such as a payment provider: a person gets it there, and types it here.
struct GuidedRotation
{
    QString variable;
    QString beginsWith; ///< as every such secret does: "whsec_"; empty: not known
    QStringList before; ///< what the person does, a sentence each
    QStringList after;
    QString expectation; ///< its title: what tells whether it works; empty: nothing does
    std::chrono::milliseconds lookFor{std::chrono::minutes(2)}; ///< so long it is watched, once it is live
};

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
    bool holdsBothSalts = false; ///< hashes of the old and of the new one are found: a salt can be swapped
    GuidedRotation guided{};
    Profile profile{}; ///< whose requests under `verify` are sent once it is live
    std::chrono::milliseconds watchTime{std::chrono::minutes(10)}; ///< to be proved good in
    std::chrono::milliseconds pace{2'000};                         ///< between two looks
    int provedBy = 3;                                              ///< looks in a row at which all is well
    std::chrono::seconds leaseTime{60};                            ///< renewed while it acts
};

enum class PlatformDeed {
    SetVariable,
    SwapSecret,
    GuidedRotation,
    RotateRedisPassword,
    RotateDatabasePassword,
    Redeploy,
    Restart,
    RollBack
};

/// Sets one of the platform's variables ("value", or "remove"; with "then" = "redeploy" also deploys it), by reading
/// before writing: no platform but Kubernetes compares by itself. Or swaps a secret that signs tokens for a new one and
/// deploys, so that everybody is logged out; that cannot be undone. Or puts a secret there that a person typed (see
/// secretToGive()), and watches whether what it is for still works; nothing is asked of whoever made it. Or rotates
/// a password of the service (actions/password). Or deploys the
/// service anew, restarts it, or goes back to an earlier deploy ("to"); a wish for that need not name the service. What
/// was deployed is watched until it is live and its health good a few times in a row; where it is not in time, the
/// action stands unfinished, to be gone on with or rolled back. Then the profile's requests under `verify` are sent,
/// but never in a burst, and what readings tell (breakers, also where `verify` names none, hit rates, the schema's
/// version) is read anew: what fails there is warned of, and kept as evidence.
[[nodiscard]] std::unique_ptr<Action> platformAction(PlatformDeed deed, ServicePlatform platform, const Clock &clock,
                                                     const PgConnection::Stop &stop = nullptr);

/// What a guided rotation of `profile` rotates. Errors: those of platformOf() and httpOperatorOf(), and NotFound (its
/// variable is not named).
[[nodiscard]] Result<QString> guidedVariable(const ActionSpec &spec, const Profile &profile);

/// The secret that a person has to lay on the shelf before the plan is carried out; empty: none.
[[nodiscard]] QString secretToGive(const Plan &plan);

/// Whether a variable is called like one that goes into hashes that are stored.
[[nodiscard]] bool isSalt(QStringView variable);
/// Why it is not swapped, unless the profile says `salts: both`.
[[nodiscard]] QString whyNoSalt(const QString &variable);
[[nodiscard]] bool holdsBothSalts(ConfigReader &action);

/// The id of the action of `profile` that deploys its service anew, restarts it or rolls it back. Errors: Unsupported
/// (its platform cannot do that, or the profile names no such action), those of platformOf() and httpOperatorOf().
[[nodiscard]] Result<QString> platformActionOn(PlatformDeed deed, const Profile &profile);

/// The service that `source` watches, for whoever only reads there; what speaks against it goes to `errors`.
[[nodiscard]] std::function<std::unique_ptr<HostedService>(IoLine &)>
hostedOn(const SourceSpec &source, const ActionSpec &spec, const Profile &profile, QList<Error> &errors);

/// The registry's entries: options `source` (default platform), `environment`, `health` (ids of sources), `watch`,
/// `pace` and `lease` {connection, environment}; of a swap also `probe` and `salts`,
/// of a guided rotation `variable`, `begins_with`, `before`, `after`, `expectation` and `look_for`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makePlatformAction(PlatformDeed deed, const ActionSpec &spec, const Profile &profile, const Clock &clock,
                   const PgConnection::Stop &stop);

} // namespace qd
