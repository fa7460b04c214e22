/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "exposition/meaning.h"

#include <QHashFunctions>
#include <QMultiHash>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
using Type = Exposition::Type;
using Sample = Exposition::Sample;

bool isHistogram(Type type)
{
    return type == Type::Histogram || type == Type::GaugeHistogram;
}

/// Numbers samples with equal labels, whatever the order of these, by the first of them.
class LabelIndex
{
public:
    /// `besides`: a label that does not count. With `byName` the samples' names count as well.
    LabelIndex(const Exposition &page, const std::vector<Sample> &samples, QByteArrayView besides, bool byName)
        : m_page(page)
        , m_samples(samples)
        , m_besides(besides)
        , m_byName(byName)
    {
        m_known.reserve(static_cast<qsizetype>(samples.size()));
    }

    /// The first sample that equals `i`; `i` itself where none was asked for before.
    int firstLike(int i)
    {
        const size_t hash = hashOf(m_samples[i]);
        for (auto it = m_known.constFind(hash); it != m_known.cend() && it.key() == hash; ++it) {
            if (equal(m_samples[*it], m_samples[i]))
                return *it;
        }
        m_known.insert(hash, i);
        return i;
    }

private:
    [[nodiscard]] bool counts(const Exposition::Label &label) const { return label.name != m_besides; }

    [[nodiscard]] size_t hashOf(const Sample &sample) const
    {
        const size_t seed = QHashSeed::globalSeed();
        size_t sum = m_byName ? qHash(sample.name, seed) : 0;
        for (const Exposition::Label &label : m_page.labels(sample.labels)) {
            if (counts(label))
                sum += qHash(label.value, qHash(label.name, seed)); // a sum, so that their order does not matter
        }
        return sum;
    }
    [[nodiscard]] bool equal(const Sample &a, const Sample &b) const
    {
        if (m_byName && a.name != b.name)
            return false;
        const auto left = m_page.labels(a.labels);
        const auto right = m_page.labels(b.labels);
        const auto counted = [this](const auto &label) { return counts(label); };
        if (std::ranges::count_if(left, counted) != std::ranges::count_if(right, counted))
            return false;
        return std::ranges::all_of(left, [&](const Exposition::Label &label) {
            return !counts(label) || m_page.label(b, label.name) == label.value;
        });
    }

    const Exposition &m_page;
    const std::vector<Sample> &m_samples;
    const QByteArrayView m_besides;
    const bool m_byName;
    QMultiHash<size_t, int> m_known;
};

bool sameMoment(std::optional<double> a, std::optional<double> b)
{
    // Prometheus' clients count nanoseconds; what differs by less is one moment.
    const auto nanos = [](double seconds) { return std::floor(seconds * 1e9); };
    return a.has_value() == b.has_value() && (!a || nanos(*a) == nanos(*b));
}

/// Checks one family.
class FamilyCheck
{
public:
    FamilyCheck(Exposition &page, Exposition::Family &family)
        : m_page(page)
        , m_family(family)
        , m_open(page.format == Exposition::Format::OpenMetrics)
    {
    }

    void run()
    {
        checkUnit();
        for (const Sample &sample : m_family.samples)
            checkSample(sample);
        dropRepeated();
        checkMetrics();
    }

private:
    void wrong(int line, const char *message) { flag(m_page, line, QString::fromUtf8(message)); }

    [[nodiscard]] QByteArrayView suffix(const Sample &sample) const
    {
        return sample.name.sliced(std::min(m_family.name.size(), sample.name.size()));
    }

    void checkUnit()
    {
        if (m_family.unit.isEmpty())
            return;
        const QByteArrayView name = m_family.name;
        const qsizetype stem = name.size() - m_family.unit.size() - 1;
        if (!name.endsWith(m_family.unit) || stem < 0 || name[stem] != '_')
            wrong(m_family.line, "the metric's name does not end in its unit");
        if (m_family.type == Type::Info || m_family.type == Type::StateSet)
            wrong(m_family.line, "an info or a stateset has no unit");
    }

    void checkSample(const Sample &sample)
    {
        checkValue(sample);
        checkLabels(sample);
        if (sample.exemplar)
            checkExemplar(sample);
    }

