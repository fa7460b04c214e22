/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "words/key_words.h"

#include <map>

/// What actions on the passwords of a service do, in words; empty: it is not about passwords.
namespace qd::words {

/// "Rotate REDIS_URL"
[[nodiscard]] QString passwordDeed(QStringView kind, const QString &variable, const std::map<QString, QString> &set);
/// "Set the old REDIS_URL again"
[[nodiscard]] QString passwordUndo(const Phrase &undo);
/// "Let Redis accept a second password of shop"
[[nodiscard]] QString passwordSentence(const Phrase &phrase);
/// "logs in as", "shop_a", "shop_b".
[[nodiscard]] KeyChange passwordChange(const Change &change);

} // namespace qd::words
