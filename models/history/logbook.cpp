/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "history/logbook.h"

#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
/// A handful of sources answer within a second; nobody sees a fifth of one.
constexpr std::chrono::milliseconds gathers{200};
} // namespace

const QString Logbook::statusSeries = u"deployment//status"_s;

Logbook::Logbook(Profile profile, const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_profile(std::move(profile))
    , m_clock(clock)
{
    m_state.deployment = m_profile.name;
    m_answers.deployment = m_profile.name;
    m_view = qd::view(m_state, m_profile, m_clock.now());
    m_coalesce.setSingleShot(true);
    connect(&m_coalesce, &QTimer::timeout, this, &Logbook::recompute);
}

void Logbook::take(const Reading &reading)
{
    QSet<QString> now;
    if (reading.outcome) {
        for (const Fact &fact : reading.outcome->facts) {
            // One series a client would be one for everybody who ever called; see recompute() for what is kept.
            if (std::holds_alternative<RateLimit>(fact))
                continue;
            for (const Sample &sample : samplesOf(fact)) {
                // Two sources that tell the same thing would draw a saw: the first one keeps the series while it
                // speaks.
                if (isToldByAnother(sample.series, reading.source))
                    continue;
                m_series.append(sample.series, sample.behaviour, reading.takenAt, sample.value);
                now.insert(sample.series);
            }
        }
    }
    // What the source no longer says is unknown from here on, be it one vanished breaker or everything.
    QSet<QString> &before = m_spoken[reading.source];
    for (const QString &series : std::as_const(before)) {
        if (!now.contains(series))
            m_series.appendGap(series, reading.takenAt);
    }
    before = now;

    m_state = fold(std::move(m_state), reading);
    if (!m_coalesce.isActive())
        m_coalesce.start(gathers);
}

bool Logbook::isToldByAnother(const QString &series, const QString &source) const
{
    for (auto it = m_spoken.cbegin(); it != m_spoken.cend(); ++it) {
        if (it.key() != source && it->contains(series))
            return true;
    }
    return false;
}

void Logbook::tick()
{
    constexpr int pruneEvery = 600;
    if (++m_ticks % pruneEvery == 0)
        m_series.prune(m_clock.now());
    recompute();
}

void Logbook::recompute()
{
    m_coalesce.stop();
    const Instant now = m_clock.now();
    DeploymentView next = qd::view(m_state, m_profile, now);
    addEvents(next, m_onsets.date(next, m_view));
    m_series.append(statusSeries, Behaviour::State, now, static_cast<double>(next.status));
    for (const TierView &tier : std::as_const(next.tiers))
        appendFill(tier, next.limits, now);
    next.at = m_view.at;
    const bool same = next == m_view;
    next.at = now;
    m_view = std::move(next);
    m_answers.sources = m_state.sources; // replies are shared, not copied
    if (!same)
        Q_EMIT changed();
}

void Logbook::addEvents(DeploymentView &view, const QList<Event> &seen)
{
    constexpr qsizetype most = 200;
    m_events = (m_events + seen).last(std::min(m_events.size() + seen.size(), most));
    view.events = QList<Event>(m_events.crbegin(), m_events.crend()) + view.events;
    std::ranges::stable_sort(view.events, std::ranges::greater(), &Event::at);
    view.events.resize(std::min(view.events.size(), most));
}

void Logbook::appendFill(const TierView &tier, const QList<LimitView> &limits, Instant now)
{
    const QString series = fillSeries(tier.tier);
    if (tier.freshness.kind != Freshness::Kind::Fresh || !tier.clients.has()) {
        m_series.appendGap(series, now);
        return;
    }
    // Nearest to full come first.
    const auto nearest =
        std::ranges::find_if(limits, [&](const LimitView &l) { return l.tier == tier.tier && l.fill.has(); });
    m_series.append(series, Behaviour::Gauge, now, nearest == limits.end() ? 0.0 : nearest->fill->of1);
}

QString Logbook::fillSeries(const QString &tier)
{
    return seriesName(u"tier", tier, u"nearest_fill");
}

} // namespace qd
