/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/deployment_models.h"
#include "watch/custody.h"

namespace qd {

/// Columns: file, taken_at, size, format, location, trouble. Newest first.
class BackupModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: key, state, need, tokens, last_token_expiry, created_at, activated_at, retire_after, where. The order is
/// that of a key's life; `need` is a word of KeyNeed.
class SigningKeyModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: prefix, label, tier, role, standing, last_used_at, expires_at, revoked_at, created_at. `standing` is a word
/// of ApiKeyStanding.
class ApiKeyModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: flag, set, effective, standing, rollout, updated_by, updated_at, where. `standing` is a word of
/// FlagStanding.
class FlagModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

    /// How a flag stands, in words, where more is known of it than the sources tell.
    struct Said
    {
        FlagStanding standing = FlagStanding::Unknown;
        QString text;
        QString rule; ///< where that is known from
    };
    /// By the flag's key; with the next setView().
    void setSaid(QHash<QString, Said> said) { m_said = std::move(said); }

private:
    QHash<QString, Said> m_said;
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// The platform's variables. Columns: variable, standing, updated_at, source. `standing` is a word of FlagStanding.
class VariableModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// The platform's deploys, newest first, those of before anybody watched among them. Columns: deploy, status (as
/// written), started_at, finished_at, cause, source.
class DeployModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// When it was there, or where that is not told when it began.
[[nodiscard]] Value<Instant> dateOf(const Deploy &deploy);
/// Null where none has a date.
[[nodiscard]] const Told<Deploy> *newestDeploy(const DeploymentView &view);

} // namespace qd
