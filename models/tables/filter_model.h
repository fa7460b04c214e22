/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QSortFilterProxyModel>

namespace qd {

/// Orders a table by SortRole and keeps the rows in which each typed word occurs in some cell. What is unknown stands
/// last, whichever way the rest is ordered; equal rows keep the order of the table below, or that of the tie column.
/// Columns are numbered as below.
class FilterModel : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    explicit FilterModel(QObject *parent = nullptr);

    /// Words separated by blanks; case does not matter. Empty: every row.
    void setText(const QString &text);
    /// Equal rows stand by that column, upwards whichever way the rest is ordered. To be set before sorting.
    void setTieColumn(int column) { m_tie = column; }
    [[nodiscard]] QString text() const { return m_words.join(u' '); }

protected:
    [[nodiscard]] bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    QStringList m_words;
    int m_tie = -1;
};

} // namespace qd
