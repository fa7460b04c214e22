/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "platform_program.h"

namespace qd::sandbox {

/// `railway` (version 4): variables, deployment list, redeploy.
class RailwayStandIn final : public PlatformProgram
{
public:
    RailwayStandIn(Platform &platform, QString service)
        : PlatformProgram(platform)
        , m_service(std::move(service))
    {
    }
    [[nodiscard]] QString name() const override { return QStringLiteral("railway"); }
    [[nodiscard]] ProgramAnswer run(const QStringList &arguments, const QString &input) override;

private:
    [[nodiscard]] ProgramAnswer variables(const ProgramArguments &asked);
    [[nodiscard]] ProgramAnswer deployments(const ProgramArguments &asked) const;

    const QString m_service;
};

} // namespace qd::sandbox
