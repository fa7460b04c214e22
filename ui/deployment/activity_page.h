/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/absence.h"
#include "deployment/activity_model.h"
#include "deployment/deployment_page.h"

class QComboBox;
class QTimer;

namespace qd {

class Acting;
class ActionCard;
class DeedRow;
class FactTable;

/// What changed in the range, newest first, by day: transitions, failovers, deploys, keys and flags, sources lost and
/// back, backups, actions; and the deploys that the platform tells of, whenever they were. While it is shown it reads
/// the journal, where another console may have written, and what waits for a second person.
class ActivityPage final : public DeploymentPage
{
    Q_OBJECT

public:
    ActivityPage(Logbook &logbook, const Theme &theme, Acting *acting, QWidget *parent);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    [[nodiscard]] bool namesFailures() const override { return true; } // they are among what changed
    void showView(const DeploymentView &view) override;
    void showSeries(TimeRange range) override;

    void setUpTable();
    void setUpDeploys();
    void setUpService();
    void setUpKinds();
    void showEvents();
    void tellKinds(const QList<Event> &news, qsizetype actions);
    [[nodiscard]] Absence absence(const DeploymentView &view, qsizetype all) const;
    [[nodiscard]] QString counted(int shown) const;
    [[nodiscard]] ActivityKind kind() const;

    void readAgain();
    void showUndo();
    void showService();
    void actOnService(int button);
    /// Why the chosen deploy is none to go back to; empty: it may be one.
    [[nodiscard]] QString whyNotBackTo() const;
    [[nodiscard]] const Told<Deploy> *chosenDeploy() const;
    /// Why the chosen action cannot be taken back from here; empty: it can.
    [[nodiscard]] QString whyNotChosen(const ActionRecord *record) const;
    [[nodiscard]] const ActionRecord *chosenRecord() const;

    Acting *m_acting;
    QTimer *m_reading;
    ActionCard *m_actions;
    ActivityModel *m_model;
    QComboBox *m_kinds;
    FactTable *m_table;
    DeedRow *m_undo;      ///< hidden where nothing was done from here
    QString m_chosen;     ///< the row's key
    FactTable *m_deploys; ///< hidden where none is told
    QString m_deploy;     ///< the row's key
    DeedRow *m_service;   ///< hidden where the profile names no action on its platform, and none tells of deploys
};

} // namespace qd
