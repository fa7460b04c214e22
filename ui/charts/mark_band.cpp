/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "charts/mark_band.h"

#include "words/words.h"

#include <QCoreApplication>
#include <QFontMetricsF>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr double gap = 4; ///< between a marker and a label, and from one group to the next

/// Lays groups from left to right; one that has no room for its label joins the next.
class Layout
{
public:
    Layout(const QRectF &band, const QFontMetricsF &metrics)
        : m_band(band)
        , m_metrics(metrics)
    {
    }

    void add(const Mark &mark, double x)
    {
        if (m_groups.isEmpty() || x - m_groups.last().markers.last().x > 2 * markerHalf) {
            m_groups.append(MarkGroup{.marks = {mark}, .markers = {{x, mark.status}}});
        } else {
            m_groups.last().marks.append(mark);
            Status &status = m_groups.last().markers.last().status;
            status = std::max(status, mark.status);
        }
    }

    QList<MarkGroup> run()
    {
        for (MarkGroup &group : m_groups)
            name(group);
        for (qsizetype i = 0; i < m_groups.size();) {
            if (place(i)) {
                ++i;
            } else if (m_groups.size() == 1) {
                squeeze(m_groups.first());
                break;
            } else {
                i = std::min(i, m_groups.size() - 2);
                join(i);
            }
        }
        return m_groups;
    }

private:
    void name(MarkGroup &group) const
    {
        const auto worst = std::ranges::max_element(
            group.marks, {}, [](const Mark &mark) { return std::pair(!mark.label.isEmpty(), mark.status); });
        if (worst->label.isEmpty())
            return;
        group.status = worst->status;
        group.label = m_metrics.elidedText(worst->label, Qt::ElideMiddle, m_band.width() / 3);
        if (group.marks.size() > 1)
            group.label += u" +%1"_s.arg(group.marks.size() - 1);
    }

    [[nodiscard]] double before(qsizetype i) const
    {
        return i == 0 ? m_band.left() : m_groups[i - 1].rectIn(m_band).right() + gap;
    }
    [[nodiscard]] double after(qsizetype i) const
    {
        return i + 1 == m_groups.size() ? m_band.right() : m_groups[i + 1].markers.first().x - markerHalf - gap;
    }

    /// At its right, else at its left, else over all its markers but the first; false where there is no room.
    bool place(qsizetype i)
    {
        MarkGroup &group = m_groups[i];
        const QSizeF size(m_metrics.horizontalAdvance(group.label), m_band.height());
        const double right = group.markers.last().x + markerHalf + gap;
        const double left = group.markers.first().x - markerHalf - gap - size.width();
        group.labelRect = {};
        if (group.label.isEmpty())
            return true;
        if (right + size.width() <= after(i))
            group.labelRect = {{right, m_band.top()}, size};
        else if (left >= before(i))
            group.labelRect = {{left, m_band.top()}, size};
        else if (const double own = group.markers.first().x + markerHalf + gap; own + size.width() <= after(i))
            cover(group, {{own, m_band.top()}, size});
        return !group.labelRect.isEmpty();
    }

    static void cover(MarkGroup &group, const QRectF &rect)
    {
        group.labelRect = rect;
        group.markers.removeIf([&](const MarkGroup::Marker &marker) {
            return marker.x > rect.left() && marker.x - markerHalf < rect.right();
        });
    }

    void join(qsizetype i)
    {
        const MarkGroup next = m_groups.takeAt(i + 1);
        MarkGroup &group = m_groups[i];
        group.marks += next.marks;
        group.markers += next.markers;
        name(group);
    }

    /// All marks of a narrow plot in one: what is left of its label on the side with more room.
    void squeeze(MarkGroup &group) const
    {
        const double left = group.markers.first().x - markerHalf - gap - m_band.left();
        const double right = m_band.right() - group.markers.last().x - markerHalf - gap;
        const double room = std::max({left, right, 0.0});
        group.label = m_metrics.elidedText(group.label, Qt::ElideRight, room);
        const double width = std::min(m_metrics.horizontalAdvance(group.label), room);
        const double x = right >= left ? m_band.right() - right : m_band.left() + left - width;
        group.labelRect = QRectF(x, m_band.top(), width, m_band.height());
    }

    const QRectF m_band;
    const QFontMetricsF &m_metrics;
    QList<MarkGroup> m_groups;
};
} // namespace

QRectF MarkGroup::rectIn(const QRectF &band) const
{
    const QRectF own(markers.first().x - markerHalf, band.top(), markers.last().x - markers.first().x + 2 * markerHalf,
                     band.height());
    return own.united(labelRect);
}

QString MarkGroup::text() const
{
    constexpr qsizetype most = 8;
    QStringList lines;
    for (const Mark &mark : marks.first(std::min(marks.size(), most)))
        lines.append(words::clockTime(mark.at) + u"  "_s + mark.text);
    if (marks.size() > most)
        lines.append(QCoreApplication::translate("qd::MarkGroup", "and %n more", nullptr,
                                                 static_cast<int>(marks.size() - most)));
    return lines.join(u'\n');
}

QList<MarkGroup> groupedMarks(const QList<Mark> &marks, const QRectF &band, const std::function<double(Instant)> &xOf,
                              const QFontMetricsF &metrics)
{
    QList<Mark> sorted = marks;
    std::ranges::stable_sort(sorted, {}, &Mark::at);
    Layout layout(band, metrics);
    for (const Mark &mark : std::as_const(sorted)) {
        if (const double x = xOf(mark.at); x >= band.left() && x <= band.right())
            layout.add(mark, x);
    }
    return layout.run();
}

} // namespace qd
