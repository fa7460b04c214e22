/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/series_store.h"

#include <QLineF>
#include <QList>
#include <QPolygonF>
#include <QRectF>

namespace qd {

/// What is to be drawn for the columns of one line.
struct LineShape
{
    QList<QPolygonF> curves; ///< one for each stretch without a gap
    QList<QLineF> spans;     ///< one vertical for each column, where the data is too dense for a curve
    QList<QPointF> dots;     ///< measured once, alone between gaps

    bool operator==(const LineShape &) const = default;
};

/// Columns laid into `plot` with the y axis [from, to]. Non-finite values are gaps; values beyond the axis are kept
/// within a plot's height of it. Dense noise becomes vertical spans, because an antialiased curve over noise costs
/// seconds (the stroker's work grows with crossings); all else becomes curves.
[[nodiscard]] LineShape lineShape(const Columns &columns, const QRectF &plot, double from, double to, bool stepped);

} // namespace qd
