/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "charts/chart_panel.h"
#include "deployment/deployment_page.h"

namespace qd {

class Acting;
class BreakerCard;
class CardGrid;
class DeedRow;
class EmptyState;

/// A card for each circuit breaker, and below them the calls and the failed share, of all or of the chosen one.
class BreakersPage final : public DeploymentPage
{
    Q_OBJECT

public:
    BreakersPage(Logbook &logbook, const Theme &theme, const Acting *acting, QWidget *parent);

private:
    void showView(const DeploymentView &view) override;
    void showSeries(TimeRange range) override;

    void showCards(const QList<BreakerView> &breakers);
    void choose(const QString &name);
    void showDeeds();
    /// Why the chosen breaker cannot be set from here; empty: it can.
    [[nodiscard]] QString whyNotChosen() const;
    /// Nothing outside the service reaches the breakers that `source` tells.
    [[nodiscard]] bool isOutOfReach(const SourceSpec &source) const;
    /// Of the chosen breaker, or of all of them.
    [[nodiscard]] bool isOutOfReach() const;
    /// That tells the chosen breaker; null: nothing does, or nothing is chosen.
    [[nodiscard]] const SourceSpec *sourceOfChosen() const;
    void act(int button);
    void showLines();
    /// A share is never over 1, so its axis does not end beyond; small shares still fill it.
    void capShares(TimeRange range);
    [[nodiscard]] QStringList chosen() const;
    [[nodiscard]] Columns rate(QStringView field, TimeRange range, int pixels) const;
    [[nodiscard]] Columns failedShare(const QString &name, TimeRange range, int pixels) const;

    const Acting *m_acting;
    CardGrid *m_grid;
    QList<BreakerCard *> m_cards;
    QString m_chosen; ///< empty: all
    DeedRow *m_deeds;
    QWidget *m_charts;
    ChartPanel *m_calls;
    ChartPanel *m_failures;
    EmptyState *m_empty;
};

} // namespace qd
