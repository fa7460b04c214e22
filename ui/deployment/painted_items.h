/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <QWidget>

namespace qd {

class DeploymentPage;
class Theme;

/// Items of a page that are painted in one widget. It is one stop of the Tab key: arrow keys, Home, End and the mouse
/// choose the current item; W or the context menu asks *Why?* of it, Ctrl+C copies its sentence, which is the tooltip
/// and what is read aloud, too.
class PaintedItems : public QWidget
{
    Q_OBJECT

public:
    PaintedItems(DeploymentPage &page, const QString &name, QWidget *parent);

Q_SIGNALS:
    /// Another item became the current one, by mouse or keyboard.
    void chosen();

protected:
    [[nodiscard]] virtual int count() const = 0;
    [[nodiscard]] virtual int indexAt(QPoint at) const = 0;
    [[nodiscard]] virtual QString sentenceAt(int index) const = 0;
    /// Without evidence there is nothing to ask.
    [[nodiscard]] virtual Because becauseAt(int index) const = 0;
    /// What all of them are: "Backups by day".
    [[nodiscard]] virtual QString title() const = 0;
    /// The item until one is chosen; -1 without items.
    [[nodiscard]] virtual int preferred() const { return count() == 0 ? -1 : 0; }
    /// How many items lie beside each other: what up and down pass over.
    [[nodiscard]] virtual int columns() const { return 1; }

    [[nodiscard]] int current() const { return m_chosen >= 0 ? m_chosen : preferred(); }
    [[nodiscard]] bool isChosen() const { return m_chosen >= 0; }
    [[nodiscard]] bool isFramed() const;
    /// After the items changed.
    void renew(bool isAnotherCount);
    [[nodiscard]] DeploymentPage &page() const { return m_page; }
    [[nodiscard]] const Theme &theme() const;

    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    bool event(QEvent *event) override;

private:
    void choose(int index);
    void tell();
    void ask();
    void copy() const;
    DeploymentPage &m_page;
    int m_chosen = -1;
    bool m_byKeyboard = false;
};

} // namespace qd
