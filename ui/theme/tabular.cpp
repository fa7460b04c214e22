/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "theme/tabular.h"

#include <QPainter>

#include <algorithm>

namespace qd::tabular {
namespace {
bool isDigit(QChar c)
{
    return c >= u'0' && c <= u'9';
}

double widestDigit(const QFontMetricsF &metrics)
{
    double widest = 0;
    for (char16_t digit = u'0'; digit <= u'9'; ++digit)
        widest = std::max(widest, metrics.horizontalAdvance(QChar(digit)));
    return widest;
}

/// Calls `take(part, x, room)` for each digit and for all that stands between two; returns the width of the whole.
template <class Take>
double walk(const QString &text, const QFontMetricsF &metrics, Take &&take)
{
    const double digit = widestDigit(metrics);
    double x = 0;
    for (qsizetype from = 0, to = 0; from < text.size(); from = to) {
        to = from + 1;
        while (!isDigit(text.at(from)) && to < text.size() && !isDigit(text.at(to)))
            ++to;
        const QString part = text.mid(from, to - from);
        const double room = isDigit(text.at(from)) ? digit : metrics.horizontalAdvance(part);
        take(part, x, room);
        x += room;
    }
    return x;
}
} // namespace

double widthOf(const QString &text, const QFontMetricsF &metrics)
{
    return walk(text, metrics, [](const QString &, double, double) {});
}

QString elided(const QString &text, const QFontMetricsF &metrics, Qt::TextElideMode mode, double width)
{
    const double whole = widthOf(text, metrics);
    return whole <= width ? text : metrics.elidedText(text, mode, width - (whole - metrics.horizontalAdvance(text)));
}

void draw(QPainter &painter, QPointF baseline, const QString &text)
{
    const QFontMetricsF metrics(painter.font());
    walk(text, metrics, [&](const QString &part, double x, double room) {
        painter.drawText(baseline + QPointF(x + (room - metrics.horizontalAdvance(part)) / 2, 0), part);
    });
}

} // namespace qd::tabular
