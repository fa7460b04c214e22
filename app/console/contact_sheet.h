/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QImage>
#include <QMap>
#include <QStringList>

namespace qd {

class Theme;

/// Many pictures on one, in rows and columns, small: to see at a glance what does not fit with the rest.
class ContactSheet
{
public:
    /// `cell`: how large each picture is drawn, at most; it keeps its shape.
    explicit ContactSheet(QSize cell)
        : m_cell(cell)
    {
    }

    /// Rows and columns stand in the order in which they were first named.
    void add(const QString &row, const QString &column, const QImage &picture);
    [[nodiscard]] bool isEmpty() const { return m_pictures.isEmpty(); }
    /// In the colours and fonts of `theme`.
    [[nodiscard]] QImage paint(const QString &title, const Theme &theme) const;

private:
    const QSize m_cell;
    QStringList m_rows;
    QStringList m_columns;
    QMap<std::pair<QString, QString>, QImage> m_pictures;
};

} // namespace qd
