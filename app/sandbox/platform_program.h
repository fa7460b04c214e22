/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "platform.h"
#include "services/service.h"

#include <QStringList>

#include <memory>

namespace qd::sandbox {

/// What a program wrote and ended with.
struct ProgramAnswer
{
    int code = 0;
    QByteArray output{};
    QByteArray errors{};
};

/// Arguments as programs take them: "--name value", "--name=value", "-n value", and the rest.
struct ProgramArguments
{
    QStringList words;
    QHash<QString, QString> options; ///< by their long name; a switch has no value
    QString unknown;                 ///< the first option that is none

    /// `known`: names with '=' at the end where a value follows; "output=|o" has a short name.
    [[nodiscard]] static ProgramArguments parse(const QStringList &arguments, const QStringList &known);
    [[nodiscard]] QString value(const QString &name) const { return options.value(name); }
};

/// Stands in for the program that a platform is used with: takes the arguments of the real one, for the verbs that are
/// of use here, and does what they say to the sandbox's own platform.
class PlatformProgram
{
public:
    explicit PlatformProgram(Platform &platform)
        : m_platform(platform)
    {
    }
    virtual ~PlatformProgram() = default;
    [[nodiscard]] virtual QString name() const = 0; ///< "kubectl"
    [[nodiscard]] virtual ProgramAnswer run(const QStringList &arguments, const QString &input) = 0;

protected:
    Platform &m_platform;
};

/// Of a deployment; `directory` is where a compose file lies. Null where the platform has none.
[[nodiscard]] std::unique_ptr<PlatformProgram> platformProgram(const ServiceKind &kind, Platform &platform,
                                                               const QString &directory);

/// True for a variable that a team keeps with its secrets.
[[nodiscard]] bool isKeptSecret(const QString &variable);

} // namespace qd::sandbox
