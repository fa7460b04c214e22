/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "deployment/page_notice.h"
#include "history/logbook.h"

#include <QStringList>
#include <QWidget>

class QVBoxLayout;

namespace qd {

class Theme;
struct Wish;

/// One page about one deployment. It reads the logbook's view and series and nothing else, so it cannot tell live from
/// replayed. The shell calls `refresh()` on the visible page when the logbook changed, once a second at most, and
/// `setRange()` when the time moves on; a hidden page need not be refreshed.
class DeploymentPage : public QWidget
{
    Q_OBJECT

public:
    /// `kinds` are the kinds of fact (Fact::kind) that the page shows: a notice on top names the sources that cannot
    /// tell them. `logbook` and `theme` must outlive the page.
    DeploymentPage(Logbook &logbook, const Theme &theme, QStringList kinds, QWidget *parent);

    /// Shows the logbook's present view. Repaints only what differs; charts are read again once a second at most.
    void refresh();
    /// The range of time that charts, strips and lists of events cover.
    void setRange(TimeRange range);

    [[nodiscard]] const Logbook &logbook() const { return m_logbook; }
    [[nodiscard]] const Theme &theme() const { return m_theme; }
    [[nodiscard]] TimeRange range() const { return m_range; }
    /// What the sources cannot tell of what the page shows.
    [[nodiscard]] const QList<Notice> &notices() const { return m_notices; }
    /// The profile says that this deployment does not have that at all ("breakers", "cache", "limits", "replicas").
    [[nodiscard]] bool hasNot(QStringView what) const;
    /// The moment that is shown.
    [[nodiscard]] Instant now() const { return m_logbook.view().at; }

Q_SIGNALS:
    /// A person wants this done by the profile's action `settings`.
    void actionRequested(const QString &settings, const qd::Wish &wish);
    /// A person wants a plan of the journal looked at, gone on with or taken back ("verify", "resume", "undo").
    void recordRequested(const QByteArray &planId, const QString &deed);
    /// A person wants to look at what the profile lists under `verify`.
    void verifyRequested();
    /// A person asks *Why?* of a value; `label` names it with its value ("openai, failures: 3 of 5").
    void whyRequested(const qd::Because &because, const QString &label);

protected:
    /// Where a page puts its content; it scrolls where it does not fit.
    [[nodiscard]] QVBoxLayout *content() const { return m_content; }

private:
    /// Whether the page itself names the sources that fail, so that a notice would say it twice.
    [[nodiscard]] virtual bool namesFailures() const { return false; }
    virtual void showView(const DeploymentView &view) = 0;
    virtual void showSeries(TimeRange range) = 0;

    Logbook &m_logbook;
    const Theme &m_theme;
    QStringList m_kinds;
    TimeRange m_range;
    std::optional<Instant> m_seriesShownAt;
    QVBoxLayout *m_content;
    PageNotice *m_notice;
    QList<Notice> m_notices;
};

} // namespace qd
