/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/cell.h"

#include <QAbstractTableModel>

namespace qd {

/// A column: `id` is a stable lower-case word, the header's Qt::DisplayRole and the member's name in JSON output.
struct TableColumn
{
    QLatin1StringView id;
    CellUnit unit = CellUnit::Text;
};

/// A table of rows that are told apart by key. An update changes only what differs (rows leave, change places, come,
/// change), never resets, so that selection, current row and scroll position survive it.
class TableModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    explicit TableModel(QObject *parent = nullptr);
    ~TableModel() override;

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const final;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const final;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const final;
    /// Columns by id (Qt::DisplayRole) and unit (UnitRole).
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const final;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const final;

    /// The column of that id, or -1.
    [[nodiscard]] int columnOf(QLatin1StringView id) const;
    /// The row of that key, or -1.
    [[nodiscard]] int rowOf(const QString &key) const;
    [[nodiscard]] QString keyOf(int row) const;

protected:
    void setRows(QList<Row> rows);
    /// Puts `row` in the place of the row of its key, if there is one.
    void replaceRow(const Row &row);

private:
    /// The same at every call.
    [[nodiscard]] virtual QList<TableColumn> columns() const = 0;

    void removeAllBut(const QList<Row> &rows);
    void arrangeAs(const QList<Row> &rows);
    void insertNew(const QList<Row> &rows);
    void replaceChanged(const QList<Row> &rows);
    QList<Row> m_rows;
};

} // namespace qd
