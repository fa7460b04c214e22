/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/records.h"

namespace qd {

/// Whether actions of that kind give a deployment another key or secret, or end one.
[[nodiscard]] bool rotates(QStringView kind);

/// Of a key or secret, as a journal tells it.
struct Rotation
{
    ActionRecord record;
    QString approvedBy{};  ///< empty: nobody had to
    QByteArray evidence{}; ///< as Action::evidence() has it; empty: none was kept
};

struct RotationLog
{
    QList<Rotation> rotations; ///< oldest first
    Verdict verdict;           ///< of the journal that they are from
};

/// All of them that the journal in `file` has, of one deployment, or of all where that is empty. Changes nothing, and
/// waits for the disk. Errors: those of JournalFile.
[[nodiscard]] Result<RotationLog> rotationsIn(const QString &file, const QString &deployment);

} // namespace qd
