/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <QSet>

namespace qd {

[[nodiscard]] inline bool isFresh(const Freshness &freshness)
{
    return freshness.kind == Freshness::Kind::Fresh;
}

/// True where the other side answered and said no, or answered what it should not: trying again will not help.
[[nodiscard]] bool isRefusal(ErrorCode code);

/// Pure: how far one source's values can be believed at `at`.
[[nodiscard]] Freshness freshnessOf(const SourceState *source, std::chrono::milliseconds staleAfter, Instant at);

/// What is known of the sources of one deployment at one moment; answers for any fact how fresh it is.
class Sources
{
public:
    Sources(const DeploymentState &state, const Profile &profile, Instant at);

    [[nodiscard]] const QList<SourceView> &all() const { return m_sources; }
    [[nodiscard]] const SourceView *find(QStringView id) const;
    /// Of a fact of `kind` that `source` said: the source's own, unless the source could not see that kind any more.
    [[nodiscard]] Freshness of(QStringView source, QStringView kind) const;
    /// Of all facts of `kind` together: the worst of the sources that say them; Pending where there is none. Fresh
    /// without a fact means that there is none.
    [[nodiscard]] Freshness ofKind(QStringView kind) const;
    /// Of a fact of `kind` that nobody said: the worst of the sources that could have, else Pending.
    [[nodiscard]] Freshness ofMissing(QStringView kind) const;
    /// Why `source` has no value at `pointer` (Origin::pointer) of a fact of `kind` that it said; none where it just
    /// does not tell one.
    [[nodiscard]] std::optional<Error> whyMissing(QStringView source, QStringView kind, const QString &pointer) const;

private:
    [[nodiscard]] Freshness ofMissing(const SourceView &source, QStringView kind) const;
    [[nodiscard]] Freshness worst(QStringView kind, auto freshness) const;
    QList<SourceView> m_sources;
    QSet<QString> m_told; ///< "SOURCE\nKIND" of every fact
};

} // namespace qd
