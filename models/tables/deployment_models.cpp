/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "tables/deployment_models.h"

#include "history/logbook.h"

using namespace Qt::StringLiterals;

namespace qd {

namespace {

Row rowFor(const QString &key, Status status, const Freshness &freshness)
{
    return {.key = key, .cells = {}, .subject = key, .status = status, .freshness = freshness, .depth = 0};
}

template <class Duration>
Cell givenDuration(Duration duration)
{
    return given(CellUnit::Milliseconds, duration.count() > 0 ? QVariant(Millis(duration).count()) : QVariant());
}

} // namespace

void DeploymentModel::setView(const DeploymentView &view)
{
    setRows(rows(view));
}

void DeploymentModel::follow(const Logbook &logbook)
{
    connect(&logbook, &Logbook::changed, this, [this, &logbook] { setView(logbook.view()); });
    setView(logbook.view());
}

QList<TableColumn> HealthModel::columns() const
{
    return {{"path"_L1, CellUnit::Text},
            {"level"_L1, CellUnit::Level},
            {"word"_L1, CellUnit::Text},
            {"latency"_L1, CellUnit::Milliseconds},
            {"detail"_L1, CellUnit::Text}};
}

QList<Row> HealthModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const HealthView &health : view.health) {
        Row row = rowFor(health.path, health.status, health.freshness);
        row.depth = health.depth;
        row.cells = {given(health.path), shown(CellUnit::Level, health.level, health.freshness),
                     shown(CellUnit::Text, health.word, health.freshness),
                     shown(CellUnit::Milliseconds, health.latency, health.freshness),
                     shown(CellUnit::Text, health.detail, health.freshness)};
        rows += row;
    }
    return rows;
}

QList<TableColumn> BreakerModel::columns() const
{
    return {{"name"_L1, CellUnit::Text},
            {"state"_L1, CellUnit::BreakerState},
            {"failures"_L1, CellUnit::Count},
            {"failure_threshold"_L1, CellUnit::Count},
            {"half_open_in"_L1, CellUnit::Milliseconds},
            {"recovery_timeout"_L1, CellUnit::Milliseconds},
            {"traffic"_L1, CellUnit::PerSecond},
            {"error_share"_L1, CellUnit::Share},
            {"calls"_L1, CellUnit::Count},
            {"failed"_L1, CellUnit::Count},
            {"rejected"_L1, CellUnit::Count}};
}

QList<Row> BreakerModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const BreakerView &breaker : view.breakers) {
        const Freshness &freshness = breaker.freshness;
        Row row = rowFor(breaker.name, breaker.status, freshness);
        row.cells = {given(breaker.name),
                     shown(CellUnit::BreakerState, breaker.state, freshness),
                     shown(CellUnit::Count, breaker.failures, freshness),
                     shown(CellUnit::Count, breaker.threshold, freshness),
                     shown(CellUnit::Milliseconds, breaker.halfOpenIn, freshness),
                     shown(CellUnit::Milliseconds, breaker.recoveryTimeout, freshness),
                     shown(CellUnit::PerSecond, breaker.traffic, freshness),
                     shown(CellUnit::Share, breaker.errorShare, freshness),
                     shown(CellUnit::Count, breaker.calls, freshness),
                     shown(CellUnit::Count, breaker.failed, freshness),
                     shown(CellUnit::Count, breaker.rejected, freshness)};
        rows += row;
    }
    return rows;
}

QList<TableColumn> CacheModel::columns() const
{
    return {
        {"group"_L1, CellUnit::Text}, {"hit_rate"_L1, CellUnit::Share},   {"hit_rate_total"_L1, CellUnit::Share},
        {"hits"_L1, CellUnit::Count}, {"misses"_L1, CellUnit::Count},     {"lookups"_L1, CellUnit::PerSecond},
        {"keys"_L1, CellUnit::Count}, {"ttl"_L1, CellUnit::Milliseconds}, {"hit_rate_at_least"_L1, CellUnit::Share}};
}

QList<Row> CacheModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const CacheView &cache : view.caches) {
        const Freshness &freshness = cache.freshness;
        Row row = rowFor(cache.group, cache.status, freshness);
        row.cells = {given(cache.group),
                     shown(CellUnit::Share, cache.hitRate, freshness),
                     shown(CellUnit::Share, cache.hitRateTotal, freshness),
                     shown(CellUnit::Count, cache.hits, freshness),
                     shown(CellUnit::Count, cache.misses, freshness),
                     shown(CellUnit::PerSecond, cache.lookups, freshness),
                     shown(CellUnit::Count, cache.keys, freshness),
                     givenDuration(cache.ttl),
                     given(CellUnit::Share, cache.hitRateAtLeast ? variantOf(*cache.hitRateAtLeast) : QVariant())};
        rows += row;
    }
    return rows;
}

