/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "watch/custody.h"

#include "watch/row_parts.h"

#include <QDateTime>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
QString utc(Instant at)
{
    return QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count(), Qt::UTC).toString(Qt::ISODate);
}

Instant midnight(QDate date)
{
    return Instant{std::chrono::milliseconds(date.startOfDay().toMSecsSinceEpoch())};
}

/// The files whose time is known, oldest first.
QList<Told<Backup>> dated(const Telling<Backup> &backups)
{
    QList<Told<Backup>> files;
    std::ranges::copy_if(backups.rows, std::back_inserter(files),
                         [](const Told<Backup> &row) { return row.fact.takenAt.has(); });
    std::ranges::stable_sort(files, {}, [](const Told<Backup> &row) { return *row.fact.takenAt; });
    return files;
}

/// "at − from", as an age.
Shown<Millis> ageOf(const QString &source, const Value<Instant> &from, Instant at)
{
    if (!from.has())
        return {};
    return {.value = Millis(at - *from),
            .status = Status::Ok,
            .because = {.source = source,
                        .origin = {},
                        .formula = u"%1 − %2"_s.arg(utc(at), utc(*from)),
                        .rule = {},
                        .inputs = {because(source, from)}}};
}

Shown<Share> growthOf(const Told<Backup> &last, const Told<Backup> &before)
{
    const auto &now = last.fact.size;
    const auto &then = before.fact.size;
    if (!now.has() || !then.has() || then->count <= 0)
        return {};
    const double ratio = static_cast<double>(now->count) / static_cast<double>(then->count);
    return {.value = Share{ratio - 1},
            .status = ratio < 0.5 ? Status::Degraded : Status::Ok,
            .because = {.source = last.source,
                        .origin = {},
                        .formula = u"%1 / %2 − 1"_s.arg(now->count).arg(then->count),
                        .rule = ratio < 0.5 ? u"less than half of the good backup before it"_s : QString(),
                        .inputs = {because(last.source, now), because(before.source, then)}}};
}

/// A number of files that were counted in one listing.
Shown<qint64> counted(const QList<Told<Backup>> &files, bool (*isCounted)(const Backup &), const QString &formula)
{
    Shown<qint64> number{.value = 0, .status = Status::Ok, .because = {}};
    number.because.formula = formula;
    for (const Told<Backup> &row : files) {
        if (!isCounted(row.fact))
            continue;
        ++*number.value;
        number.because.inputs.append(row.fact.trouble.has() ? because(row.source, row.fact.trouble)
                                                            : because(row.source, row.fact.takenAt));
    }
    return number;
}

bool isJudged(const Backup &backup)
{
    return isGood(backup) || isBad(backup);
}

/// Since when it signs, or was to be seen at all.
std::optional<Instant> begun(const SigningKey &key)
{
    return key.activatedAt.has() ? key.activatedAt.value : key.createdAt.value;
}

/// What no file of the day says: whether one should be there. `files` are oldest first.
BackupDay::Kind kindOfEmpty(const QList<Told<Backup>> &files, const BackupPolicy &policy, Instant from, Instant end,
                            Instant at)
{
    const bool isToday = end > at;
    if (policy.every.count() == 0)
        return BackupDay::Kind::Quiet;
    if (policy.keep.count() > 0 && from < at - policy.keep)
        return BackupDay::Kind::Beyond;
    const Instant when = std::min(end, at);
    const auto isCovered = [&](bool (*counts)(const Backup &)) {
        return std::ranges::any_of(files, [&](const Told<Backup> &row) {
            const Instant taken = *row.fact.takenAt;
            return taken <= when && when - taken <= policy.every + BackupPolicy::tolerance && counts(row.fact);
        });
    };
    if (!isCovered(isGood))
        return isCovered([](const Backup &backup) { return !isBad(backup); }) ? BackupDay::Kind::Unknown
                                                                              : BackupDay::Kind::Missing;
    return isToday ? BackupDay::Kind::Due : BackupDay::Kind::Quiet;
}
} // namespace

bool isGood(const Backup &backup)
{
    return backup.format.has() && !isBad(backup);
}

bool isBad(const Backup &backup)
{
    return !backup.trouble.valueOr({}).isEmpty();
}

