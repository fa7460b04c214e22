/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/redis_action.h"

namespace qd {

struct CacheKeys
{
    RedisStore::Place place;
    QString pattern;    ///< "cache:{group}:*"
    QStringList groups; ///< that may be flushed
    QString statsHash;  ///< with the service's own counters; empty: none
    QString hitsField;  ///< "hits:{group}"
};

/// Deletes the keys of one cache group with SCAN and UNLINK, in batches of at most 500 that can each be made again,
/// and can be stopped between any two. A step walks some twenty thousand keys and leaves behind where it got to. It
/// cannot be undone.
[[nodiscard]] std::unique_ptr<Action> flushCache(CacheKeys keys, const Clock &clock, RedisStore::Stop stop = nullptr);

/// The registry's entry: options `keys` with '{group}', `stats` {hash, hits} and `environment`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeFlushAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const RedisStore::Stop &stop);

} // namespace qd
