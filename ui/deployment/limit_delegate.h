/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/table_model.h"

#include <QStyledItemDelegate>

namespace qd {

class Theme;

/// "4 of 5"; "5 of 5, 27 refused" where a counter went on counting what its limit turned away.
[[nodiscard]] QString usedOf(qint64 used, qint64 limit);

/// As it was written; of a counter that all clients share, that it is so.
[[nodiscard]] QString clientOf(const QString &client);

/// usedOf() for the row of `index`.
[[nodiscard]] QString usedText(const QModelIndex &index, const TableModel &columns);

/// A cell of the table of limits: the fill as a bar with "5 of 5" beside it, what is old dimmed, what is full coloured.
class LimitDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    LimitDelegate(const Theme &theme, const TableModel &columns, QObject *parent);

    /// Of the whole deployment: how loud a full counter may be (limitMark()).
    void setDeployment(Status status) { m_deployment = status; }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override;

private:
    [[nodiscard]] bool isFill(const QModelIndex &index) const;
    const Theme &m_theme;
    const TableModel &m_columns;
    Status m_deployment = Status::Unknown;
};

} // namespace qd
