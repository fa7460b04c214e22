/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/cache_flush/cache_warming.h"
#include "actions/redis_action.h"

namespace qd {

struct CacheKeys
{
    RedisStore::Place place;
    QString pattern;    ///< "cache:{group}:*"
    QStringList groups; ///< that may be flushed
    CacheCounters counters;
    CacheWarming warming;
};

/// Deletes the keys of one cache group with SCAN and UNLINK, in batches of at most 500 that can each be made again,
/// and can be stopped between any two. A step walks some twenty thousand keys and leaves behind where it got to. It
/// cannot be undone. With `then` "prewarm" it is filled again afterwards, and watched until its hit rate is back.
[[nodiscard]] std::unique_ptr<Action> flushCache(CacheKeys keys, const Clock &clock,
                                                 const RedisStore::Stop &stop = nullptr);

/// Asks for what fills a group again, and watches its hit rate; nothing is deleted. Of `keys` the pattern is not
/// needed.
[[nodiscard]] std::unique_ptr<Action> prewarmCache(CacheKeys keys, const Clock &clock,
                                                   const RedisStore::Stop &stop = nullptr);

/// The id of the profile's first action of `kind` that would ask for something to warm `group` with; empty: none would.
[[nodiscard]] QString warmingActionOf(QStringView kind, const QString &group, const Profile &profile);

/// The registry's entries: options `keys` with '{group}' (of a flush), `stats` {hash, hits, misses} or `counted_by` (a
/// source's id), `warm` {connection, paths, pace}, `watch` and `environment`.
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makeFlushAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const RedisStore::Stop &stop);
[[nodiscard]] std::expected<std::unique_ptr<Action>, QList<Error>>
makePrewarmAction(const ActionSpec &spec, const Profile &profile, const Clock &clock, const RedisStore::Stop &stop);

} // namespace qd
