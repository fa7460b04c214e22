/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QTableView>

class QLineEdit;

namespace qd {

class Theme;

/// Rows under a field that filters them: typing in the table goes to the field, Escape there clears it, Down goes back
/// to the rows. W on a cell, or its context menu, asks *Why?*; Ctrl+C copies it. Sorted by the header.
class FilteredTable : public QTableView
{
    Q_OBJECT

public:
    FilteredTable(const Theme &theme, QLineEdit &filter);

Q_SIGNALS:
    void whyRequested(const QModelIndex &index);
    /// Enter was pressed on the current row.
    void opened(const QModelIndex &index);
    void resized();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    /// A row that goes is not chosen any more: its neighbour, which nobody chose, must not stand in for it.
    void rowsAboutToBeRemoved(const QModelIndex &parent, int start, int end) override;

private:
    void copy(const QModelIndex &index) const;
    QLineEdit &m_filter;
};

} // namespace qd
