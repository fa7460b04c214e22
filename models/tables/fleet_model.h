/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "tables/table_model.h"

namespace qd {

class Logbook;

/// The tier that refuses most, of those that refuse more than the profile allows; null where none does.
[[nodiscard]] const TierView *refusingTier(const DeploymentView &view);

/// One row for each deployment, in the order they were added.
/// Columns: name, title, environment, status, since, reasons, open_breakers, hit_rate, nearest_limit, latency_p95,
/// requests, backup_age, key_age, last_answer. Nothing has stood since a moment where all is well. The hit rate is the
/// lowest of the cache groups, the nearest limit the fullest counter, or full where a tier refuses much; the ages are
/// of the newest good backup and of the key that signs. The last answer is the service's own, where it is asked.
class FleetModel final : public TableModel
{
    Q_OBJECT

public:
    using TableModel::TableModel;

    /// `logbook` is followed until it is removed or destroyed.
    void add(const Logbook &logbook);
    void remove(const Logbook &logbook);

    /// The deployment of a row; null where there is no such row.
    [[nodiscard]] const Logbook *logbookAt(int row) const;

private:
    /// `id` makes the row's key: two profiles may have the same name.
    struct Member
    {
        const Logbook *logbook;
        int id;
    };
    [[nodiscard]] QList<TableColumn> columns() const override;
    void forget(const QObject *logbook);
    void showAll();
    QList<Member> m_members;
    int m_nextId = 0;
};

} // namespace qd
