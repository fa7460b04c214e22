/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "tables/settled_model.h"

#include "tables/table_model.h"

#include <QSet>

#include <algorithm>

namespace qd {

QString SettledModel::keyOf(int row) const
{
    return static_cast<const TableModel *>(sourceModel())->keyOf(row);
}

void SettledModel::sort(int column, Qt::SortOrder order)
{
    FilterModel::sort(column, order);
    sortAgain();
}

void SettledModel::sortAgain()
{
    m_places.clear();
    m_next = 0;
    settle();
    invalidate();
}

void SettledModel::settle()
{
    if (!sourceModel() || sortColumn() < 0)
        return;
    constexpr qsizetype mostGone = 1000;
    const int count = sourceModel()->rowCount();
    if (m_places.size() > count + mostGone) {
        QSet<QString> there;
        for (int row = 0; row < count; ++row)
            there.insert(keyOf(row));
        m_places.removeIf([&](auto place) { return !there.contains(place.key()); });
    }
    QList<QModelIndex> unplaced;
    for (int row = 0; row < count; ++row) {
        if (!m_places.contains(keyOf(row)))
            unplaced.append(sourceModel()->index(row, sortColumn()));
    }
    std::ranges::stable_sort(unplaced, [this](const QModelIndex &a, const QModelIndex &b) {
        return sortOrder() == Qt::AscendingOrder ? FilterModel::lessThan(a, b) : FilterModel::lessThan(b, a);
    });
    for (const QModelIndex &index : std::as_const(unplaced))
        m_places.insert(keyOf(index.row()), m_next++);
}

bool SettledModel::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const auto a = m_places.constFind(keyOf(left.row()));
    const auto b = m_places.constFind(keyOf(right.row()));
    const bool isUpwards = sortOrder() == Qt::AscendingOrder;
    if (a == m_places.constEnd() && b == m_places.constEnd())
        return FilterModel::lessThan(left, right);
    if (a == m_places.constEnd() || b == m_places.constEnd())
        return (b == m_places.constEnd()) == isUpwards; // the new one last
    return isUpwards ? *a < *b : *a > *b;
}

} // namespace qd
