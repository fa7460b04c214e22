/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/topology.h"

#include <QWidget>

namespace qd {

class GlyphLabel;
class TopologyBox;

/// The topology, drawn: what stands before the stores, the stores, their replicas, and the lines between them. Lanes
/// stand side by side where there is room, else under each other, and where a lane's nodes do not fit beside each other
/// they make a tree.
class TopologyView : public QWidget
{
    Q_OBJECT

public:
    explicit TopologyView(DeploymentPage &page, QWidget *parent = nullptr);

    void setLanes(const QList<TopologyLane> &lanes);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    bool event(QEvent *event) override;

private:
    struct Lane
    {
        Label *title;
        GlyphLabel *noteGlyph;
        Label *note;
        QList<TopologyBox *> boxes;
    };
    struct Placed
    {
        QWidget *widget;
        QRect rect;
    };
    /// Where everything goes in `width`, and how high it is.
    struct Plan
    {
        QList<Placed> places;
        int height = 0;
        bool isTree = false;
    };
    [[nodiscard]] Plan planFor(int width) const;
    void planLane(Plan &plan, const Lane &lane, QRect room, const QList<TopologyNode::Stage> &stages) const;
    void planTree(Plan &plan, const Lane &lane, QRect room) const;
    [[nodiscard]] QList<TopologyNode::Stage> stagesOf(const QList<Lane> &lanes) const;
    [[nodiscard]] int leastLaneWidth(qsizetype stages) const;
    [[nodiscard]] int planHead(Plan &plan, const Lane &lane, QRect room) const;
    void rebuild(const QList<TopologyLane> &lanes);
    void arrange();
    void moveFrom(const TopologyBox *from, int key);
    [[nodiscard]] const TopologyBox *boxOf(const QString &key) const;
    void paintLink(QPainter &painter, const TopologyBox &from, const TopologyBox &to) const;

    DeploymentPage &m_page;
    QList<Lane> m_lanes;
    QList<QStringList> m_build;
    bool m_isTree = false;
    int m_planned = 0; ///< height that the boxes take as they lie
};

} // namespace qd
