/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/filter_model.h"

#include <QHash>

namespace qd {

/// Orders the rows of a TableModel when it is told to, and then leaves each where it is while its figures change: none
/// moves away under the pointer. New rows come last; one that comes back stands where it stood.
class SettledModel : public FilterModel
{
    Q_OBJECT

public:
    using FilterModel::FilterModel;

    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;
    /// By the same column, as the figures are now.
    void sortAgain();
    /// Gives those that are new their places. To be called after each change of rows.
    void settle();

protected:
    [[nodiscard]] bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    [[nodiscard]] QString keyOf(int row) const;
    QHash<QString, qsizetype> m_places; ///< by row's key
    qsizetype m_next = 0;
};

} // namespace qd
