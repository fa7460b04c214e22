/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/engine.h"

#include <QCborArray>

/// What the entries of one plan tell, and what the engine writes into them.
namespace qd {

[[nodiscard]] bool hasFailed(const QList<Check> &checks);
[[nodiscard]] std::optional<Error> firstError(const QList<Check> &checks);

/// The evidence of an outcome or an end.
[[nodiscard]] QCborArray bodyOf(const QString &word, const std::optional<Error> &error);
[[nodiscard]] QCborArray bodyOf(const Entry &entry);
/// The step of the "end" of who was refused before they wrote an intent: it ends a "start", and no "intent", which is
/// then another's. All other ends are of the plan as a whole.
inline constexpr int beforeAnyIntent = 0;

/// All of one plan's, the oldest first, however many.
[[nodiscard]] Result<QList<Entry>> entriesOf(Journal &journal, const QByteArray &planId,
                                             std::chrono::milliseconds deadline);
/// The last end among `entries` but for refusals, which touch nothing; null: there is none.
[[nodiscard]] const Entry *lastEnd(const QList<Entry> &entries);
/// Whether what `entries` tell of ended with its deed done, and not taken back since.
[[nodiscard]] bool wasDone(const QList<Entry> &entries);

[[nodiscard]] Error somebodyElse(const Plan &plan);

} // namespace qd
