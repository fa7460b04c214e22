/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "base/redact.h"
#include "base/redact_text.h"
#include "sources/evidence.h"
#include "sources/prometheus/page_reader.h"
#include "sources/prometheus/prometheus.h"

#include <QHash>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Type = Exposition::Type;

constexpr qsizetype metricCap = 500;  ///< Metric facts of one page
constexpr qsizetype bucketCap = 300;  ///< bounds of one histogram
constexpr int pageBucketCap = 10'000; ///< bounds of all that one page has: they are kept for a minute

QString textOf(QByteArrayView text)
{
    return cleaned(QString::fromUtf8(text));
}

bool isDistribution(Type type)
{
    return type == Type::Histogram || type == Type::GaugeHistogram || type == Type::Summary;
}

/// A number that is none is not measured.
Value<double> measured(const Exposition::Sample &sample)
{
    Value<double> value{.value = {}, .origin = originOf(sample)};
    if (!std::isnan(sample.value))
        value.value = sample.value;
    return value;
}

/// Takes one page apart.
class PageFactsMaker
{
public:
    PageFactsMaker(const Exposition &page, const MetricMap &map, const AllBuckets &earlier, const QString &where)
        : m_page(page)
        , m_reader(page, where)
        , m_map(map)
        , m_earlier(earlier)
    {
    }

    PageFacts make()
    {
        if (m_map.breakers)
            addBreakers(*m_map.breakers);
        if (m_map.caches)
            addCaches(*m_map.caches);
        if (m_map.rejected)
            addRejected(*m_map.rejected);
        if (m_map.requests)
            addRequests(*m_map.requests);
        addMetrics();
        sayFlags();
        m_made.findings.refusals = m_reader.refusals();
        m_made.lines = m_reader.lines();
        return std::move(m_made);
    }

private:
    using Sums = PageReader::Sums;

    [[nodiscard]] Sums sums(const char *kind, const std::optional<Selector> &selector, QByteArrayView label)
    {
        return selector ? m_reader.sums(kind, *selector, label) : Sums();
    }

    [[nodiscard]] Value<qint64> count(const char *kind, const std::optional<Selector> &selector, const Sums &sums,
                                      const QString &name)
    {
        return selector ? m_reader.count(kind, *selector, sums, name) : Value<qint64>();
    }

    /// One series for each state a breaker can have, at 1 for the one that it has.
    [[nodiscard]] std::map<QString, Value<BreakerState>> breakerStates(const MetricMap::Breakers &map)
    {
        const char *kind = Breaker::kind;
        std::map<QString, Value<BreakerState>> states;
        if (!map.state)
            return states;
        if (!m_reader.expectMetric(kind, *map.state))
            return states;
        std::map<QString, int> ones;
        m_reader.each(*map.state, [&](const Exposition::Sample &sample) {
            const auto name = m_page.label(sample, map.name);
            const auto word = m_page.label(sample, map.stateLabel);
            if (!name || !word)
                return m_reader.refuse(
                    kind, sample.name,
                    u"a series lacks the label '%1'"_s.arg(QString::fromUtf8(name ? map.stateLabel : map.name)));
            const auto [state, isNew] = states.try_emplace(textOf(*name));
            if (isNew)
                state->second = {.value = BreakerState::Unknown, .origin = originOf(sample)};
            if (sample.value != 1)
                return;
            const auto known = breakerState(textOf(*word));
            state->second = {.value = known.value_or(BreakerState::Unknown), .origin = originOf(sample)};
            ++ones[state->first];
            if (!known)
                m_reader.refuse(kind, sample.name,
                                u"'%1' is no state of a circuit breaker that is known here"_s.arg(textOf(*word)));
        });
        for (auto &[name, state] : states) {
            if (ones[name] == 1)
                continue;
            state.value = BreakerState::Unknown;
            m_reader.refuse(kind, map.state->metric,
                            u"%1 states of '%2' are at 1, expected one"_s.arg(ones[name]).arg(name));
        }
        return states;
    }

