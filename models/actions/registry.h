/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/action.h"

namespace qd {

/// A kind of deed: one folder in actions/ and one row in the registry.
struct ActionKind
{
    QLatin1StringView name;
    /// Reads `spec.options` and makes the action. Errors: BadInput, each with its place; a connection that is missing
    /// is one, too, as nobody can act without it.
    std::expected<std::unique_ptr<Action>, QList<Error>> (*make)(const ActionSpec &, const Profile &, const Clock &,
                                                                 const PgConnection::Stop &);
};

/// All kinds; what a profile may write as `kind` under `actions`.
[[nodiscard]] QStringList actionKinds();

/// The action `id` of `profile`. Errors: NotFound (it has none, and which it has), BadInput.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeAction(const QString &id, const Profile &profile, const Clock &clock, const PgConnection::Stop &stop = nullptr);

/// Where a plan's settings come from, and what is wrong with the actions of a profile but for connections that are
/// missing: who only watches has none.
[[nodiscard]] QList<Error> checkActions(const Profile &profile);

/// What keeps somebody from acting with what `profile` names, though nothing is wrong with it: a connection that acts,
/// or the file of its secret, is missing.
[[nodiscard]] QList<Error> warnOfActions(const Profile &profile);

/// The connection that an action takes. Errors: BadInput (there is none, and what to write).
[[nodiscard]] Result<PostgresConnection> operatorOf(const ActionSpec &spec, const Profile &profile);
[[nodiscard]] Result<RedisConnection> redisOperatorOf(const ActionSpec &spec, const Profile &profile);
[[nodiscard]] Result<HttpConnection> httpOperatorOf(const ActionSpec &spec, const Profile &profile);
/// To the deployment's own service, as somebody who may change it: default http_operator.
[[nodiscard]] Result<HttpConnection> serviceOperatorOf(const ActionSpec &spec, const Profile &profile);
/// The source whose platform an action acts on. Errors: BadInput (the profile has none).
[[nodiscard]] Result<SourceSpec> platformOf(const ActionSpec &spec, const Profile &profile);

/// The id of the first action of `kind` that `profile` names and that acts in Redis. Errors: Unsupported (it names
/// none), those of redisOperatorOf.
[[nodiscard]] Result<QString> redisActionOf(QStringView kind, const Profile &profile);

/// The PostgreSQL in which an action has its approvals: the one it acts on or keeps its lease in, else that of another
/// action of the profile. Errors: those of operatorOf.
[[nodiscard]] Result<PgStore::Place> placeOf(const QString &id, const Profile &profile);

} // namespace qd
