/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/overview_page.h"

#include "charts/drawn.h"
#include "deployment/events_card.h"
#include "deployment/health_card.h"
#include "deployment/limits_card.h"
#include "deployment/marks.h"
#include "deployment/overview_board.h"
#include "deployment/pinned_charts.h"
#include "deployment/sources_card.h"
#include "deployment/status_banner.h"
#include "deployment/value_label.h"

#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QStringList allKinds()
{
    return {QString::fromLatin1(HealthCheck::kind), QString::fromLatin1(Breaker::kind),
            QString::fromLatin1(Cache::kind),       QString::fromLatin1(RateLimit::kind),
            QString::fromLatin1(LimitTier::kind),   QString::fromLatin1(Limiter::kind),
            QString::fromLatin1(Requests::kind),    QString::fromLatin1(RedisServer::kind),
            QString::fromLatin1(Database::kind)};
}
} // namespace

const CacheView *tellingGroup(const DeploymentView &view, const QString &present)
{
    constexpr double clearly = 0.02;
    const CacheView *lowest = view.lowestHitRate();
    const auto now = std::ranges::find(view.caches, present, &CacheView::group);
    if (now == view.caches.end())
        return lowest ? lowest : view.caches.isEmpty() ? nullptr : &view.caches.first();
    if (!lowest || (now->hitRate.has() && now->hitRate->of1 - lowest->hitRate->of1 <= clearly))
        return &*now;
    return lowest;
}

OverviewPage::OverviewPage(Logbook &logbook, const Theme &theme, Pins *pins, QWidget *parent)
    : DeploymentPage(logbook, theme, allKinds(), parent)
    , m_banner(new StatusBanner(*this, this))
    , m_health(new HealthCard(*this, this))
    , m_requests(makeSignal(tr("Requests"), Unit::PerSecond, 1))
    , m_errors(makeSignal(tr("Errors"), Unit::Percent, 0.02))
    , m_latency(makeSignal(tr("Latency p95"), Unit::Milliseconds, 10))
    , m_hitRate(makeSignal(tr("Cache hit rate"), Unit::Percent, 1))
    , m_limits(new LimitsCard(*this, this))
    , m_events(new EventsCard(*this, this))
    , m_sources(new SourcesCard(*this, this))
    , m_pinned(pins ? new PinnedCharts(*this, *pins, this) : nullptr)
{
    for (const Signal &signal : {m_requests, m_errors, m_hitRate}) { // a latency is told by the service
        signal.chart->setToolTip(tr("Over the last minute, number and line alike"));
        signal.value->setSubject(tr("%1, last minute").arg(signal.chart->title()));
    }
    m_requests.chart->setObjectName(u"requests-chart"_s);
    m_errors.chart->setObjectName(u"errors-chart"_s);
    m_latency.chart->setObjectName(u"latency-chart"_s);
    m_hitRate.chart->setObjectName(u"hit-rate-chart"_s);
    m_hitRate.chart->setCeiling(1);
    setUpLines();
    layOut();
}

OverviewPage::Signal OverviewPage::makeSignal(const QString &title, Unit unit, double leastTop)
{
    Signal made{.chart = new ChartPanel(theme(), this), .value = new ValueLabel(*this, TextSize::Title, true)};
    made.chart->setTitle(title);
    made.chart->setUnit(unit);
    made.chart->setLeastTop(leastTop);
    made.chart->setPlotHeight(96);
    made.value->setSubject(title);
    made.value->setSinceShown(true);
    made.chart->addToTitleRow(made.value);
    return made;
}

void OverviewPage::setUpLines()
{
    const QString total = seriesName(u"requests", {}, u"total");
    const QString errors = seriesName(u"requests", {}, u"errors_total");
    const QString p95 = seriesName(u"requests", {}, u"latency_p95_ms");
    m_requests.chart->setLines({{.label = tr("requests"), .columns = [this, total](TimeRange range, int pixels) {
                                     return drawnRate(logbook().series(), total, range, pixels);
                                 }}});
    m_errors.chart->setLines({{.label = tr("errors"),
                               .columns =
                                   [this, total, errors](TimeRange range, int pixels) {
                                       return drawnRatio(logbook().series(), errors, {total}, range, pixels);
                                   },
                               .colourIndex = 1}});
    m_latency.chart->setLines({{.label = tr("p95"), .columns = [this, p95, total](TimeRange range, int pixels) {
                                    return drawnLatency(logbook().series(), p95, total, range, pixels);
                                }}});
    m_hitRate.chart->setLines({{.label = tr("hit rate"),
                                .columns =
                                    [this](TimeRange range, int pixels) {
                                        const QString hits = seriesName(u"cache", m_group, u"hits_total");
                                        const QString misses = seriesName(u"cache", m_group, u"misses_total");
                                        return drawnRatio(logbook().series(), hits, {hits, misses}, range, pixels);
                                    },
                                .colourIndex = 2}});
    for (const Signal &from : {m_requests, m_errors, m_latency, m_hitRate}) {
        for (const Signal &to : {m_requests, m_errors, m_latency, m_hitRate}) {
            if (from.chart != to.chart)
                connect(from.chart, &ChartPanel::hovered, to.chart, &ChartPanel::setCrosshair);
        }
    }
}

