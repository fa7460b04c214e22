/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "watch/view.h"

#include <QList>

namespace qd {

/// How live the screen is, in a few words.
struct Pulse
{
    Status status = Status::Unknown;
    QString text;
    QString detail; ///< each source with its freshness, a line each
    bool operator==(const Pulse &) const = default;
};

/// Pure: of one deployment, by its sources.
[[nodiscard]] Pulse pulseOf(const DeploymentView &view, Instant now);
/// Pure: of all of them.
[[nodiscard]] Pulse pulseOf(const QList<const DeploymentView *> &views, Instant now);

} // namespace qd
