/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/fitting_rows.h"

#include <QEvent>

#include <algorithm>
#include <utility>

namespace qd {

FittingRows::FittingRows(int least, int spacing, QWidget *parent)
    : QWidget(parent)
    , m_least(least)
    , m_spacing(spacing)
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Expanding);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void FittingRows::add(QWidget *row)
{
    row->setParent(this);
    row->hide();
    m_rows.append(row);
    updateGeometry();
}

void FittingRows::setWanted(int wanted)
{
    wanted = std::min(wanted, static_cast<int>(m_rows.size()));
    if (wanted == m_wanted)
        return;
    m_wanted = wanted;
    updateGeometry();
    arrange();
}

int FittingRows::heightOf(const QWidget &row, int width)
{
    return row.hasHeightForWidth() ? row.heightForWidth(width) : row.sizeHint().height();
}

QSize FittingRows::sizeHint() const
{
    return minimumSizeHint();
}

QSize FittingRows::minimumSizeHint() const
{
    const int rows = std::min(m_least, m_wanted);
    int width = 0;
    for (const QWidget *row : m_rows)
        width = std::max(width, row->minimumSizeHint().width());
    const int line = m_rows.isEmpty() ? 0 : m_rows.first()->sizeHint().height();
    return {width, std::max(0, rows * (line + m_spacing) - m_spacing)};
}

int FittingRows::heightForWidth(int width) const
{
    const int first = m_wanted > 0 ? heightOf(*m_rows.first(), width) : 0;
    return std::max(first, minimumSizeHint().height());
}

void FittingRows::arrange()
{
    const int before = std::exchange(m_shown, 0);
    int y = 0;
    for (int i = 0; i < m_rows.size(); ++i) {
        const int tall = heightOf(*m_rows[i], width());
        const bool fits = i == m_shown && i < m_wanted && y + tall <= height();
        if (fits) {
            m_rows[i]->setGeometry(0, y, width(), tall);
            y += tall + m_spacing;
            ++m_shown;
        }
        m_rows[i]->setVisible(fits);
    }
    if (m_shown != before)
        Q_EMIT shownCountChanged();
}

void FittingRows::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

bool FittingRows::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest) {
        updateGeometry();
        arrange();
    }
    return QWidget::event(event);
}

} // namespace qd
