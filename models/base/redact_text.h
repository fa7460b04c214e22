/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QString>

namespace qd {

/// What stands where a secret was.
inline constexpr QStringView secretMark = u"••••";

/// How surely a name is a secret's.
enum class Secrecy {
    None,
    Maybe,   ///< "auth", "pass": also what a health check or a tier of limits is called; numbers below it are shown
    Certain, ///< "password", "api_key": nothing below it is shown
};
[[nodiscard]] Secrecy secrecyOf(QStringView name);

/// Text in no known format with its secrets replaced, in one pass over it. Where it cannot tell the end of a secret,
/// everything to the end of the text goes.
[[nodiscard]] QString maskedText(const QString &text);

} // namespace qd
