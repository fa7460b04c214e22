/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "actions/records.h"
#include "tables/deployment_models.h"

#include <array>

namespace qd {

/// What kinds of change a person looks for.
enum class ActivityKind { All, Transitions, Failovers, Deploys, KeysAndFlags, Sources, Backups, Actions };
inline constexpr std::array allActivityKinds{ActivityKind::All,     ActivityKind::Transitions,  ActivityKind::Failovers,
                                             ActivityKind::Deploys, ActivityKind::KeysAndFlags, ActivityKind::Sources,
                                             ActivityKind::Backups, ActivityKind::Actions};
[[nodiscard]] ActivityKind activityKindOf(const Event &event);
[[nodiscard]] QString titleOf(ActivityKind kind); ///< "Transitions"

/// What changed, newest first. Columns: what, day, at, change, by, source.
class ActivityModel final : public DeploymentModel
{
    Q_OBJECT

public:
    using DeploymentModel::DeploymentModel;

    /// With the next setView().
    void setRange(TimeRange range) { m_range = range; }
    void setKind(ActivityKind kind) { m_kind = kind; }
    void setActions(QList<ActionRecord> records) { m_actions = std::move(records); }

private:
    [[nodiscard]] QList<TableColumn> columns() const override;
    [[nodiscard]] QList<Row> rows(const DeploymentView &view) const override;
    [[nodiscard]] QList<Row> actionRows(const QString &deployment) const;
    TimeRange m_range{};
    QList<ActionRecord> m_actions;
    ActivityKind m_kind = ActivityKind::All;
};

/// So far back what was done from here is told, however short the range is: to take it back.
inline constexpr auto actionsAtLeast = std::chrono::hours(24);

/// What was done to `deployment` from here in `range` and the 24 h before its end; and earlier, what is unfinished or
/// to be taken back by itself.
[[nodiscard]] QList<ActionRecord> actionsIn(TimeRange range, const QString &deployment,
                                            const QList<ActionRecord> &records);

/// The key of its row.
[[nodiscard]] QString actionKeyOf(const ActionRecord &record);

/// Why an event is in the list: what was compared, and, where what it led to is still so, the evidence for that.
[[nodiscard]] Because becauseOf(const Event &event, const DeploymentView &view);

} // namespace qd
