/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

namespace qd {

class DeploymentPage;

/// What a page says where it has no rows of a kind of fact, and what to do.
struct Absence
{
    Status status = Status::Unknown;
    QString headline;
    QString advice;
};

/// The names of such a thing.
struct AbsentThing
{
    QString kind;     ///< Fact::kind
    QString plural;   ///< "backups"
    QString excluded; ///< the profile's word for it under "unavailable"
    QString source;   ///< the kind of source that tells it
    Absence none;     ///< where it was looked for and there is none
};

/// Tells apart: the profile says that this deployment has none, no source would tell, none was asked yet, the last
/// answer is too old, the source says no, and there is none.
[[nodiscard]] Absence absenceOf(const DeploymentPage &page, const DeploymentView &view, const Freshness &freshness,
                                const AbsentThing &thing);

} // namespace qd
