/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/topology.h"

#include <QFrame>

class QGridLayout;

namespace qd {

class MeterBar;

/// A node of the topology: its name, what it is, and its figures, each of which answers *Why?*. Takes the focus;
/// Ctrl+C copies all that it says, the arrow keys go to its neighbours.
class TopologyBox : public QFrame
{
    Q_OBJECT

public:
    TopologyBox(DeploymentPage &page, const TopologyNode &node, QWidget *parent);

    /// A node of the same build().
    void showNode(const TopologyNode &node);
    [[nodiscard]] const TopologyNode &node() const { return m_node; }
    /// What must be equal in two nodes for one box to show both.
    [[nodiscard]] static QStringList build(const TopologyNode &node);
    /// "primary, app: Healthy. Connections 18 of 100. …"
    [[nodiscard]] QString inWords() const;
    [[nodiscard]] int heightFor(int width) const;

Q_SIGNALS:
    /// Qt::Key_Left, …: to the neighbour there.
    void moveRequested(int key);

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    void addFigure(QGridLayout &grid, const TopologyFigure &figure);
    DeploymentPage &m_page;
    TopologyNode m_node;
    GlyphLabel *m_glyph;
    Label *m_title;
    Label *m_role;
    Label *m_note;
    QList<ValueLabel *> m_values;
    QList<MeterBar *> m_meters;
    bool m_byKeyboard = false;
};

} // namespace qd
