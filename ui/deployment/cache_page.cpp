/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/cache_page.h"

#include "actions/cache_flush/cache_flush.h"
#include "actions/registry.h"
#include "charts/drawn.h"
#include "deployment/cache_card.h"
#include "deployment/card_grid.h"
#include "deployment/column_sums.h"
#include "deployment/deed_row.h"
#include "deployment/fallback_note.h"
#include "deployment/marks.h"
#include "deployment/redis_card.h"
#include "theme/empty_state.h"
#include "theme/text_label.h"
#include "words/words.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int leastGroupWidth = 236;
} // namespace

CachePage::CachePage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent)
    : DeploymentPage(logbook, theme, {QString::fromLatin1(Cache::kind), QString::fromLatin1(RedisServer::kind)}, parent)
    , m_acting(acting)
    , m_fallback(new FallbackNote(*this, this))
    , m_cards(new CardGrid(theme, leastGroupWidth, this))
    , m_hint(new Label(theme, TextSize::Body, false, this))
    , m_rates(new CardGrid(theme, leastGroupWidth, this))
    , m_empty(new EmptyState(theme, this))
    , m_server(new QWidget(this))
    , m_redis(new RedisCard(*this, m_server))
    , m_memory(new ChartPanel(theme, m_server))
    , m_lookups(new ChartPanel(theme, m_server))
{
    setUpServerCharts();
    auto *row = new QHBoxLayout(m_server);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(m_redis, 1);
    row->addWidget(m_memory, 1);
    row->addWidget(m_lookups, 1);
    content()->addWidget(m_fallback);
    m_hint->setObjectName(u"cache-act-hint"_s);
    m_hint->setTone(Tone::Muted);
    m_hint->setWordWrap(4);
    content()->addWidget(m_cards);
    content()->addWidget(m_hint);
    content()->addWidget(m_rates, 3);
    content()->addWidget(m_empty, 1);
    content()->addWidget(m_server, 2);
    m_empty->setObjectName(u"cache-empty"_s);
    m_empty->setState(Status::NotAvailable, tr("No cache here"),
                      tr("%1 reports no cache groups, and its profile names none. If it caches, name the groups under "
                         "“caches” in the profile.")
                          .arg(logbook.profile().name));
    if (hasNot(u"cache"))
        m_empty->setState(Status::NotAvailable, tr("Not available here"),
                          tr("The profile of %1 says that it has no cache. If it has one now, take “cache” out of "
                             "“unavailable” in the profile.")
                              .arg(logbook.profile().name));
    m_empty->hide();
}

void CachePage::setUpServerCharts()
{
    m_memory->setObjectName(u"redis-memory-chart"_s);
    m_memory->setTitle(tr("Redis memory"));
    m_memory->setUnit(Unit::Bytes);
    const QString used = seriesName(u"redis", {}, u"used_memory_bytes");
    const QString most = seriesName(u"redis", {}, u"max_memory_bytes");
    m_memory->setLines(
        {{.label = tr("used"),
          .columns = [this, used](TimeRange range,
                                  int pixels) { return logbook().series().query(used, range, pixels, true); }},
         {.label = tr("limit"),
          .columns = [this, most](TimeRange range,
                                  int pixels) { return logbook().series().query(most, range, pixels, true); },
          .colourIndex = 1,
          .dashed = true,
          .stepped = true}});
    m_lookups->setObjectName(u"cache-lookups-chart"_s);
    m_lookups->setTitle(tr("Lookups"));
    m_lookups->setUnit(Unit::PerSecond);
    connect(m_memory, &ChartPanel::hovered, m_lookups, &ChartPanel::setCrosshair);
    connect(m_lookups, &ChartPanel::hovered, m_memory, &ChartPanel::setCrosshair);
}

void CachePage::showView(const DeploymentView &view)
{
    m_fallback->showView(view);
    const bool any = !view.caches.isEmpty();
    m_cards->setVisible(any);
    m_rates->setVisible(any);
    m_empty->setVisible(!any);
    const bool server = logbook().profile().has<RedisConnection>() || view.redis.fact.has_value();
    m_server->setVisible(server);
    m_lookups->setVisible(any);
    showGroups(view.caches);
    m_redis->showView(view);
}

void CachePage::showGroups(const QList<CacheView> &caches)
{
    if (!std::ranges::equal(caches, m_groups, {}, &CacheView::group, &CacheCard::group)) {
        QList<QWidget *> cards;
        QList<QWidget *> charts;
        m_groups.clear();
        m_rateCharts.clear();
        for (const CacheView &cache : caches) {
            m_groups.append(new CacheCard(*this, cache.group, m_cards));
            connect(m_groups.last(), &CacheCard::flushRequested, this, &CachePage::flush);
            connect(m_groups.last(), &CacheCard::warmRequested, this, &CachePage::warm);
            m_rateCharts.append(makeRateChart(cache));
            cards.append(m_groups.last());
            charts.append(m_rateCharts.last());
        }
        m_cards->setItems(cards);
        m_rates->setItems(charts);
        showLookupLines();
    }
    for (qsizetype i = 0; i < caches.size(); ++i)
        showGroup(i, caches[i]);
    const QString why = whyNot(u"cache-flush", *this, m_acting);
    m_hint->setText(why);
    m_hint->setVisible(!why.isEmpty() && !caches.isEmpty() && !onlyWatches(m_acting));
    const bool isCounted = std::ranges::any_of(caches, [](const CacheView &cache) { return !isUncounted(cache); });
    m_lookups->setEmptyText(isCounted || caches.isEmpty() ? QString() : tr("Lookups are not counted here"));
}

