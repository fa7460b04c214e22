/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/line_shape.h"

#include <algorithm>
#include <cmath>

namespace qd {
namespace {
/// A stretch of columns without a gap: [first, last).
struct Stretch
{
    qsizetype first;
    qsizetype last;
};

// Fewer columns than this are cheap to stroke, whatever they hold.
constexpr qsizetype fewColumns = 64;
// How many times the plot's height a curve may go up and down before it is cheaper as spans.
constexpr double mostTravel = 60;

bool measured(const Column &c)
{
    return c.count > 0 && std::isfinite(c.min) && std::isfinite(c.max) && std::isfinite(c.first) &&
           std::isfinite(c.last);
}

/// Nothing is lost of such a column by drawing its last value alone, which the line reaches from the one before.
bool monotone(const Column &c)
{
    return (c.min == c.first && c.max == c.last) || (c.min == c.last && c.max == c.first);
}

QList<Stretch> stretchesOf(const Columns &columns)
{
    QList<Stretch> stretches;
    for (qsizetype i = 0; i < columns.size();) {
        if (!measured(columns.at(i))) {
            ++i;
            continue;
        }
        const qsizetype first = i;
        while (i < columns.size() && measured(columns.at(i)))
            ++i;
        stretches.append({first, i});
    }
    return stretches;
}

class Shaper
{
public:
    Shaper(const Columns &columns, const QRectF &plot, double from, double to)
        : m_columns(columns)
        , m_plot(plot)
        , m_from(from)
        , m_perUnit(plot.height() / (to - from))
        , m_perColumn(plot.width() / static_cast<double>(columns.size()))
    {
    }

    [[nodiscard]] double x(qsizetype column) const
    {
        return m_plot.left() + (static_cast<double>(column) + 0.5) * m_perColumn;
    }
    [[nodiscard]] double left(qsizetype column) const
    {
        return m_plot.left() + static_cast<double>(column) * m_perColumn;
    }
    [[nodiscard]] double y(double value) const
    {
        const double at = m_plot.bottom() - (value - m_from) * m_perUnit;
        return std::clamp(at, m_plot.top() - m_plot.height(), m_plot.bottom() + m_plot.height());
    }

    /// True where the value swings by more than two pixels within many columns, or travels up and down so far that
    /// stroking it as one curve would be slow.
    [[nodiscard]] bool dense(Stretch s) const
    {
        qsizetype swings = 0;
        double travelled = 0;
        double before = m_columns.at(s.first).first;
        for (qsizetype i = s.first; i < s.last; ++i) {
            const Column &c = m_columns.at(i);
            const double swing = (c.max - c.min) * m_perUnit;
            swings += swing > 2 && !monotone(c);
            travelled += 2 * swing + std::abs(c.first - before) * m_perUnit;
            before = c.last;
        }
        const qsizetype length = s.last - s.first;
        return (length > fewColumns && swings * 4 > length) || travelled > mostTravel * m_plot.height();
    }

    void spans(Stretch s, QList<QLineF> &out) const
    {
        double before = m_columns.at(s.first).first;
        for (qsizetype i = s.first; i < s.last; ++i) {
            const Column &c = m_columns.at(i);
            // Reaching to the column before, so that no hole shows between neighbours.
            const double low = std::min(c.min, before);
            const double high = std::max(c.max, before);
            const double top = y(high);
            out.append(QLineF(x(i), top, x(i), std::max(y(low), top + 1)));
            before = c.last;
        }
    }

    [[nodiscard]] QPolygonF steps(Stretch s) const
    {
        QPolygonF curve;
        for (qsizetype i = s.first; i < s.last; ++i) {
            const Column &c = m_columns.at(i);
            if (curve.isEmpty())
                curve.append({left(i), y(c.first)});
            for (const double value : {c.first, c.min, c.max, c.last}) {
                if (curve.last().y() == y(value))
                    continue;
                curve.append({left(i), curve.last().y()});
                curve.append({left(i), y(value)});
            }
        }
        curve.append({left(s.last), curve.last().y()});
        return curve;
    }

    [[nodiscard]] QPolygonF curve(Stretch s) const
    {
        QPolygonF points;
        qsizetype run = s.first; // where the present value began
        for (qsizetype i = s.first; i < s.last; ++i) {
            const Column &c = m_columns.at(i);
            const bool held = i > s.first && c.min == c.max && c.last == m_columns.at(i - 1).last;
            if (held)
                continue;
            if (i - run > 1) // a slope would tell of a change before it was there
                points.append({x(i), y(m_columns.at(run).last)});
            if (i == s.first || !monotone(c))
                points.append({x(i), y(c.first)});
            if (!monotone(c)) {
                points.append({x(i), y(c.min)});
                points.append({x(i), y(c.max)});
            }
            points.append({x(i), y(c.last)});
            run = i;
        }
        if (points.last().x() < x(s.last - 1))
            points.append({x(s.last - 1), y(m_columns.at(s.last - 1).last)});
        return points;
    }

private:
    const Columns &m_columns;
    QRectF m_plot;
    double m_from;
    double m_perUnit;
    double m_perColumn;
};
} // namespace

LineShape lineShape(const Columns &columns, const QRectF &plot, double from, double to, bool stepped)
{
    LineShape shape;
    if (columns.isEmpty() || plot.isEmpty() || !std::isfinite(from) || !(to > from))
        return shape;
    const Shaper shaper(columns, plot, from, to);
    for (const Stretch stretch : stretchesOf(columns)) {
        if (stretch.last - stretch.first == 1 && !stepped)
            shape.dots.append({shaper.x(stretch.first), shaper.y(columns.at(stretch.first).last)});
        else if (shaper.dense(stretch))
            shaper.spans(stretch, shape.spans);
        else
            shape.curves.append(stepped ? shaper.steps(stretch) : shaper.curve(stretch));
    }
    return shape;
}

} // namespace qd
