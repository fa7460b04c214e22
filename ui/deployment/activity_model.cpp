/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "deployment/activity_model.h"

#include "charts/news.h"
#include "words/action_words.h"
#include "words/words.h"

#include <QDateTime>

#include <algorithm>
#include <functional>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
QString worded(const Event &event, const QString &word)
{
    if (word.isEmpty())
        return {};
    if (event.kind == EventKind::BreakerChanged) {
        for (const BreakerState state :
             {BreakerState::Closed, BreakerState::HalfOpen, BreakerState::Open, BreakerState::Disabled}) {
            if (word == toWord(state))
                return words::say(state);
        }
    }
    if (event.kind == EventKind::HealthChanged) {
        for (const Level level : {Level::Ok, Level::Degraded, Level::Down}) {
            if (word == toWord(level))
                return words::say(level);
        }
    }
    if (event.kind == EventKind::StatusChanged) {
        for (const Status status : {Status::Ok, Status::Unknown, Status::Degraded, Status::Down}) {
            if (word == toWord(status))
                return words::say(status);
        }
    }
    if (event.kind == EventKind::LimiterChanged) {
        for (const LimiterMode mode :
             {LimiterMode::Redis, LimiterMode::Memory, LimiterMode::FailingOpen, LimiterMode::Refusing}) {
            if (word == toWord(mode))
                return words::say(mode);
        }
    }
    if (event.kind == EventKind::KeyChanged) {
        for (const KeyState state : {KeyState::Next, KeyState::Active, KeyState::Retiring, KeyState::Retired}) {
            if (word == toWord(state))
                return words::say(state);
        }
    }
    return words::text(word);
}

/// "Closed → Open"; "new: Next"; empty where nothing went from one thing to another.
QString changeOf(const Event &event)
{
    switch (event.kind) {
    case EventKind::HitRateChanged:
    case EventKind::LimitChanged:
    case EventKind::LatencyChanged:
    case EventKind::MetricChanged:
    case EventKind::ErrorsChanged: // statuses, which the sentence says better
    case EventKind::SourceLost:
    case EventKind::SourceBack:
    case EventKind::CounterReset:
    case EventKind::BackupTaken:
        return {};
    default:
        break;
    }
    const QString to = worded(event, event.to);
    if (event.from.isEmpty())
        return to.isEmpty() ? QString() : ActivityModel::tr("new: %1").arg(to);
    return u"%1 → %2"_s.arg(worded(event, event.from), to.isEmpty() ? u"–"_s : to);
}

/// The event without its from and to, which have a column of their own.
QString whatOf(const Event &event)
{
    const QString name = words::text(event.subject);
    switch (event.kind) {
    case EventKind::HealthChanged:
        return event.subject.isEmpty() ? ActivityModel::tr("what the service says of itself")
                                       : ActivityModel::tr("health of %1").arg(name);
    case EventKind::StatusChanged:
        return ActivityModel::tr("overall");
    case EventKind::FailedOver:
        return event.took ? ActivityModel::tr("%1 failed over in %2").arg(name, words::duration(*event.took))
                          : ActivityModel::tr("%1 failed over").arg(name);
    case EventKind::LimiterChanged:
        return ActivityModel::tr("rate limiter");
    case EventKind::RoleChanged:
        return ActivityModel::tr("role of %1").arg(name);
    case EventKind::SchemaChanged:
        return ActivityModel::tr("schema of %1").arg(name);
    case EventKind::KeyChanged:
        return ActivityModel::tr("signing key %1").arg(name);
    case EventKind::FlagChanged:
        return ActivityModel::tr("flag %1").arg(name);
    case EventKind::Deployed:
        return ActivityModel::tr("deploy %1").arg(name);
    default:
        return shortly(words::sentence(event));
    }
}

QString wordOf(const QString &word)
{
    return word;
}

QString wordOf(KeyState state)
{
    return toWord(state);
}

