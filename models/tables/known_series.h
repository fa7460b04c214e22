/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/deployment_models.h"

namespace qd {

/// Something of a deployment that moves over time and can be charted: a series, or those of one distribution.
struct KnownSeries
{
    QString key; ///< "metric/NAME" of a metric, else as SeriesStore names it; the same at every reading
    /// Of fact: what the console reads. A metric that the profile names under `metrics` has the kind of the subsystem
    /// that its name begins with ("circuit_perf": "breaker"), and is a "metric" of the service's own business else.
    QString kind;
    QString name; ///< "orders_total{shop="north"}"; "openai · calls total"
    QString type; ///< "counter", "gauge", "state", "histogram, p95", …: what `value` is
    QString unit; ///< as its page writes it or its name ends ("seconds"); empty where neither tells
    QString help;
    QString source; ///< empty: told by nobody any more, or computed by the console
    Freshness freshness;
    CellUnit measure = CellUnit::Number;
    double scale = 1;       ///< from the series' numbers to `measure`
    bool isCounter = false; ///< charted as growth per second
    QStringList series;     ///< to be charted, as SeriesStore names them; a distribution's p50 and p95
    QVariant value;         ///< as `measure` says: a counter's growth per second over the last minute; else as read
    Because because;
};

/// All of them: first the "metric"s, then the others by kind and name.
[[nodiscard]] QList<KnownSeries> knownSeries(const Logbook &logbook);
/// The one of that key, if it is known.
[[nodiscard]] std::optional<KnownSeries> knownSeries(const Logbook &logbook, const QString &key);

/// Columns: name, kind, value, course (empty: where its line is drawn), unit (where the value itself tells none), type,
/// help, pinned ("pinned" or empty), source. Keys of rows are KnownSeries::key.
class SeriesModel final : public DeploymentModel
{
    Q_OBJECT

public:
    /// `logbook` must outlive it.
    explicit SeriesModel(const Logbook &logbook, QObject *parent = nullptr);
    /// Keys of the series that are pinned; with the next view.
    void setPinned(const QStringList &keys) { m_pinned = keys; }

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
    const Logbook &m_logbook;
    QStringList m_pinned;
};

} // namespace qd
