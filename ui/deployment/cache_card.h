/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

class QPushButton;

namespace qd {

class DeploymentPage;
class ValueLabel;

/// Its source answers, and nobody counts its lookups.
[[nodiscard]] bool isUncounted(const CacheView &cache);

/// One cache group: its hit rate against its threshold, and what it is made of.
class CacheCard : public Card
{
    Q_OBJECT

public:
    CacheCard(DeploymentPage &page, const QString &group, QWidget *parent = nullptr);

    [[nodiscard]] const QString &group() const { return m_group; }
    void showView(const CacheView &view);
    /// `why`: it cannot be flushed; empty: it can. `isOffered`: there is a button for it at all. `warms`: it is warmed
    /// afterwards.
    void showFlush(const QString &why, bool isOffered, bool warms);
    /// The same for warming it; it is offered only where it can be done.
    void showWarm(bool isOffered);

Q_SIGNALS:
    void flushRequested(const QString &group);
    void warmRequested(const QString &group);

private:
    DeploymentPage &m_page;
    QString m_group;
    ValueLabel *m_rate;
    Label *m_threshold;
    ValueLabel *m_hits;
    ValueLabel *m_misses;
    ValueLabel *m_lookups;
    ValueLabel *m_keys;
    ValueLabel *m_total;
    QPushButton *m_flush;
    QPushButton *m_warm;
};

} // namespace qd
