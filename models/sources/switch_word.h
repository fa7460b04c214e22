/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include <QString>

#include <optional>

namespace qd {

/// What a word says of something that is on or off: true, 1, on, yes; false, 0, off, no. Nothing for any other.
[[nodiscard]] std::optional<bool> isOn(QStringView word);

/// `on` in the style of what is written there now: "1" is turned to "0", not to "false".
[[nodiscard]] QString inStyleOf(const std::optional<QString> &held, bool on);

} // namespace qd
