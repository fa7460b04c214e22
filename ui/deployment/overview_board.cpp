/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/overview_board.h"

#include "theme/theme.h"

#include <QEvent>

#include <algorithm>

namespace qd {
namespace {
constexpr int gap = 12;
/// Below this width, at 100 % text, three columns are too narrow to read.
constexpr int leastWide = 900;
constexpr double treeShare = 0.43;
/// The upper row's part of the height; it holds two charts above each other.
constexpr double upperShare = 0.69;
/// What the lists of the lower row use at 100 % text; the charts have more use for the rest.
constexpr int mostLower = 232;

int leastHeight(const QWidget &card, int width)
{
    const int hint = card.minimumSizeHint().height();
    return card.hasHeightForWidth() ? std::max(hint, card.heightForWidth(width)) : hint;
}
} // namespace

OverviewBoard::OverviewBoard(const Theme &theme, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void OverviewBoard::setCards(const Cards &cards)
{
    m_cards = cards;
    for (QWidget *card : QList<QWidget *>{cards.tree} + cards.charts + cards.lower) {
        card->setParent(this);
        card->show();
    }
    arrange();
}

bool OverviewBoard::isWide() const
{
    return width() >= m_theme.px(leastWide);
}

int OverviewBoard::treeWidth() const
{
    return static_cast<int>((width() - 2 * gap) * treeShare);
}

int OverviewBoard::chartHeight() const
{
    int most = 0;
    for (const QWidget *chart : m_cards.charts)
        most = std::max(most, chart->minimumSizeHint().height());
    return most;
}

int OverviewBoard::upperHeight() const
{
    return std::max(leastHeight(*m_cards.tree, treeWidth()), 2 * chartHeight() + gap);
}

int OverviewBoard::lowerHeight() const
{
    const int chartWidth = (width() - 2 * gap - treeWidth()) / 2;
    int most = 0;
    for (qsizetype i = 0; i < m_cards.lower.size(); ++i)
        most = std::max(most, leastHeight(*m_cards.lower[i], i == 0 ? treeWidth() : chartWidth));
    return most;
}

QSize OverviewBoard::sizeHint() const
{
    return minimumSizeHint();
}

QSize OverviewBoard::minimumSizeHint() const
{
    const int leastWidth = m_theme.px(320);
    if (!m_cards.tree)
        return {leastWidth, 0};
    if (isWide())
        return {leastWidth, upperHeight() + gap + lowerHeight()};
    int height = leastHeight(*m_cards.tree, width()) + 2 * (gap + chartHeight());
    for (const QWidget *card : m_cards.lower)
        height += gap + leastHeight(*card, width());
    return {leastWidth, height};
}

void OverviewBoard::arrange()
{
    if (!m_cards.tree)
        return;
    if (isWide())
        arrangeWide();
    else
        arrangeNarrow();
}

void OverviewBoard::arrangeWide()
{
    const int room = height() - gap;
    const int wanted = std::max(static_cast<int>(room * upperShare), room - m_theme.px(mostLower));
    const int upper = std::max(upperHeight(), std::min(wanted, room - lowerHeight()));
    const int lower = std::max(room - upper, lowerHeight());
    const int tree = treeWidth();
    const int chart = (upper - gap) / 2;
    const int second = tree + gap;
    const int chartWidth = (width() - second - gap) / 2;
    const int third = second + chartWidth + gap;
    m_cards.tree->setGeometry(0, 0, tree, upper);
    for (int i = 0; i < m_cards.charts.size(); ++i) {
        const int x = i % 2 == 0 ? second : third;
        const bool isLast = i >= 2;
        const int y = isLast ? chart + gap : 0;
        m_cards.charts[i]->setGeometry(x, y, i % 2 == 0 ? chartWidth : width() - third, isLast ? upper - y : chart);
    }
    const int y = upper + gap;
    m_cards.lower[0]->setGeometry(0, y, tree, lower);
    m_cards.lower[1]->setGeometry(second, y, chartWidth, lower);
    m_cards.lower[2]->setGeometry(third, y, width() - third, lower);
}

void OverviewBoard::arrangeNarrow()
{
    int y = 0;
    const auto place = [&](QWidget &card) {
        const int tall = leastHeight(card, width());
        card.setGeometry(0, y, width(), tall);
        y += tall + gap;
    };
    place(*m_cards.tree);
    const int chart = chartHeight();
    const int half = (width() - gap) / 2;
    for (int i = 0; i < m_cards.charts.size(); ++i)
        m_cards.charts[i]->setGeometry(i % 2 * (half + gap), y + i / 2 * (chart + gap), half, chart);
    y += 2 * (chart + gap);
    for (QWidget *card : m_cards.lower)
        place(*card);
}

void OverviewBoard::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    updateGeometry(); // what it needs depends on its width
    arrange();
}

bool OverviewBoard::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest) {
        updateGeometry();
        arrange();
    }
    return QWidget::event(event);
}

} // namespace qd
