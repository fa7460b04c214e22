/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "shell/rail.h"

#include <QDialog>

class QLineEdit;
class QListWidget;

namespace qd {

/// Finds a deployment or page by typing a part of its name.
class GoToDialog : public QDialog
{
    Q_OBJECT

public:
    struct Target
    {
        QString text; ///< "quoted · Breakers"
        Place place;
    };

    GoToDialog(QList<Target> targets, const Theme &theme, QWidget *parent = nullptr);

    /// The targets in which every typed word occurs, in their order. Pure.
    [[nodiscard]] static QList<Target> matching(const QList<Target> &targets, const QString &typed);

Q_SIGNALS:
    void chosen(const qd::Place &place);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void showMatches();
    void choose();
    QList<Target> m_targets;
    QList<Target> m_matches;
    QLineEdit *m_edit;
    QListWidget *m_list;
    int m_rowHeight; ///< px
};

} // namespace qd
