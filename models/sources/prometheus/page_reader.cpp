/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "sources/prometheus/page_reader.h"

#include "base/redact.h"
#include "sources/evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr qsizetype memberCap = 500;                ///< values of one label
constexpr qsizetype refusalCap = 20;                ///< a page that is wrong everywhere is said to be so once
constexpr double largestCount = 9007199254740992.0; // 2^53: beyond, the page's numbers are rounded
} // namespace

Origin originOf(const Exposition::Sample &sample)
{
    return {0, QString::fromUtf8(masked(sample.written.toByteArray()))}; // as it stands in the evidence
}

Origin originOf(QByteArrayView metric)
{
    return {0, QString::fromUtf8(metric)};
}

PageReader::PageReader(const Exposition &page, QString where)
    : m_page(page)
    , m_where(std::move(where))
{
}

void PageReader::refuse(const char *kind, QByteArrayView metric, const QString &message, ErrorCode code)
{
    const Refusal refusal{QString::fromLatin1(kind) + u'/' + cleaned(QString::fromUtf8(metric)),
                          {code, message, m_where}};
    if (m_refusals.size() < refusalCap && !m_refusals.contains(refusal))
        m_refusals.append(refusal);
}

bool PageReader::isLatest(const Exposition::Family &family, size_t sample)
{
    // Several moments of one series stand below each other, the latest last.
    return sample + 1 == family.samples.size() || family.samples[sample].written != family.samples[sample + 1].written;
}

void PageReader::use(const Exposition::Sample &sample)
{
    m_used.insert(sample.written.data() - m_page.body.constData());
}

QByteArray PageReader::lines() const
{
    if (m_page.body.size() <= Exchange::evidenceCap)
        return m_page.body;
    QByteArray lines;
    for (const qsizetype start : m_used) {
        const qsizetype end = m_page.body.indexOf('\n', start);
        lines += m_page.body.mid(start, end < 0 ? -1 : end + 1 - start);
    }
    return lines;
}

bool PageReader::knows(const Selector &selector) const
{
    return std::ranges::any_of(m_page.families, [&](const Exposition::Family &family) {
        if (family.name == selector.metric)
            return true;
        if (!QByteArrayView(selector.metric).startsWith(family.name))
            return false;
        // A family that is described and has no series yet.
        const QByteArrayView rest = QByteArrayView(selector.metric).sliced(family.name.size());
        const bool described = family.type != Exposition::Type::Unknown && family.type != Exposition::Type::Gauge;
        return described && (rest == "_total" || rest == "_bucket" || rest == "_count" || rest == "_sum");
    });
}

QByteArray PageReader::unknownLabel(const Selector &selector) const
{
    QList<QByteArray> unseen;
    for (const Selector::Matcher &matcher : selector.matchers) {
        if (matcher.pattern || !matcher.value.isEmpty()) // without a value is what lacks the label
            unseen.append(matcher.label);
    }
    bool any = false;
    for (const Exposition::Family &family : m_page.families) {
        if (unseen.isEmpty())
            return {};
        if (!QByteArrayView(selector.metric).startsWith(family.name))
            continue;
        for (const Exposition::Sample &sample : family.samples) {
            if (unseen.isEmpty())
                return {};
            if (!selector.names(family, sample.name))
                continue;
            any = true;
            unseen.removeIf([&](const QByteArray &label) { return m_page.label(sample, label).has_value(); });
        }
    }
    return any ? unseen.value(0) : QByteArray();
}

bool PageReader::expectMetric(const char *kind, const Selector &selector)
{
    const QString metric = QString::fromUtf8(selector.metric);
    if (!knows(selector)) {
        refuse(kind, selector.metric,
               u"there is no metric '%1' on the page; check the source's 'path' and 'map'"_s.arg(metric),
               ErrorCode::NotFound);
        return false;
    }
    const QByteArray label = unknownLabel(selector);
    if (!label.isEmpty())
        refuse(
            kind, selector.metric,
            u"no series of '%1' has the label '%2'; check the source's 'map'"_s.arg(metric, QString::fromUtf8(label)),
            ErrorCode::NotFound);
    return label.isEmpty();
}

PageReader::Sums PageReader::sums(const char *kind, const Selector &selector, QByteArrayView label)
{
    Sums made;
    made.complete = expectMetric(kind, selector);
    if (!made.complete)
        return made;
    auto &sums = made.byName;
    each(selector, [&](const Exposition::Sample &sample) {
        const auto value = label.isEmpty() ? QByteArrayView("") : m_page.label(sample, label);
        if (!value) {
            refuse(kind, sample.name, u"a series lacks the label '%1'"_s.arg(QString::fromUtf8(label)));
            return;
        }
        const QString name = cleaned(QString::fromUtf8(*value));
        if (std::cmp_greater_equal(sums.size(), memberCap) && !sums.contains(name)) {
            refuse(kind, sample.name, u"more than %1 of them; only the first are shown"_s.arg(memberCap),
                   ErrorCode::TooLarge);
            made.complete = false;
            return;
        }
        const auto [sum, isNew] = sums.try_emplace(name);
        if (!std::isfinite(sample.value) || sample.value < 0) {
            sum->second.total = std::numeric_limits<double>::quiet_NaN();
            refuse(kind, sample.name,
                   u"line %1: expected a number from 0 on, found %2"_s.arg(sample.line).arg(sample.value));
        }
        sum->second.total += sample.value;
        sum->second.origin = isNew ? originOf(sample) : originOf(sample.name);
    });
    return made;
}

Value<qint64> PageReader::count(const char *kind, const Selector &selector, const Sums &sums, const QString &name)
{
    const auto it = sums.byName.find(name);
    if (it == sums.byName.end()) {
        Value<qint64> value{.value = {}, .origin = originOf(selector.metric)};
        if (sums.complete)
            value.value = 0;
        return value;
    }
    Value<qint64> value{.value = {}, .origin = it->second.origin};
    const double total = it->second.total;
    if (std::isnan(total)) // said already
        return value;
    if (total == std::floor(total) && total <= largestCount)
        value.value = static_cast<qint64>(total);
    else
        refuse(kind, selector.metric, u"expected a whole number, found %1"_s.arg(total));
    return value;
}

} // namespace qd
