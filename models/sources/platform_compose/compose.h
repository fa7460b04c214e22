/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "sources/platform/platform.h"
#include "sources/program_source.h"

namespace qd {

struct ComposeOptions
{
    QString program = QStringLiteral("docker");
    QString file;    ///< the compose file, on the machine that docker runs on
    QString service; ///< of that file
    QString ssh;     ///< host (or alias) to run docker on; empty: this machine
    QString sshConfig;
    QString envFile; ///< that its variables stand in, on that machine
    PlatformMap map;

    [[nodiscard]] QString where() const;
};

/// Asks docker compose for the environment that its file sets and docker for the one that the containers were started
/// with: where they differ, a variable waits for the next `up`. There is no list of deploys, but the containers.
[[nodiscard]] std::variant<ProgramRequest, SourceAnswer> askCompose(const QList<ProgramTurn> &turns,
                                                                    const ComposeOptions &options);

/// A program with these arguments, where the compose file lies.
[[nodiscard]] ProgramRequest composeProgram(const ComposeOptions &options, const QString &program,
                                            const QStringList &arguments);
/// docker likewise.
[[nodiscard]] ProgramRequest composeDocker(const ComposeOptions &options, const QStringList &arguments);

/// What `spec.options` say. Errors: BadInput, each with its place.
[[nodiscard]] std::expected<ComposeOptions, QList<Error>> composeOptions(const SourceSpec &spec);

/// The registry's entry: options `file`, `env_file`, `service`, `ssh`, `ssh_config`, `program`, `flags` and
/// `signing_keys`.
[[nodiscard]] std::expected<SourceFactory, QList<Error>> composeFactory(const SourceSpec &spec, const Profile &profile);

} // namespace qd
