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

namespace qd {

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
            return new BackupsPage(logbook, theme, acting, parent);
        case PageId::Keys:
            return new KeysPage(logbook, theme, acting, parent);
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
