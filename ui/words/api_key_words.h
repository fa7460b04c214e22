/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "words/key_words.h"

/// What actions on clients' API keys do, in words; empty: it is not about them.
namespace qd::words {

/// "Rotate API key lg_1f"
[[nodiscard]] QString apiKeyDeed(QStringView kind, const QString &key);
/// "Let API key lg_1f be valid again"
[[nodiscard]] QString apiKeyUndo(const Phrase &undo);
[[nodiscard]] QString apiKeySentence(const Phrase &phrase);
[[nodiscard]] KeyChange apiKeyChange(const Change &change);
/// "the old key's last use: 3 min ago (api_keys)"
[[nodiscard]] QString apiKeyMeasure(const Measure &measure);

/// What a person has to do besides, and by when.
[[nodiscard]] QStringList apiKeyMeanwhile(const Plan &plan, bool isUndo);

} // namespace qd::words
