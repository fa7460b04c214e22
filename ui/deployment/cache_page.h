/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/chart_panel.h"
#include "deployment/deployment_page.h"

namespace qd {

class Acting;
class CacheCard;
class CardGrid;
class EmptyState;
class FallbackNote;
class RedisCard;

/// A card and a chart for each cache group, the Redis behind them, and what happens without it.
class CachePage final : public DeploymentPage
{
    Q_OBJECT

public:
    CachePage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent);

private:
    void showView(const DeploymentView &view) override;
    void showSeries(TimeRange range) override;

    void showGroups(const QList<CacheView> &caches);
    void flush(const QString &group);
    void warm(const QString &group);
    void showGroup(qsizetype i, const CacheView &cache);
    [[nodiscard]] ChartPanel *makeRateChart(const CacheView &cache);
    void setUpServerCharts();
    void showLookupLines();

    const Acting *m_acting;
    FallbackNote *m_fallback;
    CardGrid *m_cards;
    Label *m_hint; ///< why no group can be flushed
    CardGrid *m_rates;
    QList<CacheCard *> m_groups;
    QList<ChartPanel *> m_rateCharts;
    EmptyState *m_empty;
    QWidget *m_server;
    RedisCard *m_redis;
    ChartPanel *m_memory;
    ChartPanel *m_lookups;
};

} // namespace qd
