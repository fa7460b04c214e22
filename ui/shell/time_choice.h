/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/units.h"

#include <QString>

#include <array>
#include <optional>

namespace qd {

/// The lengths of time one can look at.
enum class TimeChoice { FiveMinutes, QuarterHour, Hour, SixHours, Day, Week };
inline constexpr std::array allTimeChoices{TimeChoice::FiveMinutes, TimeChoice::QuarterHour, TimeChoice::Hour,
                                           TimeChoice::SixHours,    TimeChoice::Day,         TimeChoice::Week};

[[nodiscard]] std::chrono::milliseconds lengthOf(TimeChoice choice);
[[nodiscard]] QString shortWord(TimeChoice choice); ///< "15 m"
[[nodiscard]] QString longWords(TimeChoice choice); ///< "the last 15 minutes"
/// The word it is kept under in the settings: "15m". Unknown words are an hour.
[[nodiscard]] QString keyOf(TimeChoice choice);
[[nodiscard]] TimeChoice timeChoice(const QString &key);

/// The range that ends at `now`. Its ends move in steps of less than a pixel, so that a long range is not drawn anew
/// every second for nothing. `now` lies in it.
[[nodiscard]] TimeRange rangeOf(TimeChoice choice, Instant now);

/// `range` from the whole minute in which watching began, where less than a quarter of it was watched: a chart with a
/// dot at its edge tells nothing. A minute at least.
[[nodiscard]] TimeRange watchedPart(TimeRange range, std::optional<Instant> watchedSince);

} // namespace qd
