/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/chart_panel.h"
#include "deployment/deployment_page.h"

namespace qd {

class EventsCard;
class HealthCard;
class LimitsCard;
class PinnedCharts;
class Pins;
class SourcesCard;
class StatusBanner;
class ValueLabel;

/// One deployment at a glance: how it stands and why, its health tree, the four golden signals, its fullest limits,
/// what changed, and whom all this comes from.
class OverviewPage final : public DeploymentPage
{
    Q_OBJECT

public:
    /// Without `pins` there are no pinned series.
    OverviewPage(Logbook &logbook, const Theme &theme, Pins *pins, QWidget *parent);

private:
    /// A chart with its present value in the title row.
    struct Signal
    {
        ChartPanel *chart;
        ValueLabel *value;
    };
    [[nodiscard]] bool namesFailures() const override { return true; } // its list of sources does
    void showView(const DeploymentView &view) override;
    void showSeries(TimeRange range) override;

    [[nodiscard]] Signal makeSignal(const QString &title, Unit unit, double leastTop);
    void setUpLines();
    void showHitRate(const DeploymentView &view);
    template <class T>
    void showSignal(const Signal &signal, const Shown<T> &shown, const Freshness &freshness);
    void layOut();
    void showMarks();

    StatusBanner *m_banner;
    HealthCard *m_health;
    Signal m_requests;
    Signal m_errors;
    Signal m_latency;
    Signal m_hitRate;
    LimitsCard *m_limits;
    EventsCard *m_events;
    SourcesCard *m_sources;
    PinnedCharts *m_pinned; ///< null without pins
    QString m_group;        ///< the cache group that the hit rate is of
};

/// The cache group whose hit rate stands for all: the lowest; `present` unless another is clearly lower (two points),
/// so that the chart stays the same. Null where there is none.
[[nodiscard]] const CacheView *tellingGroup(const DeploymentView &view, const QString &present);

} // namespace qd
