/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/table_model.h"

namespace qd {

class Logbook;

/// A table over one deployment's view.
class DeploymentModel : public TableModel
{
    Q_OBJECT

public:
    using TableModel::TableModel;

    void setView(const DeploymentView &view);
    /// Shows `logbook`'s view now and after each of its changes, until one of the two goes.
    void follow(const Logbook &logbook);

private:
    [[nodiscard]] virtual QList<Row> rows(const DeploymentView &view) const = 0;
};

/// Columns: path, level, word, latency, detail. Rows are a tree shown flat (DepthRole), parents before children.
class HealthModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: name, state, failures, failure_threshold, half_open_in, recovery_timeout, traffic, error_share, calls,
/// failed, rejected.
class BreakerModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: group, hit_rate, hit_rate_total, hits, misses, lookups, keys, ttl, hit_rate_at_least.
class CacheModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: tier, client, scope, used, limit, fill, window, resets_in.
class LimitModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: tier, limit, window, clients, clients_at_limit, rejected, rejecting.
class TierModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: source, kind, freshness, latency, interval, error, refusals.
class SourceModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

/// Columns: at, event, source. Newest first.
class EventModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
};

} // namespace qd
