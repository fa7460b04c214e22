/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "verify/verification.h"

#include <QStringList>

/// What was looked at after a deploy, as window, terminal and journal say it alike.
namespace qd::words {

/// "passed", "failed", "not looked at", "not known"
[[nodiscard]] QString say(Verified::Result result);
/// What was found, in one sentence: "It answers 503, not 200."; of what passed how it answered: "200 in 4.1 ms".
[[nodiscard]] QString finding(const Verified &verified);
/// "3 of 5 passed, 1 failed, 1 was not looked at"
/// Of the word of a finding, as a check or the journal has it.
[[nodiscard]] QString finding(const QString &word, const QStringList &arguments);
[[nodiscard]] QString summary(const QList<Verified> &results);

} // namespace qd::words
