/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "history/series_store.h"
#include "theme/card.h"

class QGridLayout;

namespace qd {

class DeploymentPage;
class Sparkline;
class ValueLabel;

/// The health tree: each check with its level, latency, and what is known about it.
class HealthCard : public Card
{
    Q_OBJECT

public:
    explicit HealthCard(DeploymentPage &page, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);
    void showSeries(TimeRange range);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Row
    {
        QString path;
        GlyphLabel *glyph;
        Label *name;
        Sparkline *spark;
        ValueLabel *latency;
        ValueLabel *detail;
    };
    /// A metric of which the profile expects something, below the checks.
    struct Expected
    {
        QString title;
        GlyphLabel *glyph;
        ValueLabel *value;
    };
    void rebuild(const QList<HealthView> &health, const DeploymentView &view);
    void addExpected(QWidget *rows, QGridLayout *grid, const QString &title);
    void showExpected(const DeploymentView &view);
    [[nodiscard]] QSize sparkSize() const;
    void addRow(QWidget *rows, QGridLayout *grid, const HealthView &check, const QString &deployment);
    DeploymentPage &m_page;
    QList<Row> m_rows;
    QList<Expected> m_expected;
};

/// The checks of `health` without those in which another source says the same of the same thing once more: liveness
/// has its own "database" beside the one of the health page. One that disagrees stays. Pure.
[[nodiscard]] QList<HealthView> withoutRepeats(const QList<HealthView> &health);

/// What stands beside a check: what the deployment says of it, joined with what else is known of the same thing.
[[nodiscard]] QString detailOf(const HealthView &check, const DeploymentView &view);

/// `latency` without what was said while its `breaker` was open: no call was made, so it is of the time before. Columns
/// of the same range and number. Pure.
[[nodiscard]] Columns measuredOnly(Columns latency, const Columns &breaker);

} // namespace qd
