/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/deployment_models.h"
#include "tables/filter_model.h"
#include "theme/card.h"

class QLineEdit;
class QTableView;

namespace qd {

class DeploymentPage;
class EmptyState;
class LimitDelegate;
class WordedModel;

/// Every counter that is alive, nearest to full first, with a field to filter by typing. W on a cell asks *Why?*.
class LimitTable : public Card
{
    Q_OBJECT

public:
    explicit LimitTable(DeploymentPage &page, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void setUpTable();
    void fitTable();
    void ask(const QModelIndex &index);
    void showMenu(QPoint at);
    void copy(const QModelIndex &index) const;
    void tellCount(const DeploymentView &view);
    DeploymentPage &m_page;
    LimitModel m_limits;
    FilterModel m_filtered;
    WordedModel *m_worded;
    QLineEdit *m_filter;
    QTableView *m_table;
    LimitDelegate *m_delegate;
    std::optional<Status> m_deployment;
    EmptyState *m_empty;
};

} // namespace qd
