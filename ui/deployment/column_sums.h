/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/series_store.h"

/// Arithmetic on rates that cover the same range with the same number of columns. Pure.
namespace qd {

/// Column by column; a column is a gap where none of `parts` knows anything.
[[nodiscard]] Columns sumOf(const QList<Columns> &parts);

/// `whole` less `part`, never below zero; a gap where `whole` is one.
[[nodiscard]] Columns differenceOf(const Columns &whole, const Columns &part);

} // namespace qd
