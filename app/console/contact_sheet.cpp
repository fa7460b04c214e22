/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "console/contact_sheet.h"

#include "theme/theme.h"

#include <QPainter>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int gap = 12;
constexpr int titleHeight = 48;
constexpr int headHeight = 28;
constexpr int rowNameWidth = 112;
} // namespace

void ContactSheet::add(const QString &row, const QString &column, const QImage &picture)
{
    if (!m_rows.contains(row))
        m_rows.append(row);
    if (!m_columns.contains(column))
        m_columns.append(column);
    m_pictures.insert({row, column}, picture.scaled(m_cell, Qt::KeepAspectRatio, Qt::SmoothTransformation));
}

QImage ContactSheet::paint(const QString &title, const Theme &theme) const
{
    const QPoint origin(rowNameWidth + gap, titleHeight + headHeight);
    const QSize step = m_cell + QSize(gap, gap);
    QImage sheet(origin.x() + step.width() * static_cast<int>(m_columns.size()),
                 origin.y() + step.height() * static_cast<int>(m_rows.size()), QImage::Format_RGB32);
    const Colours &colours = theme.colours();
    sheet.fill(colours.bg);
    QPainter painter(&sheet);
    painter.setPen(colours.text);
    painter.setFont(theme.font(TextSize::Mid, true));
    painter.drawText(QRect(gap, 0, sheet.width() - 2 * gap, titleHeight), Qt::AlignVCenter, title);
    painter.setFont(theme.font(TextSize::Title));
    for (int column = 0; column < m_columns.size(); ++column)
        painter.drawText(QRect(origin.x() + column * step.width(), titleHeight, m_cell.width(), headHeight),
                         Qt::AlignVCenter, m_columns[column]);
    for (int row = 0; row < m_rows.size(); ++row) {
        const int y = origin.y() + row * step.height();
        painter.drawText(QRect(gap, y, rowNameWidth, headHeight), Qt::AlignVCenter, m_rows[row]);
        for (int column = 0; column < m_columns.size(); ++column) {
            const QPoint place(origin.x() + column * step.width(), y);
            const QImage picture = m_pictures.value({m_rows[row], m_columns[column]});
            if (picture.isNull())
                continue;
            painter.drawImage(place, picture);
            painter.setPen(colours.line);
            painter.drawRect(QRect(place, picture.size()).adjusted(0, 0, -1, -1));
            painter.setPen(colours.text);
        }
    }
    return sheet;
}

} // namespace qd
