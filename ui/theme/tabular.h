/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QFontMetricsF>
#include <QString>

class QPainter;

/// Text whose digits all have one width, so that a number does not shake as it changes. Inter has such digits, but Qt
/// before 6.7 cannot switch them on: here each digit is centred in the room of the widest.
namespace qd::tabular {

/// In pixels.
[[nodiscard]] double widthOf(const QString &text, const QFontMetricsF &metrics);
[[nodiscard]] QString elided(const QString &text, const QFontMetricsF &metrics, Qt::TextElideMode mode, double width);
/// From `baseline` to the right, in the painter's font and pen.
void draw(QPainter &painter, QPointF baseline, const QString &text);

} // namespace qd::tabular
