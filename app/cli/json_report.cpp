/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "cli/json_report.h"

#include "tables/deployment_models.h"
#include "words/words.h"

#include <QDateTime>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace qd::cli {

namespace {

QString codeWord(Reason::Code code)
{
    switch (code) {
    case Reason::Code::HealthDown:
        return u"health-down"_s;
    case Reason::Code::HealthDegraded:
        return u"health-degraded"_s;
    case Reason::Code::HealthUnknown:
        return u"health-unknown"_s;
    case Reason::Code::BreakerOpen:
        return u"breaker-open"_s;
    case Reason::Code::BreakerHalfOpen:
        return u"breaker-half-open"_s;
    case Reason::Code::HitRateLow:
        return u"hit-rate-low"_s;
    case Reason::Code::LimiterFallback:
        return u"limiter-fallback"_s;
    case Reason::Code::LimitReached:
        return u"limit-reached"_s;
    case Reason::Code::LimitRefusing:
        return u"limit-refusing"_s;
    case Reason::Code::ErrorsHigh:
        return u"errors-high"_s;
    case Reason::Code::LatencyHigh:
        return u"latency-high"_s;
    case Reason::Code::MetricOutOfBounds:
        return u"metric-out-of-bounds"_s;
    case Reason::Code::ReplicaLagging:
        return u"replica-lagging"_s;
    case Reason::Code::ClientsWaiting:
        return u"clients-waiting"_s;
    case Reason::Code::BackupOld:
        return u"backup-old"_s;
    case Reason::Code::SourceFailing:
        return u"source-failing"_s;
    case Reason::Code::SourceSilent:
        return u"source-silent"_s;
    case Reason::Code::PartRefused:
        return u"part-refused"_s;
    case Reason::Code::QuorumLost:
        return u"quorum-lost"_s;
    case Reason::Code::SentinelLost:
        return u"sentinel-lost"_s;
    case Reason::Code::ReplicaLost:
        return u"replica-lost"_s;
    }
    return {};
}

QString kindWord(EventKind kind)
{
    switch (kind) {
    case EventKind::BreakerChanged:
        return u"breaker-changed"_s;
    case EventKind::HealthChanged:
        return u"health-changed"_s;
    case EventKind::LimiterChanged:
        return u"limiter-changed"_s;
    case EventKind::SourceLost:
        return u"source-lost"_s;
    case EventKind::SourceBack:
        return u"source-back"_s;
    case EventKind::CounterReset:
        return u"counter-reset"_s;
    case EventKind::HitRateChanged:
        return u"hit-rate-changed"_s;
    case EventKind::LimitChanged:
        return u"limit-changed"_s;
    case EventKind::ErrorsChanged:
        return u"errors-changed"_s;
    case EventKind::LatencyChanged:
        return u"latency-changed"_s;
    case EventKind::MetricChanged:
        return u"metric-changed"_s;
    case EventKind::FailedOver:
        return u"failed-over"_s;
    case EventKind::RoleChanged:
        return u"role-changed"_s;
    case EventKind::SchemaChanged:
        return u"schema-changed"_s;
    case EventKind::KeyChanged:
        return u"key-changed"_s;
    case EventKind::FlagChanged:
        return u"flag-changed"_s;
    case EventKind::Deployed:
        return u"deployed"_s;
    case EventKind::BackupTaken:
        return u"backup-taken"_s;
    case EventKind::StatusChanged:
        return u"status-changed"_s;
    }
    return {};
}

QString unitWord(CellUnit unit)
{
    switch (unit) {
    case CellUnit::Count:
        return u"count"_s;
    case CellUnit::PerSecond:
        return u"per-second"_s;
    case CellUnit::Share:
        return u"share"_s;
    case CellUnit::Milliseconds:
        return u"ms"_s;
    default:
        return {};
    }
}

QJsonValue plainValue(const QModelIndex &cell)
{
    const QVariant value = cell.data(ValueRole);
    if (!value.isValid())
        return QJsonValue::Null;
    switch (cell.data(UnitRole).value<CellUnit>()) {
    case CellUnit::Count:
        return value.toLongLong();
    case CellUnit::PerSecond:
    case CellUnit::Share:
    case CellUnit::Milliseconds:
        return value.toDouble();
    default:
        return cell.data().toString();
    }
}

/// `{"value", "known", …}`; `since` belongs to what is stale, `error` to what is refused or was asked for in vain.
QJsonObject valueObject(const QJsonValue &value, Known known, const Freshness &freshness)
{
    QJsonObject object{{u"value"_s, value}, {u"known"_s, toWord(known)}};
    if (known == Known::Stale)
        object[u"since"_s] = toJson(freshness.since);
    if ((known == Known::Refused || known == Known::NotMeasured) && freshness.error)
        object[u"error"_s] = toJson(*freshness.error);
    return object;
}

template <class T>
QJsonObject shownJson(const QJsonValue &value, const Shown<T> &shown, const Freshness &freshness)
{
    const Freshness mine = freshnessOf(shown, freshness);
    return valueObject(shown.has() ? value : QJsonValue(QJsonValue::Null), knownOf(mine, shown.has()), mine);
}

template <class T>
QJsonObject numberJson(const Shown<T> &shown, const Freshness &freshness)
{
    return shownJson(QJsonValue::fromVariant(shown.has() ? variantOf(*shown) : QVariant()), shown, freshness);
}

QJsonValue cellJson(const QModelIndex &cell)
{
    const bool isName = !cell.data(BecauseRole).isValid();
    const auto unit = cell.data(UnitRole).value<CellUnit>();
    if (isName && unit == CellUnit::Text)
        return plainValue(cell);
    QJsonObject object =
        valueObject(plainValue(cell), cell.data(KnownRole).value<Known>(), cell.data(FreshnessRole).value<Freshness>());
    if (const QString word = unitWord(unit); !word.isEmpty())
        object[u"unit"_s] = word;
    return object;
}

QJsonArray tableJson(const TableModel &table)
{
    QJsonArray rows;
    for (int row = 0; row < table.rowCount(); ++row) {
        QJsonObject object{{u"status"_s, toWord(table.index(row, 0).data(StatusRole).value<Status>())}};
        for (int column = 0; column < table.columnCount(); ++column)
            object[table.headerData(column, Qt::Horizontal).toString()] = cellJson(table.index(row, column));
        rows += object;
    }
    return rows;
}

template <class Model>
QJsonArray tableJson(const DeploymentView &view)
{
    Model model;
    model.setView(view);
    return tableJson(model);
}

QJsonObject freshnessJson(const Freshness &freshness)
{
    QJsonObject object{{u"known"_s, toWord(freshness.kind)}};
    if (freshness.kind != Freshness::Kind::Pending || freshness.error)
        object[u"since"_s] = toJson(freshness.since);
    if (freshness.error)
        object[u"error"_s] = toJson(*freshness.error);
    return object;
}

QJsonObject sourceJson(const SourceView &source)
{
    QJsonArray refusals;
    for (const Refusal &refusal : source.refusals)
        refusals += QJsonObject{{u"what"_s, refusal.what}, {u"error"_s, toJson(refusal.error)}};
    QJsonObject object{{u"source"_s, source.id},
                       {u"kind"_s, source.kind},
                       {u"freshness"_s, freshnessJson(source.freshness)},
                       {u"interval_ms"_s, qint64{source.interval.count()}},
                       {u"error"_s, source.error ? QJsonValue(toJson(*source.error)) : QJsonValue()},
                       {u"refusals"_s, refusals}};
    object[u"latency_ms"_s] = source.latency.count() > 0 ? QJsonValue(source.latency.count()) : QJsonValue();
    return object;
}

QJsonValue fieldValue(const QString &text)
{
    return text;
}
QJsonValue fieldValue(qint64 number)
{
    return number;
}
QJsonValue fieldValue(Bytes size)
{
    return qint64{size.count};
}
QJsonValue fieldValue(Millis duration)
{
    return duration.count();
}
QJsonValue fieldValue(double number)
{
    return number;
}
QJsonValue fieldValue(Instant at)
{
    return toJson(at);
}
QJsonValue fieldValue(Level level)
{
    return toWord(level);
}
QJsonValue fieldValue(KeyState state)
{
    return toWord(state);
}

template <class F>
void insertFields(QJsonObject &object, const F &fact, const Freshness &freshness)
{
    eachField(fact, [&](const char *name, Behaviour, const auto &field) {
        const QJsonValue value = field.has() ? fieldValue(*field) : QJsonValue();
        object[QLatin1StringView(name)] = valueObject(value, knownOf(freshness, field.has()), freshness);
    });
}

template <class F>
QJsonObject serverJson(const ServerView<F> &server)
{
    QJsonObject object{{u"source"_s, server.source}, {u"freshness"_s, freshnessJson(server.freshness)}};
    if (!server.fact)
        return object;
    insertFields(object, *server.fact, server.freshness);
    return object;
}

template <class F>
QJsonObject tellingJson(const Telling<F> &telling)
{
    QJsonArray rows;
    for (const Told<F> &row : telling.rows) {
        QJsonObject object{{u"name"_s, row.fact.name()}, {u"source"_s, row.source}};
        insertFields(object, row.fact, row.freshness);
        rows += object;
    }
    return {{u"freshness"_s, freshnessJson(telling.freshness)}, {u"rows"_s, rows}};
}

QJsonObject requestsJson(const RequestsView &requests)
{
    const Freshness &freshness = requests.freshness;
    return {{u"rate_per_second"_s, numberJson(requests.rate, freshness)},
            {u"error_share"_s, numberJson(requests.errorShare, freshness)},
            {u"latency_p50_ms"_s, numberJson(requests.latencyP50, freshness)},
            {u"latency_p95_ms"_s, numberJson(requests.latencyP95, freshness)},
            {u"total"_s, numberJson(requests.total, freshness)},
            {u"errors_total"_s, numberJson(requests.errors, freshness)}};
}

QJsonObject expectationJson(const ExpectationView &expected)
{
    const auto bound = [](const std::optional<double> &at) { return at ? QJsonValue(*at) : QJsonValue(); };
    return {{u"title"_s, expected.title},
            {u"status"_s, toWord(expected.status)},
            {u"value"_s, shownJson(QJsonValue(expected.value.value.value_or(0)), expected.value, expected.freshness)},
            {u"unit"_s, expected.unit},
            {u"at_most"_s, bound(expected.atMost)},
            {u"at_least"_s, bound(expected.atLeast)}};
}

QJsonArray expectationsJson(const DeploymentView &view)
{
    QJsonArray rows;
    for (const ExpectationView &expected : view.expectations)
        rows += expectationJson(expected);
    return rows;
}

template <class List>
QJsonArray listJson(const List &list)
{
    QJsonArray array;
    for (const auto &item : list)
        array += toJson(item);
    return array;
}

} // namespace