    /// By the breaker's name.
    [[nodiscard]] std::map<QString, Value<Share>> failureShares(const MetricMap::Breakers &map)
    {
        const char *kind = Breaker::kind;
        std::map<QString, Value<Share>> shares;
        if (!map.failureRate || !m_reader.expectMetric(kind, *map.failureRate))
            return shares;
        m_reader.each(*map.failureRate, [&](const Exposition::Sample &sample) {
            const auto name = m_page.label(sample, map.name);
            if (!name)
                return m_reader.refuse(kind, sample.name,
                                       u"a series lacks the label '%1'"_s.arg(QString::fromUtf8(map.name)));
            Value<Share> &share = shares[textOf(*name)];
            share.origin = originOf(sample);
            if (sample.value >= 0 && sample.value <= 100)
                share.value = Share{sample.value / 100};
            else if (sample.value != -1 && !std::isnan(sample.value))
                m_reader.refuse(
                    kind, sample.name,
                    u"line %1: expected per cent from 0 to 100, found %2"_s.arg(sample.line).arg(sample.value));
        });
        return shares;
    }

    void addBreakers(const MetricMap::Breakers &map)
    {
        const char *kind = Breaker::kind;
        const auto states = breakerStates(map);
        const auto shares = failureShares(map);
        const Sums calls = sums(kind, map.calls, map.name);
        const Sums failures = sums(kind, map.failures, map.name);
        const Sums rejected = sums(kind, map.rejected, map.name);
        const Sums opened = sums(kind, map.opened, map.name);
        std::set<QString> names;
        for (const Sums *all : {&calls, &failures, &rejected, &opened}) {
            for (const auto &[name, sum] : all->byName)
                names.insert(name);
        }
        for (const auto &[name, state] : states)
            names.insert(name);
        for (const auto &[name, share] : shares)
            names.insert(name);
        for (const QString &name : names) {
            Breaker breaker;
            breaker.id = name;
            if (const auto state = states.find(name); state != states.end())
                breaker.state = state->second;
            else if (map.state)
                breaker.state.origin = originOf(map.state->metric);
            breaker.callsTotal = count(kind, map.calls, calls, name);
            breaker.failuresTotal = count(kind, map.failures, failures, name);
            breaker.rejectedTotal = count(kind, map.rejected, rejected, name);
            breaker.openedTotal = count(kind, map.opened, opened, name);
            if (const auto share = shares.find(name); share != shares.end())
                breaker.failureShare = share->second;
            m_made.findings.facts.append(breaker);
        }
    }

    void addCaches(const MetricMap::Caches &map)
    {
        const Sums hits = m_reader.sums(Cache::kind, map.hits, map.group);
        const Sums misses = m_reader.sums(Cache::kind, map.misses, map.group);
        std::set<QString> groups;
        for (const Sums *all : {&hits, &misses}) {
            for (const auto &[group, sum] : all->byName)
                groups.insert(group);
        }
        for (const QString &group : groups) {
            Cache cache;
            cache.group = group;
            cache.hits = m_reader.count(Cache::kind, map.hits, hits, group);
            cache.misses = m_reader.count(Cache::kind, map.misses, misses, group);
            m_made.findings.facts.append(cache);
        }
    }

    void addRejected(const MetricMap::Rejected &map)
    {
        const char *kind = LimitTier::kind;
        const Sums rejected = m_reader.sums(kind, map.count, map.tier);
        if (!map.name.isEmpty()) {
            const LimitTier tier{.tier = map.name, .rejectedTotal = m_reader.count(kind, map.count, rejected, {})};
            if (tier.rejectedTotal.has())
                m_made.findings.facts.append(tier);
            return;
        }
        for (const auto &[tier, sum] : rejected.byName)
            m_made.findings.facts.append(
                LimitTier{.tier = tier, .rejectedTotal = m_reader.count(kind, map.count, rejected, tier)});
    }

    void addRequests(const MetricMap::Traffic &map)
    {
        const char *kind = Requests::kind;
        Requests requests;
        requests.total = count(kind, map.total, sums(kind, map.total, {}), {});
        requests.errorsTotal = count(kind, map.errors, sums(kind, map.errors, {}), {});
        if (map.latency)
            addLatency(*map.latency, requests);
        if (requests.total.has() || requests.errorsTotal.has() || requests.latencyP50.has())
            m_made.findings.facts.append(requests);
    }

