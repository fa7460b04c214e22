/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "platform_program.h"

namespace qd::sandbox {

/// `docker` for a project with one service: compose config, ps and up, and inspect. The variables stand in the
/// file .env beside docker-compose.yml, where anybody may change them.
class DockerStandIn final : public PlatformProgram
{
public:
    DockerStandIn(Platform &platform, QString project, QString service, QString directory);
    [[nodiscard]] QString name() const override { return QStringLiteral("docker"); }
    [[nodiscard]] ProgramAnswer run(const QStringList &arguments, const QString &input) override;

private:
    [[nodiscard]] ProgramAnswer compose(const ProgramArguments &asked);
    [[nodiscard]] ProgramAnswer inspect(const QStringList &ids) const;
    void readEnvironment();
    [[nodiscard]] QString containerId() const;

    const QString m_project;
    const QString m_service;
    const QString m_directory;
};

} // namespace qd::sandbox
