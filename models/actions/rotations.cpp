/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/rotations.h"

#include "actions/engine_entries.h"
#include "audit/journal_file.h"

#include <QHash>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace qd {
namespace {
constexpr auto patience = 10s;

/// Oldest first: all that the journal tells of plans that rotate.
Result<QList<Entry>> rotatingEntries(const QString &file, const QString &deployment)
{
    const auto journal =
        JournalFile::open(file, JournalFile::Access::ReadOnly, std::chrono::steady_clock::now() + patience);
    if (!journal)
        return std::unexpected(journal.error());
    QList<Entry> kept;
    QHash<QByteArray, bool> rotating; // by plan
    const auto read = (*journal)->eachEntry([&](const Entry &entry) {
        if (entry.planId.isEmpty() || (!deployment.isEmpty() && entry.deployment != deployment))
            return true;
        if (!rotating.contains(entry.planId)) {
            const auto plan = planFrom(bodyOf(entry).at(0).toByteArray());
            rotating.insert(entry.planId, plan && rotates(plan->action));
        }
        if (rotating.value(entry.planId))
            kept.append(entry);
        return true;
    });
    if (!read)
        return std::unexpected(read.error());
    return kept;
}
} // namespace

bool rotates(QStringView kind)
{
    static constexpr std::array verbs{"rotate-"_L1, "retire-"_L1, "revoke-"_L1, "issue-"_L1, "swap-"_L1};
    return kind == "guided-rotation"_L1 ||
           std::ranges::any_of(verbs, [&](QLatin1StringView verb) { return kind.startsWith(verb); });
}

Result<RotationLog> rotationsIn(const QString &file, const QString &deployment)
{
    const auto entries = rotatingEntries(file, deployment);
    if (!entries)
        return std::unexpected(entries.error());
    RotationLog log;
    for (const ActionRecord &record : recordsOf(*entries))
        log.rotations.append({.record = record});
    for (const Entry &entry : *entries) {
        const bool isApproval = entry.kind == "approval"_L1;
        if (!isApproval && entry.kind != "check"_L1)
            continue;
        // Of the beginning that it follows.
        const auto of = std::ranges::find_if(log.rotations.rbegin(), log.rotations.rend(), [&](const Rotation &each) {
            return each.record.planId == entry.planId && each.record.at <= entry.at;
        });
        if (of == log.rotations.rend())
            continue;
        if (!isApproval)
            of->evidence = entry.body;
        else if (const auto approval = approvalFrom(bodyOf(entry).at(1).toString().toLatin1()))
            of->approvedBy = approval->approver;
    }
    auto verdict = verifyJournal(file);
    if (!verdict)
        return std::unexpected(verdict.error());
    log.verdict = std::move(*verdict);
    return log;
}

} // namespace qd
