/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/pages.h"

class QPushButton;

namespace qd {

class Acting;
class FactTable;
class Label;

/// Flags: as set and as the running service goes by, who set them and when, and the platform's variables.
class FlagsPage final : public DeploymentPage
{
    Q_OBJECT

public:
    FlagsPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent);

    void showView(const DeploymentView &view) override;

private:
    void showSeries(TimeRange range) override;

    void buildAction();
    /// The button says what it does to the chosen flag, or why it cannot.
    void showAction();
    [[nodiscard]] const Told<FeatureFlag> *chosenFlag() const;
    void act();

    const Acting *m_acting;
    QString m_chosen; ///< the row's key
    QWidget *m_action;
    QPushButton *m_set;
    Label *m_hint;
    FactTable *m_flags;
    FactTable *m_variables;
};

} // namespace qd
