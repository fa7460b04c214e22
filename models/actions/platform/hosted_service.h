/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "base/secret.h"
#include "sources/io_line.h"

#include <QStringList>

namespace qd {

/// A deploy as its platform tells it.
struct DeployRun
{
    enum class State { Pending, Live, Past, Failed };
    QString id;
    State state = State::Pending;
    QString word;            ///< as the platform says it: "build_in_progress"
    bool isRollBack = false; ///< to an earlier one
    bool isOthers = false;   ///< the platform says that something else began it than who acts through its interface
};

/// What can be done with a service on its platform.
enum class ServiceDeed { SetVariable, RemoveVariable, SwapSecret, Redeploy, Restart, RollBack };

/// How a platform keeps the secrets of a service.
struct SecretKeeping
{
    int atOnce = 1;          ///< of one name; a ring of keys has several
    bool isCompared = false; ///< it is written only where it is still as it was read, by one operation there
    QString live;            ///< from when on the service has it: "next-deploy", "new-pods", "new-container"
};

/// A service on the platform that runs it, as actions see it. Used by the action's thread alone, which waits for each
/// answer. What changes something and fails with an error that isUncertain() leaves open whether it happened.
class HostedService
{
public:
    using Deadline = IoLine::Deadline;
    virtual ~HostedService() = default;

    [[nodiscard]] virtual QString system() const = 0;  ///< "render"
    [[nodiscard]] virtual QString title() const = 0;   ///< "Render"
    [[nodiscard]] virtual QString address() const = 0; ///< told, not compared
    /// That all questions of one look may take.
    [[nodiscard]] virtual std::chrono::seconds patience() const { return std::chrono::seconds(10); }
    [[nodiscard]] virtual QString name() const = 0; ///< once its identity was read
    /// Why the platform cannot do it. Nothing: it can.
    [[nodiscard]] virtual std::optional<Error> cannot(ServiceDeed deed) const = 0;

    /// What tells this service from all others. Errors: those of asking, NotFound.
    [[nodiscard]] virtual Result<QStringList> identity(Deadline deadline) = 0;
    /// Nothing: it is not set.
    [[nodiscard]] virtual Result<std::optional<QString>> variable(const QString &key, Deadline deadline) = 0;
    /// Right after it was read. Without a value it is taken away. It is not live until the next deploy.
    [[nodiscard]] virtual Result<void> setVariable(const QString &key, const std::optional<QString> &value,
                                                   Deadline deadline) = 0;
    [[nodiscard]] virtual SecretKeeping keeping() const = 0;
    /// As variable() and setVariable(), of what is a secret, wherever the platform keeps those.
    [[nodiscard]] virtual Result<std::optional<Secret>> secret(const QString &key, Deadline deadline);
    /// As secret(), of what is only read: it may lie where it cannot be set.
    [[nodiscard]] virtual Result<std::optional<Secret>> readSecret(const QString &key, Deadline deadline);
    [[nodiscard]] virtual Result<void> setSecret(const QString &key, const Secret &value, Deadline deadline);
    /// The newest first; the latest ones are enough.
    [[nodiscard]] virtual Result<QList<DeployRun>> deploys(Deadline deadline) = 0;
    /// What was deployed last, with the variables as they are set.
    [[nodiscard]] virtual Result<void> redeploy(Deadline deadline) = 0;
    /// Another one after each restart; empty where it was never restarted.
    [[nodiscard]] virtual Result<QString> lastRestart(Deadline deadline) = 0;
    [[nodiscard]] virtual Result<void> restart(Deadline deadline) = 0;
    [[nodiscard]] virtual Result<void> rollBack(const QString &deploy, Deadline deadline) = 0;
};

} // namespace qd
