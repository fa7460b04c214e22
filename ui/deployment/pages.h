/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/logbook.h"

#include <QWidget>

namespace qd {

class Theme;

enum class PageId { Overview, Breakers, Cache, Limits };

/// One page about one deployment. It reads the logbook's view and series and nothing else, so it cannot tell live from
/// replayed. The shell calls `refresh()` on the visible page when the logbook changed, once a second at most, and
/// `setRange()` when the time moves on; a hidden page need not be refreshed.
class DeploymentPage : public QWidget
{
    Q_OBJECT

public:
    /// `logbook` and `theme` must outlive the page.
    DeploymentPage(Logbook &logbook, const Theme &theme, QWidget *parent);

    /// Shows the logbook's present view. Repaints only what differs.
    virtual void refresh() = 0;
    /// The range of time that charts, strips and lists of events cover.
    virtual void setRange(TimeRange range) = 0;

Q_SIGNALS:
    /// A person asks *Why?* of a value; `label` names it ("openai, failures").
    void whyRequested(const qd::Because &because, const QString &label);

protected:
    [[nodiscard]] const Logbook &logbook() const { return m_logbook; }
    [[nodiscard]] const Theme &theme() const { return m_theme; }

private:
    Logbook &m_logbook;
    const Theme &m_theme;
};

/// A page, owned by `parent`; it has already read the view. Range: the last hour until `setRange` is called.
[[nodiscard]] DeploymentPage *makePage(PageId id, Logbook &logbook, const Theme &theme, QWidget *parent);

} // namespace qd
