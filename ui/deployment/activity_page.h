/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/absence.h"
#include "deployment/activity_model.h"
#include "deployment/pages.h"

class QComboBox;

namespace qd {

class Acting;
class ActionCard;
class FactTable;

/// What changed in the range, newest first, by day: transitions, failovers, deploys, keys and flags, sources lost and
/// back, backups; and the deploys that the platform tells of, whenever they were.
class ActivityPage final : public DeploymentPage
{
    Q_OBJECT

public:
    ActivityPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent);

private:
    [[nodiscard]] bool namesFailures() const override { return true; } // they are among what changed
    void showView(const DeploymentView &view) override;
    void showSeries(TimeRange range) override;

    void setUpTable();
    void setUpDeploys();
    void setUpKinds();
    void showEvents();
    void tellKinds(const QList<Event> &news, qsizetype actions);
    [[nodiscard]] Absence absence(const DeploymentView &view, qsizetype all) const;
    [[nodiscard]] QString counted(int shown) const;
    [[nodiscard]] ActivityKind kind() const;

    const Acting *m_acting;
    ActionCard *m_actions;
    ActivityModel *m_model;
    QComboBox *m_kinds;
    FactTable *m_table;
    FactTable *m_deploys; ///< hidden where none is told
};

} // namespace qd
