/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/units.h"
#include "deployment/card_grid.h"

#include <QStringList>

#include <optional>

namespace qd {

class DeploymentPage;
class Pins;
class SeriesChart;

/// The pinned series of a deployment as small charts, each of which can be unpinned. Hidden where there is none.
class PinnedCharts : public CardGrid
{
    Q_OBJECT

public:
    PinnedCharts(DeploymentPage &page, Pins &pins, QWidget *parent = nullptr);

    void showSeries(TimeRange range);
    void setCrosshair(std::optional<Instant> at);

Q_SIGNALS:
    void hovered(std::optional<qd::Instant> at);

private:
    [[nodiscard]] SeriesChart *makeChart(const QString &key);
    DeploymentPage &m_page;
    Pins &m_pins;
    QStringList m_keys;
    QList<SeriesChart *> m_charts;
};

} // namespace qd
