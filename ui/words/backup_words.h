/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/plan.h"

/// What actions on backups do, in words; empty: it is not about backups.
namespace qd::words {

/// "Restore app.dump beside the live database"
[[nodiscard]] QString backupDeed(QStringView kind, const QString &file);
/// "Drop app_restored"
[[nodiscard]] QString backupUndo(const Phrase &undo);
[[nodiscard]] QString backupSentence(const Phrase &phrase);
/// "212 MB of app.dump"
[[nodiscard]] QString backupMeasure(const Measure &measure);

} // namespace qd::words
