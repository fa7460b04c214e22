/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/pages.h"

class QCheckBox;
class QLineEdit;
class QPushButton;
class QSpinBox;

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
    /// The buttons say what they do to the chosen flag, or why they cannot.
    void showAction();
    /// What stands in them is the flag's, until somebody types.
    void fillFields(const FeatureFlag &flag);
    [[nodiscard]] const Told<FeatureFlag> *chosenFlag() const;
    /// Why nothing of it can be set; empty: it can.
    [[nodiscard]] QString whyNot(const Told<FeatureFlag> *told) const;
    /// It was set from here, nothing was deployed since, and its platform does not tell whether it is live.
    [[nodiscard]] bool waitsSinceSetHere(const FeatureFlag &flag) const;
    /// What the fields are set to.
    [[nodiscard]] Wish wishFor(const FeatureFlag &flag) const;
    void act(const Wish &wish);

    const Acting *m_acting;
    QString m_chosen; ///< the row's key
    QString m_filled; ///< what of it stands in the fields
    FactTable *m_flags;
    QWidget *m_action;
    QLineEdit *m_value; ///< of a number or a text
    Label *m_unit;
    QPushButton *m_set;
    QCheckBox *m_redeploy;
    QSpinBox *m_percent;
    QPushButton *m_setPercent;
    Label *m_hint;
    FactTable *m_variables;
};

} // namespace qd