QList<TableColumn> LimitModel::columns() const
{
    return {{"tier"_L1, CellUnit::Text},           {"client"_L1, CellUnit::Text},
            {"scope"_L1, CellUnit::Text},          {"used"_L1, CellUnit::Count},
            {"limit"_L1, CellUnit::Count},         {"fill"_L1, CellUnit::Share},
            {"window"_L1, CellUnit::Milliseconds}, {"resets_in"_L1, CellUnit::Milliseconds}};
}

QList<Row> LimitModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const LimitView &limit : view.limits) {
        const Freshness &freshness = limit.freshness;
        Row row = rowFor(limit.tier + u'|' + limit.client + u'|' + limit.scope, limit.status, freshness);
        row.subject = limit.tier;
        row.cells = {given(limit.tier),
                     given(limit.client),
                     given(limit.scope),
                     shown(CellUnit::Count, limit.used, freshness),
                     shown(CellUnit::Count, limit.limit, freshness),
                     shown(CellUnit::Share, limit.fill, freshness),
                     shown(CellUnit::Milliseconds, limit.window, freshness),
                     shown(CellUnit::Milliseconds, limit.resetsIn, freshness)};
        rows += row;
    }
    return rows;
}

QList<TableColumn> TierModel::columns() const
{
    return {{"tier"_L1, CellUnit::Text},
            {"limit"_L1, CellUnit::Count},
            {"window"_L1, CellUnit::Milliseconds},
            {"clients"_L1, CellUnit::Count},
            {"clients_at_limit"_L1, CellUnit::Count},
            {"rejected"_L1, CellUnit::Count},
            {"rejecting"_L1, CellUnit::PerSecond}};
}

QList<Row> TierModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const TierView &tier : view.tiers) {
        Row row = rowFor(tier.tier, tier.status, tier.freshness);
        // The service itself tells of refusals, and it may be well when the counters cannot be read (or the other way).
        const auto told = std::ranges::find(view.sources, tier.rejected.because.source, &SourceView::id);
        const Freshness &refusing = told == view.sources.end() ? tier.freshness : told->freshness;
        row.cells = {given(tier.tier),
                     given(CellUnit::Count, tier.limit > 0 ? variantOf(tier.limit) : QVariant()),
                     givenDuration(tier.window),
                     shown(CellUnit::Count, tier.clients, tier.freshness),
                     shown(CellUnit::Count, tier.clientsAtLimit, tier.freshness),
                     shown(CellUnit::Count, tier.rejected, refusing),
                     shown(CellUnit::PerSecond, tier.rejecting, refusing)};
        rows += row;
    }
    return rows;
}

QList<TableColumn> SourceModel::columns() const
{
    return {{"source"_L1, CellUnit::Text},           {"kind"_L1, CellUnit::Text},
            {"freshness"_L1, CellUnit::Freshness},   {"latency"_L1, CellUnit::Milliseconds},
            {"interval"_L1, CellUnit::Milliseconds}, {"error"_L1, CellUnit::Error},
            {"refusals"_L1, CellUnit::Refusals}};
}

QList<Row> SourceModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const SourceView &source : view.sources) {
        Row row = rowFor(source.id, Status::Ok, source.freshness);
        if (source.freshness.kind != Freshness::Kind::Fresh)
            row.status = Status::Unknown;
        const bool answered = source.latency.count() > 0;
        row.cells = {
            given(source.id),
            given(source.kind),
            given(CellUnit::Freshness, QVariant::fromValue(source.freshness)),
            {.value = answered ? variantOf(source.latency) : QVariant(),
             .unit = CellUnit::Milliseconds,
             .known = knownOf(source.freshness, answered),
             .status = {},
             .because = {}},
            givenDuration(source.interval),
            given(CellUnit::Error, source.error ? QVariant::fromValue(*source.error) : QVariant()),
            given(CellUnit::Refusals, source.refusals.isEmpty() ? QVariant() : QVariant::fromValue(source.refusals))};
        rows += row;
    }
    return rows;
}

QList<TableColumn> EventModel::columns() const
{
    return {{"at"_L1, CellUnit::Moment}, {"event"_L1, CellUnit::Event}, {"source"_L1, CellUnit::Text}};
}

QList<Row> EventModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    for (const Event &event : view.events) {
        const QString key = u"%1|%2|%3|%4|%5|%6"_s.arg(event.at.time_since_epoch().count())
                                .arg(int(event.kind))
                                .arg(event.source, event.subject, event.from, event.to);
        Row row = rowFor(key, Status::Ok, {.kind = Freshness::Kind::Fresh, .since = event.at, .error = {}});
        row.subject = event.subject;
        row.cells = {given(CellUnit::Moment, variantOf(event.at)), given(CellUnit::Event, QVariant::fromValue(event)),
                     given(event.source)};
        rows += row;
    }
    return rows;
}

} // namespace qd
