/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/reverts.h"

#include "actions/engine_entries.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {
namespace {
constexpr int most = 1'000; ///< entries of the kind: who has more pending than that has another problem
} // namespace

std::optional<PendingRevert> pendingRevert(const QList<Entry> &entries)
{
    std::optional<PendingRevert> pending;
    bool wasEnded = false;
    bool isOpen = false;     // meant, and no end of it is known
    bool isByItself = false; // what is open
    bool isHalted = false;
    for (const Entry &entry : entries) {
        const QCborArray body = bodyOf(entry);
        const QString word = body.at(0).toString();
        if (entry.kind == "revert"_L1) {
            pending.reset();
            if (word == "due"_L1)
                pending = {.planId = entry.planId,
                           .at = Instant(Instant::duration(body.at(1).toInteger())),
                           .version = body.at(2).toByteArray()};
        } else if (entry.kind == "undo"_L1) {
            isByItself = body.at(1).toString() == "due"_L1;
            isHalted = false;
        } else if (entry.kind == "intent"_L1) {
            isOpen = true;
        } else if (entry.kind == "halt"_L1) {
            isHalted = isOpen;
        } else if (entry.kind == "end"_L1) {
            isOpen = isOpen && entry.step == beforeAnyIntent;
            if (word == toWord(Ending::Refused))
                continue; // all is as it was
            wasEnded = word == toWord(Ending::Done) || word == toWord(Ending::DoneWarned);
            if (!wasEnded)
                pending.reset();
        }
    }
    const bool needsPerson = isOpen && (!isByItself || isHalted);
    return wasEnded && !needsPerson ? pending : std::nullopt;
}

Result<QList<PendingRevert>> pendingReverts(Journal &journal, std::chrono::milliseconds deadline)
{
    const auto told = journal.entries({.kind = u"revert"_s, .limit = most, .newest = true}, deadline);
    if (!told)
        return std::unexpected(told.error());
    QList<QByteArray> due;
    for (const Entry &entry : *told) {
        due.removeAll(entry.planId);
        if (bodyOf(entry).at(0).toString() == "due"_L1)
            due.append(entry.planId);
    }
    QList<PendingRevert> pending;
    for (const QByteArray &plan : std::as_const(due)) {
        const auto entries = entriesOf(journal, plan, deadline);
        if (!entries)
            return std::unexpected(entries.error());
        if (const auto each = pendingRevert(*entries))
            pending.append(*each);
    }
    std::ranges::stable_sort(pending, {}, &PendingRevert::at);
    return pending;
}

} // namespace qd
