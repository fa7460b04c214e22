/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/records.h"

#include "actions/engine_entries.h"
#include "actions/reverts.h"

#include <QCborArray>
#include <QCborValue>
#include <QHash>
#include <QSet>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int newest = 4000;

std::optional<Ending> endingOf(const QString &word)
{
    constexpr std::array all{Ending::Refused, Ending::Done,        Ending::DoneWarned,
                             Ending::Undone,  Ending::NeedsPerson, Ending::Settled};
    const auto found = std::ranges::find_if(all, [&](Ending each) { return toWord(each) == word; });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

/// Adds what `entries`, oldest first, tell.
void gather(const QList<Entry> &entries, QList<ActionRecord> &records)
{
    QHash<std::pair<QByteArray, QString>, qsizetype> open; // by plan, and by who began it
    for (const Entry &entry : entries) {
        const QCborArray body = QCborValue::fromCbor(entry.body).toArray();
        const std::pair key(entry.planId, u"%1@%2"_s.arg(entry.operatorId, entry.host));
        if (entry.kind == "revert"_L1 && body.at(0).toString() != "due"_L1) {
            // Told beside what was done; it is no end of it.
            const bool isLeft = body.at(0).toString() == "left"_L1;
            const auto of = std::ranges::find(records, entry.planId, &ActionRecord::planId);
            records.append({.planId = entry.planId,
                            .plan = of == records.end() ? std::nullopt : of->plan,
                            .beginning = body.at(0).toString(),
                            .deployment = entry.deployment,
                            .operatorId = entry.operatorId,
                            .host = entry.host,
                            .at = entry.at,
                            .endedAt = entry.at,
                            .ending = isLeft ? std::optional(Ending::Refused) : std::nullopt,
                            .error = isLeft ? body.at(2).toString() : entry.reason,
                            .isByItself = isLeft});
        } else if (entry.kind == "start"_L1 || entry.kind == "resume"_L1 || entry.kind == "undo"_L1 ||
                   entry.kind == "settle"_L1) {
            const auto plan = planFrom(body.at(0).toByteArray());
            open[key] = records.size();
            records.append({.planId = entry.planId,
                            .plan = plan ? std::optional(*plan) : std::nullopt,
                            .beginning = entry.kind,
                            .deployment = entry.deployment,
                            .operatorId = entry.operatorId,
                            .host = entry.host,
                            .at = entry.at,
                            .endedAt = {},
                            .ending = {},
                            .error = {},
                            .isByItself = body.at(1).toString() == "due"_L1});
        } else if ((entry.kind == "end"_L1 || entry.kind == "halt"_L1) && open.contains(key)) {
            ActionRecord &record = records[open[key]];
            record.endedAt = entry.at;
            record.ending = endingOf(body.at(0).toString());
            record.error = body.at(2).toString();
        }
    }
}
} // namespace

QList<ActionRecord> recordsOf(const QList<Entry> &entries)
{
    QList<ActionRecord> records;
    gather(entries, records);
    return records;
}

Result<QList<ActionRecord>> recordsIn(Journal &journal, std::chrono::milliseconds deadline)
{
    const auto entries = journal.entries({.limit = newest, .newest = true}, deadline);
    const auto unfinished = entries ? journal.unfinished(deadline) : std::unexpected(entries.error());
    const auto pending = unfinished ? pendingReverts(journal, deadline) : std::unexpected(unfinished.error());
    if (!pending)
        return std::unexpected(pending.error());
    QList<ActionRecord> records;
    gather(*entries, records);
    QList<QByteArray> wanted = *unfinished;
    for (const PendingRevert &each : *pending)
        wanted.append(each.planId);
    for (const QByteArray &id : std::as_const(wanted)) {
        if (std::ranges::find(records, id, &ActionRecord::planId) != records.end())
            continue;
        const auto old = entriesOf(journal, id, deadline);
        if (!old)
            return std::unexpected(old.error());
        gather(*old, records);
    }
    std::ranges::reverse(records); // of what was at one time, too, the newest comes first
    std::ranges::stable_sort(records, std::ranges::greater{}, &ActionRecord::at);
    QSet<QByteArray> seen;
    QSet<QByteArray> ended;
    for (ActionRecord &record : records) {
        if (record.ending && *record.ending != Ending::Refused && !ended.contains(record.planId)) {
            ended.insert(record.planId);
            record.isDone = (record.ending == Ending::Done || record.ending == Ending::DoneWarned) &&
                            !unfinished->contains(record.planId);
            const auto due = std::ranges::find(*pending, record.planId, &PendingRevert::planId);
            if (due != pending->end())
                record.revertsAt = due->at;
        }
        record.isLast = !seen.contains(record.planId);
        record.isUnfinished = record.isLast && unfinished->contains(record.planId);
        seen.insert(record.planId);
    }
    return records;
}

} // namespace qd
