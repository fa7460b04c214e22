/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/http_store.h"
#include "actions/redis_store.h"
#include "base/units.h"

#include <map>
#include <memory>

namespace qd {

/// Who counts the lookups of a deployment's caches.
struct CacheCounters
{
    QString hash;   ///< in Redis; empty: none
    QString hits;   ///< its field: "hits:{group}"
    QString misses; ///< "misses:{group}"; empty: not counted
    QString source; ///< id of a source that tells them; empty: none
    SourceFactory factory{};
    std::chrono::milliseconds sample{1'000}; ///< between two looks that tell how often something is read
};

/// The lookups of a group since its counters were started.
struct CacheCounts
{
    qint64 hits = 0;
    std::optional<qint64> misses; ///< nothing: not counted
    /// Hits of lookups since `before`; nothing: there were fewer than `least`.
    [[nodiscard]] std::optional<Share> rateSince(const CacheCounts &before, qint64 least) const;
};

/// What fills a group again, and how long it may take until its hit rate is back.
struct CacheWarming
{
    static constexpr qsizetype most = 200; ///< requests for one group
    HttpConnection connection{};
    std::map<QString, QStringList> paths{};       ///< by group; asked with GET
    std::chrono::milliseconds pace{100};          ///< between two requests
    std::chrono::milliseconds watchTime{120'000}; ///< for the hit rate
    std::chrono::milliseconds look{1'000};        ///< between two looks at the counters
    std::map<QString, Share> wanted{};            ///< hit rates by group, where the profile expects one
};

/// How requests were answered, or why one was not.
struct Answers
{
    qint64 asked = 0;
    std::map<int, qint64> byStatus;           ///< 0: not at all
    [[nodiscard]] QByteArray written() const; ///< "40 200=38 404=2"
    [[nodiscard]] static Answers from(const QByteArray &written);
    [[nodiscard]] qint64 good() const;    ///< 2xx
    [[nodiscard]] QString listed() const; ///< "38 × 200, 2 × 404"
};

/// Asks a service over HTTP and its counters, for the action's own thread.
class CacheWarmer
{
public:
    using Deadline = IoLine::Deadline;
    /// Called between two requests; an error ends it.
    using Meanwhile = std::function<Result<void>()>;

    CacheWarmer(const CacheCounters &counters, const CacheWarming &warming, const RedisStore::Stop &stop);

    /// GETs the group's paths, paced. A refusal for asking too often (429) ends it, as do three in a row that nobody
    /// answers. Errors: Cancelled, and `meanwhile`'s.
    [[nodiscard]] Result<Answers> warm(const QString &group, const Meanwhile &meanwhile);
    /// By the source that counts. Errors: those of asking it, NotFound (it does not tell that group).
    [[nodiscard]] Result<CacheCounts> counts(const QString &group, Deadline deadline);
    [[nodiscard]] IoLine &line() { return m_line; }

private:
    const CacheCounters m_counters;
    const CacheWarming m_warming;
    IoLine m_line;
    HttpStore m_service;
};

/// Reads `stats`, `counted_by`, `warm` and `watch`.
[[nodiscard]] CacheCounters readCacheCounters(ConfigReader &reader, const Profile &profile, QList<Error> &errors);
[[nodiscard]] CacheWarming readCacheWarming(ConfigReader &reader, const Profile &profile, QList<Error> &errors);

} // namespace qd
