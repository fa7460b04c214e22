/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "tables/fleet_model.h"

#include "history/logbook.h"
#include "sources/source.h"
#include "watch/custody.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

namespace {

// True where the source that would tell of `kind` says no, altogether or in this part.
bool refused(const DeploymentView &view, const char *kind)
{
    const auto word = QString::fromLatin1(kind);
    return std::ranges::any_of(view.sources, [&word](const SourceView &source) {
        const bool silent =
            source.freshness.kind == Freshness::Kind::Refused && factKindsOf(source.kind).contains(word);
        return silent || std::ranges::any_of(source.refusals, [&word](const Refusal &r) { return r.what == word; });
    });
}

template <class Rows>
bool allRefused(const Rows &rows)
{
    return !rows.isEmpty() &&
           std::ranges::all_of(rows, [](const auto &row) { return row.freshness.kind == Freshness::Kind::Refused; });
}

Cell nothing(CellUnit unit, bool isRefused)
{
    return {.value = {},
            .unit = unit,
            .known = isRefused ? Known::Refused : Known::NotMeasured,
            .status = Status::Ok,
            .because = {}};
}

Cell openBreakers(const DeploymentView &view)
{
    const bool measured = std::ranges::any_of(view.breakers, [](const BreakerView &b) { return b.state.has(); });
    if (!measured)
        return nothing(CellUnit::Count, allRefused(view.breakers) || refused(view, Breaker::kind));
    // As believable as the least believable of the breakers that are counted.
    Known known = Known::Measured;
    for (const BreakerView &breaker : view.breakers) {
        if (breaker.state.has())
            known = std::max(known, knownOf(breaker.freshness, true));
    }
    const qint64 open = view.openBreakers();
    return {.value = variantOf(open),
            .unit = CellUnit::Count,
            .known = known,
            .status = open > 0 ? Status::Down : Status::Ok,
            .because = {}};
}

Cell lowestHitRate(const DeploymentView &view)
{
    if (const CacheView *cache = view.lowestHitRate())
        return shown(CellUnit::Share, cache->hitRate, cache->freshness);
    return nothing(CellUnit::Share, allRefused(view.caches) || refused(view, Cache::kind));
}

Cell nearestLimit(const DeploymentView &view)
{
    if (const TierView *tier = refusingTier(view)) {
        // How full the fullest counter is nobody needs to know for it: it is refusals that are counted.
        const auto source = std::ranges::find(view.sources, tier->rejected.because.source, &SourceView::id);
        return shown(CellUnit::Count, tier->refused,
                     source == view.sources.end() ? tier->freshness : source->freshness);
    }
    if (const LimitView *limit = view.nearestLimit()) {
        Cell cell = shown(CellUnit::Share, limit->fill, limit->freshness);
        cell.status = limit->status;
        return cell;
    }
    return nothing(CellUnit::Share, refused(view, RateLimit::kind));
}

Cell backupAge(const DeploymentView &view, const Profile &profile)
{
    const BackupFigures backups = figuresOf(view.backups, profile.backupPolicy.value_or(BackupPolicy{}), view.at);
    return shown(CellUnit::Milliseconds, backups.age,
                 backups.newestGood ? backups.newestGood->freshness : view.backups.freshness);
}

Cell keyAge(const DeploymentView &view)
{
    const Told<SigningKey> *key = signingKey(view.signingKeys);
    return shown(CellUnit::Milliseconds, signingKeyAge(view.signingKeys, view.at),
                 key ? key->freshness : view.signingKeys.freshness);
}

/// Of the service, where it speaks for itself: that its backups can still be listed is no answer of it.
std::optional<Instant> lastAnswer(const DeploymentView &view)
{
    if (std::ranges::none_of(view.sources, &SourceView::isService))
        return view.lastAnswer;
    std::optional<Instant> last;
    for (const SourceView &source : view.sources) {
        const Freshness::Kind kind = source.freshness.kind;
        if (source.isService && (kind == Freshness::Kind::Fresh || kind == Freshness::Kind::Stale))
            last = std::max(last.value_or(source.freshness.since), source.freshness.since);
    }
    return last;
}

Row rowFor(const QString &key, const Logbook &logbook)
{
    const DeploymentView &view = logbook.view();
    const std::optional<Instant> answered = lastAnswer(view);
    Row row{.key = key, .cells = {}, .subject = view.name, .status = view.status, .freshness = {}, .depth = 0};
    row.freshness = view.requests.freshness;
    row.cells = {given(view.name),
                 given(view.title),
                 given(view.environment),
                 given(CellUnit::Status, QVariant::fromValue(view.status)),
                 given(CellUnit::Moment, view.since ? variantOf(*view.since) : QVariant()),
                 given(CellUnit::Reasons, QVariant::fromValue(view.reasons)),
                 openBreakers(view),
                 lowestHitRate(view),
                 nearestLimit(view),
                 shown(CellUnit::Milliseconds, view.requests.latencyP95, view.requests.freshness),
                 shown(CellUnit::PerSecond, view.requests.rate, view.requests.freshness),
                 backupAge(view, logbook.profile()),
                 keyAge(view),
                 given(CellUnit::Moment, answered ? variantOf(*answered) : QVariant())};
    return row;
}

} // namespace

const TierView *refusingTier(const DeploymentView &view)
{
    const TierView *most = nullptr;
    for (const TierView &tier : view.tiers) {
        if (tier.refused.status == Status::Degraded && (!most || *tier.refused > *most->refused))
            most = &tier;
    }
    return most;
}

QList<TableColumn> FleetModel::columns() const
{
    return {{"name"_L1, CellUnit::Text},
            {"title"_L1, CellUnit::Text},
            {"environment"_L1, CellUnit::Text},
            {"status"_L1, CellUnit::Status},
            {"since"_L1, CellUnit::Moment},
            {"reasons"_L1, CellUnit::Reasons},
            {"open_breakers"_L1, CellUnit::Count},
            {"hit_rate"_L1, CellUnit::Share},
            {"nearest_limit"_L1, CellUnit::Share},
            {"latency_p95"_L1, CellUnit::Milliseconds},
            {"requests"_L1, CellUnit::PerSecond},
            {"backup_age"_L1, CellUnit::Milliseconds},
            {"key_age"_L1, CellUnit::Milliseconds},
            {"last_answer"_L1, CellUnit::Moment}};
}

void FleetModel::add(const Logbook &logbook)
{
    const Member member{&logbook, m_nextId++};
    m_members += member;
    connect(&logbook, &Logbook::changed, this,
            [this, member] { replaceRow(rowFor(QString::number(member.id), *member.logbook)); });
    connect(&logbook, &QObject::destroyed, this, [this](const QObject *gone) { forget(gone); });
    showAll();
}

void FleetModel::remove(const Logbook &logbook)
{
    disconnect(&logbook, nullptr, this, nullptr);
    forget(&logbook);
}

const Logbook *FleetModel::logbookAt(int row) const
{
    return row >= 0 && row < m_members.size() ? m_members[row].logbook : nullptr;
}

void FleetModel::forget(const QObject *logbook)
{
    m_members.removeIf([logbook](const Member &member) { return member.logbook == logbook; });
    showAll();
}

void FleetModel::showAll()
{
    QList<Row> rows;
    for (const Member &member : m_members)
        rows += rowFor(QString::number(member.id), *member.logbook);
    setRows(rows);
}

} // namespace qd
