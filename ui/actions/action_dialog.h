/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"
#include "theme/theme.h"

#include <QDialog>

class QBoxLayout;
class QPushButton;
class QScrollArea;
class QTimer;
class QVBoxLayout;

namespace qd {

class ActionHead;
class Confirmation;
class ProductionEdge;
class Section;

/// One action on one page: what will change, what was checked, the steps, what could go wrong and how it is undone, and
/// the confirmation that its risk asks for. It shows what it is given and asks by signals; closing it stops nothing.
class ActionDialog : public QDialog
{
    Q_OBJECT

public:
    explicit ActionDialog(const Theme &theme, QWidget *parent = nullptr);

    void setRun(const ActionRun &run);
    [[nodiscard]] const ActionRun &run() const { return m_run; }
    /// What the button will do once confirmed; of what was begun before, or has ended.
    void offer(ActionRun::Way way);

Q_SIGNALS:
    void confirmed(qd::ActionRun::Way way, const qd::Confirmed &said);
    /// With what is typed, where it is part of what a second person approves; else empty.
    void lookAgainRequested(const qd::Confirmed &said);
    void approvalRequested();
    /// A second person was asked for: now and then, while it is open.
    void approvalAwaited();

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    bool eventFilter(QObject *object, QEvent *event) override;

private:
    void buildFoot(QVBoxLayout *column);
    /// All buttons in one row, where there is room.
    void fitFoot();
    void growToContent();
    [[nodiscard]] QSize largest() const; ///< that its screen holds
    void showPlan(const Plan &plan);
    void showChecks();
    void showSteps();
    void showConfirmation();
    void showButtons();
    void showDeed();
    void showImpact(const Plan &plan);
    void showWrong(Plan plan);
    /// To where something is to be typed, else to Close.
    void moveFocus();
    /// What is shown is an undoing: under way, over, or what the button would do.
    [[nodiscard]] bool isUndo() const;
    [[nodiscard]] bool isToCome() const; ///< what is shown has not happened
    /// "Turn voice_quotes off", "Undo: turn voice_quotes on again"
    [[nodiscard]] QString deed() const;
    [[nodiscard]] QString actText() const;
    /// The plan with the reason as it is typed.
    [[nodiscard]] std::optional<Plan> plan() const;
    [[nodiscard]] bool isHigh() const;
    [[nodiscard]] bool awaitsApproval() const;
    [[nodiscard]] bool isOffered() const;
    [[nodiscard]] bool isConfirmed() const;
    void copy() const;

    const Theme &m_theme;
    QWidget *m_content;
    QScrollArea *m_scroll;
    QBoxLayout *m_foot;
    int m_wantedHeight = 0; ///< as it was last fitted
    ActionRun m_run;
    ActionRun::Way m_way = ActionRun::Way::Run;
    bool m_asked = true; ///< the confirmation is asked for

    ProductionEdge *m_edge;
    ActionHead *m_head;
    Section *m_changes;
    Section *m_impact;
    Section *m_checks;
    Section *m_steps;
    Section *m_wrong;
    Confirmation *m_confirmation;
    QTimer *m_waiting;
    QPushButton *m_again;
    QPushButton *m_ask;
    QPushButton *m_resume;
    QPushButton *m_undo;
    QPushButton *m_keep;
    QPushButton *m_settle;
    QPushButton *m_close;
    QPushButton *m_act;
};

} // namespace qd
