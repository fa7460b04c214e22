/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QList>
#include <QRectF>

#include <functional>

class QFontMetricsF;

namespace qd {

/// Something that happened: a marker with a word in the band above a plot, and a line down through the plot.
struct Mark
{
    Instant at;
    Status status = Status::Unknown;
    QString text;
    QString label{}; ///< the word beside its marker
    bool operator==(const Mark &) const = default;
};

/// Marks that share a label: one alone, or neighbours that stand too close for a label each.
struct MarkGroup
{
    struct Marker
    {
        double x = 0;
        Status status = Status::Unknown; ///< the worst of those that stand in one place
    };
    QList<Mark> marks;               ///< oldest first
    QList<Marker> markers;           ///< left to right; fewer than marks where they would overlap
    QString label;                   ///< the worst one's; "stripe +2": and two others
    Status status = Status::Unknown; ///< of the label
    QRectF labelRect;                ///< within the band; empty without a label

    [[nodiscard]] QRectF rectIn(const QRectF &band) const; ///< of its markers and label
    [[nodiscard]] QString text() const;                    ///< a line for each mark: when, and what happened
};

/// Half of a marker's width.
inline constexpr double markerHalf = 4;

/// `marks` (in any order) laid into the band above a plot; those that `xOf` puts out of it are left out. No label lies
/// over another or over a marker. Pure.
[[nodiscard]] QList<MarkGroup> groupedMarks(const QList<Mark> &marks, const QRectF &band,
                                            const std::function<double(Instant)> &xOf, const QFontMetricsF &metrics);

} // namespace qd
