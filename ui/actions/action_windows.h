/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/acting.h"
#include "theme/theme.h"

#include <QHash>
#include <QPointer>
#include <QTimer>

namespace qd {

class ActionBar;
class ActionDialog;

/// What of acting is seen in one window: a dialog for each action that somebody looks at, and the bar for all of them.
class ActionWindows : public QObject
{
    Q_OBJECT

public:
    /// All must outlive it.
    ActionWindows(Acting &acting, const Theme &theme, ActionBar &bar, QWidget &window);

    /// Plans and opens the dialog.
    void plan(const Profile &profile, const QString &settings, const Wish &wish);
    /// Opens a plan of the journal; `way`: what its button offers, Run for none.
    void takeUp(const Profile &profile, const ActionRecord &record, ActionRun::Way way);
    /// Opens a plan that asks for a second person.
    void review(const Profile &profile, const AskedPlan &asked);
    /// True where nothing is carried out and no key waits to be handed over. Else asks, and closeAgain() follows if the
    /// window is to close all the same.
    [[nodiscard]] bool mayClose();

Q_SIGNALS:
    void closeAgain();
    /// Somebody wants to see what stands in the journal of this deployment; empty: of none that is named.
    void journalRequested(const QString &deployment);

private:
    void open(qint64 id, ActionRun::Way way = ActionRun::Way::Run);
    void onChange(qint64 id);
    void showBar();
    void choose(const QString &key);
    void dismiss(const QString &key);
    void closed(qint64 id);

    Acting &m_acting;
    const Theme &m_theme;
    ActionBar &m_bar;
    QWidget &m_window;
    QHash<qint64, QPointer<ActionDialog>> m_dialogs;
    QTimer m_keeping;        ///< while a key that the bar tells of may go unseen
    QStringList m_dismissed; ///< keys of rows that nobody wants to see any more
    bool m_closesAfter = false;
    bool m_closesNow = false;
};

} // namespace qd
