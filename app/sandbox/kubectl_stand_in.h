/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "platform_program.h"

#include <QJsonObject>

namespace qd::sandbox {

/// `kubectl` for one Deployment, "NAME-api" in the namespace "NAME", whose environment comes from the ConfigMap
/// "NAME-config" and the Secret "NAME-secrets": get, patch, rollout restart.
class KubectlStandIn final : public PlatformProgram
{
public:
    KubectlStandIn(Platform &platform, QString name)
        : PlatformProgram(platform)
        , m_name(std::move(name))
    {
    }
    [[nodiscard]] QString name() const override { return QStringLiteral("kubectl"); }
    [[nodiscard]] ProgramAnswer run(const QStringList &arguments, const QString &input) override;

private:
    [[nodiscard]] ProgramAnswer get(const ProgramArguments &asked) const;
    [[nodiscard]] ProgramAnswer patch(const ProgramArguments &asked, const QString &json);
    [[nodiscard]] QString resourceVersion(bool isSecret) const;
    [[nodiscard]] QJsonObject deployment() const;
    [[nodiscard]] QJsonObject replicaSetsAndPods() const;
    /// The ConfigMap or the Secret; `shows` what stands for a value.
    [[nodiscard]] QJsonObject object(bool isSecret, QString (*shows)(const QString &value)) const;
    [[nodiscard]] QString workload() const { return m_name + QStringLiteral("-api"); }
    [[nodiscard]] QString objectName(bool isSecret) const
    {
        return m_name + (isSecret ? QStringLiteral("-secrets") : QStringLiteral("-config"));
    }

    const QString m_name;
};

} // namespace qd::sandbox