QString toJson(Instant at)
{
    return QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count(), Qt::UTC).toString(Qt::ISODateWithMs);
}

QJsonObject toJson(const Error &error)
{
    return {{u"code"_s, toWord(error.code)}, {u"message"_s, error.message}, {u"where"_s, error.where}};
}

QJsonObject toJson(const Reason &reason)
{
    QJsonObject object{{u"code"_s, codeWord(reason.code)},
                       {u"status"_s, toWord(reason.status)},
                       {u"subject"_s, reason.subject},
                       {u"text"_s, words::sentence(reason)}};
    if (reason.error)
        object[u"error"_s] = toJson(*reason.error);
    if (reason.since)
        object[u"since"_s] = toJson(*reason.since);
    return object;
}

QJsonObject toJson(const Event &event)
{
    QJsonObject object{
        {u"at"_s, toJson(event.at)},        {u"kind"_s, kindWord(event.kind)}, {u"source"_s, event.source},
        {u"subject"_s, event.subject},      {u"from"_s, event.from},           {u"to"_s, event.to},
        {u"text"_s, words::sentence(event)}};
    if (event.error)
        object[u"error"_s] = toJson(*event.error);
    if (event.wasUnseen)
        object[u"was_unseen"_s] = true;
    return object;
}

QJsonObject toJson(const DeploymentView &view)
{
    QJsonArray sources;
    for (const SourceView &source : view.sources)
        sources += sourceJson(source);
    const LimiterView &limiter = view.limiter;
    return {{u"name"_s, view.name},
            {u"title"_s, view.title},
            {u"environment"_s, view.environment},
            {u"at"_s, toJson(view.at)},
            {u"status"_s, toWord(view.status)},
            {u"since"_s, view.since ? QJsonValue(toJson(*view.since)) : QJsonValue()},
            {u"last_answer"_s, view.lastAnswer ? QJsonValue(toJson(*view.lastAnswer)) : QJsonValue()},
            {u"reasons"_s, listJson(view.reasons)},
            {u"sources"_s, sources},
            {u"health"_s, tableJson<HealthModel>(view)},
            {u"breakers"_s, tableJson<BreakerModel>(view)},
            {u"caches"_s, tableJson<CacheModel>(view)},
            {u"limiter"_s,
             shownJson(toWord(limiter.mode.value.value_or(LimiterMode::Unknown)), limiter.mode, limiter.freshness)},
            {u"tiers"_s, tableJson<TierModel>(view)},
            {u"limits"_s, tableJson<LimitModel>(view)},
            {u"requests"_s, requestsJson(view.requests)},
            {u"expectations"_s, expectationsJson(view)},
            {u"redis"_s, serverJson(view.redis)},
            {u"database"_s, serverJson(view.database)},
            {u"replicas"_s, tellingJson(view.replicas)},
            {u"pools"_s, tellingJson(view.pools)},
            {u"sentinels"_s, tellingJson(view.sentinels)},
            {u"sessions"_s, tellingJson(view.sessions)},
            {u"statements"_s, tellingJson(view.statements)},
            {u"relations"_s, tellingJson(view.relations)},
            {u"backups"_s, tellingJson(view.backups)},
            {u"signing_keys"_s, tellingJson(view.signingKeys)},
            {u"api_keys"_s, tellingJson(view.apiKeys)},
            {u"flags"_s, tellingJson(view.flags)},
            {u"variables"_s, tellingJson(view.variables)},
            {u"deploys"_s, tellingJson(view.deploys)},
            {u"metrics"_s, tellingJson(view.metrics)},
            {u"events"_s, listJson(view.events)}};
}

QJsonObject statusJson(const QList<DeploymentView> &views, const QList<BrokenProfile> &broken, Instant at, int exitCode)
{
    QJsonArray brokenProfiles;
    for (const BrokenProfile &profile : broken)
        brokenProfiles += QJsonObject{{u"file"_s, profile.file}, {u"errors"_s, listJson(profile.errors)}};
    return {{u"format"_s, jsonFormat},
            {u"at"_s, toJson(at)},
            {u"exit_code"_s, exitCode},
            {u"deployments"_s, listJson(views)},
            {u"broken_profiles"_s, brokenProfiles}};
}

} // namespace qd::cli
