/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/deployment_page.h"

class QToolButton;

namespace qd {

class FactTable;
class Label;
class Pins;
class SeriesChart;
class SeriesModel;

/// Every series of the deployment, searchable, those that its profile names first; the chosen one is charted and can be
/// pinned to the overview.
class MetricsPage final : public DeploymentPage
{
    Q_OBJECT

public:
    /// Without `pins` nothing can be pinned.
    MetricsPage(Logbook &logbook, const Theme &theme, Pins *pins, QWidget *parent);

private:
    void showView(const DeploymentView &view) override;
    void showSeries(TimeRange range) override;

    void setUpTable();
    /// How the series of that key went over the range.
    [[nodiscard]] Columns courseOf(const QString &key, int pixels) const;
    void choose(const QString &key);
    void togglePin();
    void tellPin();

    Pins *m_pins;
    SeriesChart *m_chart;
    QToolButton *m_pin;
    SeriesModel *m_series; ///< of the table
    FactTable *m_table;
    Label *m_noBusiness; ///< shown where the deployment counts no business of its own
    QString m_chosen;
    std::optional<Instant> m_listedAt;
};

} // namespace qd
