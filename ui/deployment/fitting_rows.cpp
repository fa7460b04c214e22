/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/fitting_rows.h"

#include <QEvent>

#include <algorithm>

namespace qd {

FittingRows::FittingRows(int least, int spacing, QWidget *parent)
    : QWidget(parent)
    , m_least(least)
    , m_spacing(spacing)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Expanding);
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

int FittingRows::rowHeight() const
{
    return m_rows.isEmpty() ? 0 : m_rows.first()->sizeHint().height();
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
    return {width, std::max(0, rows * (rowHeight() + m_spacing) - m_spacing)};
}

void FittingRows::arrange()
{
    const int step = rowHeight() + m_spacing;
    const int fit = step > 0 ? (height() + m_spacing) / step : 0;
    const int before = m_shown;
    m_shown = std::min(m_wanted, fit);
    for (int i = 0; i < m_rows.size(); ++i) {
        if (i < m_shown)
            m_rows[i]->setGeometry(0, i * step, width(), rowHeight());
        m_rows[i]->setVisible(i < m_shown);
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
