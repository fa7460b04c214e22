/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "tables/table_model.h"

#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

namespace {

// Two rows of one key (two sources that tell of the same breaker) stay two rows.
void tellApart(QList<Row> &rows)
{
    QHash<QString, int> seen;
    for (Row &row : rows) {
        if (const int before = seen[row.key]++; before > 0)
            row.key += u'\n' + QString::number(before);
    }
}

QHash<QString, int> placesOf(const QList<Row> &rows)
{
    QHash<QString, int> places;
    places.reserve(rows.size());
    for (int row = 0; row < rows.size(); ++row)
        places.insert(rows[row].key, row);
    return places;
}

} // namespace

TableModel::TableModel(QObject *parent)
    : QAbstractTableModel(parent)
{
}

TableModel::~TableModel() = default;

int TableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int TableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(columns().size());
}

QVariant TableModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows[index.row()];
    const Cell &cell = row.cells[index.column()];
    switch (role) {
    case Qt::DisplayRole:
        return plainText(cell);
    case ValueRole:
        return cell.value;
    case UnitRole:
        return QVariant::fromValue(cell.unit);
    case StatusRole:
        return QVariant::fromValue(cell.status.value_or(row.status));
    case KnownRole:
        return QVariant::fromValue(cell.known);
    case SortRole:
        return sortKey(cell);
    case BecauseRole:
        return cell.because ? QVariant::fromValue(*cell.because) : QVariant();
    case FreshnessRole:
        return QVariant::fromValue(cell.freshness.value_or(row.freshness));
    case SubjectRole:
        return row.subject;
    case DepthRole:
        return row.depth;
    default:
        return {};
    }
}

QVariant TableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const QList<TableColumn> all = columns();
    if (orientation != Qt::Horizontal || section < 0 || section >= all.size())
        return {};
    if (role == Qt::DisplayRole)
        return QString(all[section].id);
    if (role == UnitRole)
        return QVariant::fromValue(all[section].unit);
    return {};
}

QHash<int, QByteArray> TableModel::roleNames() const
{
    return {{Qt::DisplayRole, "display"}, {ValueRole, "value"}, {UnitRole, "unit"},       {StatusRole, "status"},
            {KnownRole, "known"},         {SortRole, "sort"},   {BecauseRole, "because"}, {FreshnessRole, "freshness"},
            {SubjectRole, "subject"},     {DepthRole, "depth"}};
}

int TableModel::columnOf(QLatin1StringView id) const
{
    const QList<TableColumn> all = columns();
    const auto found = std::ranges::find(all, id, &TableColumn::id);
    return found == all.end() ? -1 : int(found - all.begin());
}

int TableModel::rowOf(const QString &key) const
{
    const auto found = std::ranges::find(m_rows, key, &Row::key);
    return found == m_rows.end() ? -1 : int(found - m_rows.begin());
}

QString TableModel::keyOf(int row) const
{
    return row >= 0 && row < m_rows.size() ? m_rows[row].key : QString();
}

void TableModel::setRows(QList<Row> rows)
{
    tellApart(rows);
    removeAllBut(rows);
    arrangeAs(rows);
    insertNew(rows);
    replaceChanged(rows);
}

void TableModel::replaceRow(const Row &row)
{
    const int at = rowOf(row.key);
    if (at < 0 || m_rows[at] == row)
        return;
    m_rows[at] = row;
    Q_EMIT dataChanged(index(at, 0), index(at, columnCount() - 1));
}

void TableModel::removeAllBut(const QList<Row> &rows)
{
    QSet<QString> kept;
    for (const Row &row : rows)
        kept.insert(row.key);
    for (int last = int(m_rows.size()) - 1; last >= 0; --last) {
        if (kept.contains(m_rows[last].key))
            continue;
        int first = last;
        while (first > 0 && !kept.contains(m_rows[first - 1].key))
            --first;
        beginRemoveRows({}, first, last);
        m_rows.remove(first, last - first + 1);
        endRemoveRows();
        last = first;
    }
}

// One change of layout, however many rows change places: a sorting proxy answers each row move with a sort of its own.
void TableModel::arrangeAs(const QList<Row> &rows)
{
    const QHash<QString, int> target = placesOf(rows);
    const auto before = [&target](const Row &a, const Row &b) { return target.value(a.key) < target.value(b.key); };
    if (std::ranges::is_sorted(m_rows, before))
        return;
    Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
    const QModelIndexList from = persistentIndexList();
    QStringList keys;
    for (const QModelIndex &index : from)
        keys += m_rows[index.row()].key;
    std::ranges::sort(m_rows, before);
    const QHash<QString, int> places = placesOf(m_rows);
    QModelIndexList to;
    for (qsizetype i = 0; i < from.size(); ++i)
        to += index(places.value(keys[i]), from[i].column());
    changePersistentIndexList(from, to);
    Q_EMIT layoutChanged({}, VerticalSortHint);
}

void TableModel::insertNew(const QList<Row> &rows)
{
    for (int first = 0; first < rows.size(); ++first) {
        if (first < m_rows.size() && m_rows[first].key == rows[first].key)
            continue;
        // The rows that stay are in order by now: what differs up to the next of them is new.
        const QString stays = first < m_rows.size() ? m_rows[first].key : QString();
        int end = first;
        while (end < rows.size() && (first == m_rows.size() || rows[end].key != stays))
            ++end;
        beginInsertRows({}, first, end - 1);
        m_rows = m_rows.first(first) + rows.sliced(first, end - first) + m_rows.sliced(first);
        endInsertRows();
        first = end;
    }
}

void TableModel::replaceChanged(const QList<Row> &rows)
{
    for (int first = 0; first < rows.size(); ++first) {
        if (m_rows[first] == rows[first])
            continue;
        int last = first;
        while (last + 1 < rows.size() && m_rows[last + 1] != rows[last + 1])
            ++last;
        for (int row = first; row <= last; ++row)
            m_rows[row] = rows[row];
        Q_EMIT dataChanged(index(first, 0), index(last, columnCount() - 1));
        first = last;
    }
}

} // namespace qd
