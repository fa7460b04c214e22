/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/platform/platform_action.h"
#include "actions/signing_key/token_probe.h"

namespace qd {

/// What the steps of one action act on.
struct Hosting
{
    const ServicePlatform &platform;
    HostedService &service;
    IoLine &line;

    [[nodiscard]] QString where() const { return service.address(); }
    /// What asks through programs takes longer than whoever asks for it knows.
    [[nodiscard]] Action::Deadline soon() const { return std::chrono::steady_clock::now() + service.patience(); }
    [[nodiscard]] Result<void> notMine() const;
};

/// A kind of step: how it comes into a plan, what of the platform that plan depends on, and how it stands, is done and
/// taken back. `step` is its phrase in the plan.
class PlatformStep
{
public:
    using Deadline = Action::Deadline;

    explicit PlatformStep(Hosting on)
        : m_on(on)
    {
    }
    virtual ~PlatformStep() = default;
    PlatformStep(const PlatformStep &) = delete;
    PlatformStep &operator=(const PlatformStep &) = delete;

    /// Forgets what was seen for another plan.
    virtual void reset() {}
    /// What the plan's fingerprint takes of it, read now.
    [[nodiscard]] virtual Result<QList<std::optional<QByteArray>>> print(const Plan &plan, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<Stand> stand(const Plan &plan, const Phrase &step, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<void> perform(const Plan &plan, const Phrase &step, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<void> revert(const Plan &plan, const Phrase &step, Deadline deadline) = 0;

protected:
    const Hosting m_on;
};

/// "variable-set" {key, unit, platform}: one of the platform's variables, by reading right before it is written.
class VariableStep final : public PlatformStep
{
public:
    using PlatformStep::PlatformStep;
    /// Errors: BadInput (what to set is not said, or cannot be), NotFound, Unsupported.
    [[nodiscard]] Result<void> add(Plan &plan, const Wish &wish, Deadline deadline);
    static void addUndo(Plan &plan, const Hosting &on);

    [[nodiscard]] Result<QList<std::optional<QByteArray>>> print(const Plan &plan, Deadline deadline) override;
    [[nodiscard]] Result<Stand> stand(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> perform(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> revert(const Plan &plan, const Phrase &step, Deadline deadline) override;

private:
    [[nodiscard]] Result<void> set(const Plan &plan, std::optional<QString> Change::*from,
                                   std::optional<QString> Change::*to, Deadline deadline);
    [[nodiscard]] QString expected(const QString &key) const;
};

/// "secret-swapped" {variable, platform, salt, print of what was there}: a new secret of 256 bits in place of the old
/// one, which is gone then. Neither stands in the plan: scrypt tells whether the old one is still there.
class SecretStep final : public PlatformStep
{
public:
    using PlatformStep::PlatformStep;
    /// Errors: BadInput, NotFound (no secret of this name), Unsupported.
    [[nodiscard]] Result<void> add(Plan &plan, const Wish &wish, Deadline deadline);

    /// "secret-given" {as above, what a person does before …}: what a person has laid on the shelf.
    [[nodiscard]] Result<void> addGiven(Plan &plan, const Wish &wish, Deadline deadline);
    /// What the platform can do for it.
    [[nodiscard]] QList<Check> checks() const;
    /// What was typed so far, where it cannot be meant: it is forgotten, and the plan may be tried with another.
    [[nodiscard]] QList<Check> givenChecks(const Plan &plan) const;
    void reset() override { m_old = {}; }
    [[nodiscard]] Result<QList<std::optional<QByteArray>>> print(const Plan &plan, Deadline deadline) override;
    [[nodiscard]] Result<Stand> stand(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> perform(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> revert(const Plan &plan, const Phrase &step, Deadline deadline) override;
    /// What was there before, if it was swapped from here; else empty.
    [[nodiscard]] const Secret &old() const { return m_old; }
    /// What is there now. Errors: NotFound, those of asking.
    [[nodiscard]] Result<Secret> held(const QString &key, Deadline deadline);

private:
    [[nodiscard]] bool mayBeSwapped(const QString &key) const;
    [[nodiscard]] QString whyNotGiven(const std::optional<Secret> &given) const;
    Secret m_old;
};

/// "secret-proved" {variable, path}: the service accepts tokens of the new secret, and none of the old one. Whoever
/// goes on with what another console swapped has no old secret: then no forged one.
class ProveSecretStep final : public PlatformStep
{
public:
    ProveSecretStep(Hosting on, SecretStep &secret)
        : PlatformStep(on)
        , m_secret(secret)
    {
    }
    void add(Plan &plan) const;
    /// That it can be proved: tokens of the secret that is set are accepted now.
    [[nodiscard]] QList<Check> checks(const Plan &plan, Deadline deadline);

    void reset() override { m_isProved = false; }
    [[nodiscard]] Result<QList<std::optional<QByteArray>>> print(const Plan &plan, Deadline deadline) override;
    [[nodiscard]] Result<Stand> stand(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> perform(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> revert(const Plan &plan, const Phrase &step, Deadline deadline) override;

private:
    [[nodiscard]] Result<void> until(const Secret &secret, TokenAnswer wanted, const QString &otherwise);
    SecretStep &m_secret;
    bool m_isProved = false;
};

/// "service-redeploy" and "service-roll-back" {service, newest deploy before, the one to go back to, platform}.
class DeployStep final : public PlatformStep
{
public:
    using PlatformStep::PlatformStep;
    /// `isOnItsOwn`: nothing else is done, so there is nothing to undo where the platform cannot go back.
    [[nodiscard]] Result<void> addRedeploy(Plan &plan, bool isOnItsOwn, Deadline deadline);
    [[nodiscard]] Result<void> addRollBack(Plan &plan, const Wish &wish, Deadline deadline);
    /// What is there by now does not have what was changed just before.
    void ignorePresent(const Plan &plan, Deadline deadline);

    void reset() override { m_tooEarly.clear(); }
    [[nodiscard]] Result<QList<std::optional<QByteArray>>> print(const Plan &plan, Deadline deadline) override;
    [[nodiscard]] Result<Stand> stand(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> perform(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> revert(const Plan &plan, const Phrase &step, Deadline deadline) override;

private:
    [[nodiscard]] Result<QList<DeployRun>> settledDeploys(Deadline deadline);
    [[nodiscard]] Result<void> untilRolledBack(const Plan &plan);
    QStringList m_tooEarly; ///< deploys that were there when the variable was set
};

/// "service-restart" {service, its last restart before, platform}.
class RestartStep final : public PlatformStep
{
public:
    using PlatformStep::PlatformStep;
    [[nodiscard]] Result<void> add(Plan &plan, Deadline deadline);

    [[nodiscard]] Result<QList<std::optional<QByteArray>>> print(const Plan &plan, Deadline deadline) override;
    [[nodiscard]] Result<Stand> stand(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> perform(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> revert(const Plan &plan, const Phrase &step, Deadline deadline) override;
};

/// "service-watched" {service, for how long}: until what was deployed is live, and the health was good a few times in a
/// row. Where it is not in time a person decides whether to go on or to go back.
class WatchStep final : public PlatformStep
{
public:
    using PlatformStep::PlatformStep;
    void add(Plan &plan) const;
    /// What it said at the last look, where that was not all well.
    [[nodiscard]] const QString &degraded() const { return m_degraded; }

    void reset() override { m_isProved = false; }
    [[nodiscard]] Result<QList<std::optional<QByteArray>>> print(const Plan &plan, Deadline deadline) override;
    [[nodiscard]] Result<Stand> stand(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> perform(const Plan &plan, const Phrase &step, Deadline deadline) override;
    [[nodiscard]] Result<void> revert(const Plan &plan, const Phrase &step, Deadline deadline) override;

private:
    [[nodiscard]] std::optional<QString> unwell(Deadline deadline);
    QString m_degraded;
    bool m_isProved = false;
};

/// What is done before and after a deploy, in a store of its own, so that the service gets another password there.
class PlatformRotation : public PlatformStep
{
public:
    using PlatformStep::PlatformStep;
    [[nodiscard]] virtual QString action() const = 0; ///< its kind
    /// What tells the store from all others.
    [[nodiscard]] virtual Result<QStringList> identity(Deadline deadline) = 0;
    [[nodiscard]] virtual bool has(const Phrase &step) const = 0; ///< one of its own
    /// The steps before the deploy, the changes and the risk.
    [[nodiscard]] virtual Result<void> addFirst(Plan &plan, const Wish &wish, Deadline deadline) = 0;
    /// Those after it, and what undoes it.
    virtual void addLast(Plan &plan) = 0;
    /// The deploy is about to begin.
    virtual void deploys(Deadline deadline) = 0;
    [[nodiscard]] virtual QList<Check> checks(const Plan &plan, Deadline deadline) = 0;
    [[nodiscard]] virtual QList<Check> seen(const Plan &plan, Deadline deadline) = 0;
};

/// scrypt over a secret: tells whether it is still the same, and nothing else. `salt`: hexadecimal digits.
[[nodiscard]] QString printOf(const Secret &secret, const QString &salt);
[[nodiscard]] QString newSalt();

/// Whether the plan deploys something.
[[nodiscard]] bool hasDeploy(const Plan &plan);

/// The deploy that the plan began, or whatever is live where it began none.
[[nodiscard]] Result<DeployRun> runOf(const Plan &plan, const Hosting &on, Action::Deadline deadline);

/// "90 s", "10 min".
[[nodiscard]] QString minutes(std::chrono::milliseconds time);

} // namespace qd
