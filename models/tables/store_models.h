/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/deployment_models.h"

namespace qd {

/// Columns: pid, user, application, state, running_for, waits_for, blocked_by, blocking, statement. Those that hold
/// others up come first, each with the sessions that wait for it under it (DepthRole); then the others, longest first.
class SessionModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: statement, total, share, calls, mean, longest, rows. The most expensive first; `share` is of the time of
/// all that are listed.
class StatementModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: table, size, rows, dead_rows, vacuumed_at. The largest first.
class RelationModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// The pids in "4711, 4712".
[[nodiscard]] QStringList pidsIn(const Value<QString> &blockedBy);

} // namespace qd