    /// All the series of the histogram taken together.
    void addLatency(const Selector &histogram, Requests &requests)
    {
        Selector selector = histogram;
        selector.metric += "_bucket";
        const bool expected = m_reader.expectMetric(Requests::kind, selector);
        const QString name = u"requests/"_s + QString::fromUtf8(selector.metric);
        Buckets &now = m_made.buckets[name];
        if (expected)
            m_reader.each(selector, [&](const Exposition::Sample &sample) { addBucket(Requests::kind, now, sample); });
        const auto millis = [&](double q) {
            Value<Millis> value{.value = {}, .origin = originOf(selector.metric)};
            if (const auto seconds = grownQuantile(name, q))
                value.value = Millis(*seconds * 1000);
            return value;
        };
        requests.latencyP50 = millis(0.5);
        requests.latencyP95 = millis(0.95);
    }

    void addBucket(const char *kind, Buckets &buckets, const Exposition::Sample &sample)
    {
        const auto bound = expositionNumber(m_page.label(sample, "le").value_or(QByteArrayView()));
        if (!bound || std::isnan(*bound) || !std::isfinite(sample.value))
            return;
        const bool known = buckets.contains(*bound);
        if (!known && std::cmp_greater_equal(buckets.size(), bucketCap)) {
            m_reader.refuse(kind, sample.name, u"more than %1 buckets; only the first are read"_s.arg(bucketCap),
                            ErrorCode::TooLarge);
        } else if (!known && m_buckets >= pageBucketCap) {
            m_reader.refuse(kind, "buckets",
                            u"more than %1 buckets on the page; only the first are read"_s.arg(pageBucketCap),
                            ErrorCode::TooLarge);
        } else {
            m_buckets += known ? 0 : 1;
            buckets[*bound] += sample.value;
        }
    }

    [[nodiscard]] std::optional<double> grownQuantile(const QString &name, double q) const
    {
        const auto before = m_earlier.find(name);
        const auto now = m_made.buckets.find(name);
        if (before == m_earlier.end() || now == m_made.buckets.end())
            return std::nullopt;
        return quantile(before->second, now->second, q);
    }

    [[nodiscard]] bool isWanted(QByteArrayView name) const
    {
        return std::ranges::any_of(m_map.metrics, [&](const QByteArray &wanted) {
            return wanted.endsWith('*') ? name.startsWith(QByteArrayView(wanted).chopped(1)) : name == wanted;
        });
    }

    void addMetrics()
    {
        for (const Exposition::Family &family : m_page.families) {
            for (size_t i = 0; i < family.samples.size(); ++i) {
                const Exposition::Sample &sample = family.samples[i];
                const bool created = family.type == Type::Counter && sample.name.endsWith("_created");
                if (created || !(isWanted(family.name) || isWanted(sample.name)) || !PageReader::isLatest(family, i))
                    continue;
                if (Metric *metric = metricOf(family, sample))
                    addTo(*metric, family, sample);
            }
        }
        for (Metric &metric : m_metrics) {
            if (metric.type == toWord(Type::Histogram)) {
                metric.p50.value = grownQuantile(metric.name(), 0.5);
                metric.p95.value = grownQuantile(metric.name(), 0.95);
            } else if (metric.type == toWord(Type::GaugeHistogram)) { // holds what is there now
                metric.p50.value = quantile({}, m_made.buckets[metric.name()], 0.5);
                metric.p95.value = quantile({}, m_made.buckets[metric.name()], 0.95);
            }
            m_made.findings.facts.append(metric);
        }
        if (m_left > 0)
            m_reader.refuse(
                Metric::kind, "metrics",
                u"more metrics than are kept: %1 of %2 are left out; name fewer under 'metrics'"_s.arg(m_left).arg(
                    m_left + metricCap),
                ErrorCode::TooLarge);
    }

