/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/chart_panel.h"

namespace qd {

/// An event as every chart marks it.
[[nodiscard]] Mark markOf(const Event &event);

/// Marks that would stand closer than a fortieth of `range` become one, at the time of the first of them, with the
/// worst of their statuses, its label, and all of their texts (the first four). Oldest first. Pure.
[[nodiscard]] QList<Mark> thinned(QList<Mark> marks, TimeRange range);

} // namespace qd
