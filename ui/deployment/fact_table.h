/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/absence.h"
#include "deployment/worded_model.h"
#include "history/series_store.h"
#include "tables/deployment_models.h"
#include "tables/filter_model.h"
#include "theme/card.h"

#include <functional>

class QLineEdit;
class QVBoxLayout;

namespace qd {

class DeploymentPage;
class EmptyState;
class FilteredTable;

/// Facts in a FilteredTable; the filter finds what is written in the cells.
class FactTable : public Card
{
    Q_OBJECT

public:
    struct Column
    {
        QLatin1StringView id;
        QString header;
        int width = 0;                                  ///< px at 100 % text; 0 takes what is left
        int from = 0;                                   ///< shown in tables this wide, at 100 % text
        QHash<QString, QString> words{};                ///< of codes
        bool marked = false;                            ///< with the glyph of its status
        bool once = false;                              ///< said in the first of the rows that have the same
        std::optional<WordedModel::TimePart> time = {}; ///< of moments
        Qt::TextElideMode elide = Qt::ElideMiddle;
        bool whereAny = false;    ///< shown while any row has something in it
        bool right = false;       ///< at the right, though words may stand in it
        QString blank{};          ///< stands where a text is empty
        QString none{};           ///< stands where it was looked for, and there is none
        QLatin1StringView unit{}; ///< the column that names the unit of this one's numbers
    };

    /// Takes `model`; `name` begins the object names ("backup": backup-table, backup-filter). The model's first column
    /// names the row.
    FactTable(DeploymentPage &page, DeploymentModel *model, const QString &name, QWidget *parent = nullptr);

    /// Shown in this order; the model's other columns are hidden.
    void setColumns(const QList<Column> &columns);
    void setFilterHint(const QString &hint);
    /// As high as its rows, up to `most` of them; without a filter, for so few rows need none.
    void setShort(int most);
    /// Stands above the table, as long as there are rows.
    void setBanner(QWidget *banner);
    /// The same below it.
    void setFoot(QWidget *foot);
    /// A small line is drawn in each cell of that column: of the row of `key`, `pixels` wide.
    void setLines(QLatin1StringView columnId, std::function<Columns(const QString &key, int pixels)> columns);
    /// Time moved on.
    void redrawLines();
    /// What the note at the title says of `all` rows.
    void setCounted(std::function<QString(int all)> counted) { m_counted = std::move(counted); }

    void showView(const DeploymentView &view, const Absence &absence);
    /// Makes the row of that subject the current one, if it is shown.
    void choose(const QString &subject);
    /// Makes the first row that is shown the current one.
    void chooseFirst();
    [[nodiscard]] const QAbstractItemModel &model() const { return m_filtered; }

Q_SIGNALS:
    /// A row became the current one, by mouse or keyboard.
    void chosen(const QString &key);
    /// Enter was pressed on the current row.
    void opened(const QString &key);

private:
    void setUpTable();
    void fitTable();
    [[nodiscard]] bool hasAny(int section) const;
    [[nodiscard]] QSet<QString> emptyColumns() const;
    void tellCount();
    void ask(const QModelIndex &index);
    [[nodiscard]] QString keyAt(const QModelIndex &index) const;
    [[nodiscard]] int columnOf(QLatin1StringView id) const { return m_model->columnOf(id); }
    DeploymentPage &m_page;
    DeploymentModel *m_model;
    WordedModel *m_worded;
    FilterModel m_filtered;
    QVBoxLayout *m_column;
    QLineEdit *m_filter;
    FilteredTable *m_table;
    EmptyState *m_empty;
    QWidget *m_banner = nullptr;
    QWidget *m_foot = nullptr;
    QList<Column> m_columns;
    QSet<QString> m_emptyColumns; ///< of those that are shown where any row has something
    std::function<QString(int)> m_counted;
    Absence m_absence;
    int m_most = 0;
};

} // namespace qd
