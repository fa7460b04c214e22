/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/engine.h"

namespace qd {

/// One beginning of a plan in the journal, and how it ended.
struct ActionRecord
{
    QByteArray planId;
    std::optional<Plan> plan; ///< nothing: another version wrote it, or its beginning is gone
    QString beginning;        ///< "start", "resume", "undo", "settle"; "kept", "left": see PendingRevert
    QString deployment;
    QString operatorId;
    QString host;
    Instant at;
    std::optional<Instant> endedAt;
    std::optional<Ending> ending;
    QString error;                      ///< what was said at the end
    bool isUnfinished = false;          ///< the last of its plan, and the journal knows no end of that
    bool isLast = true;                 ///< of its plan
    bool isDone = false;                ///< it did what it was to do, and that was not taken back since
    bool isByItself = false;            ///< nobody pressed a button for it
    std::optional<Instant> revertsAt{}; ///< of what is done: it is taken back by itself then

    bool operator==(const ActionRecord &) const = default;
};

/// What `entries`, the oldest first, tell of beginnings and ends, in their order. What takes the whole journal to know
/// (isUnfinished, isLast, isDone, revertsAt) is left as it is.
[[nodiscard]] QList<ActionRecord> recordsOf(const QList<Entry> &entries);

/// What was begun, newest first: of the newest thousands of entries, and all that is unfinished.
[[nodiscard]] Result<QList<ActionRecord>> recordsIn(Journal &journal, std::chrono::milliseconds deadline);

} // namespace qd
