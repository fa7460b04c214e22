/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "words/words.h"

#include <QCoreApplication>

/// Words that reasons and events have in common.
namespace qd::words {

struct Tr
{
    Q_DECLARE_TR_FUNCTIONS(Words)
};

/// "database", "external/openai" as one names it; the deployment itself where the path is empty.
[[nodiscard]] QString partName(const QString &path);
/// "5 of 5 failures"; empty where they are not known.
[[nodiscard]] QString counted(const std::optional<qint64> &number, const std::optional<qint64> &threshold);
/// LimiterMode words as facts write them ("memory"), said as a sentence's end; with why it is so, where that is known.
[[nodiscard]] QString limiterWords(const QString &mode, const QString &because = {});
/// A Level's word as facts write it ("degraded"); another word as it is.
[[nodiscard]] QString levelWord(const QString &word);

} // namespace qd::words
