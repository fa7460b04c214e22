/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/plan.h"

/// What actions on signing keys do, in words; empty: it is not about keys.
namespace qd::words {

/// "Rotate key k1"
[[nodiscard]] QString keyDeed(QStringView kind, const QString &key);
/// "Sign with k1 again"
[[nodiscard]] QString keyUndo(const Phrase &undo);
/// "Publish the new key k-2 in jwt_keys, for verification alone"
[[nodiscard]] QString keySentence(const Phrase &phrase);
struct KeyChange
{
    QString what; ///< empty: it is not about keys
    QString before;
    QString after;
};
/// "signs", "k1", "k-2".
[[nodiscard]] KeyChange keyChange(const Change &change);

} // namespace qd::words
