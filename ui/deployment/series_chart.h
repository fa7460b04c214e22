/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/chart_panel.h"
#include "tables/known_series.h"

namespace qd {

class DeploymentPage;
class ValueLabel;

/// A chart of any series: a counter as growth per second, a gauge as its value, a distribution as its p50 and p95; its
/// present value stands in the title row.
class SeriesChart : public ChartPanel
{
    Q_OBJECT

public:
    explicit SeriesChart(DeploymentPage &page, QWidget *parent = nullptr);

    /// The one of that key (KnownSeries::key), as it is known now.
    void showSeries(const QString &key, TimeRange range);
    [[nodiscard]] const QString &key() const { return m_series.key; }

private:
    void setUpLines();
    void showValue();
    [[nodiscard]] Columns drawn(const QString &series, TimeRange range, int pixels) const;
    DeploymentPage &m_page;
    KnownSeries m_series;
    ValueLabel *m_value;
    Label *m_meaning;
};

} // namespace qd
