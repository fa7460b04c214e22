/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/records.h"
#include "deployment/deployment_page.h"
#include "tables/custody_models.h"

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
    /// What was done from here, and has the flag as it stands; null: nothing was.
    [[nodiscard]] const ActionRecord *setHere(const FeatureFlag &flag) const;
    /// How a variable stands that was set from here, where its platform does not tell; and since when, if it is live.
    struct Standing
    {
        FlagStanding standing = FlagStanding::Unknown;
        std::optional<Instant> since{};
    };
    [[nodiscard]] Standing standingSinceSetHere(const FeatureFlag &flag) const;
    [[nodiscard]] bool waitsSinceSetHere(const FeatureFlag &flag) const;
    /// What the journal adds to how flags stand.
    [[nodiscard]] QHash<QString, FlagModel::Said> said() const;
    /// The variables' columns; that of their state where it is known of any.
    void setUpVariables(bool hasStates);
    /// What the fields are set to.
    [[nodiscard]] Wish wishFor(const FeatureFlag &flag) const;
    void act(const Wish &wish);

    const Acting *m_acting;
    FlagModel *m_model;
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
    bool m_hasStates = false;
};

} // namespace qd