void CachePage::showGroup(qsizetype i, const CacheView &cache)
{
    m_groups[i]->showView(cache);
    const auto warms = [&](QStringView kind) {
        return !warmingActionOf(kind, cache.group, logbook().profile()).isEmpty();
    };
    m_groups[i]->showFlush(whyNot(u"cache-flush", *this, m_acting), !onlyWatches(m_acting), warms(u"cache-flush"));
    m_groups[i]->showWarm(!onlyWatches(m_acting) && warms(u"prewarm") && whyNot(u"prewarm", *this, m_acting).isEmpty());
    m_rateCharts[i]->setEmptyText(isUncounted(cache) ? tr("Lookups are not counted here") : QString());
}

void CachePage::flush(const QString &group)
{
    const auto action = redisActionOf(u"cache-flush", logbook().profile());
    Wish wish{.resource = group, .set = {}, .author = {}, .reason = {}};
    if (!warmingActionOf(u"cache-flush", group, logbook().profile()).isEmpty())
        wish.set = {{u"then"_s, u"prewarm"_s}};
    if (action)
        Q_EMIT actionRequested(*action, wish);
}

void CachePage::warm(const QString &group)
{
    const QString action = warmingActionOf(u"prewarm", group, logbook().profile());
    if (!action.isEmpty())
        Q_EMIT actionRequested(action, {.resource = group, .set = {}, .author = {}, .reason = {}});
}

ChartPanel *CachePage::makeRateChart(const CacheView &cache)
{
    auto *chart = new ChartPanel(theme(), m_rates);
    chart->setObjectName(u"cache-rate-chart-"_s + cache.group);
    chart->setTitle(tr("Hit rate, %1").arg(cache.group));
    chart->setUnit(Unit::Percent);
    chart->setCeiling(1);
    chart->setPlotHeight(110);
    if (cache.hitRateAtLeast)
        chart->setBand(cache.hitRateAtLeast->of1);
    const QString hits = seriesName(u"cache", cache.group, u"hits_total");
    const QString misses = seriesName(u"cache", cache.group, u"misses_total");
    chart->setLines({{.label = cache.group,
                      .columns =
                          [this, hits, misses](TimeRange range, int pixels) {
                              return drawnRatio(logbook().series(), hits, {hits, misses}, range, pixels);
                          },
                      .colourIndex = 2}});
    connect(chart, &ChartPanel::hovered, m_memory, &ChartPanel::setCrosshair);
    connect(chart, &ChartPanel::hovered, m_lookups, &ChartPanel::setCrosshair);
    connect(m_memory, &ChartPanel::hovered, chart, &ChartPanel::setCrosshair);
    connect(m_lookups, &ChartPanel::hovered, chart, &ChartPanel::setCrosshair);
    for (ChartPanel *other : std::as_const(m_rateCharts)) {
        connect(chart, &ChartPanel::hovered, other, &ChartPanel::setCrosshair);
        connect(other, &ChartPanel::hovered, chart, &ChartPanel::setCrosshair);
    }
    return chart;
}

void CachePage::showLookupLines()
{
    QList<ChartLine> lines;
    for (qsizetype i = 0; i < m_groups.size(); ++i) {
        const QString hits = seriesName(u"cache", m_groups[i]->group(), u"hits_total");
        const QString misses = seriesName(u"cache", m_groups[i]->group(), u"misses_total");
        lines.append({.label = m_groups[i]->group(),
                      .columns =
                          [this, hits, misses](TimeRange range, int pixels) {
                              return sumOf({drawnRate(logbook().series(), hits, range, pixels),
                                            drawnRate(logbook().series(), misses, range, pixels)});
                          },
                      .colourIndex = static_cast<int>(i % 6),
                      .dashed = i >= 6});
    }
    m_lookups->setLines(std::move(lines));
}

void CachePage::showSeries(TimeRange range)
{
    const DeploymentView &view = logbook().view();
    const auto show = [range](ChartPanel &chart, const QList<Mark> &marks) {
        chart.setRange(range);
        chart.setMarks(marks);
        chart.refresh();
    };
    for (qsizetype i = 0; i < m_groups.size(); ++i)
        show(*m_rateCharts[i],
             marksWhere(view, [&](const Event &event) { return movesCache(event, view, m_groups[i]->group()); }));
    const QList<Mark> ofStore =
        marksWhere(view, [&](const Event &event) { return movesAnything(event) || movesRedis(event, view); });
    for (ChartPanel *chart : {m_memory, m_lookups})
        show(*chart, ofStore);
}

} // namespace qd
