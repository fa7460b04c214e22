/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "tables/filter_model.h"

#include "tables/roles.h"

#include <algorithm>

namespace qd {
namespace {
int compared(const QVariant &a, const QVariant &b)
{
    if (a.typeId() != QMetaType::Double)
        return a.toString().localeAwareCompare(b.toString());
    return a.toDouble() < b.toDouble() ? -1 : a.toDouble() > b.toDouble() ? 1 : 0;
}
} // namespace

FilterModel::FilterModel(QObject *parent)
    : QSortFilterProxyModel(parent)
{
    setDynamicSortFilter(true);
}

void FilterModel::setText(const QString &text)
{
    const QStringList words = text.split(u' ', Qt::SkipEmptyParts);
    if (words == m_words)
        return;
    m_words = words;
    invalidateFilter();
}

bool FilterModel::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const QVariant a = left.data(SortRole);
    const QVariant b = right.data(SortRole);
    if (a.isValid() != b.isValid())
        return a.isValid() == (sortOrder() == Qt::AscendingOrder);
    if (const int order = compared(a, b); order != 0 || m_tie < 0)
        return order < 0;
    const int tie = compared(left.siblingAtColumn(m_tie).data(SortRole), right.siblingAtColumn(m_tie).data(SortRole));
    return sortOrder() == Qt::AscendingOrder ? tie < 0 : tie > 0;
}

bool FilterModel::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    return std::ranges::all_of(m_words, [&](const QString &word) {
        for (int column = 0; column < sourceModel()->columnCount(parent); ++column) {
            const QModelIndex cell = sourceModel()->index(row, column, parent);
            if (cell.data().toString().contains(word, Qt::CaseInsensitive))
                return true;
        }
        return false;
    });
}

} // namespace qd
