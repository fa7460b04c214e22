/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"
#include "theme/theme.h"

#include <QWidget>

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
    [[nodiscard]] QString reason() const;
    void setReason(const QString &reason);
    /// Whether what stands here confirms `run`.
    [[nodiscard]] bool confirms(const ActionRun &run, ActionRun::Way way) const;
    void clearName();
    [[nodiscard]] bool hasName() const; ///< the focus is where the name is typed
    [[nodiscard]] bool asksForName() const;
    void focusName();
    void focusReason();

Q_SIGNALS:
    void typed();

private:
    void addCommand(QGridLayout &grid, int row);
    void showApproval(const ActionRun &run, bool isHigh);

    Label *m_title;
    Label *m_reasonLabel;
    QLineEdit *m_reason;
    Label *m_nameLabel;
    QLineEdit *m_name;
    Label *m_approvalLabel;
    Label *m_approval;
    QWidget *m_command; ///< what the second person runs
    Label *m_commandText;
};

/// Whether `way` takes what is of high risk.
[[nodiscard]] bool isHigh(const ActionRun &run, ActionRun::Way way);

} // namespace qd
