/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/deployment_page.h"

#include "theme/theme.h"

#include <QScrollArea>
#include <QVBoxLayout>

using namespace std::chrono_literals;

namespace qd {
namespace {
/// A column that asks for the least height that it can lay its items out in. A plain one asks for the height that they
/// would like as soon as one of them wraps its text, and the page scrolled although everything would fit.
class LeastColumn : public QVBoxLayout
{
public:
    using QVBoxLayout::QVBoxLayout;
    [[nodiscard]] int heightForWidth(int width) const override
    {
        const QMargins margins = contentsMargins();
        const int inside = width - margins.left() - margins.right();
        int height = margins.top() + margins.bottom() - spacing();
        for (int i = 0; i < count(); ++i) {
            QLayoutItem *item = itemAt(i);
            if (!item->isEmpty())
                height += spacing() +
                          (item->hasHeightForWidth() ? item->heightForWidth(inside) : item->minimumSize().height());
        }
        return height;
    }
};
} // namespace

DeploymentPage::DeploymentPage(Logbook &logbook, const Theme &theme, QStringList kinds, QWidget *parent)
    : QWidget(parent)
    , m_logbook(logbook)
    , m_theme(theme)
    , m_kinds(std::move(kinds))
    , m_range{logbook.view().at - 1h, logbook.view().at}
{
    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus); // its content has the focus; the keyboard scrolls to it
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(scroll);

    auto *inside = new QWidget;
    m_content = new LeastColumn(inside);
    m_content->setContentsMargins(16, 16, 16, 16);
    m_content->setSpacing(12);
    m_notice = new PageNotice(*this, inside);
    m_content->addWidget(m_notice);
    scroll->setWidget(inside);
}

bool DeploymentPage::hasNot(QStringView what) const
{
    return m_logbook.profile().unavailable.contains(what);
}

void DeploymentPage::refresh()
{
    const DeploymentView &view = m_logbook.view();
    m_notices = noticesOf(view, m_kinds);
    m_notice->setNotices(namesFailures() ? QList<Notice>() : m_notices);
    showView(view);
    if (!m_seriesShownAt || view.at - *m_seriesShownAt >= 1s || view.at < *m_seriesShownAt) {
        m_seriesShownAt = view.at;
        showSeries(m_range);
    }
}

void DeploymentPage::setRange(TimeRange range)
{
    if (range == m_range)
        return;
    m_range = range;
    m_seriesShownAt = m_logbook.view().at;
    showSeries(m_range);
}

} // namespace qd
