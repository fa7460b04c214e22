/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/source.h"
#include "wire/redis.h"

namespace qd {

/// Where pybreaker's CircuitRedisStorage keeps its breakers. Their names are the profile's: it keeps no list.
struct PybreakerKeys
{
    QStringList names;
    QString pattern; ///< "{name}:pybreaker": what stands before ":state"

    [[nodiscard]] QByteArray key(const QString &name, const char *field) const;
    /// What reads one breaker.
    [[nodiscard]] RedisCommand command(const QString &name) const;
};

/// The replies to the commands of all names, as JSON: {NAME: {"state": TEXT, …}, …}.
[[nodiscard]] QByteArray pybreakerJson(const PybreakerKeys &keys, const QList<RedisReply> &replies);

/// What they tell. "open" stands until the first call after the reset time-out: with the profile's time-out the view
/// says that the trial is due. Errors: where every command failed, the first one's.
[[nodiscard]] Result<Findings> pybreakerFindings(const PybreakerKeys &keys, const QList<RedisReply> &replies,
                                                 const QString &where);

/// The registry's entry: option `keys`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> pybreakerFactory(const SourceSpec &spec,
                                                                          const Profile &profile);

} // namespace qd
