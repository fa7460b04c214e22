/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"
#include "theme/theme.h"

#include <QWidget>

namespace qd {

class Card;
class EnvironmentBadge;
class Label;

/// The top of an action's dialog: what is done where, of what risk, and how it stands.
class ActionHead : public QWidget
{
    Q_OBJECT

public:
    explicit ActionHead(const Theme &theme, QWidget *parent = nullptr);

    /// `deed`: what the dialog is about.
    void setRun(const ActionRun &run, const QString &deed);
    /// Of the plan as it is confirmed: what is typed is part of it.
    void setId(const QString &id);
    /// As a person would copy it.
    [[nodiscard]] QStringList text() const;

private:
    void showPlace(const ActionRun &run);
    void showReason(const ActionRun &run);
    void say(Status status, const QString &title, const QString &text);
    void sayWorking(const QString &title, const QString &text);
    void showState(const ActionRun &run);
    void showReady(const ActionRun &run);
    void showEarlier(const ActionRun &run);
    void showReview(const ActionRun &run);
    void showEnding(const ActionRun &run);

    Label *m_title;
    Label *m_risk;
    EnvironmentBadge *m_badge;
    Label *m_place;
    Label *m_id;
    Card *m_state;
    Label *m_stateText;
};

} // namespace qd
