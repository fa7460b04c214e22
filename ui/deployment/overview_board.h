/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QWidget>

namespace qd {

class Theme;

/// How the overview's cards lie. Where there is room: the health tree beside the four charts, and a row of three cards
/// below; all edges align, and height is shared out in proportion. Narrower, or with larger text: under each other.
class OverviewBoard : public QWidget
{
    Q_OBJECT

public:
    struct Cards
    {
        QWidget *tree;
        QList<QWidget *> charts; ///< four
        QList<QWidget *> lower;  ///< three, of which the first is as wide as the tree
    };
    OverviewBoard(const Theme &theme, QWidget *parent = nullptr);

    void setCards(const Cards &cards);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] bool isWide() const;
    [[nodiscard]] int treeWidth() const;
    [[nodiscard]] int chartHeight() const;
    [[nodiscard]] int upperHeight() const;
    [[nodiscard]] int lowerHeight() const;
    void arrange();
    void arrangeWide();
    void arrangeNarrow();
    const Theme &m_theme;
    Cards m_cards{};
};

} // namespace qd