void OverviewPage::layOut()
{
    auto *board = new OverviewBoard(theme(), this);
    board->setCards({.tree = m_health,
                     .charts = {m_requests.chart, m_errors.chart, m_latency.chart, m_hitRate.chart},
                     .lower = {m_events, m_limits, m_sources}});
    content()->addWidget(m_banner);
    content()->addWidget(board, 1);
    if (!m_pinned)
        return;
    content()->addWidget(m_pinned);
    for (const Signal &signal : {m_requests, m_errors, m_latency, m_hitRate}) {
        connect(signal.chart, &ChartPanel::hovered, m_pinned, &PinnedCharts::setCrosshair);
        connect(m_pinned, &PinnedCharts::hovered, signal.chart, &ChartPanel::setCrosshair);
    }
}

void OverviewPage::showView(const DeploymentView &view)
{
    m_banner->showView(view);
    m_health->showView(view);
    const RequestsView &requests = view.requests;
    showSignal(m_requests, requests.rate, requests.freshness);
    m_errors.value->setColoured(requests.errorShare.status != Status::Ok);
    // Who is not ready is sent less, and may answer that well.
    const QString errors = tr("Errors");
    m_errors.chart->setTitles(view.status == Status::Down && requests.freshness.kind == Freshness::Kind::Fresh
                                  ? QStringList{tr("Errors of the requests that it still gets"), errors}
                                  : QStringList{errors});
    showSignal(m_errors, requests.errorShare, requests.freshness);
    m_latency.value->setColoured(requests.latencyP95.status != Status::Ok);
    showSignal(m_latency, requests.latencyP95, requests.freshness);
    showHitRate(view);
    m_limits->showView(view);
    m_events->showEvents(view, range());
    m_sources->showView(view);
}

template <class T>
void OverviewPage::showSignal(const Signal &signal, const Shown<T> &shown, const Freshness &freshness)
{
    signal.value->say(shown, freshness);
    signal.chart->setEmptyText(knownOf(freshness, shown.has()) == Known::NotMeasured ? tr("Not measured") : QString());
}

void OverviewPage::showHitRate(const DeploymentView &view)
{
    const CacheView *cache = tellingGroup(view, m_group);
    if (!cache) {
        m_hitRate.chart->setEmptyText(hasNot(u"cache") ? tr("Not available here: no cache")
                                                       : tr("This deployment reports no cache"));
        m_hitRate.value->say(Spoken{}, {});
        return;
    }
    if (cache->group != m_group) {
        m_group = cache->group;
        m_hitRate.chart->setTitle(tr("Hit rate, %1").arg(m_group));
        m_hitRate.value->setSubject(tr("%1, hit rate, last minute").arg(m_group));
        m_hitRate.chart->setBand(cache->hitRateAtLeast ? std::optional(cache->hitRateAtLeast->of1) : std::nullopt);
        m_hitRate.chart->refresh();
    }
    m_hitRate.value->setColoured(cache->hitRate.status != Status::Ok);
    showSignal(m_hitRate, cache->hitRate, cache->freshness);
}

void OverviewPage::showMarks()
{
    const DeploymentView &view = logbook().view();
    const QList<Mark> marks = marksWhere(view, [](const Event &event) {
        using enum EventKind;
        constexpr std::array kinds{SourceLost,    LimiterChanged, CounterReset,  HitRateChanged,
                                   ErrorsChanged, LimitChanged,   LatencyChanged};
        return movesAnything(event) || isTurnOfBreaker(event) || std::ranges::find(kinds, event.kind) != kinds.end();
    });
    for (const Signal &signal : {m_requests, m_errors, m_latency})
        signal.chart->setMarks(marks);
    m_hitRate.chart->setMarks(marksWhere(view, [&](const Event &event) { return movesCache(event, view, m_group); }));
}

void OverviewPage::showSeries(TimeRange range)
{
    m_health->showSeries(range);
    m_events->showEvents(logbook().view(), range);
    showMarks();
    for (const Signal &signal : {m_requests, m_errors, m_latency, m_hitRate}) {
        signal.chart->setRange(range);
        signal.chart->refresh();
    }
    if (m_pinned)
        m_pinned->showSeries(range);
}

} // namespace qd
