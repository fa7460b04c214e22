/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"
#include "theme/theme.h"

#include <QWidget>

class QComboBox;
class QGridLayout;
class QLineEdit;

namespace qd {

class Label;

/// What the risk of an action asks for before it is done: the deployment's name, a reason, a second person.
class Confirmation : public QWidget
{
    Q_OBJECT

public:
    explicit Confirmation(const Theme &theme, QWidget *parent = nullptr);

    /// `way`: what is to be confirmed; `isAsked`: whether it is to be just now.
    void setRun(const ActionRun &run, ActionRun::Way way, bool isAsked);
    /// What a person has said so far.
    [[nodiscard]] Confirmed said() const;
    [[nodiscard]] QString reason() const;
    /// As the plan has it.
    void take(const Plan &plan);
    /// Whether what stands here confirms `run`.
    [[nodiscard]] bool confirms(const ActionRun &run, ActionRun::Way way) const;
    void clearName();
    void clearReason();
    /// Lays the secret that was typed on the shelf, and forgets it here.
    void giveSecret(const ActionRun &run);
    [[nodiscard]] bool hasName() const; ///< the focus is where the name is typed
    /// Where the reason is typed, else the name. False: that is not asked for.
    bool focus(bool onReason);

Q_SIGNALS:
    void typed();

private:
    void addCommand(QGridLayout &grid, int row);
    void setUpChoices();
    void showChoices(const ActionRun &run, ActionRun::Way way);
    void showApproval(const ActionRun &run, bool isHigh);

    Label *m_title;
    Label *m_reasonLabel;
    QLineEdit *m_reason;
    Label *m_revertLabel;
    QComboBox *m_revert; ///< seconds until it is taken back by itself; 0: never
    Label *m_revertNote; ///< what that means
    Target m_target;     ///< where it is taken back
    Label *m_validityLabel;
    QComboBox *m_validity; ///< minutes
    Label *m_nameLabel;
    QLineEdit *m_name;
    Label *m_secretLabel;
    QLineEdit *m_secret; ///< that the plan asks for; not shown
    Label *m_approvalLabel;
    Label *m_approval;
    QWidget *m_command; ///< what the second person runs
    Label *m_commandText;
};

/// Whether `way` takes what is of high risk.
[[nodiscard]] bool isHigh(const ActionRun &run, ActionRun::Way way);

} // namespace qd
