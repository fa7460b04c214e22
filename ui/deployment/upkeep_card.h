/*
    SPDX-FileCopyrightText: 2026 The Quarterdeck authors

    SPDX-License-Identifier: GPL-3.0-or-later
*/
#pragma once

#include "theme/card.h"

namespace qd {

class DeploymentPage;
class MeterBar;
class ValueLabel;

/// What a PostgreSQL needs looked after before it hurts: transaction ids, the WAL archive, idle transactions.
class UpkeepCard : public Card
{
    Q_OBJECT

public:
    explicit UpkeepCard(DeploymentPage &page, QWidget *parent = nullptr);

    void showView(const DeploymentView &view);

private:
    void nameWraparound(const Value<qint64> &limit);
    void showWraparound(const ServerView<Database> &database);
    void showArchive(const ServerView<Database> &database, Instant now);
    Label *m_caption;
    ValueLabel *m_wraparound;
    MeterBar *m_meter;
    ValueLabel *m_archived;
    ValueLabel *m_lastArchived;
    ValueLabel *m_failures;
    ValueLabel *m_longest;
    ValueLabel *m_idle;
    ValueLabel *m_deadlocks;
    ValueLabel *m_size;
    ValueLabel *m_version;
    ValueLabel *m_schema;
};

} // namespace qd
