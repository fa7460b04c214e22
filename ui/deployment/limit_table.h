/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/deployment_models.h"
#include "tables/filter_model.h"
#include "theme/card.h"

class QLineEdit;

namespace qd {

class DeploymentPage;
class EmptyState;
class FilteredTable;
class LimitDelegate;
class WordedModel;

/// Every counter that is alive, nearest to full first.
class LimitTable : public Card
{
    Q_OBJECT

public:
    explicit LimitTable(DeploymentPage &page, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);

private:
    void setUpTable();
    void fitTable();
    void ask(const QModelIndex &index);
    void tellCount(const DeploymentView &view);
    DeploymentPage &m_page;
    LimitModel m_limits;
    FilterModel m_filtered;
    WordedModel *m_worded;
    QLineEdit *m_filter;
    FilteredTable *m_table;
    LimitDelegate *m_delegate;
    std::optional<Status> m_deployment;
    bool m_hasRoutes = false;
    QStringList m_tiers;
    EmptyState *m_empty;
};

} // namespace qd
