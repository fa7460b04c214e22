/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/pages.h"

#include "deployment/activity_page.h"
#include "deployment/backups_page.h"
#include "deployment/breakers_page.h"
#include "deployment/cache_page.h"
#include "deployment/data_page.h"
#include "deployment/flags_page.h"
#include "deployment/keys_page.h"
#include "deployment/limits_page.h"
#include "deployment/metrics_page.h"
#include "deployment/overview_page.h"
#include "deployment/page_notice.h"
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

DeploymentPage *makePage(PageId id, Logbook &logbook, const Theme &theme, QWidget *parent, Pins *pins, Acting *acting)
{
    const auto make = [&]() -> DeploymentPage * {
        switch (id) {
        case PageId::Overview:
            return new OverviewPage(logbook, theme, pins, parent);
        case PageId::Breakers:
            return new BreakersPage(logbook, theme, acting, parent);
        case PageId::Cache:
            return new CachePage(logbook, theme, acting, parent);
        case PageId::Limits:
            return new LimitsPage(logbook, theme, acting, parent);
        case PageId::Data:
            return new DataPage(logbook, theme, parent);
        case PageId::Backups:
            return new BackupsPage(logbook, theme, parent);
        case PageId::Keys:
            return new KeysPage(logbook, theme, parent);
        case PageId::Flags:
            return new FlagsPage(logbook, theme, acting, parent);
        case PageId::Metrics:
            return new MetricsPage(logbook, theme, pins, parent);
        case PageId::Activity:
            return new ActivityPage(logbook, theme, acting, parent);
        }
        Q_UNREACHABLE();
    };
    DeploymentPage *page = make();
    page->refresh();
    return page;
}

} // namespace qd
