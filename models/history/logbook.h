/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/clock.h"
#include "history/series_store.h"
#include "watch/onsets.h"

#include <QHash>
#include <QObject>
#include <QSet>
#include <QTimer>

namespace qd {

/// All that is known of one deployment: folded state, series and the present view. Fed with readings, live or
/// replayed; it cannot tell which. GUI (or main) thread.
class Logbook : public QObject
{
    Q_OBJECT

public:
    Logbook(Profile profile, const Clock &clock, QObject *parent = nullptr);

    [[nodiscard]] const Profile &profile() const { return m_profile; }
    [[nodiscard]] const DeploymentState &state() const { return m_state; }
    [[nodiscard]] const DeploymentView &view() const { return m_view; }
    /// The sources' answers that view() was made of: state() may hold newer ones already. Nothing else of the state.
    [[nodiscard]] const DeploymentState &answers() const { return m_answers; }
    [[nodiscard]] const SeriesStore &series() const { return m_series; }
    [[nodiscard]] const Clock &clock() const { return m_clock; }

    /// The series of the deployment's own status (Status as a number), for strips.
    static const QString statusSeries;
    /// The series of the fullest counter of a tier: used / limit, 0 where nobody calls.
    [[nodiscard]] static QString fillSeries(const QString &tier);

public Q_SLOTS:
    void take(const qd::Reading &reading);
    /// Sees what the passing of time alone has changed (freshness, countdowns). Called by a timer once a second.
    void tick();

Q_SIGNALS:
    /// The view changed in anything but its time. Emitted at most once for readings that came together.
    void changed();

private:
    void recompute();
    /// Adds what the judgement saw to what the fold saw; the fold knows no profile.
    void addEvents(DeploymentView &view, const QList<Event> &seen);
    [[nodiscard]] bool isToldByAnother(const QString &series, const QString &source) const;
    void appendFill(const TierView &tier, const QList<LimitView> &limits, Instant now);
    Profile m_profile;
    const Clock &m_clock;
    DeploymentState m_state;
    DeploymentView m_view;
    DeploymentState m_answers;
    Onsets m_onsets;
    QList<Event> m_events; ///< of m_onsets, oldest first
    SeriesStore m_series;
    QHash<QString, QSet<QString>> m_spoken; ///< the series in each source's latest reading
    QTimer m_coalesce;
    int m_ticks = 0;
};

} // namespace qd
