/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "exposition/selector.h"
#include "facts/reading.h"

#include <map>
#include <set>

namespace qd {

/// What a selector means on a page, summed up. Remembers what was there but could not be believed, and which lines
/// were read.
class PageReader
{
public:
    PageReader(const Exposition &page, QString where);

    struct Sum
    {
        double total = 0; ///< NaN where one of them is not believed
        Origin origin;    ///< the line; of several their metric's name
    };
    struct Sums
    {
        std::map<QString, Sum> byName;
        bool complete = true; ///< a name that is missing has counted nothing
    };
    /// The counters that `selector` means, summed for each value of `label` (under "" for all where it is empty).
    Sums sums(const char *kind, const Selector &selector, QByteArrayView label);
    /// One of these sums as a count. A counter is on the page from its first event on, so that one that is missing has
    /// counted nothing; unless the page knows no such metric or label at all, or names were left out.
    Value<qint64> count(const char *kind, const Selector &selector, const Sums &sums, const QString &name);

    /// see(family, sample) for each sample that `selector` means; of one series the latest alone.
    template <class See>
    void each(const Selector &selector, See &&see)
    {
        for (const Exposition::Family &family : m_page.families) {
            if (!QByteArrayView(selector.metric).startsWith(family.name))
                continue;
            for (size_t i = 0; i < family.samples.size(); ++i) {
                const Exposition::Sample &sample = family.samples[i];
                if (selector.names(family, sample.name) && isLatest(family, i) && selector.matches(m_page, sample)) {
                    use(sample);
                    see(sample);
                }
            }
        }
    }
    /// False, and told once, where the page has no such metric or no series of it has a label that is asked for.
    bool expectMetric(const char *kind, const Selector &selector);

    /// The part of `kind` at `metric` is not believed; the rest of its kind is.
    void refuse(const char *kind, QByteArrayView metric, const QString &message, ErrorCode code = ErrorCode::BadReply);

    [[nodiscard]] const Exposition &page() const { return m_page; }
    [[nodiscard]] const QList<Refusal> &refusals() const { return m_refusals; }
    [[nodiscard]] static bool isLatest(const Exposition::Family &family, size_t sample);
    void use(const Exposition::Sample &sample);
    /// The page, or where it is too large to be kept as evidence the lines that were read.
    [[nodiscard]] QByteArray lines() const;

private:
    [[nodiscard]] bool knows(const Selector &selector) const;
    /// A label that no series of the metric has; empty if there is none, or no series yet.
    [[nodiscard]] QByteArray unknownLabel(const Selector &selector) const;

    const Exposition &m_page;
    QString m_where;
    QList<Refusal> m_refusals;
    std::set<qsizetype> m_used; ///< starts of lines
};

[[nodiscard]] Origin originOf(const Exposition::Sample &sample);
[[nodiscard]] Origin originOf(QByteArrayView metric);

} // namespace qd
