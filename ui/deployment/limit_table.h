/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/deployment_models.h"
#include "tables/settled_model.h"
#include "theme/card.h"

class QComboBox;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace qd {

class Acting;
class DeedRow;
class DeploymentPage;
class EmptyState;
class FilteredTable;
class Label;
class LimitDelegate;
class WordedModel;

/// Every counter that is alive, nearest to full first when the page is opened or its header pressed; the client of the
/// chosen one can be unblocked, and its limit raised.
class LimitTable : public Card
{
    Q_OBJECT

public:
    LimitTable(DeploymentPage &page, const Acting *acting, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void setUpTable();
    void fitTable();
    void ask(const QModelIndex &index);
    void tellCount(const DeploymentView &view);
    /// Who has a limit of their own for a time, and until when.
    void tellRaised(const DeploymentView &view);
    void showDeed();
    /// Why what counts against the chosen client cannot be taken away; empty: it can.
    [[nodiscard]] QString whyNotChosen(const LimitView *limit) const;
    [[nodiscard]] const LimitView *chosenLimit() const;
    /// Why the chosen client's limit cannot be raised; empty: it can.
    [[nodiscard]] QString whyNotRaised(const LimitView *limit) const;
    [[nodiscard]] const TierPolicy *tierOf(const LimitView &limit) const; ///< null: the profile has none
    /// The chosen client may more than its tier says.
    [[nodiscard]] bool isRaised(const LimitView &limit) const;
    void setUpRaise();
    void showRaise(const LimitView *limit, bool mayBeRaised);
    void act(int button);
    DeploymentPage &m_page;
    const Acting *m_acting;
    LimitModel m_limits;
    SettledModel m_filtered;
    WordedModel *m_worded;
    QLineEdit *m_filter;
    FilteredTable *m_table;
    LimitDelegate *m_delegate;
    std::optional<Status> m_deployment;
    bool m_isShownAnew = false; ///< shown in this turn of the event loop
    bool m_hasRoutes = false;
    QStringList m_tiers;
    EmptyState *m_empty;
    DeedRow *m_deeds;
    Label *m_raised;
    QWidget *m_raise; ///< how far, and for how long
    QSpinBox *m_raiseTo;
    QComboBox *m_raiseFor; ///< its data are seconds
    QString m_raiseOf;     ///< the row's key for which it was last set up
    QString m_chosen;      ///< the row's key
};

} // namespace qd