    void checkValue(const Sample &sample)
    {
        const QByteArrayView end = suffix(sample);
        const double value = sample.value;
        const bool counts = end == "_total" || end == "_count" || end == "_bucket" || end == "_gcount" ||
                            (m_family.type == Type::Counter && end.isEmpty());
        const bool sums = end == "_sum" || end == "_gsum";
        if (std::isnan(value) && (counts || (sums && m_open)))
            wrong(sample.line, "a count that is no number");
        if (value < 0 && (counts || (m_open && end == "_sum")))
            wrong(sample.line, "a count below zero");
        if (m_open && isHistogram(m_family.type) && (counts && end != "_total") && std::isfinite(value) &&
            value != std::floor(value))
            wrong(sample.line, "a histogram counts whole numbers");
        if (m_family.type == Type::StateSet && value != 0 && value != 1)
            wrong(sample.line, "a state is 0 or 1");
        if (m_family.type == Type::Info && value != 1)
            wrong(sample.line, "an info's value is 1");
        if (m_open && m_family.type == Type::Summary && end.isEmpty() && value < 0)
            wrong(sample.line, "a quantile below zero");
    }

    void checkLabels(const Sample &sample)
    {
        const QByteArrayView end = suffix(sample);
        if (m_family.type == Type::StateSet && !m_page.label(sample, m_family.name))
            wrong(sample.line, "a state needs a label that is called like the metric");
        if (m_family.type == Type::Summary && end.isEmpty()) {
            const auto quantile = numberIn(sample, "quantile");
            const bool inRange = quantile.value_or(-1) >= 0 && *quantile <= 1; // false for NaN
            if (!inRange)
                wrong(sample.line, "a summary needs the label 'quantile' from 0 to 1");
        }
        if (isHistogram(m_family.type) && end == "_bucket" && !upperBound(sample))
            wrong(sample.line, "a bucket needs the label 'le' with a number or '+Inf'");
    }

