/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/chart_panel.h"
#include "deployment/deployment_page.h"

namespace qd {

class Acting;
class CardGrid;
class EmptyState;
class LimitTable;
class TierCard;
class ValueLabel;

/// Rate limits: where they are counted, each tier, every counter, and how many requests are refused.
class LimitsPage final : public DeploymentPage
{
    Q_OBJECT

public:
    LimitsPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent);

private:
    void showView(const DeploymentView &view) override;
    void showSeries(TimeRange range) override;

    [[nodiscard]] Card *makeModeCard();
    void showMode(const LimiterView &limiter);
    void showTiers(const DeploymentView &view);
    void showLines();

    Card *m_modeCard;
    ValueLabel *m_mode;
    Label *m_meaning;
    CardGrid *m_grid;
    QList<TierCard *> m_tiers;
    QWidget *m_lower;
    LimitTable *m_table;
    ChartPanel *m_refused;
    EmptyState *m_empty;
};

} // namespace qd
