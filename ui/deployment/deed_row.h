/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/theme.h"

#include <QWidget>

class QPushButton;

namespace qd {

class Acting;
class DeploymentPage;
class Label;

/// Buttons for what can be done to whatever is chosen on a page, and below them why it cannot be done, where it
/// cannot. It stands below its table.
class DeedRow : public QWidget
{
    Q_OBJECT

public:
    /// A button for each of `names`, which it is called; the words below are called `name`-hint.
    DeedRow(const DeploymentPage &page, const QString &name, const QStringList &names, QWidget *parent = nullptr,
            int perLine = 3);

    /// What each button does ("Unblock 10.1.2.3"). `why`: nothing of it can be done; empty: it can.
    void show(const QStringList &deeds, const QString &why);
    /// `whys`: why each cannot be done; empty: it can. What keeps only some from being done is said as well.
    void show(const QStringList &deeds, const QStringList &whys);
    /// Where there is no way at all, the words stand alone.
    void setOffered(bool offered);
    [[nodiscard]] QPushButton *button(int index) const { return m_buttons.at(index); }

Q_SIGNALS:
    void pressed(int button);

private:
    const DeploymentPage &m_page;
    QList<QPushButton *> m_buttons;
    Label *m_hint;
};

/// Gives `button` that text ("Unblock 10.1.2.3 in quoted…"), cut to what a button holds; where it has no room for the
/// place, its accessible name tells it. Whoever cannot press it is told why.
void showDeed(QPushButton &button, const DeploymentPage &page, const QString &deed, const QString &why,
              bool hasRoom = true);

/// Nothing can be done from this console at all; the window says so once, and pages offer nothing.
[[nodiscard]] bool onlyWatches(const Acting *acting);

/// Why no action of `kind`, which acts in Redis, can be begun from here at all; empty: it can.
[[nodiscard]] QString whyNot(QStringView kind, const DeploymentPage &page, const Acting *acting);

} // namespace qd
