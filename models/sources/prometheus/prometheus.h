/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "exposition/selector.h"
#include "profile/config.h"
#include "sources/source.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>

namespace qd {

/// Which metrics of a page say what the console has a word for. Labels are named where they tell one thing from
/// another.
struct MetricMap
{
    struct Breakers
    {
        QByteArray name; ///< label
        std::optional<Selector> state;
        QByteArray stateLabel; ///< of the series at 1
        std::optional<Selector> calls;
        std::optional<Selector> failures;
        std::optional<Selector> rejected;
        std::optional<Selector> opened;
        std::optional<Selector> failureRate; ///< gauge in per cent; -1: too few calls for one
    };
    struct Caches
    {
        QByteArray group; ///< label
        Selector hits;
        Selector misses;
    };
    struct Rejected
    {
        QByteArray tier; ///< label; empty: all of it is `name`
        QString name;
        Selector count;
    };
    struct Traffic
    {
        std::optional<Selector> total;
        std::optional<Selector> errors;
        std::optional<Selector> latency; ///< a histogram in seconds, without "_bucket"
    };
    std::optional<Breakers> breakers;
    std::optional<Caches> caches;
    std::optional<Rejected> rejected;
    std::optional<Traffic> requests;
    QList<QByteArray> metrics; ///< to be told as they are: names, or their beginning and a '*'
};

/// How many observations of a histogram were at most so large: by upper bound.
using Buckets = std::map<double, double>;
/// By the name of the metric.
using AllBuckets = std::map<QString, Buckets>;

/// The value under which the share `q` of what came between two counts lies, as PromQL's histogram_quantile tells it.
/// A count that fell began anew. Nothing where nothing came.
[[nodiscard]] std::optional<double> quantile(const Buckets &earlier, const Buckets &now, double q);

/// The buckets of the last minute: a quantile of everything since the service started moves for nobody.
class BucketHistory
{
public:
    using Time = std::chrono::steady_clock::time_point;
    /// Of pages that come every `interval`; where that is long, of the last two of them.
    explicit BucketHistory(std::chrono::milliseconds interval)
        : m_window(std::max<std::chrono::milliseconds>(std::chrono::minutes(1), 2 * interval))
        , m_most(static_cast<std::size_t>(std::min<qint64>(m_window / interval, moments)))
    {
    }

    /// The earliest ones that are not too old at `now`; empty if there are none.
    [[nodiscard]] const AllBuckets &earliest(Time now);
    void add(Time now, AllBuckets buckets);
    [[nodiscard]] qsizetype size() const { return static_cast<qsizetype>(m_pages.size()); }

private:
    static constexpr qint64 moments = 60; ///< of the window: of a page that is asked for more often, not each is kept
    std::chrono::milliseconds m_window;
    std::size_t m_most;
    std::deque<std::pair<Time, AllBuckets>> m_pages; ///< oldest first
};

/// What a page says, and the buckets of its histograms for the next pages.
struct PageFacts
{
    Findings findings;
    AllBuckets buckets;
    /// The lines that the facts were read from: all of the page that is needed as evidence.
    QByteArray lines;
};
/// `earlier`: the buckets that quantiles count from; empty with the first page, which therefore has none.
[[nodiscard]] PageFacts pageFacts(const Exposition &page, const MetricMap &map, const AllBuckets &earlier,
                                  const QString &where);

/// Reads `map:` and `metrics:` of a source's options; every fault goes to `errors`.
[[nodiscard]] MetricMap readMetricMap(ConfigReader &options, const ConfigNode &at, QList<Error> *errors);

/// The registry's entry: options `path` or `url`, `map` and `metrics`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> prometheusFactory(const SourceSpec &spec,
                                                                           const Profile &profile);

} // namespace qd
