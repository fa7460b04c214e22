/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/card_grid.h"

#include "theme/theme.h"

#include <QGridLayout>

#include <algorithm>

namespace qd {

CardGrid::CardGrid(const Theme &theme, int leastWidth, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_leastWidth(leastWidth)
    , m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(12);
    connect(&theme, &Theme::changed, this, &CardGrid::arrange);
}

void CardGrid::setItems(const QList<QWidget *> &items)
{
    if (items == m_items)
        return;
    for (QWidget *old : std::as_const(m_items)) {
        if (!items.contains(old))
            delete old;
    }
    m_items = items;
    m_columns = 0;
    arrange();
}

// The layout alone would ask for all present columns; narrower than that, the grid wraps.
QSize CardGrid::minimumSizeHint() const
{
    return {m_theme.px(m_leastWidth), QWidget::minimumSizeHint().height()};
}

int CardGrid::columnsFor(int width) const
{
    const int most = static_cast<int>(m_items.size());
    const int gap = m_grid->spacing();
    const int fit = std::clamp((width + gap) / (m_theme.px(m_leastWidth) + gap), 1, std::max(most, 1));
    const int rows = (most + fit - 1) / fit;
    return rows > 0 ? (most + rows - 1) / rows : 1;
}

void CardGrid::arrange()
{
    const int columns = columnsFor(width());
    if (columns == m_columns)
        return;
    for (QWidget *item : std::as_const(m_items))
        m_grid->removeWidget(item);
    for (int column = 0; column < m_grid->columnCount(); ++column)
        m_grid->setColumnStretch(column, 0);
    m_columns = columns;
    for (int i = 0; i < m_items.size(); ++i)
        m_grid->addWidget(m_items[i], i / columns, i % columns);
    for (int column = 0; column < columns; ++column)
        m_grid->setColumnStretch(column, 1);
}

void CardGrid::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

} // namespace qd