/// Where what `event` led to is still told: the evidence for it.
std::optional<Because> presentBecause(const Event &event, const DeploymentView &view)
{
    const auto told = [&event](const auto &telling, auto nameOf, auto valueOf) -> std::optional<Because> {
        for (const auto &row : telling.rows) {
            const auto &value = valueOf(row.fact);
            if (row.source == event.source && nameOf(row.fact) == event.subject && value.has() &&
                wordOf(*value) == event.to)
                return Because{.source = row.source, .origin = value.origin, .formula = {}, .rule = {}, .inputs = {}};
        }
        return {};
    };
    switch (event.kind) {
    case EventKind::BreakerChanged:
        for (const BreakerView &breaker : view.breakers) {
            if (breaker.name == event.subject && breaker.state.has() && toWord(*breaker.state) == event.to)
                return breaker.state.because;
        }
        return {};
    case EventKind::HealthChanged:
        for (const HealthView &health : view.health) {
            if (health.path == event.subject && health.level.has() && toWord(*health.level) == event.to)
                return health.level.because;
        }
        return {};
    case EventKind::LimiterChanged:
        if (view.limiter.mode.has() && toWord(*view.limiter.mode) == event.to)
            return view.limiter.mode.because;
        return {};
    case EventKind::KeyChanged:
        return told(view.signingKeys, std::mem_fn(&SigningKey::id), std::mem_fn(&SigningKey::state));
    case EventKind::FlagChanged:
        return told(view.flags, std::mem_fn(&FeatureFlag::key), std::mem_fn(&FeatureFlag::set));
    case EventKind::Deployed:
        return told(view.deploys, std::mem_fn(&Deploy::id), std::mem_fn(&Deploy::status));
    default:
        return {};
    }
}

Instant startOfDay(Instant at)
{
    const QDate day = QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count()).date();
    return Instant{std::chrono::milliseconds(day.startOfDay().toMSecsSinceEpoch())};
}

Cell explained(Cell cell, const Because &because, Status status)
{
    cell.because = because;
    cell.status = status;
    return cell;
}
} // namespace

ActivityKind activityKindOf(const Event &event)
{
    switch (event.kind) {
    case EventKind::BreakerChanged:
    case EventKind::HealthChanged:
    case EventKind::LimiterChanged:
    case EventKind::HitRateChanged:
    case EventKind::LimitChanged:
    case EventKind::ErrorsChanged:
    case EventKind::LatencyChanged:
    case EventKind::MetricChanged:
    case EventKind::StatusChanged:
        return ActivityKind::Transitions;
    case EventKind::FailedOver:
    case EventKind::RoleChanged:
        return ActivityKind::Failovers;
    case EventKind::Deployed:
    case EventKind::SchemaChanged:
    case EventKind::CounterReset:
        return ActivityKind::Deploys;
    case EventKind::KeyChanged:
    case EventKind::FlagChanged:
        return ActivityKind::KeysAndFlags;
    case EventKind::SourceLost:
    case EventKind::SourceBack:
        return ActivityKind::Sources;
    case EventKind::BackupTaken:
        return ActivityKind::Backups;
    }
    return ActivityKind::All;
}

QString titleOf(ActivityKind kind)
{
    switch (kind) {
    case ActivityKind::All:
        return ActivityModel::tr("All changes");
    case ActivityKind::Transitions:
        return ActivityModel::tr("Transitions");
    case ActivityKind::Failovers:
        return ActivityModel::tr("Failovers");
    case ActivityKind::Deploys:
        return ActivityModel::tr("Deploys and restarts");
    case ActivityKind::KeysAndFlags:
        return ActivityModel::tr("Keys and flags");
    case ActivityKind::Sources:
        return ActivityModel::tr("Sources");
    case ActivityKind::Backups:
        return ActivityModel::tr("Backups");
    case ActivityKind::Actions:
        return ActivityModel::tr("Actions from here");
    }
    return {};
}

Because becauseOf(const Event &event, const DeploymentView &view)
{
    const QString change = changeOf(event);
    Because because;
    because.formula =
        ActivityModel::tr("%1%2, seen %3 by %4")
            .arg(whatOf(event), change.isEmpty() ? QString() : u": "_s + change, words::clockTime(event.at),
                 event.source.isEmpty() ? ActivityModel::tr("the console") : words::text(event.source));
    if (event.error) {
        const words::ErrorWords said = words::explain(*event.error);
        because.rule = said.where.isEmpty() ? said.what : u"%1 (%2)"_s.arg(said.what, said.where);
    }
    if (const auto present = presentBecause(event, view))
        because.inputs = {*present};
    return because;
}