    void checkExemplar(const Sample &sample)
    {
        const QByteArrayView end = suffix(sample);
        const bool allowed =
            (isHistogram(m_family.type) && end == "_bucket") || (m_family.type == Type::Counter && end == "_total");
        if (!allowed)
            wrong(sample.line, "only buckets and counters have exemplars");
        qsizetype characters = 0;
        const auto count = [&](QByteArrayView text) {
            characters += std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; });
        };
        for (const Exposition::Label &label : m_page.labels(sample.exemplar->labels)) {
            count(label.name);
            count(label.value);
        }
        if (characters > 128)
            wrong(sample.line, "an exemplar's labels have at most 128 characters");
    }

    [[nodiscard]] std::optional<double> numberIn(const Sample &sample, const char *label) const
    {
        const auto written = m_page.label(sample, label);
        return written ? expositionNumber(*written) : std::nullopt;
    }

    [[nodiscard]] std::optional<double> upperBound(const Sample &sample) const
    {
        const auto bound = numberIn(sample, "le");
        if (!bound || std::isnan(*bound) || (std::isinf(*bound) && m_page.label(sample, "le") != "+Inf"))
            return std::nullopt;
        return bound;
    }

    /// The label that tells the samples of one metric apart; none for most types.
    [[nodiscard]] QByteArrayView inner() const
    {
        if (isHistogram(m_family.type))
            return "le";
        if (m_family.type == Type::Summary)
            return "quantile";
        return m_family.type == Type::StateSet ? m_family.name : QByteArrayView();
    }

    void dropRepeated()
    {
        std::vector<Sample> &samples = m_family.samples;
        LabelIndex series(m_page, samples, {}, true);
        std::vector<int> latest(samples.size()); ///< of each series, by its first sample
        std::vector<bool> drop(samples.size());
        for (int i = 0; i < static_cast<int>(samples.size()); ++i) {
            const int first = series.firstLike(i);
            const bool repeated = first != i && sameMoment(samples[i].timestamp, samples[latest[first]].timestamp);
            if (first != i && (!m_open || (repeated && !samples[i].timestamp)))
                wrong(samples[i].line, "the same series again; its first line counts");
            if (repeated)
                drop[i] = true;
            else
                latest[first] = i;
        }
        size_t kept = 0;
        for (size_t i = 0; i < samples.size(); ++i) {
            if (!drop[i])
                samples[kept++] = samples[i];
        }
        samples.resize(kept);
    }

    /// One metric (a set of labels) after the other.
    void checkMetrics()
    {
        if (!m_open && !isHistogram(m_family.type))
            return;
        const std::vector<Sample> &samples = m_family.samples;
        LabelIndex metrics(m_page, samples, inner(), false);
        std::vector<std::vector<int>> members;
        std::vector<int> numbers(samples.size(), -1); ///< of metrics, by their first sample
        int before = -1;
        for (int i = 0; i < static_cast<int>(samples.size()); ++i) {
            const int first = m_family.type == Type::Info ? 0 : metrics.firstLike(i);
            if (numbers[first] < 0) {
                numbers[first] = static_cast<int>(members.size());
                members.emplace_back();
            }
            const int number = numbers[first];
            if (m_open && number != before && !members[number].empty())
                wrong(samples[i].line, "the samples of one metric stand in two places");
            members[number].push_back(i);
            before = number;
        }
        for (const std::vector<int> &metric : members)
            checkMetric(metric);
    }

    void checkMetric(std::span<const int> metric)
    {
        const std::vector<Sample> &samples = m_family.samples;
        size_t from = 0;
        for (size_t i = 0; i < metric.size(); ++i) {
            if (i > 0)
                checkTimes(samples[metric[i - 1]], samples[metric[i]]);
            const bool ends =
                i + 1 == metric.size() || !sameMoment(samples[metric[i]].timestamp, samples[metric[i + 1]].timestamp);
            if (!ends)
                continue;
            if (isHistogram(m_family.type))
                checkHistogram(metric.subspan(from, i + 1 - from));
            from = i + 1;
        }
    }

    void checkTimes(const Sample &before, const Sample &now)
    {
        if (!m_open)
            return;
        if (before.timestamp.has_value() != now.timestamp.has_value())
            wrong(now.line, "some samples of this metric have a time and others have none");
        else if (before.timestamp && *now.timestamp < *before.timestamp && m_family.type != Type::Info)
            wrong(now.line, "the samples of this metric go back in time");
    }

    /// The buckets, count and sum of one metric at one moment.
    void checkHistogram(std::span<const int> point)
    {
        std::optional<double> bound;
        std::optional<double> count;
        double inBuckets = 0;
        bool below = false;
        const Sample *sum = nullptr;
        for (const int i : point) {
            const Sample &sample = m_family.samples[i];
            const QByteArrayView end = suffix(sample);
            if (end == "_count" || end == "_gcount")
                count = sample.value;
            else if (end == "_sum" || end == "_gsum")
                sum = &sample;
            if (end != "_bucket")
                continue;
            const auto next = upperBound(sample);
            if (next && bound && *next <= *bound)
                wrong(sample.line, "the buckets are out of order");
            if (sample.value < inBuckets)
                wrong(sample.line, "a bucket counts less than the one below it");
            inBuckets = sample.value;
            below = below || (next && *next < 0);
            bound = next ? next : bound;
        }
        const int line = m_family.samples[point.back()].line;
        if (!bound || !std::isinf(*bound))
            wrong(line, "the histogram has no bucket le=\"+Inf\" at its end");
        if (count && *count != inBuckets)
            wrong(line, "the histogram's count is not what its buckets hold");
        if (!m_open)
            return;
        if (sum && !count)
            wrong(line, "the histogram has a sum and no count");
        if (count && !sum)
            wrong(line, "the histogram has a count and no sum");
        if (sum && below && m_family.type == Type::Histogram)
            wrong(sum->line, "a histogram with buckets below zero has no sum");
        if (sum && sum->value < 0 && !below && m_family.type == Type::GaugeHistogram)
            wrong(sum->line, "a sum below zero without buckets below zero");
    }

    Exposition &m_page;
    Exposition::Family &m_family;
    const bool m_open;
};
} // namespace

void flag(Exposition &page, int line, const QString &message)
{
    if (page.flags.size() < Exposition::flagCap)
        page.flags.append({line, message});
    else
        ++page.flagsLeftOut;
}

void checkMeaning(Exposition &page)
{
    for (Exposition::Family &family : page.families)
        FamilyCheck(page, family).run();
    std::ranges::stable_sort(page.flags, {}, &Exposition::Flag::line);
}

} // namespace qd
