/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/sort_header.h"

#include "theme/theme.h"

#include <QPainter>

namespace qd {

SortHeader::SortHeader(const Theme &theme, QWidget *parent)
    : QHeaderView(Qt::Horizontal, parent)
    , m_theme(theme)
{
    setSectionsClickable(true);
    setHighlightSections(false);
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometries();
        viewport()->update();
    });
}

int SortHeader::textMargin(const Theme &theme)
{
    return theme.px(6) + 3; // the style sheet's padding and the style's own frame
}

QSize SortHeader::sectionSizeFromContents(int section) const
{
    const QFontMetrics metrics(m_theme.font(TextSize::Caption, true));
    const QString text = model()->headerData(section, orientation()).toString();
    return {metrics.horizontalAdvance(text) + 2 * textMargin(m_theme) + m_theme.px(16),
            metrics.height() + m_theme.px(12)};
}

void SortHeader::paintSection(QPainter *painter, const QRect &rect, int section) const
{
    const Colours &colours = m_theme.colours();
    const bool isSorted = isSortIndicatorShown() && sortIndicatorSection() == section;
    const auto alignment = Qt::Alignment(model()->headerData(section, orientation(), Qt::TextAlignmentRole).toInt());
    const int arrowRoom = m_theme.px(14);
    const QFont font = m_theme.font(TextSize::Caption, true);
    const QFontMetrics metrics(font);
    const QRect inside = rect.adjusted(textMargin(m_theme), 0, -textMargin(m_theme), 0);
    const QString text = metrics.elidedText(model()->headerData(section, orientation()).toString(), Qt::ElideRight,
                                            inside.width() - (isSorted ? arrowRoom : 0));
    painter->save();
    painter->fillRect(rect, colours.surface);
    painter->setPen(colours.line);
    painter->drawLine(rect.bottomLeft(), rect.bottomRight());
    painter->setFont(font);
    painter->setPen(isSorted ? colours.text : colours.muted);
    painter->drawText(inside, (alignment & Qt::AlignHorizontal_Mask) | Qt::AlignVCenter, text);
    if (isSorted) {
        const int width = metrics.horizontalAdvance(text);
        const int x =
            alignment & Qt::AlignRight ? inside.right() - width - arrowRoom / 2 : inside.left() + width + arrowRoom / 2;
        paintArrow(*painter, {x, inside.center().y() + 1});
    }
    painter->restore();
}

void SortHeader::paintArrow(QPainter &painter, QPoint centre) const
{
    // Down: the largest first.
    const double half = m_theme.px(4);
    const double tip = sortIndicatorOrder() == Qt::DescendingOrder ? half / 2 : -half / 2;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_theme.colours().text);
    painter.drawPolygon(QPolygonF{QPointF(centre.x() - half, centre.y() - tip),
                                  QPointF(centre.x() + half, centre.y() - tip), QPointF(centre.x(), centre.y() + tip)});
}

} // namespace qd