BackupFigures figuresOf(const Telling<Backup> &backups, const BackupPolicy &policy, Instant at)
{
    BackupFigures figures;
    if (backups.rows.isEmpty() && backups.freshness.kind != Freshness::Kind::Fresh)
        return figures;
    if (backups.rows.isEmpty() || std::ranges::any_of(backups.rows, isJudged, &Told<Backup>::fact)) {
        figures.kept = counted(backups.rows, isGood, u"files without trouble"_s);
        figures.troubled = counted(backups.rows, isBad, u"files with trouble"_s);
        figures.troubled.status = *figures.troubled > 0 ? Status::Degraded : Status::Ok;
    }

    Bytes total;
    QStringList sum;
    QList<Because> sizes;
    for (const Told<Backup> &row : backups.rows) {
        if (!row.fact.size.has())
            continue;
        total.count += row.fact.size->count;
        sum.append(QString::number(row.fact.size->count));
        sizes.append(because(row.source, row.fact.size));
    }
    if (!sizes.isEmpty()) {
        figures.total.value = total;
        figures.total.because.formula = sum.size() <= 8 ? sum.join(u" + "_s) : u"sum of %1 sizes"_s.arg(sum.size());
        figures.total.because.inputs = sizes;
    }

    QList<Told<Backup>> files = dated(backups);
    if (!files.isEmpty())
        figures.newest = files.last();
    // A time that has yet to come is a wrong one.
    files.removeIf([at](const Told<Backup> &row) { return *row.fact.takenAt > at + BackupPolicy::tolerance; });
    const auto notBad =
        std::ranges::find_if(files.rbegin(), files.rend(), [](const Told<Backup> &row) { return !isBad(row.fact); });
    figures.isUnsure = notBad != files.rend() && !isGood(notBad->fact);
    files.removeIf([](const Told<Backup> &row) { return !isGood(row.fact); });
    if (files.isEmpty())
        return figures;
    figures.newestGood = files.last();
    figures.oldestGood = files.first();
    const Told<Backup> &last = files.last();
    figures.size = asTold(last.source, last.fact.size);
    const bool isLate = policy.every.count() > 0 && at - *last.fact.takenAt > policy.every + BackupPolicy::tolerance;
    if (!isLate || !figures.isUnsure)
        figures.age = ageOf(last.source, last.fact.takenAt, at);
    if (isLate && figures.age.has()) {
        figures.age.status = Status::Degraded;
        figures.age.because.rule =
            u"older than %1 h + %2 h"_s.arg(num(static_cast<double>(policy.every.count()) / 3600))
                .arg(BackupPolicy::tolerance.count());
    }
    if (files.size() > 1)
        figures.growth = growthOf(last, files[files.size() - 2]);
    return figures;
}

QList<BackupDay> backupDays(const Telling<Backup> &backups, const BackupPolicy &policy, Instant at, int count)
{
    const QList<Told<Backup>> files = dated(backups);
    // What was read last is all that is known: nobody saw what came after it.
    const Freshness &freshness = backups.rows.isEmpty() ? backups.freshness : backups.rows.first().freshness;
    const std::optional<Instant> seenUntil =
        freshness.kind == Freshness::Kind::Fresh ? at : std::optional(freshness.since);
    const bool isKnown = freshness.kind != Freshness::Kind::Pending;

    QList<BackupDay> days;
    const QDate today = QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count()).date();
    for (int back = count - 1; back >= 0; --back) {
        const QDate date = today.addDays(-back);
        BackupDay day{.from = midnight(date)};
        const Instant end = midnight(date.addDays(1));
        std::ranges::copy_if(files, std::back_inserter(day.files), [&](const Told<Backup> &row) {
            return *row.fact.takenAt >= day.from && *row.fact.takenAt < end;
        });
        if (!day.files.isEmpty())
            day.kind = std::ranges::any_of(day.files, isGood, &Told<Backup>::fact)  ? BackupDay::Kind::Good
                       : std::ranges::all_of(day.files, isBad, &Told<Backup>::fact) ? BackupDay::Kind::Bad
                                                                                    : BackupDay::Kind::Unknown;
        else if (isKnown && (*seenUntil >= end || *seenUntil == at))
            day.kind = kindOfEmpty(files, policy, day.from, end, at);
        days.append(day);
    }
    return days;
}

KeyNeed needOf(const SigningKey &key)
{
    switch (key.state.valueOr(KeyState::Unknown)) {
    case KeyState::Next:
        return KeyNeed::Waits;
    case KeyState::Active:
        return KeyNeed::Signs;
    case KeyState::Retiring:
        return !key.tokens.has() ? KeyNeed::Unknown : *key.tokens > 0 ? KeyNeed::Tokens : KeyNeed::Nothing;
    case KeyState::Retired:
        return KeyNeed::Retired;
    case KeyState::Unknown:
        break;
    }
    return KeyNeed::Unknown;
}

