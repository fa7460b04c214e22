/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/pg_store.h"
#include "profile/config.h"

namespace qd {

/// How much of a deployment an action touches, as its own tables tell: rows that live now, or that came in the last
/// minute.
struct PgMeasure
{
    QString what; ///< "live-sessions", "quotes-per-minute"
    QString table;
    QString expiresAt; ///< column; a row lives until then. Empty: rows of the last minute are counted, by `at`
    QString revokedAt; ///< column; a row lives while it is NULL. Empty: there is none
    QString at;        ///< column
};

/// The list under `measures`; reports to `errors`.
[[nodiscard]] QList<PgMeasure> readMeasures(ConfigReader &reader, QList<Error> &errors);

/// Counted now, by the role that acts. What cannot be counted has no number, and says why: that stops no plan.
[[nodiscard]] Measure measured(PgStore &store, const PgMeasure &measure, PgStore::Deadline deadline);

} // namespace qd