    /// The fact that a sample belongs to; null where there are too many already.
    Metric *metricOf(const Exposition::Family &family, const Exposition::Sample &sample)
    {
        const bool distribution = isDistribution(family.type);
        Metric metric;
        metric.family = QString::fromUtf8(distribution ? family.name : sample.name);
        for (const Exposition::Label &label : m_page.labels(sample.labels)) {
            if (distribution && (label.name == "le" || label.name == "quantile"))
                continue;
            const QString name = QString::fromUtf8(label.name);
            metric.labels.append(
                {name, namesSecret(name) ? secretMark.toString() : safeText(QString::fromUtf8(label.value))});
        }
        std::ranges::sort(metric.labels);
        const QString name = metric.name();
        if (const auto known = m_byName.constFind(name); known != m_byName.cend())
            return distribution && *known >= 0 ? &m_metrics[static_cast<size_t>(*known)] : nullptr;
        const bool full = std::cmp_greater_equal(m_metrics.size(), metricCap);
        m_byName.insert(name, full ? -1 : static_cast<qsizetype>(m_metrics.size()));
        if (full) {
            ++m_left;
            return nullptr;
        }
        metric.type = toWord(family.type);
        metric.unit = textOf(family.unit);
        metric.help = safeText(QString::fromUtf8(family.help));
        return &m_metrics.emplace_back(std::move(metric));
    }

    void addTo(Metric &metric, const Exposition::Family &family, const Exposition::Sample &sample)
    {
        m_reader.use(sample);
        if (!isDistribution(family.type)) {
            metric.value = measured(sample);
            return;
        }
        const QByteArrayView end = sample.name.sliced(std::min(family.name.size(), sample.name.size()));
        if (end == "_count" || end == "_gcount") {
            metric.count = measured(sample);
        } else if (end == "_sum" || end == "_gsum") {
            metric.sum = measured(sample);
        } else if (end == "_bucket") {
            addBucket(Metric::kind, m_made.buckets[metric.name()], sample);
            metric.p50.origin = metric.p95.origin = originOf(sample.name);
        } else if (end.isEmpty()) {
            const auto q = expositionNumber(m_page.label(sample, "quantile").value_or(QByteArrayView()));
            if (q == 0.5)
                metric.p50 = measured(sample);
            else if (q == 0.95)
                metric.p95 = measured(sample);
        }
    }

    void sayFlags()
    {
        const QList<Exposition::Flag> &flags = m_page.flags;
        if (flags.isEmpty())
            return;
        m_reader.refuse(Metric::kind, "page",
                        u"the page contradicts its format in %1 places, first in line %2: %3"_s
                            .arg(flags.size() + m_page.flagsLeftOut)
                            .arg(flags.first().line)
                            .arg(safeText(flags.first().message)));
    }

    const Exposition &m_page;
    PageReader m_reader;
    const MetricMap &m_map;
    const AllBuckets &m_earlier;
    PageFacts m_made;
    std::vector<Metric> m_metrics;
    QHash<QString, qsizetype> m_byName; ///< place in m_metrics; -1: left out
    qsizetype m_left = 0;
    int m_buckets = 0;
};
} // namespace

std::optional<double> quantile(const Buckets &earlier, const Buckets &now, double q)
{
    Buckets grown = now;
    for (auto &[bound, count] : grown) {
        const auto before = earlier.find(bound);
        count -= before == earlier.end() ? 0 : before->second;
    }
    if (std::ranges::any_of(grown, [](const auto &bucket) { return bucket.second < 0; }))
        grown = now;
    if (grown.size() < 2 || !std::isinf(grown.rbegin()->first) || grown.rbegin()->second <= 0)
        return std::nullopt;
    const double rank = q * grown.rbegin()->second;
    const auto at = std::ranges::find_if(grown, [&](const auto &bucket) { return bucket.second >= rank; });
    const bool first = at == grown.begin();
    // Above the last bound nothing is known but that: PromQL tells the bound.
    if (std::isinf(at->first))
        return std::prev(at)->first;
    if (first && at->first <= 0)
        return at->first;
    const double from = first ? 0 : std::prev(at)->first;
    const double below = first ? 0 : std::prev(at)->second;
    return from + (at->first - from) * (rank - below) / (at->second - below);
}

PageFacts pageFacts(const Exposition &page, const MetricMap &map, const AllBuckets &earlier, const QString &where)
{
    return PageFactsMaker(page, map, earlier, where).make();
}

} // namespace qd
