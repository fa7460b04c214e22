/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/chart_panel.h"
#include "deployment/deployment_page.h"
#include "watch/custody.h"

class QBoxLayout;

namespace qd {

class Acting;
class BackupCalendar;
class CardGrid;
class DeedRow;
class EmptyState;
class FactTable;
class ValueLabel;

/// Backups: how old the newest good one is, the last days against the policy, how their size goes, where each lies.
class BackupsPage final : public DeploymentPage
{
    Q_OBJECT

public:
    BackupsPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent);

    void showView(const DeploymentView &view) override;

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void showSeries(TimeRange range) override;

    [[nodiscard]] Card *makeAgeCard();
    [[nodiscard]] Card *makeKeptCard();
    [[nodiscard]] Card *makeSizeCard();
    [[nodiscard]] Card *makePlaceCard();
    [[nodiscard]] Card *makeCalendarCard();
    void setUpTable();
    void setUpChart();
    void showFigures(const DeploymentView &view, const BackupFigures &figures);
    void showDay();
    [[nodiscard]] BackupPolicy policy() const;
    /// Why the chosen backup cannot be restored; empty: it can.
    [[nodiscard]] QString whyNot(const Backup &backup) const;
    [[nodiscard]] const Backup *chosen() const;
    void showDeeds();
    void act();

    const Acting *m_acting;
    DeedRow *m_deeds;
    QString m_chosen; ///< the row's key; empty: the newest good one

    CardGrid *m_grid;
    Card *m_ageCard = nullptr;
    ValueLabel *m_age = nullptr;
    ValueLabel *m_taken = nullptr;
    ValueLabel *m_file = nullptr;
    ValueLabel *m_kept = nullptr;
    ValueLabel *m_oldest = nullptr;
    ValueLabel *m_troubled = nullptr;
    ValueLabel *m_size = nullptr;
    ValueLabel *m_growth = nullptr;
    ValueLabel *m_total = nullptr;
    ValueLabel *m_location = nullptr;
    ValueLabel *m_format = nullptr;
    Card *m_calendarCard = nullptr;
    BackupCalendar *m_calendar = nullptr;
    ValueLabel *m_day = nullptr;
    QWidget *m_lower;
    QBoxLayout *m_lowerRow;
    FactTable *m_table;
    ChartPanel *m_sizes;
    EmptyState *m_empty;
    QList<Told<Backup>> m_good; ///< oldest first, of the chart
};

/// The size of the newest good backup over `range`, from `good` (oldest first): it holds until the next one. Pure.
[[nodiscard]] Columns backupSizes(const QList<Told<Backup>> &good, TimeRange range, int pixels);

} // namespace qd