QString toWord(KeyNeed need)
{
    switch (need) {
    case KeyNeed::Unknown:
        return u"unknown"_s;
    case KeyNeed::Waits:
        return u"waits"_s;
    case KeyNeed::Signs:
        return u"signs"_s;
    case KeyNeed::Tokens:
        return u"tokens"_s;
    case KeyNeed::Nothing:
        return u"nothing"_s;
    case KeyNeed::Retired:
        return u"retired"_s;
    }
    return {};
}

QList<Told<SigningKey>> byLife(const Telling<SigningKey> &keys)
{
    QList<Told<SigningKey>> rows = keys.rows;
    // Where several may be active, the youngest signs; one that is to go only verifies.
    const Told<SigningKey> *signs = signingKey(keys);
    for (Told<SigningKey> &row : rows) {
        const bool isActive = row.fact.state.valueOr(KeyState::Unknown) == KeyState::Active;
        if (isActive && row.fact.retireAfter.has() && signs && row.fact.id != signs->fact.id)
            row.fact.state.value = KeyState::Retiring;
    }
    const auto rank = [](const Told<SigningKey> &row) {
        const auto state = static_cast<int>(row.fact.state.valueOr(KeyState::Unknown));
        return state == 0 ? 5 : state;
    };
    std::ranges::stable_sort(rows, [&](const auto &a, const auto &b) {
        return rank(a) != rank(b) ? rank(a) < rank(b) : begun(b.fact) < begun(a.fact);
    });
    return rows;
}

const Told<SigningKey> *signingKey(const Telling<SigningKey> &keys)
{
    const Told<SigningKey> *found = nullptr;
    for (const Told<SigningKey> &row : keys.rows) {
        if (row.fact.state.valueOr(KeyState::Unknown) != KeyState::Active)
            continue;
        if (!found || begun(found->fact) < begun(row.fact))
            found = &row;
    }
    return found;
}

Shown<Millis> signingKeyAge(const Telling<SigningKey> &keys, Instant at)
{
    const Told<SigningKey> *key = signingKey(keys);
    if (!key)
        return {};
    return ageOf(key->source, key->fact.activatedAt.has() ? key->fact.activatedAt : key->fact.createdAt, at);
}

ApiKeyStanding standingOf(const ApiKey &key, Instant at)
{
    if (key.revokedAt.has() && *key.revokedAt <= at)
        return ApiKeyStanding::Revoked;
    if (key.expiresAt.has() && *key.expiresAt <= at)
        return ApiKeyStanding::Expired;
    if (key.expiresAt.has() && *key.expiresAt - at <= expiringWithin)
        return ApiKeyStanding::Expiring;
    if (key.lastUsedAt.has())
        return ApiKeyStanding::InUse;
    // Looked for in a reply that has nothing there: never. Not looked for: nobody knows.
    return key.lastUsedAt.origin.exchange >= 0 ? ApiKeyStanding::NeverUsed : ApiKeyStanding::Unknown;
}

QString toWord(ApiKeyStanding standing)
{
    switch (standing) {
    case ApiKeyStanding::Unknown:
        return u"unknown"_s;
    case ApiKeyStanding::InUse:
        return u"in-use"_s;
    case ApiKeyStanding::NeverUsed:
        return u"never-used"_s;
    case ApiKeyStanding::Expiring:
        return u"expiring"_s;
    case ApiKeyStanding::Expired:
        return u"expired"_s;
    case ApiKeyStanding::Revoked:
        return u"revoked"_s;
    }
    return {};
}

FlagStanding standingOf(const FeatureFlag &flag, const Telling<Variable> &variables)
{
    if (flag.effective.has() && flag.set.has())
        return *flag.effective == *flag.set ? FlagStanding::Live : FlagStanding::Waiting;
    const auto variable =
        std::ranges::find_if(variables.rows, [&](const Told<Variable> &row) { return row.fact.key == flag.key; });
    if (variable == variables.rows.end() || !variable->fact.isLive.has())
        return FlagStanding::Unknown;
    return *variable->fact.isLive != 0 ? FlagStanding::Live : FlagStanding::Waiting;
}

QString toWord(FlagStanding standing)
{
    switch (standing) {
    case FlagStanding::Unknown:
        return u"unknown"_s;
    case FlagStanding::Live:
        return u"live"_s;
    case FlagStanding::Waiting:
        return u"waiting"_s;
    }
    return {};
}

} // namespace qd
