/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/chart_panel.h"
#include "deployment/deployment_page.h"

namespace qd {

class CardGrid;
class EmptyState;
class FactTable;
class TopologyView;
class UpkeepCard;

/// The stores under a service: how they hang together, how far replicas are behind, who blocks whom, what costs most.
class DataPage final : public DeploymentPage
{
    Q_OBJECT

public:
    DataPage(Logbook &logbook, const Theme &theme, QWidget *parent);

private:
    void showView(const DeploymentView &view) override;
    void showSeries(TimeRange range) override;

    void setUpTables();
    void setUpCharts();
    [[nodiscard]] ChartPanel *makeChart(const QString &name, const QString &title, Unit unit);
    /// Whether there is anything to draw.
    bool showTopology(const DeploymentView &view);
    void showTables(const DeploymentView &view);
    void showDatabaseLines(const QString &database);
    void showLagLines(const QStringList &series);

    Card *m_topologyCard;
    TopologyView *m_topology;
    CardGrid *m_charts;
    ChartPanel *m_connections;
    ChartPanel *m_lag;
    ChartPanel *m_transactions;
    ChartPanel *m_blocks;
    QWidget *m_now;
    FactTable *m_sessions;
    UpkeepCard *m_upkeep;
    QWidget *m_costs;
    FactTable *m_statements;
    FactTable *m_relations;
    EmptyState *m_empty;
    QString m_database; ///< whose lines the charts show
    QStringList m_lagSeries;
};

} // namespace qd