QList<TableColumn> ActivityModel::columns() const
{
    return {{"what"_L1, CellUnit::Text},   {"day"_L1, CellUnit::Moment}, {"at"_L1, CellUnit::Moment},
            {"change"_L1, CellUnit::Text}, {"by"_L1, CellUnit::Text},    {"source"_L1, CellUnit::Text}};
}

QList<ActionRecord> actionsIn(TimeRange range, const QString &deployment, const QList<ActionRecord> &records)
{
    QList<ActionRecord> found;
    std::ranges::copy_if(records, std::back_inserter(found), [&](const ActionRecord &record) {
        const bool isRecent = record.at >= std::min(range.from, range.to - actionsAtLeast);
        return record.deployment == deployment && record.at <= range.to &&
               (isRecent || record.isUnfinished || record.revertsAt);
    });
    return found;
}

namespace {
/// "on → off: Done"
QString changeAndOutcome(const ActionRecord &record)
{
    const QString change = words::change(record);
    return change.isEmpty() ? words::outcome(record) : u"%1: %2"_s.arg(change, words::outcome(record));
}
} // namespace

QString actionKeyOf(const ActionRecord &record)
{
    return u"%1|action|%2|%3"_s.arg(record.at.time_since_epoch().count())
        .arg(QString::fromLatin1(record.planId.toHex()), record.beginning);
}

QList<Row> ActivityModel::actionRows(const QString &deployment) const
{
    QList<Row> rows;
    for (const ActionRecord &record : actionsIn(m_range, deployment, m_actions)) {
        const bool isGood = record.ending == Ending::Done || record.ending == Ending::Undone || !record.ending;
        const Status status = record.isUnfinished || !isGood  ? Status::Degraded
                              : record.ending == Ending::Done ? Status::Ok
                                                              : Status::Muted;
        QString what = words::deed(record);
        if (record.plan && !record.plan->reason.isEmpty())
            what += u" ("_s + words::text(record.plan->reason) + u')';
        const Because because{.formula = ActivityModel::tr("%1, begun %2, as this console's journal has it: %3")
                                             .arg(what, words::clockTime(record.at), words::outcome(record)),
                              .rule = record.error};
        rows.append(
            {.key = actionKeyOf(record),
             .cells = {explained(given(what), because, status),
                       explained(given(CellUnit::Moment, variantOf(startOfDay(record.at))), because, Status::Ok),
                       explained(given(CellUnit::Moment, variantOf(record.at)), because, Status::Ok),
                       explained(given(changeAndOutcome(record)), because, status),
                       explained(given(record.operatorId), because, Status::Ok),
                       explained(given(ActivityModel::tr("journal")), because, Status::Ok)},
             .subject = what,
             .status = status,
             .freshness = {.kind = Freshness::Kind::Fresh, .since = record.at, .error = {}},
             .depth = 0});
    }
    return rows;
}

QList<Row> ActivityModel::rows(const DeploymentView &view) const
{
    QList<Row> rows;
    if (m_kind == ActivityKind::All || m_kind == ActivityKind::Actions)
        rows = actionRows(view.name);
    for (const Event &event : newsIn(m_range, view.events)) {
        if (m_kind != ActivityKind::All && activityKindOf(event) != m_kind)
            continue;
        const Because because = becauseOf(event, view);
        const Status status = words::statusOf(event);
        rows.append({.key = u"%1|%2|%3|%4|%5"_s.arg(event.at.time_since_epoch().count())
                                .arg(static_cast<int>(event.kind))
                                .arg(event.source, event.subject, event.to),
                     .cells = {explained(given(whatOf(event)), because, status),
                               explained(given(CellUnit::Moment, variantOf(startOfDay(event.at))), because, Status::Ok),
                               explained(given(CellUnit::Moment, variantOf(event.at)), because, Status::Ok),
                               explained(given(changeOf(event)), because, status),
                               explained(given(event.by), because, Status::Ok),
                               explained(given(event.source), because, Status::Ok)},
                     .subject = event.subject.isEmpty() ? whatOf(event) : event.subject,
                     .status = status,
                     .freshness = {.kind = Freshness::Kind::Fresh, .since = event.at, .error = {}},
                     .depth = 0});
    }
    const int at = columnOf("at"_L1);
    std::ranges::stable_sort(rows, std::ranges::greater{},
                             [at](const Row &row) { return sortKey(row.cells[at]).toDouble(); });
    return rows;
}

} // namespace qd
