/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/platform/platform.h"
#include "sources/program_source.h"

namespace qd {

struct RailwayOptions
{
    QString program = QStringLiteral("railway");
    QString service;     ///< name or id
    QString environment; ///< name or id; empty: the linked one
    PlatformMap map;

    [[nodiscard]] QString where() const;
};

/// Asks Railway's program for the latest deploys and all variables. It tells neither when a variable was changed nor
/// whether it is live, and has no roll-back.
[[nodiscard]] std::variant<ProgramRequest, SourceAnswer> askRailway(const QList<ProgramTurn> &turns,
                                                                    const RailwayOptions &options);

/// What `spec.options` say. Errors: BadInput, each with its place.
[[nodiscard]] std::expected<RailwayOptions, QList<Error>> railwayOptions(const SourceSpec &spec);

/// The registry's entry: options `service`, `environment`, `program`, `flags` and `signing_keys`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> railwayFactory(const SourceSpec &spec, const Profile &profile);

} // namespace qd
