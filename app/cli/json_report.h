/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "cli/deployments.h"

#include <QJsonObject>

namespace qd::cli {

// The JSON that `--json` writes. Its shape is documented in README.md of this folder and is kept: members are added,
// never renamed; `format` counts the times that this could not be held.

inline constexpr int jsonFormat = 1;

[[nodiscard]] QJsonObject toJson(const DeploymentView &view);
[[nodiscard]] QJsonObject toJson(const Error &error);
[[nodiscard]] QJsonObject toJson(const Reason &reason);
[[nodiscard]] QJsonObject toJson(const Event &event);
/// "2026-05-01T14:02:11.000Z"
[[nodiscard]] QString toJson(Instant at);

/// The whole of `status --json`.
[[nodiscard]] QJsonObject statusJson(const QList<DeploymentView> &views, const QList<BrokenProfile> &broken, Instant at,
                                     int exitCode);

} // namespace qd::cli
