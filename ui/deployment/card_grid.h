/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QWidget>

class QGridLayout;

namespace qd {

class Theme;

/// Equal columns of widgets, as many as fit, filled row by row and balanced (six in a width for five stand three and
/// three). All columns have one width, so that grids under each other align.
class CardGrid : public QWidget
{
    Q_OBJECT

public:
    /// `leastWidth` of a column at 100 % text.
    CardGrid(const Theme &theme, int leastWidth, QWidget *parent = nullptr);

    /// Shows these, in this order; former ones that are not among them are deleted.
    void setItems(const QList<QWidget *> &items);
    [[nodiscard]] int columnCount() const { return m_columns; }

    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    [[nodiscard]] int columnsFor(int width) const;
    void arrange();
    const Theme &m_theme;
    int m_leastWidth;
    QGridLayout *m_grid;
    QList<QWidget *> m_items;
    int m_columns = 0;
};

} // namespace qd
