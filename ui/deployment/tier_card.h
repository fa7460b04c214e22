/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

namespace qd {

class DeploymentPage;
class MeterBar;
class Sparkline;
class ValueLabel;

/// One tier of limits: what it allows, who counts against it, and how often it refused.
class TierCard : public Card
{
    Q_OBJECT

public:
    TierCard(DeploymentPage &page, const QString &tier, QWidget *parent = nullptr);

    [[nodiscard]] const QString &tier() const { return m_tier; }
    void showView(const TierView &tier, const DeploymentView &view);
    void showSeries(TimeRange range);

private:
    DeploymentPage &m_page;
    QString m_tier;
    ValueLabel *m_fullest;
    Label *m_who;
    MeterBar *m_meter;
    Sparkline *m_history;
    ValueLabel *m_clients;
    ValueLabel *m_atLimit;
    ValueLabel *m_rejected;
    ValueLabel *m_refused;
};

} // namespace qd
