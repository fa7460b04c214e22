/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "exposition/exposition.h"

namespace qd {

/// Flags what can be read and contradicts itself: values, labels and order that a family's type forbids (OpenMetrics
/// 1.0, "Metric Types"; for text what its description says of histograms and summaries). Drops samples told twice.
void checkMeaning(Exposition &page);

/// Keeps a flag, or counts it where there are too many.
void flag(Exposition &page, int line, const QString &message);

} // namespace qd
