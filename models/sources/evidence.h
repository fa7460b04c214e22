/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/cleaned.h"
#include "facts/reading.h"

#include <QJsonDocument>

namespace qd {

/// An exchange to be kept: its reply masked and capped.
[[nodiscard]] Exchange evidence(QString command, const QByteArray &reply,
                                Exchange::Format format = Exchange::Format::Json);
/// A reply that is no JSON, written as such.
[[nodiscard]] Exchange evidence(QString command, const QJsonDocument &reply);

/// What a deployment wrote in its own words, as a fact or an error may repeat it: cleaned, at most `most` characters,
/// and without what looks like a secret. Not for names: two of them must not become one.
[[nodiscard]] QString safeText(const QString &text, qsizetype most = 200);

/// `name` as one step of a JSON Pointer (RFC 6901 §4).
[[nodiscard]] QString pointerStep(QStringView name);

/// The value at a JSON Pointer; undefined where there is none.
[[nodiscard]] QJsonValue valueAt(const QJsonValue &document, QStringView pointer);

/// A count as a number written in text; nothing for anything else, negative numbers included.
[[nodiscard]] std::optional<qint64> countIn(const QByteArray &text);

/// The state that a word means, in the spellings of pybreaker, opossum, resilience4j and Hystrix; nothing for others.
[[nodiscard]] std::optional<BreakerState> breakerState(const QString &word);

} // namespace qd
