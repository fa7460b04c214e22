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

class Acting;
class DeedRow;
class DeploymentPage;
class EmptyState;
class FilteredTable;
class LimitDelegate;
class WordedModel;

/// Every counter that is alive, nearest to full first; the client of the chosen one can be unblocked.
class LimitTable : public Card
{
    Q_OBJECT

public:
    LimitTable(DeploymentPage &page, const Acting *acting, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);

private:
    void setUpTable();
    void fitTable();
    void ask(const QModelIndex &index);
    void tellCount(const DeploymentView &view);
    void showDeed();
    /// Why what counts against the chosen client cannot be taken away; empty: it can.
    [[nodiscard]] QString whyNotChosen(const LimitView *limit) const;
    [[nodiscard]] const LimitView *chosenLimit() const;
    void act();
    DeploymentPage &m_page;
    const Acting *m_acting;
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
    DeedRow *m_deeds;
    QString m_chosen; ///< the row's key
};

} // namespace qd
