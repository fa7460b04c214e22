/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#include "actions/engine_entries.h"

#include <QCborValue>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace qd {

bool hasFailed(const QList<Check> &checks)
{
    return std::ranges::find(checks, Check::Result::Failed, &Check::result) != checks.end();
}

std::optional<Error> firstError(const QList<Check> &checks)
{
    const auto it = std::ranges::find_if(
        checks, [](const Check &check) { return check.result == Check::Result::Failed && check.error; });
    return it == checks.end() ? std::nullopt : it->error;
}

QCborArray bodyOf(const QString &word, const std::optional<Error> &error)
{
    QCborArray body{word};
    if (error) {
        for (const QString &part : {toWord(error->code), error->message, error->where})
            body.append(part);
    }
    return body;
}

QCborArray bodyOf(const Entry &entry)
{
    return QCborValue::fromCbor(entry.body).toArray();
}

Result<QList<Entry>> entriesOf(Journal &journal, const QByteArray &planId, std::chrono::milliseconds deadline)
{
    QList<Entry> all;
    for (EntryFilter filter{.planId = planId};; filter.sinceSeq = all.last().seq) {
        const auto page = journal.entries(filter, deadline);
        if (!page)
            return page;
        all += *page;
        if (page->size() < filter.limit)
            return all;
    }
}

const Entry *lastEnd(const QList<Entry> &entries)
{
    const auto end = std::find_if(entries.rbegin(), entries.rend(), [](const Entry &entry) {
        return entry.kind == "end"_L1 && bodyOf(entry).at(0).toString() != toWord(Ending::Refused);
    });
    return end == entries.rend() ? nullptr : &*end;
}

bool wasDone(const QList<Entry> &entries)
{
    const Entry *end = lastEnd(entries);
    const QString word = end == nullptr ? QString() : bodyOf(*end).at(0).toString();
    return word == toWord(Ending::Done) || word == toWord(Ending::DoneWarned);
}

Error somebodyElse(const Plan &plan)
{
    return {ErrorCode::BadInput,
            u"%1 is neither as the plan found it nor as the plan leaves it: somebody else changed it meanwhile"_s.arg(
                plan.resource),
            plan.target.address};
}

} // namespace qd
