/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

namespace qd {

class DeploymentPage;
class FittingRows;
class MeterBar;
class ValueLabel;

/// The counters nearest to their limit.
class LimitsCard : public Card
{
    Q_OBJECT

public:
    explicit LimitsCard(DeploymentPage &page, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);

    /// More are on the page Limits.
    static constexpr int most = 14;

private:
    struct Row
    {
        QWidget *widget;
        Label *name;
        ValueLabel *resets;
        ValueLabel *used;
        MeterBar *meter;
    };
    [[nodiscard]] Row makeRow();
    void showRow(const Row &row, const LimitView &limit, Status deployment);
    [[nodiscard]] static QString absence(const DeploymentPage &page, const DeploymentView &view);
    DeploymentPage &m_page;
    ValueLabel *m_mode;
    Label *m_nothing;
    FittingRows *m_list;
    QList<Row> m_rows;
};

/// Why the counters in Redis do not say who is limited now; empty where they do, or where nobody can tell.
[[nodiscard]] QString countedElsewhere(const DeploymentView &view);

/// "17 refused this minute": what came beyond the limit, in the window that is counted now.
[[nodiscard]] QString refusedText(const LimitView &limit, Instant now);

/// "as of 12:49, from Redis" and, shorter, "as of 12:49" where the counters cannot be read now; nothing where they can,
/// or where there are none.
[[nodiscard]] QStringList agesOfCounters(const DeploymentView &view);

} // namespace qd
